"""My day, finding anything, and whether the service lives."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, make_response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core import clock
from promo.core.access import can
from promo.core.search import fold
from promo.home import queries
from promo.web import frame
from promo.web.guard import may, maybe_viewer, public, viewer
from promo.web.pages import page, page_or_fragment
from promo.web.transaction import session

blueprint = Blueprint("home", __name__)
frame.navigation("home.day", _l("My day"), "sun", 10)


@blueprint.get("/")
@public
def index() -> Response:
    """Go to one's day (a guest: to what they came for), or to sign in."""
    who = maybe_viewer()
    return make_response(redirect(frame.lines(who)[0]["url"] if who else url_for("accounts.login")))


@blueprint.get("/day")
@may("home.day")
def day() -> Response:
    """What is due, what waits, what comes."""
    today = clock.today(viewer().timezone)
    return page(
        "home/day.html",
        today=today,
        greeting=_greeting(),
        recent=queries.recent(session(), viewer()),
        blocks=frame.blocks("day", viewer(), None),
        asides=frame.blocks("day_aside", viewer(), None),
    )


def _greeting() -> str:
    """Return the greeting of the hour where the viewer is."""
    who, hour = viewer(), clock.now().astimezone(ZoneInfo(viewer().timezone)).hour
    name = who.name.split(" ")[0]
    if 5 <= hour < 12:
        return _("Good morning, %(name)s", name=name)
    return _("Good afternoon, %(name)s", name=name) if 12 <= hour < 19 else _("Good evening, %(name)s", name=name)


@blueprint.get("/find")
@may("home.find")
def find() -> Response:
    """Records and commands for what is typed."""
    typed = request.args.get("q", "")[:200].replace("\x00", "")
    found = queries.find(session(), viewer(), typed) if typed else queries.recent(session(), viewer(), 8)
    return page_or_fragment("home/find.html", "home/_found.html", q=typed, found=found, commands=_commands(typed))


def _commands(typed: str) -> list[dict[str, str]]:
    """Return the commands whose words contain what was typed: every page one may go to, and what one may add."""
    lines = frame.lines(viewer())
    known = [{"label": str(line["label"]), "url": line["url"], "icon": line["icon"]} for line in lines]
    added = (
        ("contacts.new", _("Add a person")),
        ("organisations.new", _("Add an organisation")),
        ("outcomes.new", _("Declare an outcome")),
    )
    for endpoint, words in added:
        if can(viewer(), endpoint):
            known.append({"label": words, "url": url_for(endpoint), "icon": "plus"})
    wanted = fold(typed)
    return [c for c in known if wanted in fold(c["label"])][:6]


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """Whether the process lives."""
    return jsonify(ok=True)


@blueprint.get("/readyz")
@public
def readyz() -> Response:
    """Whether the process can serve: its database answers."""
    return jsonify(ok=queries.answers(session()))
