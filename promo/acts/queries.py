"""Every SELECT on acts, whatever their kind. The viewer comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Select, bindparam, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from promo.acts.models import Act, ActCountry, ActParticipant, ActParticipantFile, ActPost, ActSector
from promo.core.access import Viewer, sees, visibility, visible, visible_one
from promo.core.db import built_once
from promo.core.errors import NotFound
from promo.core.files import File
from promo.core.kept import once
from promo.core.records import Record, RecordLink, id_in, kinds
from promo.procedures import words
from promo.procedures.queries import status_titles
from promo.reference.models import Country, Fair, Post, Sector

A = TypeVar("A", bound=Act)
PARTIES = ("contact", "organisation")
SOON = timedelta(days=60)


def act(session: Session, viewer: Viewer, model: type[A], id_: int) -> A:
    """Return one act of a kind; raises NotFound when it is missing or invisible."""
    return visible_one(session, viewer, model, id_)


@dataclass(frozen=True)
class Taking:
    """Somebody who takes part, as a viewer sees them: a party they may not see has no name and no page."""

    participant: ActParticipant
    kind: str
    title: str | None
    country: str | None
    files: tuple[File, ...] = field(default=())


def participants(session: Session, viewer: Viewer, act_id: int) -> list[Taking]:
    """Return those who take part in a visible act: by role, then name."""
    return [
        Taking(
            participant=row.ActParticipant,
            kind=row.kind,
            title=row.title if row.shown else None,
            country=row.country if row.shown else None,
            files=files,
        )
        for row, files in _participants(session, act_id, _taking(viewer))
    ]


# What a gate asks of every act, put together once.
_ACTS = bindparam("acts", type_=BigInteger(), expanding=True)
_TAKING: Any = (
    select(ActParticipant, Record.kind, Record.title, Record.country)
    .join(Record, Record.id == ActParticipant.party_id)
    .where(ActParticipant.record_id.in_(_ACTS))
    .order_by(ActParticipant.role, Record.sort_key, ActParticipant.id)
)
_FILES_OF_PARTICIPANTS = (
    select(ActParticipantFile.participant_id, File)
    .join(File, File.id == ActParticipantFile.file_id)
    .where(ActParticipantFile.record_id.in_(_ACTS), File.archived_at.is_(None))
    .order_by(File.id)
)
# The same for facts: columns alone, since a rehearsal reads them of thousands.
_TAKING_FACTS: Any = (
    select(
        ActParticipant.record_id, ActParticipant.id, ActParticipant.party_id, ActParticipant.role,
        ActParticipant.status, Record.title, ActParticipant.qualified, ActParticipant.note,
    )
    .join(Record, Record.id == ActParticipant.party_id)
    .where(ActParticipant.record_id.in_(_ACTS))
    .order_by(ActParticipant.role, Record.sort_key, ActParticipant.id)
)  # fmt: skip
_EVIDENCE_OF_PARTICIPANTS = (
    select(ActParticipantFile.participant_id, File.category)
    .join(File, File.id == ActParticipantFile.file_id)
    .where(ActParticipantFile.record_id.in_(_ACTS), File.archived_at.is_(None), File.category != "")
    .order_by(File.id)
)
_TIED = (
    select(RecordLink.to_id, Record.id, Record.kind, Record.title, Record.status)
    .join(Record, Record.id == RecordLink.from_id)
    .where(RecordLink.to_id.in_(_ACTS))
    .where(Record.kind.in_(("activity", "outcome")), Record.archived_at.is_(None))
    .order_by(Record.id)
    .distinct()
)
# Countries, sectors and posts involved: one statement, each list in the order of its codes.
_NAMED: Any = union_all(
    select(ActCountry.record_id, literal("countries"), ActCountry.country.label("code"), null().label("id"))
    .where(ActCountry.record_id.in_(_ACTS)),
    select(ActSector.record_id, literal("sectors"), Sector.code, Sector.id)
    .join(Sector, Sector.id == ActSector.sector_id).where(ActSector.record_id.in_(_ACTS)),
    select(ActPost.record_id, literal("posts_involved"), Post.code, Post.id)
    .join(Post, Post.id == ActPost.post_id).where(ActPost.record_id.in_(_ACTS)),
).order_by("code")  # fmt: skip


def participant(session: Session, act_id: int, participant_id: int) -> ActParticipant:
    """Return one participant of an act; raises NotFound."""
    found = session.get(ActParticipant, participant_id)
    if found is None or found.record_id != act_id:
        raise NotFound("participant")
    return found


@built_once
def _taking(viewer: Viewer) -> Any:
    """Return the SELECT of those who take part, and whether the viewer sees each."""
    return _TAKING.add_columns(visibility(viewer).label("shown"))


def _participants(session: Session, act_id: int, taking: Any) -> list[tuple[Any, tuple[File, ...]]]:
    of_acts = {"acts": [act_id]}
    rows = session.execute(taking, of_acts).all()
    files: dict[int, list[File]] = {}
    if rows:
        for participant_id, file in session.execute(_FILES_OF_PARTICIPANTS, of_acts):
            files.setdefault(participant_id, []).append(file)
    return [(row, tuple(files.get(row.ActParticipant.id, ()))) for row in rows]


def facts(session: Session, act: Act) -> dict[str, Any]:
    """Return what procedures may ask about an act besides its fields, as its kind declares it (see ``kind.py``).

    The elements of a list are dicts; the ``evidence`` of participants are the categories of their files.
    """
    return bulk_facts(session, [act])[act.id]


def bulk_facts(session: Session, acts: Sequence[Act]) -> dict[int, dict[str, Any]]:
    """Return the facts of acts (see :func:`facts`) by their numbers, in as many statements as of one."""
    lists = ("countries", "sectors", "posts_involved", "participants", "activities", "outcomes")
    found: dict[int, dict[str, Any]] = {act.id: {name: [] for name in lists} for act in acts}
    ids = list(found)
    for act_id, name, code, _id in _named(session, ids):
        found[act_id][name].append(code)
    taking = session.execute(_TAKING_FACTS, {"acts": ids}).all()
    evidence = _evidence(session, ids) if taking else {}
    for act_id, *row in taking:
        one = dict(zip(_OF_PARTICIPANT, row, strict=True))
        found[act_id]["participants"].append(one | {"evidence": evidence.get(one["id"], [])})
    for act_id, id_, kind, title, status in session.execute(_TIED, {"acts": ids}):
        tied = {"id": id_, "title": title, "status": status}
        found[act_id]["activities" if kind == "activity" else "outcomes"].append(tied)
    return found


_OF_PARTICIPANT = ("id", "party_id", "role", "status", "title", "qualified", "note")


def _evidence(session: Session, act_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the categories of the files that belong to each participant of acts, each once."""
    found: dict[int, list[str]] = {}
    for participant_id, category in session.execute(_EVIDENCE_OF_PARTICIPANTS, {"acts": act_ids}):
        there = found.setdefault(participant_id, [])
        if category not in there:
            there.append(category)
    return found


