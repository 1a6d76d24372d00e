"""How long a run took, stage by stage: working days on which somebody waited for an approval, and those worked on.

Pure. Every working day after that of the run's start belongs to one stage, and is either waited (a request asked on an
earlier day was still open on it) or worked on, however many requests there were. A run that went back (an approval
taken back or annulled) is counted where it really stood.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from promo.core.calendars import Calendar, days_from


class Move(Protocol):
    """A transition: from where to where, when."""

    @property
    def from_stage(self) -> str:
        """The stage left."""

    @property
    def to_stage(self) -> str:
        """The stage reached."""

    @property
    def at(self) -> datetime:
        """When."""


class Asked(Protocol):
    """A request of approval: when it was asked, and when it was decided or recalled (None: it is open)."""

    @property
    def asked_at(self) -> datetime:
        """When it was asked."""

    @property
    def decided_at(self) -> datetime | None:
        """When it stopped waiting."""


@dataclass(frozen=True)
class Stay:
    """One stay in a stage, in working days: waited for an approval, and worked on."""

    stage: str
    since: date
    until: date
    waited: int
    worked: int

    @property
    def days(self) -> int:
        """All its working days."""
        return self.waited + self.worked


def stays(
    stage: str, start: datetime, moves: Iterable[Move], asked: Iterable[Asked], until: datetime,
    calendar: Calendar, timezone: str,
) -> list[Stay]:  # fmt: skip
    """Return a run's stays in their order, until a moment (its end, or now). ``stage`` is where it began.

    A day counts from the one after that of its beginning: what is done within a day took none.
    """
    waiting = _waiting(asked, until, timezone)
    found: list[Stay] = []
    since = _day(start, timezone)
    for to, at in [*((m.to_stage, _day(m.at, timezone)) for m in moves), ("", _day(until, timezone))]:
        found.append(_stay(stage, since, at, waiting, calendar))
        stage, since = to, found[-1].until
    return found


def stay(
    stage: str, since: datetime, until: datetime, asked: Iterable[Asked], calendar: Calendar, timezone: str
) -> Stay:
    """Return one stay from a moment to another, counted as :func:`stays` counts it."""
    waiting = _waiting(asked, until, timezone)
    return _stay(stage, _day(since, timezone), _day(until, timezone), waiting, calendar)


def _day(moment: datetime, timezone: str) -> date:
    return moment.astimezone(ZoneInfo(timezone)).date()


def _waiting(asked: Iterable[Asked], until: datetime, timezone: str) -> list[tuple[date, date]]:
    return [(_day(a.asked_at, timezone), _day(a.decided_at or until, timezone)) for a in asked]


def _stay(stage: str, since: date, until: date, waiting: list[tuple[date, date]], calendar: Calendar) -> Stay:
    end = max(until, since)  # a clock that went back takes no days away
    days = [d for d in days_from(since + timedelta(days=1), end) if calendar.is_working(d)]
    waited = sum(any(first < d <= last for first, last in waiting) for d in days)
    return Stay(stage, since, end, waited, len(days) - waited)


def by_stage(found: Iterable[Stay]) -> dict[str, tuple[int, int]]:
    """Return (waited, worked) of each stage, all its stays together."""
    total: dict[str, tuple[int, int]] = {}
    for stay in found:
        waited, worked = total.get(stay.stage, (0, 0))
        total[stay.stage] = (waited + stay.waited, worked + stay.worked)
    return total
