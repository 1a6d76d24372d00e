"""Every SELECT on the trail for people: events, and the names of what they mention. The viewer comes first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, bindparam, select, tuple_
from sqlalchemy.orm import Session

from promo.accounts import queries as accounts
from promo.accounts.models import Person
from promo.core import audit, records
from promo.core.access import Viewer, visibility, visible, visible_one
from promo.core.audit import AuditEvent, Entry
from promo.core.files.models import File
from promo.core.records import Record, id_in
from promo.procedures import queries as procedures
from promo.procedures.case import definition_of, function_names
from promo.procedures.definitions import Answer, Declaration
from promo.procedures.models import Procedure, ProcedureVersion, Run
from promo.procedures.words import EVIDENCE, item_title, pick
from promo.reference import queries as reference
from promo.reference.models import Fair

PAGE = 50
EVENT: Any = AuditEvent.__table__
Names = Mapping[str, Mapping[str, str]]  # by the field's type, by the value as text
ABOUT_CASES = ("export", "download")  # of no record, but their filters are words of cases


@dataclass(frozen=True)
class Asked:
    """Which events: whose, what was done, to what kind, from one day to another."""

    person: int | None = None
    action: str | None = None
    kind: str | None = None
    since: date | None = None
    until: date | None = None


def record(session: Session, viewer: Viewer, id_: int) -> Record:
    """Return a record that the viewer sees; raises NotFound."""
    return visible_one(session, viewer, Record, id_)


_LAST_CHANGE = (
    select(EVENT.c.at, Person.name)
    .outerjoin(Person, Person.id == EVENT.c.actor_id)
    .where(EVENT.c.record_id == bindparam("record"), EVENT.c.action.in_(("create", "update", "archive", "unarchive")))
    .order_by(EVENT.c.id.desc())
    .limit(1)
)


def last_change(session: Session, record_id: int) -> tuple[datetime, str | None] | None:
    """Return when a record was changed last, and the name of who did (None: Promo itself)."""
    row = session.execute(_LAST_CHANGE, {"record": record_id}).first()
    return None if row is None else (row.at, row.name)


def changer(session: Session, record_id: int) -> str:
    """Return the name of whoever changed a record last, for who finds it changed while writing."""
    found = last_change(session, record_id)
    return (found[1] if found else None) or ""


def events(session: Session, viewer: Viewer, asked: Asked, after: int | None = None) -> list[Entry]:
    """Return a page and one more of the events that the viewer may read, the newest first."""
    query = _asked(select(EVENT), asked, viewer.timezone).where(*_readable(viewer))
    if after is not None:
        mark = select(EVENT.c.at).where(EVENT.c.id == after).scalar_subquery()
        query = query.where(tuple_(EVENT.c.at, EVENT.c.id) < tuple_(mark, after))
    query = query.order_by(EVENT.c.at.desc(), EVENT.c.id.desc()).limit(PAGE + 1)
    found = audit.entries(session, query, mask=True)
    if not viewer.has("quality", "auditor"):
        for entry in found:
            if entry.action in ABOUT_CASES:
                entry.changes.clear()
    return found


def _readable(viewer: Viewer) -> list[Any]:
    """Return what narrows the trail: an administrator reads nothing of cases, who oversees a post reads that post's."""
    if not viewer.has("quality", "auditor"):
        return [EVENT.c.record_id.is_(None)]
    if viewer.headquarters:
        return []
    return [EVENT.c.record_id.in_(select(Record.id).where(visibility(viewer)))]


def _asked(query: Select[Any], asked: Asked, timezone: str) -> Select[Any]:
    exact = ((EVENT.c.actor_id, asked.person), (EVENT.c.action, asked.action), (EVENT.c.kind, asked.kind))
    for column, wanted in exact:
        if wanted is not None:
            query = query.where(column == wanted)
    zone = ZoneInfo(timezone)
    if asked.since:
        query = query.where(EVENT.c.at >= datetime.combine(asked.since, time(), zone))
    if asked.until:
        query = query.where(EVENT.c.at < datetime.combine(asked.until + timedelta(days=1), time(), zone))
    return query


def names(session: Session, viewer: Viewer, wanted: Mapping[str, set[str]], record: Record | None = None) -> Names:
    """Return what the ids and codes of each type are called in the viewer's language: one SELECT a type at most."""
    return {
        type_: {str(key): str(name) for key, name in NAMERS[type_](session, viewer, values, record)}
        for type_, values in wanted.items()
        if type_ in NAMERS and values
    }


