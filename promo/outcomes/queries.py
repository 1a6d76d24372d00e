"""Every SELECT on outcomes. The viewer comes first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, func, select, union
from sqlalchemy.orm import Session

from promo.core import clock, money
from promo.core.access import Viewer, sees, visibility, visible, visible_one
from promo.core.db import built_once
from promo.core.errors import NotFound
from promo.core.files import File
from promo.core.records import AUTHOR, MEMBER, Record, RecordLink, RecordMember, id_in
from promo.core.search import matches
from promo.outcomes.models import GRADES, LED_TO, TIES, WITHDRAWN, Outcome
from promo.procedures.evidence import tier
from promo.procedures.models import Run
from promo.reference.models import Post, Sector

ACTS = ("event", "mission", "activity")
PARTIES = ("organisation", "contact")


def outcome(session: Session, viewer: Viewer, id_: int) -> Outcome:
    """Return one outcome; raises NotFound when it is missing or invisible."""
    return visible_one(session, viewer, Outcome, id_)


@dataclass(frozen=True)
class Tied:
    """A record that an outcome names, as a viewer sees it: one they may not see has no title and no page."""

    id: int
    kind: str
    title: str | None
    starts_on: date | None


def acts(session: Session, viewer: Viewer, outcome_id: int) -> list[Tied]:
    """Return the acts that led to a visible outcome, in the order in which they happened."""
    found = (
        select(Record.id, Record.kind, Record.title, Record.starts_on, visibility(viewer).label("shown"))
        .join(RecordLink, RecordLink.to_id == Record.id)
        .where(RecordLink.from_id == outcome_id, RecordLink.role == LED_TO)
        .order_by(Record.starts_on, Record.id)
    )
    return [_tied(row) for row in session.execute(found)]


def named(session: Session, viewer: Viewer, ids: Iterable[int | None]) -> dict[int, Tied]:
    """Return these records by id, for the firm and the counterpart of a visible outcome."""
    wanted = [i for i in ids if i]
    if not wanted:
        return {}
    columns = (Record.id, Record.kind, Record.title, Record.starts_on, visibility(viewer).label("shown"))
    found = select(*columns).where(Record.id.in_(wanted)).order_by(Record.id)
    return {row.id: _tied(row) for row in session.execute(found)}


def _tied(row: Any) -> Tied:
    return Tied(row.id, row.kind, row.title if row.shown else None, row.starts_on if row.shown else None)


@dataclass(frozen=True)
class Sum:
    """How many outcomes of one grade there are and what they come to; ``unpriced`` have no amount."""

    grade: str
    count: int
    usd: Decimal
    unpriced: int


def sums(session: Session, viewer: Viewer, record_id: int) -> list[Sum]:
    """Return what came of a record (an act, a firm, a person) that the viewer sees, each grade for itself."""
    rows = session.execute(_sums(viewer), {"record": record_id})
    by_grade = {grade: (usd, many, priced) for grade, usd, many, priced in rows}
    return [
        Sum(grade, many, money.quantize(Decimal(usd or 0), money.USD), many - priced)
        for grade, (usd, many, priced) in ((g, by_grade[g]) for g, _label in GRADES if g in by_grade)
    ]


@built_once
def _sums(viewer: Viewer) -> Any:
    columns = (Outcome.grade, func.sum(Outcome.usd), func.count(Outcome.id), func.count(Outcome.usd))
    found = _of(select(*columns).select_from(Outcome), bindparam("record"))
    return visible(found, viewer).group_by(Outcome.grade)


def of_record(session: Session, viewer: Viewer, record_id: int, limit: int = 5) -> Sequence[Any]:
    """Return the newest outcomes of a record, as rows: id, title, outcome_type, grade, usd, starts_on, evidence."""
    columns = (Outcome.id, Outcome.title, Outcome.outcome_type, Outcome.grade, Outcome.usd, Outcome.starts_on)
    found = _of(select(*columns, evidenced().label("evidence")), record_id)
    newest = found.order_by(Record.starts_on.desc(), Record.id.desc()).limit(limit)
    return session.execute(visible(newest, viewer)).all()


def _of(found: Any, record_id: Any) -> Any:
    tied = select(RecordLink.from_id).where(RecordLink.to_id == record_id, RecordLink.role.in_(TIES))
    return found.where(Record.kind == "outcome", Outcome.id.in_(tied), Record.archived_at.is_(None))


def tied_to(record_id: str) -> ColumnElement[bool]:
    """Return the condition that an outcome is tied to a record, for the list's filter."""
    number = id_in(record_id)
    return Record.id.in_(select(RecordLink.from_id).where(RecordLink.to_id == number))


def title_of(session: Session, viewer: Viewer, record_id: str) -> str:
    """Return what a record is called, for the words of that filter; the number where the viewer does not see it."""
    number = id_in(record_id)
    one = named(session, viewer, [number]).get(number)
    return (one and one.title) or record_id


