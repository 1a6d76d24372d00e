"""A procedure as a document: a version on paper, two versions beside each other."""

from __future__ import annotations

from flask import Response, make_response, request
from flask_babel import force_locale

from promo.procedures import printing, queries
from promo.procedures.blueprint import blueprint
from promo.procedures.case import function_names
from promo.procedures.differences import differences, of_substance
from promo.procedures.validation import whole
from promo.procedures.words import language
from promo.web.guard import may, viewer
from promo.web.pages import page
from promo.web.transaction import session


@blueprint.get("/<code>/<int:number>/pdf")
@may("procedures.pdf")
def pdf(code: str, number: int) -> Response:
    """One version on paper, in the reader's language or the one that is asked for."""
    version = queries.version(session(), viewer(), code, number)
    asked = request.args.get("language", "")
    with force_locale(asked if asked in ("es", "en") else language()):
        made, name = printing.pdf(session(), version), printing.file_name(version)
    response = make_response(made)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@blueprint.get("/<code>/<int:number>/compare/<int:other>")
@may("procedures.compare")
def compare(code: str, number: int, other: int) -> Response:
    """What changed from one version to another, in plain words."""
    before, now = (queries.version(session(), viewer(), code, n) for n in (number, other))
    groups = differences(whole(before.definition), whole(now.definition), function_names(session()))
    return page(
        "procedures/compare.html",
        before=before,
        now=now,
        title=queries.title_of(now.definition["title"]),
        groups=groups,
        substance=of_substance(groups),
        versions=queries.others(session(), viewer(), now),
    )
