"""By when a stage must be finished. Pure: the calendars are handed in.

Service terms run on the calendar of the post, legal terms on Peru's; of several the one that binds first is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from promo.procedures.conditions import holds
from promo.procedures.definitions import Deadline, Definition

EARLIEST, LATEST = date(1970, 1, 1), date(2200, 12, 31)


class Calendar(Protocol):
    """What a deadline asks of a calendar."""

    def is_working(self, day: date) -> bool:
        """Whether people work on that day."""
        ...

    def add_working_days(self, day: date, count: int) -> date:
        """Return the day so many working days later (earlier when negative)."""
        ...


@dataclass(frozen=True)
class Due:
    """A day by which a stage must be finished, the deadline that says so, and from which day it was counted."""

    on: date
    deadline: Deadline
    since: date


def dues(
    definition: Definition,
    stage: str,
    facts: Mapping[str, Any],
    left: Mapping[str, datetime],
    since: datetime | None,
    calendars: Mapping[str, Calendar],
    timezone: str = "America/Lima",
) -> list[Due]:
    """Return the days by which a stage must be finished, the earliest first.

    ``left`` says when stages were left and ``since`` when this one began; ``calendars`` are ``post`` and ``peru``;
    days are those of ``timezone``. A deadline whose fact is not known yet gives no day.
    """
    here = definition.stage(stage)
    found = []
    for deadline in here.deadlines if here else ():
        if not holds(deadline.when, facts, {}):
            continue
        anchor = _anchor(deadline, stage, definition, facts, left, since, timezone)
        calendar = calendars.get(deadline.calendar)
        if anchor is not None and calendar is not None:
            found.append(Due(_count(anchor, deadline, calendar), deadline, anchor))
    return sorted(found, key=lambda due: due.on)


def binding(found: list[Due]) -> Due | None:
    """Return the deadline that binds first, or None."""
    return min(found, key=lambda due: due.on, default=None)


def _anchor(
    deadline: Deadline,
    stage: str,
    definition: Definition,
    facts: Mapping[str, Any],
    left: Mapping[str, datetime],
    since: datetime | None,
    timezone: str,
) -> date | None:
    if definition.stage(deadline.anchor) is not None and deadline.anchor not in facts:
        moment = since if deadline.anchor == stage else left.get(deadline.anchor)
        return as_day(moment, timezone)
    return as_day(facts.get(deadline.anchor), timezone)


def as_day(value: Any, timezone: str) -> date | None:
    """Return the day of a date, a moment or their ISO text, in a time zone; None for anything else."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(timezone)).date() if value.tzinfo else value.date()
    if isinstance(value, date) and EARLIEST <= value <= LATEST:
        return value
    return None


def _count(anchor: date, deadline: Deadline, calendar: Calendar) -> date:
    """Count from the anchor. What ends on a day off is moved to a working day: on for *after*, back for *before*."""
    sign = -1 if deadline.before else 1
    if deadline.working and deadline.days:
        return calendar.add_working_days(anchor, sign * deadline.days)
    day = anchor if deadline.working else anchor + timedelta(days=sign * deadline.days)
    for _ in range(366):
        if calendar.is_working(day):
            break
        day += timedelta(days=sign)
    return day


def working_days_left(calendar: Calendar, today: date, due: date, limit: int = 400) -> int:
    """Return how many working days are left until a day: 0 on the day itself, negative when it is over.

    Counts at most ``limit``, so that a date typed wrong by a century costs nothing.
    """
    step = 1 if due >= today else -1
    day, count = today, 0
    while day != due and abs(count) < limit:
        day += timedelta(days=step)
        count += step if calendar.is_working(day) else 0
    return count
