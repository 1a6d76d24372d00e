"""How dates, amounts and numbers look: es_PE and en_GB, by our own patterns where Babel's do not suit.

In Peru ``23/11/2026`` and ``1,234.50``; in English lists ``23 Nov 2026``.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal
from flask import Flask
from flask_babel import get_locale
from flask_babel import gettext as _

from promo.core import clock, money
from promo.web.guard import maybe_viewer

_DATE = {"es": "dd/MM/yyyy", "en": "d MMM yyyy"}
_MOMENT = {"es": "dd/MM/yyyy HH:mm", "en": "d MMM yyyy HH:mm"}


def babel_locale() -> str:
    """Return the formatting locale of the reader's language."""
    return "en_GB" if str(get_locale()).startswith("en") else "es_PE"


def language() -> str:
    """Return the reader's language: ``es`` or ``en``."""
    return str(get_locale())[:2]


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
    return format_date(value, _DATE.get(language(), _DATE["es"]), locale=babel_locale())


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
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(reader_zone())).date()
    days = (clock.today(reader_zone()) - value).days
    if days == 0:
        return _("today")
    if days == 1:
        return _("yesterday")
    if days == -1:
        return _("tomorrow")
    from datetime import timedelta

    return format_timedelta(timedelta(days=-days), add_direction=True, threshold=1.2, locale=babel_locale())


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
        moment=show_moment,
        number=show_number,
        money=show_money,
        ago=ago,
        iso=iso,
        local_name=local_name,
    )
    app.jinja_env.globals.update(language=language, reader_zone=reader_zone)
