"""Money: what people type, exact sums, and the amount in US dollars by a dated rate that is named.

Only ``Decimal``, never ``float``. Rates are reference data on a floor above: that floor says with :func:`rates_from`
how one is found.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_precision
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.core.errors import PromoError, Reason, Refused, Text

USD = "USD"
MAX_AGE = timedelta(days=45)  # an older rate says nothing of the day
LIMIT = Decimal(10) ** 13  # fits Numeric(18, 2) with room for sums
_SIGNS = {"USD": "US$", "PEN": "S/"}
_TYPED_SIGNS = {"USD": ("US$", "$"), "PEN": ("S/.", "S/")}
_FORMATS = {"es": "es_PE", "en": "en_GB"}
_DAYS = {"es": "dd/MM/yyyy", "en": "d MMM yyyy"}
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]+")
_PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?|\.[0-9]+")
# 1,234.50 · 1 234.50 · 1'234,567.00 as Peru writes millions
_GROUPED = re.compile(r"[0-9]{1,3}([,' ][0-9]{3})+(\.[0-9]+)?")
_COMMA_DECIMALS = re.compile(r"[0-9. ']*[0-9],([0-9]{1,2}|[0-9]{4,})")


class BadAmount(PromoError):
    """What was typed is not an amount; ``message`` says how to write it."""

    def __init__(self, message: Text) -> None:
        super().__init__(str(message))
        self.message = message


class NoRate(Refused):
    """No rate of the currency is recent enough for the date; the reason says what to do."""

    def __init__(self, currency: str, on: date) -> None:
        self.currency, self.on = currency, on
        message = _l(
            "There is no exchange rate for %(currency)s in the %(days)s days up to %(date)s. Enter the amount in US "
            "dollars, or ask an administrator to load the rate.",
            currency=currency,
            days=MAX_AGE.days,
            date=on.isoformat(),
        )
        super().__init__(Reason(message, field="currency"))


@dataclass(frozen=True)
class Money:
    """An amount in a currency (ISO 4217), rounded to the currency's digits."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.currency} {self.amount}"


@dataclass(frozen=True)
class Quote:
    """What one unit of a currency was worth in US dollars on a day, and who says so."""

    usd: Decimal
    on: date
    source: str


@dataclass(frozen=True)
class Conversion:
    """An amount in US dollars (2 decimals), and the rate, its date and its source that made it."""

    usd: Decimal
    rate: Decimal
    rate_on: date
    source: str


FindRate = Callable[[Session, str, date, date], Quote | None]
_find: FindRate | None = None


def rates_from(find: FindRate) -> None:
    """Say how a rate is found: ``find(session, currency, first_day, last_day)`` gives the latest, or None."""
    global _find
    _find = find


def digits(currency: str) -> int:
    """Return how many decimals a currency has: 2 for PEN, 0 for JPY, 3 for KWD."""
    return int(get_currency_precision(currency))


def quantize(amount: Decimal, currency: str) -> Decimal:
    """Round to the currency's digits, halves away from zero, as people do."""
    return amount.quantize(Decimal(1).scaleb(-digits(currency)), rounding=ROUND_HALF_UP)


def parse(text: str, currency: str = USD) -> Decimal:
    """Read an amount as people in Peru and Britain type it: decimals after a point, thousands by comma, space or '.

    ``"1,234.50"``, ``"1234.5"``, ``"1 234.50"``, ``"S/ 1'234,567.00"`` with the currency's own sign before or after.
    Raises :class:`BadAmount` for anything else, among it decimals after a comma, which are told apart.
    """
    typed = _SPACES.sub(" ", text).strip()
    if not typed or len(typed) > 60:
        raise BadAmount(_l("Write an amount in figures, such as 1,234.50."))
    typed = _without_sign(typed, currency).replace("’", "'")
    if typed.startswith(("-", "−")):
        raise BadAmount(_l("The amount can't be negative."))
    if _PLAIN.fullmatch(typed) or _GROUPED.fullmatch(typed):
        return _checked(Decimal(re.sub("[,' ]", "", typed)), currency)
    if _COMMA_DECIMALS.fullmatch(typed):
        raise BadAmount(_l("Write the decimals after a point and the thousands with commas, such as 1,234.50."))
    raise BadAmount(_l("Write an amount in figures, such as 1,234.50."))


def _without_sign(typed: str, currency: str) -> str:
    """Take the currency's code or sign away from the beginning or end."""
    upper = typed.upper()
    for sign in (currency, *_TYPED_SIGNS.get(currency, ())):
        if upper.startswith(sign):
            return typed[len(sign) :].strip()
        if upper.endswith(sign):
            return typed[: -len(sign)].strip()
    return typed


def _checked(amount: Decimal, currency: str) -> Decimal:
    if amount >= LIMIT:
        raise BadAmount(_l("This amount is too large to be true. Check the zeros."))
    rounded = quantize(amount, currency)
    if rounded != amount:
        count = digits(currency)
        if count == 0:
            raise BadAmount(_l("Amounts in %(currency)s have no decimals.", currency=currency))
        raise BadAmount(
            _l("Amounts in %(currency)s have at most %(digits)s decimals.", currency=currency, digits=count)
        )
    return rounded


def to_usd(session: Session, amount: Decimal, currency: str, on: date) -> Conversion:
    """Return the amount in US dollars by the last rate on or before the date, at most 45 days old.

    Raises :class:`NoRate` when there is none. Dollars are dollars: rate 1, of that very day.
    """
    if currency == USD:
        return Conversion(quantize(amount, USD), Decimal(1), on, USD)
    found = _find(session, currency, on - MAX_AGE, on) if _find is not None else None
    if found is None:
        raise NoRate(currency, on)
    return Conversion(quantize(amount * found.usd, USD), found.usd, found.on, found.source)


def sign(currency: str) -> str:
    """Return what stands before an amount: ``US$``, ``S/``, else the code."""
    return _SIGNS.get(currency, currency)


def show(amount: Decimal | int | None, currency: str = USD, locale: str = "es", *, cents: bool = True) -> str:
    """Write an amount by our own pattern: ``US$ 12,500.00``, ``EUR 1,200.00``, ``JPY 1,200``; nothing for None.

    ``cents=False`` leaves the decimals out, for figures of many digits in a report.
    """
    if amount is None:
        return ""
    count = digits(currency) if cents else 0
    pattern = "#,##0" + ("." + "0" * count if count else "")
    rounded = quantize(Decimal(amount), currency)
    body = format_decimal(abs(rounded), pattern, locale=_FORMATS.get(locale[:2], "es_PE"))
    return f"{'−' if rounded < 0 else ''}{sign(currency)} {body}"


def show_conversion(conversion: Conversion, locale: str = "es") -> str:
    """Write by which rate an amount was converted: ``1 = 0.27 US$, 01/11/2026, SBS``."""
    rate = format_decimal(conversion.rate.normalize(), "0.########", locale=_FORMATS.get(locale[:2], "es_PE"))
    day = format_date(conversion.rate_on, _DAYS.get(locale[:2], _DAYS["es"]), locale=_FORMATS.get(locale[:2], "es_PE"))
    return f"1 = {rate} US$, {day}, {conversion.source}"
