"""One's own notices, and how one wants to hear of each kind."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core.errors import Refused
from promo.core.notes import note
from promo.core.records import id_in
from promo.notices import actions, queries
from promo.web import frame
from promo.web.guard import may, viewer
from promo.web.pages import done, page, same_site
from promo.web.transaction import session, write

blueprint = Blueprint("notices", __name__, url_prefix="/notices")
frame.navigation("notices.index", _l("Notices"), "bell", 90, bar=False)
frame.count("notices.index", queries.UNSEEN)
PAGE = 50


@blueprint.get("")
@may("notices.index")
def index() -> Response:
    """One's notices, the newest first."""
    before = id_in(request.args.get("before")) or None
    found = queries.mine(session(), viewer(), PAGE + 1, before)
    older = url_for("notices.index", before=found[PAGE - 1].id) if len(found) > PAGE else None
    labels = {kind.name: kind.label for kind in actions.kinds()}
    return page("notices/index.html", notices=found[:PAGE], older=older, labels=labels)


@blueprint.get("/<int:id_>/open")
@may("notices.open_")
def open_(id_: int) -> Response:
    """Go to what a notice is about; it is marked as opened."""
    one = queries.notice(session(), viewer(), id_)
    target = same_site(one.address) or url_for("notices.index")
    if one.seen_at is None:
        session().rollback()
        with note() as writing:
            actions.see(writing, viewer(), id_)
    return make_response(redirect(target, 303))


@blueprint.post("/see_all")
@may("notices.see_all")
def see_all() -> Response:
    """Mark all of them as opened."""
    with write() as writing:
        actions.see_all(writing, viewer())
    return done("notices.index", _("All are marked as read."))


@blueprint.route("/choose", methods=["GET", "POST"])
@may("notices.choose")
def choose() -> Response:
    """How one wants to hear of each kind."""
    errors: dict[str, str] = {}
    typed: dict[str, Any] = queries.choices(session(), viewer().person_id)
    if request.method == "POST":
        typed = {kind.name: request.form[kind.name] for kind in actions.kinds() if kind.name in request.form}
        try:
            with write() as writing:
                actions.choose(writing, viewer(), typed)
            return done("notices.choose", _("Saved."))
        except Refused as refused:
            errors = {r.field or "": str(r.message) for r in refused.reasons}
    lines = [(kind, actions.ways(kind), actions.how_of(kind, typed)) for kind in actions.kinds()]
    return page("notices/choose.html", 422 if errors else 200, lines=lines, errors=errors)
