"""Everything that is known of some records, read together: their cases, moves, files, events, departures, names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from promo.accounts import queries as accounts
from promo.audits.queries.masking import MASK, Level
from promo.audits.queries.past import NOW, Past
from promo.core import audit, records
from promo.core.access import Viewer, visible
from promo.core.audit import Entry
from promo.core.audit.reading import EVENT
from promo.core.evidence import Departure, Happened, Section, happened, sections
from promo.core.files import File
from promo.core.records import Kind, Record, id_in
from promo.procedures.bulk import gathered, of_kinds
from promo.procedures.case import Case
from promo.procedures.models import ProcedureVersion, Run, Transition
from promo.procedures.record_panel import standing
from promo.reference.models import Post
from promo.trail import queries as trail

Names = Mapping[str, Mapping[str, str]]


@dataclass
class Dossier:
    """One record with all that is evidence of how its procedure was followed. ``case`` is None without a procedure."""

    record: Record
    kind: Kind
    post: Post
    case: Case | None
    moves: list[Transition]
    files: list[File]
    events: list[Happened]
    entries: list[Entry]
    departures: list[tuple[Section, list[Departure]]]
    level: Level
    names: Names = field(default_factory=dict)

    @cached_property
    def past(self) -> Past:
        """The record at each moment."""
        return Past(self.entries)

    @property
    def title(self) -> str:
        """Its title, as far as it may be read."""
        return self.level.title(self.record.kind, self.record.title)

    def name(self, person_id: int | None) -> str:
        """Return somebody's name, nothing for nobody."""
        return self.names["person"].get(str(person_id), "") if person_id else ""


def read(
    session: Session, reader: Viewer, ids: Sequence[int], level: Level, *, until: int = NOW, departures: bool = True
) -> list[Dossier]:
    """Return the dossiers of records in this order, with their events up to a number.

    Whether the reader may see them is the caller's question.
    """
    found = of_kinds(session, ids)
    posts = {p.id: p for p in session.scalars(select(Post).where(Post.id.in_({r.post_id for r in found.values()})))}
    cases = _cases(session, [found[id_] for id_ in ids])
    moved = select(Transition).where(Transition.record_id.in_(ids)).options(undefer(Transition.checklist))
    moves = _by_record(session.scalars(moved.order_by(Transition.id)))
    files = _by_record(session.scalars(select(File).where(File.record_id.in_(ids)).order_by(File.id)))
    events: dict[int, list[Happened]] = defaultdict(list)
    for one in happened(session.connection(), EVENT.c.record_id.in_(ids), until):
        events[one.row.record_id].append(one)
    left = _departures(session, ids) if departures else []
    made = [
        Dossier(
            record=found[id_],
            kind=records.kind(found[id_].kind),
            post=posts[found[id_].post_id],
            case=cases.get(id_),
            moves=moves[id_],
            files=files[id_],
            events=events[id_],
            entries=[audit.entry_of(e.row, e.values, level.hide) for e in events[id_]],
            departures=[(section, of[id_]) for section, of in left if of[id_]],
            level=level,
        )
        for id_ in ids
    ]
    _name(session, reader, made, level)
    audit.tell_apart(session, [entry for dossier in made for entry in dossier.entries], level.hide)
    return made


def _cases(session: Session, found: Sequence[Record]) -> dict[int, Case]:
    """Return the cases of those records that stand under a procedure."""
    runs = {run.record_id: run for run in session.scalars(select(Run).where(Run.record_id.in_([r.id for r in found])))}
    pairs = [(record, runs.get(record.id) or standing(session, record)) for record in found]
    cases = gathered(session, [(record, run) for record, run in pairs if run is not None])
    return {case.record.id: case for case in cases}


def _by_record(rows: Iterable[Any]) -> Mapping[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.record_id].append(row)
    return found


def _departures(session: Session, ids: Sequence[int]) -> list[tuple[Section, dict[int, list[Departure]]]]:
    found = []
    for section in sections():
        of: dict[int, list[Departure]] = defaultdict(list)
        for one in section.rows(session, ids):
            of[one.record_id].append(one)
        found.append((section, of))
    return found