Pairs = Iterable[tuple[Any, Any]]
Namer = Callable[[Session, Viewer, set[str], Record | None], Pairs]


def _ids(values: set[str]) -> set[int]:
    return {number for v in values if (number := id_in(v))}


def _people(session: Session, _viewer: Viewer, values: set[str], _record: Record | None) -> Pairs:
    return accounts.names(session, _ids(values)).items()


def _records(session: Session, viewer: Viewer, values: set[str], _record: Record | None) -> Pairs:
    found = visible(select(Record.id, Record.title).where(Record.id.in_(_ids(values))), viewer)
    return [(row.id, row.title) for row in session.execute(found)]


def _files(session: Session, _viewer: Viewer, values: set[str], record: Record | None) -> Pairs:
    found = select(File.id, File.name).where(File.id.in_(_ids(values)))
    return [(f.id, f.name) for f in session.execute(found.where(File.record_id == (record.id if record else None)))]


def _fairs(session: Session, _viewer: Viewer, values: set[str], _record: Record | None) -> Pairs:
    return [(f.id, f.name) for f in session.execute(select(Fair.id, Fair.name).where(Fair.id.in_(_ids(values))))]


def _versions(session: Session, _viewer: Viewer, values: set[str], _record: Record | None) -> Pairs:
    found = select(ProcedureVersion.id, Procedure.code, ProcedureVersion.number).join(
        Procedure, Procedure.id == ProcedureVersion.procedure_id
    )
    rows = session.execute(found.where(ProcedureVersion.id.in_(_ids(values))))
    return [(row.id, f"{row.code} v{row.number}") for row in rows]


def _statuses(session: Session, viewer: Viewer, _values: set[str], record: Record | None) -> Pairs:
    stages = {key: pick(title) for key, title in procedures.status_titles(session, viewer).items()}
    states = records.kind(record.kind).states if record else {}
    return {**stages, **states}.items()


def _requirements(session: Session, record: Record | None) -> list[Answer | Declaration]:
    """Return what the procedure of a record asks."""
    run = session.scalars(select(Run).where(Run.record_id == (record.id if record else None))).first()
    stages = definition_of(run.version).stages if run else ()
    return [r for stage in stages for r in stage.requires if isinstance(r, Answer | Declaration)]


def _questions(session: Session, _viewer: Viewer, _values: set[str], record: Record | None) -> Pairs:
    return [(r.name, pick(r.label)) for r in _requirements(session, record) if r.label]


def _answers(session: Session, _viewer: Viewer, _values: set[str], record: Record | None) -> Pairs:
    """Name what may be chosen as an answer; what was written stands as it was written."""
    asked = (r for r in _requirements(session, record) if isinstance(r, Answer))
    return [(key, pick(told)) for r in asked for key, told in r.choices]


def _items(session: Session, _viewer: Viewer, values: set[str], record: Record | None) -> Pairs:
    """Name items of a checklist; an urgency writes them behind their stage."""
    run = session.scalars(select(Run).where(Run.record_id == (record.id if record else None))).first()
    functions = function_names(session) if run else {}
    definition = definition_of(run.version) if run else None
    return [(v, item_title(definition, v.rpartition(":")[2], functions)) for v in values if definition is not None]


NAMERS: dict[str, Namer] = {
    "person": _people,
    "record": _records,
    "organisation": _records,
    "file": _files,
    "fair": _fairs,
    "version": _versions,
    "status": _statuses,
    "question": _questions,
    "answer": _answers,
    "item": _items,
    "post": lambda s, v, _values, _r: reference.post_choices(s, v.locale, active=False),
    "country": lambda s, v, _values, _r: reference.country_names(s, v.locale).items(),
    "sector": lambda s, v, _values, _r: reference.sector_choices(s, v.locale),
    "function": lambda s, v, _values, _r: reference.function_names(s, v.locale).items(),
    "entity": lambda s, v, _values, _r: reference.entity_choices(s, v.locale),
    "evidence": lambda _s, _v, _values, _r: EVIDENCE.items(),
}


def people(session: Session) -> list[tuple[str, str]]:
    """Return everybody who may have done something, for a filter."""
    return [(str(person.id), person.name) for person in accounts.people(session, active=None)]
