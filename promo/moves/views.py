"""Pages on which open work is moved to the version in force, and what a record's page says of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from promo.core.access import Viewer, can
from promo.core.errors import Refused
from promo.core.records import Record, id_in, kind
from promo.moves import actions, queries
from promo.procedures import words
from promo.procedures.case import Case
from promo.procedures.views import panel_of
from promo.web import frame
from promo.web.guard import may, viewer
from promo.web.lists import MANY
from promo.web.pages import done, page, render
from promo.web.transaction import session, write

blueprint = Blueprint("moves", __name__, url_prefix="/moves")
frame.navigation("moves.index", _l("Work under a former version"), "git-compare", 83, bar=False)


def _case_of(who: Viewer, record: Any) -> Case | None:
    """Return the case of a record that stands under a version, as its page gathered it."""
    panel = panel_of(who, record) if isinstance(record, Record) and kind(record.kind).work else None
    return panel.case if panel is not None and panel.case.run.id is not None else None


def _moves(case: Case, state: str) -> list[queries.Moved]:
    """Return the moves of a record, by their state; each was asked for."""
    found = queries.of_record(session(), case.record.id) if case.asks_about("move") else []
    return [one for one in found if one.move.state == state]


def _above_record(who: Viewer, record: Any) -> str:
    """Draw that a newer version is in force than the one a record stands under."""
    case = _case_of(who, record)
    newest = queries.newest(session(), case.run) if case else None
    if case is None or newest is None:
        return ""
    asked = next(iter(_moves(case, "asked")), None)
    return render(
        "moves/_above_record.html", record=record, newest=newest, asked=asked, may_ask=can(who, "moves.ask", record)
    )


def _beside_record(who: Viewer, record: Any) -> str:
    """Draw under which versions a record stood, when it was moved."""
    case = _case_of(who, record)
    moved = _moves(case, "moved") if case else []
    return render("moves/_beside_record.html", moved=moved, pick=words.pick) if moved else ""


frame.block("any_above", 5, _above_record)
frame.block("any_aside", 30, _beside_record)


@blueprint.get("")
@may("moves.index")
def index() -> Response:
    """The open work that stands under a former version, to be chosen from."""
    args = request.args
    asked = queries.Asked(args.get("code", "")[:40], id_in(args.get("number")), id_in(args.get("post")))
    return page(
        "moves/index.html",
        lines=queries.behind(session(), viewer(), asked),
        bar=_bar(asked, queries.choices(session(), viewer())),
        most=queries.MOST,
        shown=queries.SHOWN,
        kind=kind,
        may_ask=can(viewer(), "moves.ask"),
    )


def _bar(asked: queries.Asked, choices: dict[str, list[tuple[str, str]]]) -> dict[str, Any]:
    """Return the filters with their options, and what holds with the address without it."""
    labels = {"code": _("Procedure"), "number": _("Version"), "post": _("Post")}
    values = {"code": asked.code, "number": str(asked.number or ""), "post": str(asked.post_id or "")}
    held = {name: value for name, value in values.items() if value}
    option = Markup('<option value="{}"{}>{}</option>')
    filters = [
        {
            "name": name, "label": label, "type": "choice", "many": len(choices[name]) > MANY,
            "options": Markup("").join(
                option.format(value, Markup(" selected") if value == values[name] else "", text)
                for value, text in choices[name]
            ),
        }
        for name, label in labels.items()
    ]  # fmt: skip
    chips = []
    for name, value in held.items():
        rest: dict[str, Any] = {other: of for other, of in held.items() if other != name}
        shown = dict(choices[name]).get(value, value)
        chips.append({"label": labels[name], "value": shown, "url": url_for("moves.index", **rest)})
    return {"filters": filters, "chips": chips}


@blueprint.route("/ask", methods=["GET", "POST"])
@may("moves.ask")
def ask() -> Response:
    """What becomes missing for each chosen record; then the request."""
    ids = [n for text in request.values.getlist("id") if (n := id_in(text))]
    chosen = {n: request.form.get(f"stage-{n}", "") for n in ids}
    reason, reasons = request.form.get("reason", ""), []
    if request.method == "POST":
        try:
            with write() as writing:
                made = actions.ask(writing, viewer(), ids, chosen, reason)
        except Refused as refused:
            reasons = refused.reasons
        else:
            return _asked(len(made), made[0].record_id)
    found = queries.previews(session(), viewer(), ids[: queries.MOST], chosen)
    return page(
        "moves/ask.html", 422 if reasons else 200, found=found, reason=reason, reasons=reasons, most=queries.MOST
    )


def _asked(count: int, record_id: int) -> Response:
    """Go back to the record, or to the list when there were several."""
    message = ngettext("Asked: quality decides.", "%(num)s are asked for: quality decides.", count)
    if count > 1:
        return done("moves.index", message)
    record = queries.case_of(session(), viewer(), record_id).record
    return done(kind(record.kind).show, message, id_=record.id)