def _name(session: Session, reader: Viewer, dossiers: Sequence[Dossier], level: Level) -> None:
    """Say what ids and codes in the events and fields of records are called; of records only what may be read."""
    wanted = [_wanted(dossier) for dossier in dossiers]
    everybody, linked, shared = set[int](), set[int](), defaultdict[str, set[str]](set)
    for one in wanted:
        everybody |= _numbers(one, "person")
        linked |= _numbers(one, *RECORDS)
        for type_ in one.keys() - {"person", *RECORDS, *OF_RECORD}:
            shared[type_] |= one[type_]
    people, known = accounts.names(session, everybody), _titles(session, reader, level, linked)
    alike = trail.names(session, reader, shared)
    for dossier, one in zip(dossiers, wanted, strict=True):
        own = trail.names(session, reader, {t: one[t] for t in OF_RECORD if t in one}, dossier.record)
        masked = {"file": dict.fromkeys(one["file"], MASK)} if level.withholds and "file" in one else {}
        takes = (c for e in dossier.entries for c in e.changes if (c.part, c.name) == ("act_participant", "party_id"))
        dossier.names = {
            "participant": {str(c.row_key): known.get(str(c.new or c.old), MASK) for c in takes},
            **alike,
            "status": {**alike.get("status", {}), **{key: str(state) for key, state in dossier.kind.states.items()}},
            **own,
            **masked,
            **dict.fromkeys(RECORDS, known),
            "person": {str(id_): people[id_] for id_ in sorted(_numbers(one, "person")) if id_ in people},
        }


RECORDS = ("record", "organisation")
OF_RECORD = ("file", "question", "item")  # what depends on the record in which it stands


def _wanted(dossier: Dossier) -> dict[str, set[str]]:
    """Return the ids and codes that a record's events and fields mention, by type."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for type_, value in _mentioned(dossier):
        values = value if isinstance(value, list) else [value]
        wanted[type_] |= {str(v) for v in values if v is not None}
    return wanted


def _numbers(wanted: Mapping[str, set[str]], *types: str) -> set[int]:
    return {id_in(value) for type_ in types for value in wanted.get(type_, ())} - {0}


def _titles(session: Session, reader: Viewer, level: Level, ids: set[int]) -> dict[str, str]:
    if not ids:
        return {}
    found = visible(select(Record.id, Record.kind, Record.title).where(Record.id.in_(ids)), reader)
    return {str(row.id): level.title(row.kind, row.title) for row in session.execute(found)}


def _mentioned(dossier: Dossier) -> Iterable[tuple[str, Any]]:
    for described in dossier.kind.fields():
        yield described.type, getattr(dossier.record, described.name)
    for entry in dossier.entries:
        yield "version", entry.procedure_version_id
        for was in entry.changes:
            if was.field is not None and not was.hidden:
                yield from ((was.field.type, was.old), (was.field.type, was.new))
    yield from (("person", id_) for id_ in _people(dossier))


def _people(dossier: Dossier) -> Iterable[int | None]:
    for entry in dossier.entries:
        yield from (entry.actor_id, entry.on_behalf_of_id)
    yield from (move.actor_id for move in dossier.moves)
    yield from (file.uploaded_by for file in dossier.files)
    for _section, rows in dossier.departures:
        for one in rows:
            yield from (one.asked_by_id, one.decided_by_id)
    if dossier.case is not None:
        yield dossier.case.run.started_by_id
        yield from (answer.by_id for answer in dossier.case.answers)
        for approval in dossier.case.approvals:
            yield from (approval.asked_by_id, approval.assigned_to_id, approval.decided_by_id)


def versions(session: Session, ids: Iterable[int]) -> list[ProcedureVersion]:
    """Return the versions of procedures with their whole content."""
    found = (
        select(ProcedureVersion).where(ProcedureVersion.id.in_(set(ids))).options(undefer(ProcedureVersion.definition))
    )
    return list(session.scalars(found.order_by(ProcedureVersion.id)))
