"""How dates, amounts and numbers look: es_PE and en_GB, by our own patterns where Babel's do not suit.

In Peru ``23/11/2026`` and ``1,234.50``; in English lists ``23 Nov 2026``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta, get_timezone_location
from babel.numbers import format_decimal
from flask import Flask
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape

from promo.core import clock, money
from promo.core.calendars import about
from promo.web.guard import maybe_viewer

_DATE = {"es": "dd/MM/yyyy", "en": "d MMM yyyy"}
_MOMENT = {"es": "dd/MM/yyyy HH:mm", "en": "d MMM yyyy HH:mm"}


class Often(dict[Any, Markup]):
    """What a page writes often, such as a country's name or a tag: each value is drawn once a page."""

    def __init__(self, write: Callable[[Any], Any]) -> None:
        super().__init__()
        self.write = write

    def __missing__(self, value: Any) -> Markup:
        """Draw a value; nothing for what has no words."""
        words = self.write(value)
        self[value] = drawn = escape("" if words is None else words)
        return drawn


def babel_locale() -> str:
    """Return the formatting locale of the reader's language."""
    return "en_GB" if language() == "en" else "es_PE"


def language() -> str:
    """Return the reader's language: ``es`` or ``en``."""
    locale = get_locale()
    return locale.language if locale else "es"


def reader_zone() -> str:
    """Return the reader's IANA time zone."""
    viewer = maybe_viewer()
    return viewer.timezone if viewer else "America/Lima"


def show_date(value: date | datetime | None, timezone: str | None = None) -> str:
    """Write a date: ``23/11/2026`` or ``23 Nov 2026``; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(timezone or reader_zone())).date()
    return _date_in_words(value, language())


@lru_cache(maxsize=4096)
def _date_in_words(value: date, of: str) -> str:
    return format_date(value, _DATE.get(of, _DATE["es"]), locale="en_GB" if of == "en" else "es_PE")


def show_moment(value: datetime | None, timezone: str | None = None) -> str:
    """Write a moment in a time zone (the reader's, unless given)."""
    if value is None:
        return ""
    zone = ZoneInfo(timezone or reader_zone())
    return format_datetime(value.astimezone(zone), _MOMENT.get(language(), _MOMENT["es"]), locale=babel_locale())


def show_number(value: int | float | Decimal | None) -> str:
    """Write a number with the reader's separators."""
    return "" if value is None else format_decimal(value, locale=babel_locale())


def show_money(value: Decimal | int | None, currency: str = money.USD) -> str:
    """Write an amount: ``US$ 12,500.00``; nothing for None."""
    return money.show(value, currency, language())


def ago(value: datetime | date | None) -> str:
    """Write how long ago something was, in words: *today*, *yesterday*, *3 days ago*."""
    if value is None:
        return ""
    zone = reader_zone()
    if isinstance(value, datetime):
        value = clock.day_of(value, zone)
    days = (clock.today(zone) - value).days
    if days == 0:
        return _("today")
    if days == 1:
        return _("yesterday")
    if days == -1:
        return _("tomorrow")
    return _days_in_words(-days, babel_locale())


@lru_cache(maxsize=4096)
def _days_in_words(days: int, locale: str) -> str:
    return format_timedelta(timedelta(days=days), add_direction=True, threshold=1.2, locale=locale)


def lately(value: date | None) -> str:
    """Write a day of the last week in words (*3 days ago*), any other as a date."""
    if value is None:
        return ""
    days = (clock.today(reader_zone()) - value).days
    return ago(value) if -2 < days < 7 else show_date(value)


def due(value: date | None, doubt: object = None) -> str:
    """Write a term: *overdue since 3 days ago*, *today*, *tomorrow*, within a week ``jue 26``, later the date."""
    return about(_due(value), doubt)


def _due(value: date | None) -> str:
    if value is None:
        return ""
    days = (value - clock.today(reader_zone())).days
    if days < 0:
        return _("due %(when)s", when=ago(value))
    if days < 2:
        return ago(value)
    return format_date(value, "EEE d", locale=babel_locale()) if days < 7 else show_date(value)


def weekday(value: date | None, doubt: object = None) -> str:
    """Write a date with its day of the week: ``jue 26/11/2026`` or ``Thu 26 Nov 2026``."""
    if value is None:
        return ""
    return about(f"{format_date(value, 'EEE', locale=babel_locale())} {show_date(value)}", doubt)


def day_ends(day: date, timezone: str) -> str:
    """Say when a day of another time zone ends for the reader: *ends Thu 26, 10:00 your time*; nothing in their own."""
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(timezone))
    here = end.astimezone(ZoneInfo(reader_zone()))
    if here.utcoffset() == end.utcoffset():
        return ""
    return _("ends %(moment)s your time", moment=format_datetime(here, "EEE d, HH:mm", locale=babel_locale()))


def span(start: date | None, end: date | None = None, year: bool = True) -> str:
    """Write the days from one to another: ``12–13 mar 2027``; without the year where it is this one and not asked."""
    if start is None:
        return ""
    end = end or start
    this_year = clock.today(reader_zone()).year
    whole = year or start.year != this_year or end.year != this_year

    def write(value: date, pattern: str) -> str:
        return format_date(value, pattern, locale=babel_locale()).replace(".", "")

    last = write(end, "d MMM y" if whole else "d MMM")
    if start == end:
        return last
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}–{last}"
    return f"{write(start, 'd MMM y' if start.year != end.year else 'd MMM')} – {last}"


def zone_city(timezone: str) -> str:
    """Return the city that a time zone bears, in the reader's language: *Los Ángeles*."""
    return get_timezone_location(timezone, locale=babel_locale(), return_city=True)


def country(code: str | None) -> str:
    """Return a country's name in the reader's language; the code when it is no country's; nothing for None."""
    return "" if not code else _countries(language()).get(code, code)


@lru_cache(maxsize=2)
def _countries(of: str) -> dict[str, str]:
    return dict(Locale.parse("en_GB" if of == "en" else "es_PE").territories)


def clock_in(timezone: str) -> str:
    """Write what time it is in a time zone: ``12:40``."""
    return format_datetime(clock.now().astimezone(ZoneInfo(timezone)), "HH:mm", locale=babel_locale())


def long_date(value: date) -> str:
    """Write a day in full: *martes 24 de noviembre*."""
    pattern = "EEEE d 'de' MMMM" if language() == "es" else "EEEE d MMMM"
    written = format_date(value, pattern, locale=babel_locale())
    return written[:1].upper() + written[1:]


def iso(value: date | datetime | None) -> str:
    """Write a moment or date for machines (``<time datetime>``)."""
    return "" if value is None else value.isoformat()


def local_name(thing: object) -> str:
    """Return a reference row's name in the reader's language."""
    return getattr(thing, f"name_{language()}", None) or getattr(thing, "name_es", None) or str(thing)


def init_app(app: Flask) -> None:
    """Make the filters known to templates."""
    app.jinja_env.filters.update(
        date=show_date,
        long_date=long_date,
        weekday=weekday,
        about=about,
        day_ends=day_ends,
        span=span,
        due=due,
        lately=lately,
        zone_city=zone_city,
        country=country,
        clock_in=clock_in,
        moment=show_moment,
        number=show_number,
        money=show_money,
        ago=ago,
        iso=iso,
        local_name=local_name,
    )
    app.jinja_env.globals.update(language=language, reader_zone=reader_zone)
    app.jinja_env.globals["often"] = lambda of: Often(app.jinja_env.filters[of] if isinstance(of, str) else of)
