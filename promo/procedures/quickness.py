"""Approvals given too quickly to have been read, by week and person: for quality, never blocking. See ``reading``."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from promo.accounts.models import Person
from promo.core import clock
from promo.core.access import Viewer, visible
from promo.core.records import Record
from promo.procedures.models import Approval

WEEKS = 12
MOST = 2000  # more than that many in twelve weeks is read in the trail


@dataclass(frozen=True)
class Quick:
    """One approval that was given too quickly."""

    id: int
    title: str
    reference: str
    read: int
    least: int
    together: bool


@dataclass
class Whose:
    """Somebody's quick approvals of a week, of how many they gave in it."""

    name: str
    given: int
    quick: list[Quick] = field(default_factory=list)

    @property
    def together(self) -> int:
        """How many of them were approved together with others."""
        return sum(one.together for one in self.quick)


def first_day() -> date:
    """Return the Monday with which the list begins, in Lima."""
    return mondays()[-1]


def mondays() -> list[date]:
    """Return the Mondays of the list's weeks, the newest first."""
    today = clock.today()
    return [today - timedelta(days=today.weekday(), weeks=n) for n in range(WEEKS)]


def weeks(session: Session, viewer: Viewer) -> list[tuple[date, list[Whose]]]:
    """Return (Monday, people) for each week with quick approvals that the viewer may see, the newest first."""
    days = mondays()
    week: Any = case(*((Approval.decided_at >= _begins(day), n) for n, day in enumerate(days)), else_=len(days))
    recent = Approval.decided_at >= _begins(days[-1])
    rows = session.execute(visible(_QUICK.add_columns(week.label("week")).where(recent), viewer)).all()
    people = {row.decided_by_id for row in rows}
    counting = select(week, Approval.decided_by_id, func.count()).join(Record, Record.id == Approval.record_id)
    counting = counting.where(Approval.decided_by_id.in_(people), recent, Approval.read_least.is_not(None))
    counted = session.execute(visible(counting.group_by(week, Approval.decided_by_id), viewer)).all()
    given = {(n, person_id): count for n, person_id, count in counted}
    by: dict[int, dict[int, Whose]] = defaultdict(dict)
    for row in rows:
        whose = by[row.week].setdefault(row.decided_by_id, Whose(row.name, given[row.week, row.decided_by_id]))
        whose.quick.append(
            Quick(row.id, row.title, row.reference, row.read_seconds, row.read_least, together=row.together)
        )
    return [(days[n], sorted(found.values(), key=lambda p: (-len(p.quick), p.name))) for n, found in by.items()]


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo("America/Lima"))


_QUICK: Any = (
    select(
        Approval.id, Approval.decided_by_id, Approval.read_seconds, Approval.read_least, Approval.together,
        Record.title, Record.reference, Person.name,
    )
    .join(Record, Record.id == Approval.record_id)
    .join(Person, Person.id == Approval.decided_by_id)
    .where(Approval.read_seconds < Approval.read_least)
    .order_by(Approval.decided_at.desc(), Approval.id.desc())
    .limit(MOST)
)  # fmt: skip