def amounts(session: Session, viewer: Viewer, ids: Sequence[int]) -> Sequence[Any]:
    """Return grade and US dollars of these outcomes, as rows (id, grade, usd)."""
    columns: tuple[Any, ...] = (Outcome.id, Outcome.grade, Outcome.usd)
    found = select(*columns).select_from(Outcome).where(Outcome.id.in_(ids)).order_by(Outcome.id)
    return session.execute(visible(found, viewer)).all()


def sector_id(session: Session, code: str) -> int | None:
    """Return the id of a sector, or None."""
    return session.scalar(select(Sector.id).where(Sector.code == code))


_OUTCOME: Any = bindparam("outcome", type_=BigInteger())
_CATEGORIES = select(File.category).where(File.record_id == _OUTCOME, File.archived_at.is_(None)).order_by(File.id)
_ACTS = (
    select(Record.id, Record.title, Record.status)
    .join(RecordLink, RecordLink.to_id == Record.id)
    .where(RecordLink.from_id == _OUTCOME, RecordLink.role == LED_TO)
    .order_by(Record.id)
)


def facts(session: Session, outcome: Outcome) -> dict[str, Any]:
    """Return what procedures may ask about an outcome besides its fields, as its kind declares it."""
    one = {"outcome": outcome.id}
    zone = session.get_one(Post, outcome.post_id).timezone
    return {
        "happened": outcome.starts_on is not None and outcome.starts_on <= clock.today(zone),
        "evidence_tier": tier(session.scalars(_CATEGORIES, one)),
        "acts": [dict(row._mapping) for row in session.execute(_ACTS, one)],
    }


def involved(session: Session, outcome: Outcome) -> set[int]:
    """Return who carried out the acts that led to an outcome: their owners, those who began them, their teams."""
    acts = select(RecordLink.to_id).where(RecordLink.from_id == outcome.id, RecordLink.role == LED_TO)
    teams = select(RecordMember.person_id).where(
        RecordMember.record_id.in_(acts), RecordMember.role.in_((AUTHOR, MEMBER))
    )
    people: Any = union(
        select(Record.owner_id).where(Record.id.in_(acts), Record.owner_id.is_not(None)),
        select(Run.started_by_id).where(Run.record_id.in_(acts)),
        teams,
    )
    return set(session.scalars(people))


def corrections(session: Session, outcome_id: int) -> list[Outcome]:
    """Return the counter-entries of an outcome that stand, whoever sees them; those withdrawn don't."""
    found = select(Outcome).where(Outcome.corrects_id == outcome_id, Outcome.grade != WITHDRAWN)
    return list(session.scalars(found.where(Record.archived_at.is_(None)).order_by(Outcome.id)))


def evidenced() -> ColumnElement[bool]:
    """Return the condition that an outcome has a file: what stands among its files is its evidence."""
    return select(File.id).where(File.record_id == Record.id, File.archived_at.is_(None)).correlate(Record).exists()


def in_sector(sector_id: str) -> ColumnElement[bool]:
    """Return the condition that an outcome is of a sector or of one under it."""
    number = id_in(sector_id)
    return Outcome.sector_id.in_(select(Sector.id).where((Sector.id == number) | (Sector.parent_id == number)))


def largest_of_firm(session: Session, outcome: Outcome) -> Decimal | None:
    """Return the largest amount in US dollars of the firm's other outcomes, whoever sees them: a figure, no record."""
    if outcome.organisation_id is None:
        return None
    return session.scalar(
        select(func.max(Outcome.usd))
        .select_from(Outcome)
        .where(
            Record.kind == "outcome",
            Record.archived_at.is_(None),
            Outcome.organisation_id == outcome.organisation_id,
            Outcome.id != outcome.id,
        )
    )


def suggest_acts(session: Session, viewer: Viewer, typed: str, limit: int = 10) -> Sequence[Any]:
    """Return the acts that match what was typed as rows (id, title, kind, starts_on): own post's and the newest first.

    Nothing typed gives the latest of the viewer's post.
    """
    columns: tuple[Any, ...] = (Record.id, Record.title, Record.kind, Record.starts_on, Record.post_id)
    found = select(*columns).where(Record.kind.in_(ACTS), Record.archived_at.is_(None))
    if typed.strip():
        found = found.where(matches(session, typed, Record.search, Record.id)).order_by(Record.id.desc())
    else:
        found = found.where(Record.post_id == viewer.post_id).order_by(Record.starts_on.desc(), Record.id.desc())
    rows = session.execute(visible(found.limit(limit * 3), viewer)).all()
    return sorted(rows, key=lambda r: (r.post_id != viewer.post_id, r.kind == "activity"))[:limit]


def record(session: Session, viewer: Viewer, id_: int, kinds: Sequence[str]) -> Record:
    """Return a record of one of these kinds that the viewer sees; raises NotFound."""
    found = session.get(Record, id_)
    if found is None or found.kind not in kinds or not sees(viewer, found):
        raise NotFound("record")
    return found


def links(session: Session, outcome_id: int) -> list[RecordLink]:
    """Return every tie of an outcome: to its acts, firm and counterpart."""
    return list(session.scalars(select(RecordLink).where(RecordLink.from_id == outcome_id).order_by(RecordLink.id)))
