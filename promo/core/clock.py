"""What time it is: the one place that asks, so that tests and demonstrations can answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_told: ContextVar[datetime | None] = ContextVar("promo_clock", default=None)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return _told.get() or datetime.now(UTC)


def today(timezone: str = "America/Lima") -> date:
    """Return the present date in an IANA time zone."""
    return day_of(now(), timezone)


def day_of(moment: datetime, timezone: str = "America/Lima") -> date:
    """Return the date of a moment in an IANA time zone."""
    return moment.astimezone(ZoneInfo(timezone)).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let it be that moment inside the block: for invented data that tell what was done then."""
    token = _told.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _told.reset(token)
