"""Pages of who has read what; the banner that asks one to read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.acknowledgements import actions, queries
from promo.core import clock
from promo.core.access import Viewer, can
from promo.core.errors import Refused
from promo.procedures import readers
from promo.procedures.models import ProcedureVersion
from promo.procedures.queries import title_of_version
from promo.web import frame
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, page, render, same_site
from promo.web.transaction import session, write

blueprint = Blueprint("acknowledgements", __name__, url_prefix="/acknowledgements")
frame.navigation("acknowledgements.index", _l("Who has read what"), "book-2", 82, bar=False)


def _on_day(who: Viewer, _record: Any) -> str:
    """Draw what one is to read, above one's day."""
    found = readers.unread(session(), who, clock.today())
    return render("acknowledgements/_to_read.html", unread=found, here="/day") if found else ""


def _on_version(who: Viewer, version: ProcedureVersion) -> str:
    """Draw on a version's page that one is to read it, with the button that says so."""
    if version.status != "effective":
        return ""
    found = [one for one in readers.unread(session(), who, clock.today()) if one.version.id == version.id]
    return render("acknowledgements/_to_read.html", unread=found, here=readers.address(version)) if found else ""


def _beside_version(who: Viewer, version: ProcedureVersion) -> str:
    """Draw the way to who has read a version, for whoever oversees others."""
    if version.status != "effective" or not version.substance or not can(who, "acknowledgements.show", version):
        return ""
    return render("acknowledgements/_beside_version.html", version=version)


frame.block("day", 1, _on_day)
frame.block("version", 10, _on_version)
frame.block("version_aside", 40, _beside_version)


@blueprint.get("")
@may("acknowledgements.index")
def index() -> Response:
    """The versions in force that people are to read, and how many have."""
    return page("acknowledgements/index.html", lines=queries.demanded(session(), viewer(), clock.today()))


@blueprint.get("/<int:id_>")
@may("acknowledgements.show")
def show(id_: int) -> Response:
    """Who has read a version and who has not, by post."""
    return _shown(id_)


def _shown(id_: int, status: int = 200, reasons: Any = ()) -> Response:
    version, today = permitted(queries.version(session(), id_)), clock.today()
    lines = queries.by_post(session(), viewer(), version, today)
    return page(
        "acknowledgements/show.html", status,
        version=version,
        title=title_of_version(version),
        lines=lines,
        total=queries.total((one for line in lines for one in (*line.waiting, *line.done)), today),
        today=today,
        reminded=queries.reminded(session(), viewer(), id_, today),
        reasons=reasons,
    )  # fmt: skip


@blueprint.post("/<int:id_>/acknowledge")
@may("acknowledgements.acknowledge")
def acknowledge(id_: int) -> Response:
    """Say that one has read it."""
    with write() as writing:
        version = actions.acknowledge(writing, viewer(), id_)
    if (back := same_site(request.form.get("next"))) and back == "/day":
        return done("home.day", _("Noted: you have read it."))
    return done("procedures.show", _("Noted: you have read it."), code=version.code, number=version.number)


@blueprint.post("/<int:id_>/remind")
@may("acknowledgements.remind")
def remind(id_: int) -> Response:
    """Remind those who have not read it; once a day."""
    try:
        with write() as writing:
            actions.remind(writing, viewer(), id_)
    except Refused as refused:
        return _shown(id_, 422, refused.reasons)
    return done("acknowledgements.show", _("They are being reminded by mail."), id_=id_)
