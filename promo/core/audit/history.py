"""The trail for people: what happened to a record or to another row, the newest first."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from promo.core import records
from promo.core.audit.digests import encode
from promo.core.audit.plans import HIDDEN, model_of
from promo.core.audit.reading import EVENT, VALUE
from promo.core.errors import Text
from promo.core.fields import Field, field_of

PAGE = 50
MASK = "•••"
Hide = Callable[[str | None, str | None, str], bool]  # of a kind, a part (else a table), a field: whether it is masked


@dataclass(frozen=True)
class Was:
    """A changed field. ``label`` is None for what has no name for people; ``part`` is the table of a child row.

    ``hidden``: masked for this reader, or a secret of which the trail knows no more; ``erased``: by law.
    """

    name: str
    label: Text | None
    old: Any
    new: Any
    part: str | None = None
    row_key: str | None = None
    hidden: bool = False
    erased: bool = False
    field: Field | None = None


@dataclass(frozen=True)
class Which:
    """What tells a part from its like, as it is now: whose attendance, the answer to which question."""

    field: Field
    value: Any


@dataclass(frozen=True)
class Entry:
    """One event with what it changed; ids of people are for the caller to name.

    ``which`` tells changed parts apart, by table and key.
    """

    id: int
    at: datetime
    action: str
    actor_id: int | None
    on_behalf_of_id: int | None
    record_id: int | None
    kind: str | None
    reference: str | None
    procedure_version_id: int | None
    request_id: str | None
    device: str | None
    table: str | None = None
    row_key: str | None = None
    changes: list[Was] = field(default_factory=list)
    which: dict[tuple[str, str], Which] = field(default_factory=dict)


def history(
    session: Session,
    record_id: int | None = None,
    *,
    table: str | None = None,
    row: Any = None,
    before: int | None = None,
    limit: int = PAGE,
    mask: bool = False,
) -> list[Entry]:
    """Return the events of a record, or of a row of another table, the newest first.

    ``before`` is the number of the last event of the page before; ``mask`` hides sensitive values. Whether the reader
    may see it is the caller's question.
    """
    query = select(EVENT).order_by(EVENT.c.id.desc()).limit(limit)
    if record_id is not None:
        query = query.where(EVENT.c.record_id == record_id)
    else:
        query = query.where(EVENT.c.table_name == table, EVENT.c.row_key == str(row))
    if before is not None:
        query = query.where(EVENT.c.id < before)
    return entries(session, query, mask=mask)


def last_set(session: Session, table: str, name: str, value: Any, rows: Collection[str]) -> dict[str, datetime]:
    """Return when a field of these rows (by their keys) was last set to a value, of those where the trail knows."""
    found = (
        select(EVENT.c.row_key, func.max(EVENT.c.at).label("at"))
        .join(VALUE, VALUE.c.event_id == EVENT.c.id)
        .where(EVENT.c.table_name == table, EVENT.c.row_key.in_(rows), VALUE.c.field == name)
        .where(VALUE.c.part.is_(None), VALUE.c.new == encode(value))
        .group_by(EVENT.c.row_key)
    )
    return {row.row_key: row.at for row in session.connection().execute(found)}


def nothing(kind: str | None, part: str | None, name: str) -> bool:
    """Mask nothing."""
    return False


def sensitive(kind: str | None, part: str | None, name: str) -> bool:
    """Mask the values of fields that are described as sensitive."""
    described = described_as(part, kind, name)
    return described is not None and described.sensitive


def entries(session: Session, query: Select[Any], *, mask: bool = False) -> list[Entry]:
    """Return the events that a SELECT of theirs finds, in its order, with what they changed."""
    hide = sensitive if mask else nothing
    connection = session.connection()
    found = {e.id: _entry(e) for e in connection.execute(query)}
    ours = select(VALUE).where(VALUE.c.event_id.in_(found)).order_by(VALUE.c.event_id, VALUE.c.position)
    for value in connection.execute(ours) if found else ():
        entry = found[value.event_id]
        entry.changes.append(_was(value, entry, hide))
    tell_apart(session, found.values(), hide)
    return list(found.values())


def entry_of(row: Any, values: Iterable[Any], hide: Hide) -> Entry:
    """Return an event for people, of its row and those of its values."""
    entry = _entry(row)
    entry.changes.extend(_was(value, entry, hide) for value in values)
    return entry


def tell_apart(session: Session, entries: Iterable[Entry], hide: Hide) -> None:
    """Say which parts of a record an event changed, where their model names the field that tells: one SELECT each."""
    changed: dict[str, dict[str, list[Entry]]] = {}
    for entry in entries:
        for part, key in {(c.part, c.row_key) for c in entry.changes if c.part and c.row_key and c.row_key.isdigit()}:
            changed.setdefault(part, {}).setdefault(key, []).append(entry)
    for part, keys in changed.items():
        model: Any = model_of(part)
        described = field_of(getattr(model, model.__audit_which__)) if hasattr(model, "__audit_which__") else None
        if described is None or hide(None, part, described.name):
            continue
        columns = (model.id, getattr(model, model.__audit_which__))
        for id_, value in session.execute(select(*columns).where(model.id.in_(map(int, keys)))):
            for entry in keys[str(id_)]:
                entry.which[part, str(id_)] = Which(described, value)


def _entry(row: Any) -> Entry:
    return Entry(
        row.id, row.at, row.action, row.actor_id, row.on_behalf_of_id, row.record_id, row.kind, row.reference,
        row.procedure_version_id, row.request_id, row.device, row.table_name, row.row_key,
    )  # fmt: skip


def _was(value: Any, entry: Entry, hide: Hide) -> Was:
    place = (entry.kind if value.part is None else None, value.part or entry.table, value.field)
    described = described_as(place[1], place[0], place[2])
    hidden = HIDDEN in (value.old, value.new) or hide(*place)
    old, new = (MASK if text and hidden else _decoded(text) for text in (value.old, value.new))
    label = described.label if described else None
    erased = value.salt is None
    return Was(value.field, label, old, new, value.part, value.row_key, hidden, erased, described)


def name_of(table: str | None) -> Text | None:
    """Return what a row of a followed table is called for people: *Position*, *E-mail*."""
    return getattr(model_of(table), "__audit_name__", None) if table else None


def _decoded(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def described_as(table: str | None, kind: str | None, name: str) -> Field | None:
    """Return the description of a field of a kind, else of a table; None for one that has none (any more)."""
    try:
        if kind is not None:
            return records.kind(kind).field(name)
        model = model_of(table) if table else None
        return field_of(getattr(model, name)) if model is not None else None
    except (KeyError, AttributeError):
        return None
