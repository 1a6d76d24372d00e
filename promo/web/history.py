"""The trail in words: who did what, from what to what, as ``components/history.html`` draws it.

What ids and codes are called is found by the caller, who knows what the reader may see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any

from babel.numbers import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core import audit
from promo.core.audit import ROW, Entry, Was, Which
from promo.core.errors import Text
from promo.core.fields import Field
from promo.web.filters import babel_locale, show_date, show_moment, show_number

Names = Mapping[str, Mapping[str, str]]
ACTIONS: dict[str, Text] = {
    "create": _l("entered it"),
    "update": _l("changed it"),
    "archive": _l("archived it"),
    "unarchive": _l("brought it back"),
    "delete": _l("removed it"),
    "erase": _l("erased personal data"),
    "view": _l("saw what is reserved"),
    "refusal": _l("was told what is missing to move it on"),
    "export": _l("exported a list"),
    "download": _l("downloaded an export"),
    "sign_in": _l("signed in"),
    "sign_in_failed": _l("did not get in"),
    "sign_out": _l("signed out"),
    "recovery_codes": _l("made new recovery codes"),
    "rates": _l("loaded exchange rates"),
    "backup": _l("made a backup"),
    "restore": _l("restored a backup"),
}
WORDS: dict[str, Text] = {  # what events carry that change no field
    "name": _l("What"),
    "filters": _l("Filters"),
    "rows": _l("Rows"),
    "format": _l("Format"),
    "reason": _l("Reason"),
    "act": _l("Number of the approving act"),
    "items": _l("What was missing"),
    "added": _l("Added"),
    "changed": _l("Changed"),
    "address": _l("Address"),
    "made_at": _l("Made"),
    "serials_skipped": _l("Serials passed over"),
    "place": _l("Where"),
    "text": _l("Text"),
    "events": _l("Events"),
    "verified": _l("Verified"),
    "recounted": _l("Why the term was counted again"),
    "year": _l("Year"),
}
CODED: dict[str, dict[str, Text]] = {  # of these the trail keeps a code
    "recounted": {
        "record": _l("the dates of the record changed"),
        "calendar": _l("the post's calendar changed"),
        "confirmed": _l("the post confirmed its calendar"),
        "decree": _l("a decree on days off"),
        "zone": _l("the post's time zone changed"),
    },
}
DIGEST = re.compile("[0-9a-f]{64}")
PLAIN = frozenset({"text", "long", "integer", "decimal", "date", "moment", "time", "yes_no", "choice"})


def wanted(entries: Iterable[Entry]) -> dict[str, set[str]]:
    """Return the ids and codes that need a name, by type."""
    found: dict[str, set[str]] = {"person": set(), "version": set(), "record": set()}
    for entry in entries:
        for type_, value in _mentioned(entry):
            if value is not None:
                found.setdefault(type_, set()).update(str(v) for v in (value if isinstance(value, list) else [value]))
    return found


def _mentioned(entry: Entry) -> Iterable[tuple[str, Any]]:
    yield "person", entry.actor_id
    yield "person", entry.on_behalf_of_id
    yield "version", entry.procedure_version_id
    yield "record", entry.record_id
    if entry.table == "person":
        yield "person", entry.row_key
    for change in entry.changes:
        if change.field is not None and not change.hidden and change.field.type not in PLAIN:
            yield change.field.type, change.old
            yield change.field.type, change.new
    for which in entry.which.values():
        if which.field.type not in PLAIN:
            yield which.field.type, which.value


def told(entry: Entry, names: Names) -> dict[str, Any]:
    """Return an event as the template draws it."""
    people = names.get("person", {})
    actor, other = people.get(str(entry.actor_id)), people.get(str(entry.on_behalf_of_id))
    did = str(ACTIONS.get(entry.action, entry.action))
    if other and other != actor:
        did = _("%(did)s, on behalf of %(name)s", did=did, name=other)
    return {
        "number": entry.id,
        "when": show_moment(entry.at),
        "moment": entry.at.isoformat(),
        "who": actor or (_("Somebody") if entry.action == "sign_in_failed" else "Promo"),
        "action": did,
        "procedure": names.get("version", {}).get(str(entry.procedure_version_id)),
        "device": entry.device if (entry.device or "").startswith(("promo ", "job ")) else None,
        "changes": [
            line
            for part, changes in groupby(entry.changes, key=lambda c: (c.part, c.row_key))
            for line in (
                _own(changes, names) if part[0] is None else _part(list(changes), entry.which.get(part), names)
            )
        ],
    }


def _own(changes: Iterable[Was], names: Names) -> list[dict[str, Any]]:
    lines = []
    for change in changes:
        if change.old is None and change.new is False:
            continue  # what was never a yes is no news
        label = change.label or WORDS.get(change.name)
        if change.name in CODED:
            change = replace(change, new=str(CODED[change.name].get(change.new, change.new)))
        if label is not None:
            lines.append(_line(label, change, names))
        elif change.name == "password_hash":
            lines.append(_line(_("Password"), change, names))
        elif change.name == "totp_secret":
            lines.append(_line(_("Second factor"), change, names))
    return lines


def _part(changes: list[Was], which: Which | None, names: Names) -> list[dict[str, Any]]:
    """Tell of a part: added and removed ones in one line, a changed one field by field, with what tells it apart."""
    name = str(audit.name_of(changes[0].part) or changes[0].part or "")
    shown = [c for c in changes if c.label is not None]
    came_or_went = next((c for c in changes if c.name == ROW), None)
    if came_or_went is None or any(c.hidden or c.erased for c in shown):
        itself = which is not None and which.field.name not in {c.name for c in shown}
        told_apart = in_words(which.field, which.value, names) if which and itself else None
        named = f"{name} «{told_apart}»" if told_apart else name
        return [_line(f"{named}: {c.label}", c, names) for c in shown]
    side = "new" if came_or_went.old is None else "old"
    text = " · ".join(t for c in shown if (t := _named(c, getattr(c, side), names)))
    told: dict[str, Any] = {"label": name, "old": None, "new": None, "gone": side == "old"}
    return [told | {side: text or "–"}]


def _named(change: Was, value: Any, names: Names) -> str:
    """Write a value of a part; a yes or a number needs its label beside it."""
    text = in_words(change.field, value, names)
    if value is False or not text:
        return ""
    bare = change.field is not None and change.field.type in ("yes_no", "integer")
    return f"{change.label}: {text}" if bare else text


def _line(label: Text, change: Was, names: Names) -> dict[str, Any]:
    hidden: str | bool = False
    if change.erased:
        hidden = _("erased by law")
    elif change.hidden:
        secret = change.field is None or not change.field.sensitive
        hidden = _("changed; what it is is not kept") if secret else _("changed; not shown to you")
    old, new = (None, None) if hidden else (in_words(change.field, v, names) for v in (change.old, change.new))
    return {"label": label, "old": old, "new": new, "hidden": hidden}


def in_words(field: Field | None, value: Any, names: Names) -> str | None:
    """Write a value as people read it; None for nothing."""
    if value is None or value == []:
        return None
    if isinstance(value, dict) and value.keys() == {"sha256", "length"}:
        return _("a text of %(count)s characters", count=show_number(value["length"]))
    if isinstance(value, list):
        return " · ".join(t for one in value if (t := in_words(field, one, names)))
    if isinstance(value, dict):
        return " · ".join(f"{k}: {in_words(None, v, names)}" for k, v in value.items())
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    kind = field.type if field else "text"
    if kind not in PLAIN:
        return names.get(kind, {}).get(str(value)) or (str(value) if kind in UNNAMED else _("one you may not see"))
    if isinstance(value, str) and DIGEST.fullmatch(value):
        return f"{value[:12]}…"
    if field is not None and field.choices is not None:
        return str(field.show(value))
    try:
        return _written(kind, value)
    except (ValueError, TypeError, InvalidOperation):
        return str(value)


UNNAMED = frozenset(
    {"status", "country", "evidence", "question", "answer", "item", "entity", "function", "version"}
)  # codes say enough


def _written(kind: str, value: Any) -> str:
    if kind == "moment":
        return show_moment(datetime.fromisoformat(value))
    if kind == "date":
        return show_date(date.fromisoformat(value))
    if kind == "time":
        return str(value)[:5]
    if kind == "decimal":
        return format_decimal(Decimal(value), "#,##0.00######", locale=babel_locale())
    return str(value)
