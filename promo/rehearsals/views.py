"""Pages of rehearsals: begin one, see how far it is, what was found."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _

from promo.core import clock
from promo.core.errors import Refused
from promo.core.records import kind
from promo.procedures.models import ProcedureVersion
from promo.procedures.queries import title_of_version
from promo.rehearsals import actions, forms, queries
from promo.rehearsals.models import Rehearsal
from promo.web import filters
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, page, page_or_fragment
from promo.web.transaction import session, write

blueprint = Blueprint("rehearsals", __name__, url_prefix="/rehearsals")


def _year_ago() -> date:
    """Return the day a year before today."""
    today = clock.today()
    return today.replace(year=today.year - 1, day=min(today.day, 28) if today.month == 2 else today.day)


@blueprint.get("/of/<int:id_>")
@may("rehearsals.of")
def of(id_: int) -> Response:
    """Go to the last rehearsal of a version, or offer to begin the first."""
    version = permitted(queries.version(session(), viewer(), id_))
    last = queries.latest(session(), version.id)
    if last is not None:
        return done("rehearsals.show", id_=last.id)
    return _offer(version, forms.StartForm(data={"since": _year_ago()}))


def _offer(version: ProcedureVersion, form: forms.StartForm, status: int = 200) -> Response:
    return page("rehearsals/of.html", status, version=version, title=title_of_version(version), form=form)


@blueprint.post("/start/<int:id_>")
@may("rehearsals.start")
def start(id_: int) -> Response:
    """Begin a rehearsal of a version; a worker carries it out."""
    version = permitted(queries.version(session(), viewer(), id_))
    form = forms.StartForm()
    if form.validate_on_submit():
        try:
            with write() as writing:
                made = actions.start(writing, viewer(), id_, form.since.data)
        except Refused as refused:
            form.refuse(refused)
            version = queries.version(session(), viewer(), id_)
        else:
            return done("rehearsals.show", id_=made.id)
    return _offer(version, form, 422)


@blueprint.get("/<int:id_>")
@may("rehearsals.show")
def show(id_: int) -> Response:
    """How far it is; what was found when it is done."""
    found = queries.rehearsal(session(), viewer(), id_)
    return page_or_fragment("rehearsals/show.html", "rehearsals/_state.html", **_shown(found))


def _shown(found: Rehearsal) -> dict[str, Any]:
    version = queries.version(session(), viewer(), found.version_id)
    job, text = found.job, ""
    if found.is_open and job is not None and job.total:
        text = _(
            "%(done)s of %(total)s case files",
            done=filters.show_number(job.done), total=filters.show_number(max(job.done, job.total)),
        )  # fmt: skip
    result = found.result if found.state == "done" else None
    return {
        "rehearsal": found,
        "version": version,
        "title": title_of_version(version),
        "text": text,
        "older": queries.is_older(found, version),
        "shown": queries.shown(session(), viewer(), version, result) if result else None,
        "form": forms.StartForm(formdata=None, data={"since": found.since}),
        "kind": kind,
    }


@blueprint.post("/<int:id_>/cancel")
@may("rehearsals.cancel")
def cancel(id_: int) -> Response:
    """Call it off."""
    with write() as writing:
        stopped = actions.cancel(writing, viewer(), id_)
    return done("rehearsals.show", _("Cancelled.") if stopped else _("It was finished already."), id_=id_)
