"""Working days: service terms run on the post's calendar, legal terms on Peru's public one.

A calendar is a week-end, the public holidays of a country (and region) as the ``holidays`` library knows them, and
days of one's own, such as a day without work declared by decree. In the years that a post has confirmed the library is
not asked: what was confirmed counts. Nothing here asks the database or the clock.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Protocol

import holidays
from babel.dates import get_day_names
from flask_babel import gettext as _
from flask_babel import ngettext

PERU = "PE"
SATURDAY_SUNDAY = "67"
_LANGUAGES = {"es": ("es", "es_PE"), "en": ("en_GB", "en_US", "en")}
_AGREED = 3  # so many countries must call a holiday alike for its Spanish name to serve elsewhere
_SPANISH = {  # what many countries keep and no Spanish calendar of the library names
    "Ascension Day": "Ascensión del Señor",
    "Assumption Day": "Asunción de la Virgen",
    "Boxing Day": "Segundo día de Navidad",
    "Chinese New Year": "Año Nuevo chino",
    "Children's Day": "Día del Niño",
    "Christmas Eve": "Nochebuena",
    "Day of Arafah": "Día de Arafat",
    "Easter Monday": "Lunes de Pascua",
    "Easter Sunday": "Domingo de Pascua",
    "Eid al-Adha": "Fiesta del Sacrificio, Eid al-Adha",
    "Eid al-Adha Holiday": "Feriado por Eid al-Adha",
    "Eid al-Fitr": "Fin del Ramadán, Eid al-Fitr",
    "Eid al-Fitr Holiday": "Feriado por Eid al-Fitr",
    "Epiphany": "Epifanía del Señor",
    "Immaculate Conception": "Inmaculada Concepción",
    "Islamic New Year": "Año Nuevo islámico",
    "Labour Day": "Día del Trabajo",
    "National Day": "Día Nacional",
    "Pentecost": "Pentecostés",
    "Pentecost Monday": "Lunes de Pentecostés",
    "Prophet's Birthday": "Nacimiento del Profeta",
    "Republic Day": "Día de la República",
    "Saint Stephen's Day": "San Esteban",
    "Second Day of Christmas": "Segundo día de Navidad",
}
_MARKS = {
    " (estimated)": " (fecha estimada)",
    " (observed)": " (día trasladado)",
}  # what follows a name, in both languages


class HasCalendar(Protocol):
    """What a post says about its working days."""

    @property
    def weekend(self) -> str:
        """The days off of a week, as ISO weekday digits."""

    @property
    def holiday_country(self) -> str | None:
        """Whose public holidays count."""

    @property
    def holiday_subdivision(self) -> str | None:
        """The region of that country."""


@dataclass(frozen=True)
class Calendar:
    """The working days of a place.

    ``weekend`` holds ISO weekday digits (``"67"``: Saturday and Sunday). ``country`` and ``subdivision`` are codes of
    the ``holidays`` library; a country it does not know has no holidays here. ``own_days`` are days off by decree or
    of one's own; ``worked`` are holidays on which people work, ``halves`` those of them who do so for half the day.
    ``confirmed`` are the years whose days off are ``own_days`` alone, each with its week-end. Raises ``ValueError``
    for a week-end with other characters or of the whole week.
    """

    weekend: str = SATURDAY_SUNDAY
    country: str | None = None
    subdivision: str | None = None
    own_days: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    halves: frozenset[date] = frozenset()
    confirmed: Mapping[int, str] = field(default_factory=dict, hash=False)
    names: Mapping[date, tuple[str, str]] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        for weekend in {self.weekend, *self.confirmed.values()}:
            if not set(weekend) <= set("1234567") or len(set(weekend)) > 6:
                raise ValueError(f"not a week-end: {weekend!r}")

    def is_holiday(self, day: date) -> bool:
        """Whether the day is a public holiday or a day off of one's own, whatever the weekday."""
        if day in self.own_days:
            return True
        if day.year in self.confirmed or day in self.worked or day in self.halves:
            return False
        return day in _holidays(self.country, self.subdivision, day.year)

    def is_weekend(self, day: date) -> bool:
        """Whether the day is one of the week's days off."""
        return str(day.isoweekday()) in self.confirmed.get(day.year, self.weekend)

    def is_working(self, day: date) -> bool:
        """Whether people work on that day, be it half of it."""
        return not self.is_weekend(day) and not self.is_holiday(day)

    def unconfirmed(self, first: date, last: date) -> tuple[int, ...]:
        """Return the years from one day to another whose days off nobody has confirmed yet."""
        first, last = min(first, last), max(first, last)
        return tuple(year for year in range(first.year, last.year + 1) if year not in self.confirmed)

    def add_working_days(self, day: date, days: int) -> date:
        """Return the day that many working days after (before, when negative) another; never a day off.

        The day itself is not counted, as in *within 3 working days of the notice*. With 0: the day itself if people
        work, else the next working day. Raises ``OverflowError`` beyond year 9999.
        """
        step = timedelta(days=-1 if days < 0 else 1)
        if days == 0:
            while not self.is_working(day):
                day += step
        for _n in range(abs(days)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Return how many working days lead from one day to another: the first is not counted, the last is.

        Negative when ``end`` is earlier; ``working_days_between(a, add_working_days(a, n)) == n`` for n ≠ 0.
        """
        if end < start:
            return -sum(self.is_working(d) for d in days_from(end, start - timedelta(days=1)))
        return sum(self.is_working(d) for d in days_from(start + timedelta(days=1), end)) if end > start else 0

    def next_working_day(self, day: date) -> date:
        """Return the day itself if people work, else the next day they do."""
        return self.add_working_days(day, 0)

    def why_off(self, day: date, locale: str = "es") -> str | None:
        """Say why nobody works on that day (the holiday's name, or the weekday), or None for a working day."""
        if self.is_holiday(day):
            own = self.names.get(day)
            known = _names(self.country, self.subdivision, day.year, locale).get(day)
            return (own and (own[1] if locale == "en" else own[0])) or known or _("Day off of this post")
        return get_day_names(locale=locale)[day.weekday()] if self.is_weekend(day) else None

    def coming_holidays(self, day: date, count: int, locale: str = "es") -> list[tuple[date, str]]:
        """Return the next holidays from a day on, within a year and a half, with the reason of each."""
        ahead = (d for d in days_from(day, day + timedelta(days=550)) if self.is_holiday(d))
        return [(d, self.why_off(d, locale) or "") for _n, d in zip(range(count), ahead, strict=False)]

    def describe(self, locale: str = "es") -> str:
        """Return a line for people: the week-end and whose holidays count."""
        names = get_day_names("abbreviated", locale=locale)
        weekend = ", ".join(names[int(d) - 1] for d in sorted(set(self.weekend))) or _("none")
        if self.country is None:
            return _("Week-end: %(days)s; no public holidays", days=weekend)
        place = "-".join(p for p in (self.country, self.subdivision) if p)
        return _("Week-end: %(days)s; public holidays of %(place)s", days=weekend, place=place)


@dataclass(frozen=True)
class Doubt:
    """Why a date is not certain: years that nobody has confirmed, of the post's calendar or of Peru's."""

    years: tuple[int, ...]
    peru: bool = False

    def __bool__(self) -> bool:
        return bool(self.years)

    def __str__(self) -> str:
        shown = ", ".join(str(year) for year in self.years)
        if self.peru:
            return ngettext(
                "Peru's calendar of %(years)s has not been confirmed yet",
                "Peru's calendars of %(years)s have not been confirmed yet",
                len(self.years),
                years=shown,
            )
        return ngettext(
            "The post has not confirmed its calendar of %(years)s yet",
            "The post has not confirmed its calendars of %(years)s yet",
            len(self.years),
            years=shown,
        )


def about(text: str, doubt: object = None) -> str:
    """Mark a date in words that rests on a calendar not confirmed: ``≈ jue 26``. ``doubt``: None when certain."""
    return f"≈ {text}" if text and doubt else text


def days_from(start: date, end: date) -> Iterator[date]:
    """Yield each day from the first to the last, both included; nothing when the last is earlier."""
    for offset in range((end - start).days + 1):
        yield start + timedelta(days=offset)


@lru_cache(maxsize=64)
def peru(own_days: frozenset[date] = frozenset()) -> Calendar:
    """Return the calendar of Peru's public sector, on which legal terms run."""
    return Calendar(SATURDAY_SUNDAY, PERU, None, own_days)


def calendar_of(post: HasCalendar, own_days: frozenset[date] = frozenset()) -> Calendar:
    """Return a post's calendar: its week-end and its place's public holidays."""
    return Calendar(post.weekend, post.holiday_country, post.holiday_subdivision, own_days)


def proposed(country: str | None, subdivision: str | None, year: int) -> dict[date, tuple[str, str]]:
    """Return the holidays of a year as the library knows them, in order, with their names in Spanish and English."""
    spanish, english = (_names(country, subdivision, year, of) for of in ("es", "en"))
    return {day: (spanish[day], english.get(day, spanish[day])) for day in sorted(spanish)}


def known_countries() -> frozenset[str]:
    """Return the codes of the countries whose holidays the library knows."""
    return frozenset(holidays.list_supported_countries())


def subdivisions(country: str | None) -> tuple[str, ...]:
    """Return the codes of a country's regions with holidays of their own; none for an unknown country."""
    return tuple(holidays.list_supported_countries().get(country or "", ()))


def usual_weekend(country: str | None, year: int) -> str:
    """Return a country's week-end as ISO weekday digits, Saturday and Sunday where the library has none."""
    if country is None or country not in known_countries():
        return SATURDAY_SUNDAY
    return "".join(str(d + 1) for d in sorted(holidays.country_holidays(country, years=year).weekend))


@lru_cache(maxsize=4096)
def _holidays(country: str | None, subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(_names(country, subdivision, year, ""))


@lru_cache(maxsize=4096)
def _names(country: str | None, subdivision: str | None, year: int, locale: str) -> dict[date, str]:
    """Return the holidays of one year with their names: in the reader's language, else in English, else their own."""
    if country is None or country not in known_countries():
        return {}
    region = subdivision if subdivision in subdivisions(country) else None
    own, language = _languages(country, locale)
    # the neighbouring years too: a holiday may be moved over New Year
    found = holidays.country_holidays(
        country, subdiv=region, years=(year - 1, year, year + 1), language=language or own
    )
    names = {day: name for day, name in found.items() if day.year == year}
    if locale != "es" or language:
        return names
    english = _names(country, subdivision, year, "en")
    return {day: _in_spanish(english.get(day, name)) for day, name in names.items()}


def _in_spanish(name: str) -> str:
    """Return the Spanish name of a holiday by its English one, which stays where nobody gave it a Spanish one."""
    mark = next((mark for mark in _MARKS if name.endswith(mark)), "")
    bare = name.removesuffix(mark)
    known = _common().get(bare) or _SPANISH.get(bare)
    return known + _MARKS.get(mark, "") if known else name


@lru_cache(maxsize=512)
def _languages(country: str, locale: str) -> tuple[str | None, str | None]:
    """Return a country's own language in the library, and the one that stands for the reader's, None without one."""
    about = holidays.country_holidays(country)
    known = getattr(about, "supported_languages", ())
    return about.default_language, next((name for name in _LANGUAGES.get(locale, ()) if name in known), None)


@lru_cache(maxsize=1)
def _common() -> dict[str, str]:
    """Return the Spanish names of the commonest holidays by their English ones, as most Spanish calendars have them."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for country in known_countries():
        if len(country) == 2 and all(_languages(country, of)[1] for of in ("es", "en")):
            english = _names(country, None, 2026, "en")
            for pair in {(english.get(day, ""), name) for day, name in _names(country, None, 2026, "es").items()}:
                votes[pair[0]][pair[1]] += 1
    firsts = ((english, *names.most_common(1)[0]) for english, names in votes.items())
    return {english: name for english, name, count in firsts if count >= _AGREED}
