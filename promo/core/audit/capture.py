"""From the changes of a session to events, in the same transaction.

Each flush adds what it changed to what is *pending* in the session; just before the commit, one event is written for
each record (or other row) with all its changes since the transaction began, its parts' included. A rolled-back
savepoint takes what it had added with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, event, inspect, select
from sqlalchemy.orm import (
    Mapper,
    ORMExecuteState,
    PassiveFlag,
    Session,
    SessionTransaction,
    UOWTransaction,
    object_session,
)
from sqlalchemy.orm.attributes import get_history
from sqlalchemy.orm.util import identity_key

from promo.core.audit.acting import Actor, actor, versions_of
from promo.core.audit.digests import Value, encode
from promo.core.audit.plans import HIDDEN, ROW, Column, Plan, plan_of
from promo.core.audit.writing import Event, insert_events, values_of
from promo.core.records import Record

Key = tuple[str, Any]  # ("", record id), (table, row key) or ("note", its place)
QUIETLY = PassiveFlag.PASSIVE_NO_INITIALIZE
Cell = tuple[str | None, str | None, str]  # part, row key, field
PENDING, SEALING = "promo_trail", "promo_trail_ending"


class Unaudited(Exception):
    """A statement would change followed columns without the trail knowing: change the loaded rows instead."""


@dataclass
class Change:
    """What happened to one record or row so far: the first old and the last new of each field."""

    action: str = "update"
    actor: Actor | None = None
    on_behalf_of_id: int | None = None
    kind: str | None = None
    reference: str | None = None
    note: bool = False
    cells: dict[Cell, tuple[str | None, str | None]] = field(default_factory=dict)

    def take(self, later: Change) -> None:
        """Add what came later."""
        if self.action != "create" and later.action != "update":
            self.action = later.action
        self.on_behalf_of_id = later.on_behalf_of_id or self.on_behalf_of_id
        self.kind, self.reference = later.kind or self.kind, later.reference or self.reference
        for cell, (old, new) in later.cells.items():
            self.cells[cell] = (self.cells[cell][0] if cell in self.cells else old, new)

    def values(self) -> list[Value]:
        """Return the fields that differ in the end."""
        hidden = (HIDDEN, HIDDEN)
        return [
            Value(name, old, new, part, row)
            for (part, row, name), (old, new) in self.cells.items()
            if old != new or (old, new) == hidden
        ]


Layer = dict[Key, Change]


def _layers(session: Session) -> list[Layer]:
    layers: list[Layer] = session.info.setdefault(PENDING, [{}])
    return layers


def note(
    session: Session,
    action: str,
    record: Record | None = None,
    data: dict[str, Any] | None = None,
    *,
    record_id: int | None = None,
    table: str | None = None,
    row: Any = None,
) -> None:
    """Tell of something that changes no field: an export, a sign-in, a sensitive view, a refusal, a restore.

    ``record`` (or ``record_id``) or ``table`` and ``row`` say what it was done to; ``data`` is kept as values. It is
    written with the transaction; what must survive a refusal or a GET goes through ``core/notes.py``.
    """
    top = _layers(session)[-1]
    number = record.id if record is not None else record_id
    change = Change(action=action, actor=actor(), note=True)
    if record is not None:
        change.kind, change.reference = record.kind, record.reference
    change.cells = {(None, None, v.field): (v.old, v.new) for v in values_of(data)}
    place = (number, table, None if row is None else str(row), sum(map(len, _layers(session))))
    top["note", place] = change


def explain(session: Session, record_id: int, **why: Any) -> None:
    """Say why a record is changed, within the very event that tells of the change."""
    cells: dict[Cell, tuple[str | None, str | None]] = {(None, None, v.field): (v.old, v.new) for v in values_of(why)}
    _merge(_layers(session)[-1], ("", record_id), Change(cells=cells))


def tell(session: Session, row: Any, data: dict[str, tuple[Any, Any]]) -> None:
    """Say more of a change of a followed row, in its own event: by name what was and what is.

    For what its columns don't tell people, such as which part of a long text is another one.
    """
    plan = plan_of(inspect(row).mapper)
    assert plan is not None, "nobody follows it"
    cells: dict[Cell, tuple[str | None, str | None]] = {
        (None, None, name): (encode(old), encode(new)) for name, (old, new) in data.items()
    }
    _merge(_layers(session)[-1], (plan.table, plan.row_key(row)), Change(cells=cells))


def _told(column: Column, value: Any) -> str | None:
    if column.secret:
        return None if value is None else HIDDEN
    return encode(value, digest_only=column.digest_only)


def _cells(plan: Plan, row: Any, verb: str) -> dict[Cell, tuple[str | None, str | None]]:
    part, key = (None, None) if plan.is_record or plan.own is None else (plan.table, plan.row_key(row))
    held = inspect(row).dict
    found: dict[Cell, tuple[str | None, str | None]] = {}
    for column in plan.columns:
        if verb == "update":
            history = get_history(row, column.key, QUIETLY)
            if not history.has_changes():
                continue
            old = history.deleted[0] if history.deleted else None
            new = history.added[0] if history.added else None
        else:
            if column.key == plan.own:
                continue
            content = getattr(row, column.key) if verb == "delete" else held.get(column.key)
            old, new = (None, content) if verb == "create" else (content, None)
        told = _told(column, old), _told(column, new)
        if told[0] != told[1] or (column.secret and old != new):
            found[part, key, column.key] = told
    return found


def _action(plan: Plan, row: Any, verb: str) -> str:
    if plan.own is not None and not plan.is_record:
        return "update"
    if verb == "update" and plan.is_record:
        moved = get_history(row, "archived_at", QUIETLY)
        if moved.has_changes():
            return "archive" if row.archived_at is not None else "unarchive"
    return verb


def _add(session: Session, row: Any, verb: str) -> None:
    plan = plan_of(inspect(row).mapper)
    if plan is None:
        return
    cells = _cells(plan, row, verb)
    if not cells and verb == "update":
        return
    if plan.own and not plan.is_record and verb != "update":  # a part that came or went, not one whose fields did
        cells[plan.table, plan.row_key(row), ROW] = (None, HIDDEN) if verb == "create" else (HIDDEN, None)
    number = inspect(row).dict.get(plan.own) if plan.own else None
    key: Key = (plan.table, plan.row_key(row)) if number is None else ("", number)
    change = Change(action=_action(plan, row, verb), cells=cells)
    if plan.is_record:
        change.kind, change.reference = row.kind, row.reference
        change.on_behalf_of_id = getattr(row, "on_behalf_of_id", None)
    _merge(_layers(session)[-1], key, change)


def _merge(layer: Layer, key: Key, change: Change) -> None:
    if key in layer:
        layer[key].take(change)
    else:
        layer[key] = change


def _follow(verb: str) -> Any:
    """Return what takes in one row while it is flushed: its old values are still known, its key already is."""

    def take(_mapper: Mapper[Any], _connection: Connection, row: Any) -> None:
        session = object_session(row)
        if session is not None:
            _add(session, row, verb)

    return take


for _moment, _verb in (("after_insert", "create"), ("after_update", "update"), ("before_delete", "delete")):
    event.listen(Mapper, _moment, _follow(_verb))


@event.listens_for(Session, "after_flush_postexec")
def _after_flush_postexec(session: Session, _context: UOWTransaction) -> None:
    """Write at once what a flush within the commit itself has added."""
    if session.info.get(SEALING):
        write_pending(session)


@event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    """Write the events of the transaction (a savepoint's wait for the end of all)."""
    if not session.in_nested_transaction():
        session.flush()
        session.info[SEALING] = True
        write_pending(session)


@event.listens_for(Session, "after_transaction_create")
def _after_transaction_create(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        _layers(session).append({})


@event.listens_for(Session, "after_rollback")
def _after_rollback(session: Session) -> None:
    """Forget what the savepoint, or the whole transaction, that is rolled back had added."""
    _layers(session)[-1].clear()


@event.listens_for(Session, "after_transaction_end")
def _after_transaction_end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        layers = _layers(session)
        if len(layers) > 1:
            for key, change in layers.pop().items():
                _merge(layers[-1], key, change)
    elif transaction.parent is None:
        session.info.pop(PENDING, None)
        session.info.pop(SEALING, None)


@event.listens_for(Session, "do_orm_execute")
def _do_orm_execute(state: ORMExecuteState) -> None:
    """Refuse an UPDATE or DELETE that would pass the trail by. ``execution_options(audit=False)`` means it."""
    if not (state.is_update or state.is_delete) or state.bind_mapper is None:
        return
    plan = plan_of(state.bind_mapper)
    if plan is None or state.execution_options.get("audit") is False:
        return
    followed = {column.key for column in plan.columns}
    named = {getattr(c, "key", c) for c in getattr(state.statement, "_values", None) or {}}
    if state.is_delete or named & followed:
        raise Unaudited(f"{plan.table}: {', '.join(sorted(named & followed)) or 'rows removed'}")


def write_pending(session: Session) -> None:
    """Write what is pending as events."""
    layers = session.info.pop(PENDING, None)
    pending: Layer = {}
    for layer in layers or ():
        for key, change in layer.items():
            _merge(pending, key, change)
    changes = [(key, change, change.values()) for key, change in pending.items()]
    kept = [(k, c, v) for k, c, v in changes if v or c.note or c.action != "update"]
    if not kept:
        return
    _name_records(session, kept)
    present = actor()
    ids = sorted({n for key, _, _ in kept if (n := _record_of(key)) is not None})
    with session.no_autoflush:
        versions = versions_of(session, ids)
    insert_events(session.connection(), [_event(k, c, v, c.actor or present, versions) for k, c, v in kept])


def _record_of(key: Key) -> int | None:
    kind, place = key
    number = place if kind == "" else place[0] if kind == "note" else None
    return None if number is None else int(number)


def _event(key: Key, change: Change, values: list[Value], who: Actor, versions: dict[int, int]) -> Event:
    number = _record_of(key)
    table, row = (key[1][1], key[1][2]) if key[0] == "note" else (key if number is None else (None, None))
    return Event(
        action=change.action,
        actor_id=who.person_id,
        on_behalf_of_id=who.on_behalf_of_id or change.on_behalf_of_id,
        record_id=number,
        kind=change.kind,
        reference=change.reference,
        table_name=table,
        row_key=row,
        request_id=who.request_id,
        device=who.device[:200] if who.device else None,
        procedure_version_id=who.procedure_version or (versions.get(number) if number is not None else None),
        values=values,
    )


def _name_records(session: Session, kept: Iterable[tuple[Key, Change, Any]]) -> None:
    """Fill in kind and reference of records of which only parts changed: from the session, else by one query."""
    unknown: dict[int, list[Change]] = {}
    for key, change, _ in kept:
        number = _record_of(key)
        if number is None or change.kind is not None:
            continue
        found: Any = session.identity_map.get(identity_key(Record, number))
        if found is not None and {"kind", "reference"} <= inspect(found).dict.keys():
            change.kind, change.reference = found.kind, found.reference
        else:
            unknown.setdefault(number, []).append(change)
    if unknown:
        table: Any = Record.__table__
        rows = session.connection().execute(
            select(table.c.id, table.c.kind, table.c.reference).where(table.c.id.in_(unknown))
        )
        for number, kind, reference in rows:
            for change in unknown[number]:
                change.kind, change.reference = kind, reference
