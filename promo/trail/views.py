"""A record's history, and the whole trail for whoever oversees the work."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core import audit, notes, records
from promo.core.access import Viewer, can, is_member
from promo.core.audit import Entry
from promo.core.records import Record, id_in
from promo.trail import queries
from promo.trail.queries import PAGE, Asked
from promo.web import frame, history
from promo.web.filters import show_date
from promo.web.guard import may, viewer
from promo.web.pages import done, page, render
from promo.web.transaction import session

blueprint = Blueprint("trail", __name__, url_prefix="/trail")
frame.navigation("trail.index", _l("Trail"), "history", 95)


def _on_record(who: Viewer, record: Any) -> str:
    """Draw when a record was changed last, with the way to its history. Whoever looks in from outside is noted."""
    if not isinstance(record, Record) or not can(who, "trail.show", record):
        return ""
    if record.visibility == "team" and record.owner_id != who.person_id and not is_member(who, record):
        notes.tell("view", record.id)
    return render("trail/_on_record.html", record=record, last=queries.last_change(session(), record.id))


frame.block("any", 90, _on_record)


@blueprint.get("/<int:id_>")
@may("trail.show")
def show(id_: int) -> Response:
    """What happened to a record: who changed which field from what to what, when, under which version."""
    record = queries.record(session(), viewer(), id_)
    before = id_in(request.args.get("before")) or None
    hide = not can(viewer(), "trail.sensitive", record)
    found = audit.history(session(), record.id, before=before, limit=PAGE + 1, mask=hide)
    names = queries.names(session(), viewer(), history.wanted(found), record)
    if any(c.field and c.field.sensitive and not c.hidden for entry in found for c in entry.changes):
        notes.tell("view", record.id)
    return page(
        "trail/show.html",
        record=record,
        kind=records.kind(record.kind),
        events=[history.told(entry, names) for entry in found[:PAGE]],
        next_url=url_for("trail.show", id_=id_, before=found[PAGE - 1].id) if len(found) > PAGE else None,
    )


@blueprint.get("")
@may("trail.index")
def index() -> Response:
    """Everything that was done, newest first, as far as the viewer may read it; and whether it is sealed."""
    asked, after = _asked(), id_in(request.args.get("after")) or None
    found = queries.events(session(), viewer(), asked, after)
    names = queries.names(session(), viewer(), history.wanted(found))
    head, tail, _since = audit.unsealed(session())
    filters = _filters(asked)
    return page(
        "trail/index.html",
        events=[history.told(entry, names) | {"subject": _subject(entry, names)} for entry in found[:PAGE]],
        next_url=url_for("trail.index", **_args(), after=found[PAGE - 1].id) if len(found) > PAGE else None,
        filters=filters,
        chips=[_chip(f) for f in filters if f["value"]],
        head=head,
        sealed_at=datetime.fromisoformat(head.at) if head else None,
        tail=tail,
    )


@blueprint.get("/checkpoint")
@may("trail.checkpoint")
def checkpoint() -> Response:
    """The newest signed head, to be kept where nobody can change it."""
    head = audit.last_checkpoint(session())
    if head is None:
        return done("trail.index", _("Not sealed yet"))
    response = jsonify(head.as_dict())
    response.headers["Content-Disposition"] = f'attachment; filename="promo-checkpoint-{head.number}.json"'
    return response


NAMES = ("person", "action", "kind", "since", "until")


def _args() -> dict[str, Any]:
    return {name: request.args[name][:60] for name in NAMES if request.args.get(name)}


def _asked() -> Asked:
    """Read what is asked from the address; what makes no sense is not asked."""
    args = _args()
    kinds = {kind.name for kind in records.kinds()}
    return Asked(
        person=id_in(args.get("person")) or None,
        action=args.get("action") if args.get("action") in history.ACTIONS else None,
        kind=args.get("kind") if args.get("kind") in kinds else None,
        since=_day(args.get("since")),
        until=_day(args.get("until")),
    )


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None


def _filters(asked: Asked) -> list[dict[str, Any]]:
    def day(value: date | None) -> str:
        return value.isoformat() if value else ""

    cases = viewer().has("quality", "auditor")
    actions = sorted(((name, str(words)) for name, words in history.ACTIONS.items()), key=lambda pair: pair[1])
    kinds = [(kind.name, str(kind.plural)) for kind in records.kinds()] if cases else []
    filters = [
        {"name": "person", "label": _l("Who"), "choices": queries.people(session()), "value": asked.person},
        {"name": "action", "label": _l("What"), "choices": actions, "value": asked.action},
        {"name": "kind", "label": _l("Of what"), "choices": kinds, "value": asked.kind},
    ]
    return [
        *({"type": "choice", **f} for f in filters if f["choices"]),
        {"name": "since", "label": _l("From"), "type": "date", "value": day(asked.since)},
        {"name": "until", "label": _l("Until"), "type": "date", "value": day(asked.until)},
    ]


def _chip(chosen: dict[str, Any]) -> dict[str, Any]:
    rest: dict[str, Any] = {name: value for name, value in _args().items() if name != chosen["name"]}
    if chosen["type"] == "date":
        value = show_date(date.fromisoformat(chosen["value"]))
    else:
        value = dict(chosen["choices"]).get(str(chosen["value"]), "")
    return {"label": chosen["label"], "value": value, "url": url_for("trail.index", **rest)}


def _subject(entry: Entry, names: history.Names) -> dict[str, Any] | None:
    """Return to what it was done: a record with its page, somebody, or a row of another table."""
    if entry.record_id is not None:
        title = names["record"].get(str(entry.record_id)) if "record" in names else None
        url = url_for("trail.show", id_=entry.record_id) if title else None
        called = " · ".join(t for t in (entry.reference, title) if t)
        return {"title": called, "url": url} if called else None
    who = names.get("person", {}).get(entry.row_key or "") if entry.table == "person" else None
    kind = audit.name_of(entry.table)
    if who and entry.row_key == str(entry.actor_id):
        return None  # what one did to oneself
    return {"title": who or kind, "url": None} if who or kind else None