def _named(session: Session, act_ids: Sequence[int]) -> Sequence[Any]:
    """Return (act, list, code, id) of countries, sectors and posts involved: a page and its procedure ask for them."""

    def find() -> Sequence[Any]:
        return session.execute(_NAMED, {"acts": act_ids}).all()

    return once(session, ("named", *act_ids), find) if len(act_ids) == 1 else find()


def named(session: Session, act_id: int) -> dict[str, list[Any]]:
    """Return the codes of an act's ``countries``, and the ids of its ``sectors`` and ``posts_involved``."""
    found: dict[str, list[Any]] = {"countries": [], "sectors": [], "posts_involved": []}
    for _act_id, name, code, id_ in _named(session, [act_id]):
        found[name].append(code if id_ is None else id_)
    return {name: sorted(values) for name, values in found.items()}


def party(session: Session, viewer: Viewer, id_: int) -> Record:
    """Return a contact or organisation that the viewer sees; raises NotFound."""
    record = session.get(Record, id_)
    if record is None or record.kind not in PARTIES or not sees(viewer, record):
        raise NotFound("party")
    return record


def chosen(session: Session, viewer: Viewer, values: list[str]) -> list[Record]:
    """Return the parties chosen already that the viewer sees, by name."""
    ids = [n for v in values if (n := id_in(v))]
    if not ids:
        return []
    found = select(Record).where(Record.id.in_(ids), Record.kind.in_(PARTIES)).order_by(Record.sort_key, Record.id)
    return list(session.scalars(visible(found, viewer)))


def known(session: Session, model: type[Country] | type[Sector] | type[Post], values: list[str]) -> list[Any]:
    """Return the keys among these texts that the table has, in their order, each once."""
    key: Any = Country.code if model is Country else model.id  # type: ignore[union-attr]
    wanted = values if model is Country else [n for v in values if (n := id_in(v))]
    there = set(session.scalars(select(key).where(key.in_(wanted))))
    return [v for v in dict.fromkeys(wanted) if v in there]


def fair(session: Session, id_: int | None) -> Fair | None:
    """Return a fair, or None."""
    return session.get(Fair, id_) if id_ else None


def zones(session: Session) -> list[str]:
    """Return the time zones of the posts, by name."""
    return list(session.scalars(select(Post.timezone).distinct().order_by(Post.timezone)))


def statuses(session: Session, viewer: Viewer) -> list[tuple[str, str]]:
    """Return (key, title) of the stages of all procedures, in the reader's language: for lists and filters."""
    return [(key, words.pick(titles)) for key, titles in status_titles(session, viewer).items()]


@dataclass(frozen=True)
class Coming:
    """One act that goes on or comes."""

    id: int
    kind: str
    title: str
    starts_on: date
    ends_on: date
    city: str | None
    timezone: str


def coming(session: Session, viewer: Viewer, today: date, limit: int = 5) -> list[Coming]:
    """Return the acts that go on or begin within 60 days, those that go on first.

    They are the viewer's own, those of their post, and those in which their post is involved.
    """
    models = tuple(k.model for k in kinds() if issubclass(k.model, Act))
    if not models:
        return []
    return [Coming(**_plain(row._mapping)) for row in session.execute(_coming(viewer, models, today, limit))]


@built_once
def _coming(viewer: Viewer, models: tuple[type[Act], ...], today: date, limit: int) -> Select[Any]:
    parts = []
    for model in models:
        involved = select(ActPost.record_id).where(ActPost.post_id == viewer.post_id, ActPost.record_id == Record.id)
        theirs = or_(
            Record.post_id == viewer.post_id, Record.owner_id == viewer.person_id, involved.correlate(Record).exists()
        )
        found = (
            select(model.id, model.kind, model.title, model.starts_on, model.ends_on, model.city, model.timezone)
            .where(Record.archived_at.is_(None), Record.status != "cancelled", theirs)
            .where(model.ends_on >= today, Record.starts_on <= today + SOON)
        )
        parts.append(found.where(visibility(viewer)))
    both = union_all(*parts).subquery()
    return select(both).order_by(both.c.starts_on, both.c.id).limit(limit)


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}
