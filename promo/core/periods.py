"""Periods of a report: from a day to a day, both included; by name (this quarter, last year) or by its two days.

Nothing here asks the database or the clock.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

NAMES = (
    ("month", _l("This month")),
    ("quarter", _l("This quarter")),
    ("year", _l("This year")),
    ("last_month", _l("Last month")),
    ("last_quarter", _l("Last quarter")),
    ("last_year", _l("Last year")),
)
DEFAULT = "year"
FIRST, LAST = date(1990, 1, 1), date(2100, 12, 31)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
DAYS_BY_DAY, DAYS_BY_MONTH = 31, 1100  # the longest period shown by day, and by month
LIMA = ZoneInfo("America/Lima")  # a month begins when it begins at headquarters
_DAYS = {"es": "dd/MM/yyyy", "en": "d MMM yyyy"}
_FORMATS = {"es": "es_PE", "en": "en_GB"}
_SHORT = {"day": "d MMM", "month": "MMM", "year": "y"}


class BadPeriod(ValueError):
    """The two days make no period; the text says why."""


@dataclass(frozen=True)
class Period:
    """The days from ``since`` to ``until``, both included; ``name`` is the one it was asked by, if any."""

    since: date
    until: date
    name: str = ""

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.since).days + 1

    def bounds(self) -> tuple[datetime, datetime]:
        """Return its first moment and the first after it, at headquarters."""
        first, after = (datetime.combine(day, time(), LIMA) for day in (self.since, self.until + timedelta(days=1)))
        return first.astimezone(UTC), after.astimezone(UTC)

    @property
    def unit(self) -> str:
        """By what it is shown: ``day``, ``month`` or ``year``."""
        if self.days <= DAYS_BY_DAY:
            return "day"
        return "month" if self.days <= DAYS_BY_MONTH else "year"

    def parts(self) -> list[Period]:
        """Return its days, months or years; the first and the last may be broken ones."""
        found, first = [], self.since
        while first <= self.until:
            last = min(_last_of(first, self.unit), self.until)
            found.append(Period(first, last))
            first = last + timedelta(days=1)
        return found

    def whole_months(self) -> list[Period]:
        """Return the months that lie wholly in it."""
        found, first = [], self.since if self.since.day == 1 else _last_of(self.since, "month") + timedelta(days=1)
        while (last := _last_of(first, "month")) <= self.until:
            found.append(Period(first, last))
            first = last + timedelta(days=1)
        return found

    def without(self, parts: Sequence[Period]) -> list[Period]:
        """Return what is left of it, in pieces, when parts of it (in order) are taken out."""
        found, first = [], self.since
        for part in parts:
            if first < part.since:
                found.append(Period(first, part.since - timedelta(days=1)))
            first = part.until + timedelta(days=1)
        return [*found, Period(first, self.until)] if first <= self.until else found

    def year_before(self) -> Period:
        """Return the same days a year before; what was made of whole months still is."""
        whole = self.since.day == 1 and self.until == _last_of(self.until, "month")
        until = _year_before(self.until)
        return Period(_year_before(self.since), _last_of(until, "month") if whole else until)

    def title(self, locale: str) -> str:
        """Return what people call it: *Cuarto trimestre 2025*, *Año 2026, hasta el 25/11/2026*, or its two days."""
        for unit, months in MONTHS.items():
            first = _first_of(self.since, unit)
            if (self.since, self.until) == (first, _end(first, months)):
                return _titled(first, unit, locale)
        if self.name in MONTHS:
            whole = _titled(self.since, self.name, locale)
            return _("%(period)s, until %(day)s", period=whole, day=_day(self.until, locale))
        return f"{_day(self.since, locale)} – {_day(self.until, locale)}"

    def labels(self, locale: str) -> list[str]:
        """Return the short names of its parts: *ene*, *3 feb*, *2026*; months of more than one year with it."""
        pattern = _SHORT[self.unit]
        if self.unit == "month" and self.since.year != self.until.year:
            pattern = "MMM yy"
        return [format_date(part.since, pattern, locale=_FORMATS.get(locale, "es_PE")) for part in self.parts()]


def named(name: str, today: date) -> Period:
    """Return the period of a name as of today; those that go on end today. Raises ``KeyError``."""
    unit = name.removeprefix("last_")
    first = _first_of(today, unit)
    if name == unit:
        return Period(first, today, name)
    before = first - timedelta(days=1)
    return Period(_first_of(before, unit), before, name)


def read(args: Mapping[str, str], today: date) -> Period:
    """Read an address: ``since`` and ``until``, or the name in ``period``.

    Raises :class:`BadPeriod` with a text for people.
    """
    since, until = (args.get(name, "").strip() for name in ("since", "until"))
    if since or until:
        first = _typed(since) if since else FIRST
        last = _typed(until) if until else max(today, first)
        if first > last:
            raise BadPeriod(_("The period ends before it begins."))
        return Period(first, last)
    name = args.get("period") or DEFAULT
    if name not in dict(NAMES):
        raise BadPeriod(_("There is no such period."))
    return named(name, today)


def _typed(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise BadPeriod(_("Write the dates as day, month and year.")) from None
    if not FIRST <= found <= LAST:
        raise BadPeriod(_("The dates must lie between %(first)s and %(last)s.", first=FIRST.year, last=LAST.year))
    return found


def _first_of(day: date, unit: str) -> date:
    months = MONTHS[unit]
    return date(day.year, day.month - (day.month - 1) % months, 1)


def _end(first: date, months: int) -> date:
    """Return the last day of so many months that begin with a month's first day."""
    year, month = divmod(first.month - 1 + months - 1, 12)
    return _last_of(date(first.year + year, month + 1, 1), "month")


def _last_of(day: date, unit: str) -> date:
    if unit == "day":
        return day
    if unit == "year":
        return date(day.year, 12, 31)
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, calendar.monthrange(day.year - 1, day.month)[1]))


def _day(day: date, locale: str) -> str:
    return format_date(day, _DAYS.get(locale, _DAYS["es"]), locale=_FORMATS.get(locale, "es_PE"))


def _titled(first: date, unit: str, locale: str) -> str:
    if unit == "year":
        return _("Year %(year)s", year=first.year)
    if unit == "quarter":
        ordinals = (_("First quarter"), _("Second quarter"), _("Third quarter"), _("Fourth quarter"))
        return f"{ordinals[(first.month - 1) // 3]} {first.year}"
    written = format_date(first, "LLLL y", locale=_FORMATS.get(locale, "es_PE"))
    return written[:1].upper() + written[1:]
