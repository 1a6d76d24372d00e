"""What time it is: the one place that asks, so that tests can answer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def today(timezone: str = "America/Lima") -> date:
    """Return the present date in an IANA time zone."""
    return datetime.now(ZoneInfo(timezone)).date()
