"""Loading reference data from the packages and the files beside this one: again and again, to the same end."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import holidays
import pycountry
from babel import Locale
from babel.numbers import get_currency_precision, get_currency_symbol
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core.db import Model
from promo.reference.models import (
    Country,
    Currency,
    ExecutingEntity,
    Fair,
    Function,
    HsCode,
    Post,
    Rate,
    Sector,
)
from promo.reference.places import SUBDIVISIONS

DATA = Path(__file__).parent / "data"
HEADQUARTERS = "HQ-PE-LIM"
DEMO_SOURCE = "Tasas de demostración"


def load(session: Session) -> dict[str, int]:
    """Load everything; return how many rows each table has. What somebody changed by hand is set back."""
    load_names(session)
    load_posts(session)
    load_sectors(session)
    load_fairs(session)
    session.flush()
    tables: tuple[type[Model], ...] = (
        Country, Currency, Post, Sector, HsCode, Fair, Function, ExecutingEntity,
    )  # fmt: skip
    return {t.__tablename__: len(session.scalars(select(t)).all()) for t in tables}


def rows_of(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a file of ``data/``."""
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _upsert(session: Session, model: type[Any], key: str, rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    there = {getattr(row, key): row for row in session.scalars(select(model))}
    for values in rows:
        row = there.get(values[key])
        if row is None:
            row = there[values[key]] = model()
            session.add(row)
        for name, value in values.items():
            if getattr(row, name) != value:
                setattr(row, name, value)
    session.flush()
    return there


def load_names(session: Session) -> None:
    """Countries and currencies with their names in both languages; functions, entities and HS codes."""
    es, en = Locale("es", "PE"), Locale("en", "GB")
    _upsert(
        session,
        Country,
        "code",
        (
            {"code": c.alpha_2, "name_es": es.territories[c.alpha_2], "name_en": en.territories[c.alpha_2]}
            for c in pycountry.countries
        ),
    )
    _upsert(
        session,
        Currency,
        "code",
        (
            {
                "code": c.alpha_3,
                "name_es": es.currencies.get(c.alpha_3, c.name),
                "name_en": en.currencies.get(c.alpha_3, c.name),
                "symbol": "US$" if c.alpha_3 == "USD" else get_currency_symbol(c.alpha_3, es),
                "digits": get_currency_precision(c.alpha_3),
            }
            for c in pycountry.currencies
            if not c.alpha_3.startswith("X") or c.alpha_3 in ("XAF", "XOF", "XCD", "XPF")
        ),
    )
    _upsert(session, Function, "code", rows_of("functions.csv"))
    _upsert(session, ExecutingEntity, "code", rows_of("executing_entities.csv"))
    _upsert(session, HsCode, "code", rows_of("hs_codes.csv"))


def load_posts(session: Session) -> None:
    """The posts with time zone, calendar and parent: a country's embassy, else headquarters."""
    notes = {row["code"]: row["why"] for row in rows_of("posts_uncertain.csv")}
    rows = [_headquarters(), *(_post(row, notes) for row in rows_of("posts.csv"))]
    posts = _upsert(session, Post, "code", rows)
    embassies = {p.country: p for p in posts.values() if p.kind == "embajada"}
    lima = posts[HEADQUARTERS]
    for post in posts.values():
        above = lima if post.kind in ("embajada", "mision_permanente") else embassies.get(post.country, lima)
        parent = None if post is lima else lima.id if above is post else above.id
        if post.parent_id != parent:
            post.parent_id = parent


def _headquarters() -> dict[str, Any]:
    return {
        "code": HEADQUARTERS,
        "name_es": "Dirección General de Promoción Económica",
        "name_en": "Directorate-General for Economic Promotion",
        "kind": "sede",
        "city": "Lima",
        "country": "PE",
        "timezone": "America/Lima",
        "lat": -12.05,
        "lon": -77.03,
        "holiday_country": "PE",
        "holiday_subdivision": None,
        "weekend": "67",
        "note": None,
    }


def _post(row: dict[str, str], notes: dict[str, str]) -> dict[str, Any]:
    country = row["country"]
    known = country in holidays.list_supported_countries()
    region = SUBDIVISIONS.get(country, {}).get(row["city"])
    return {
        **{k: row[k] for k in ("code", "name_es", "name_en", "kind", "city", "country", "timezone")},
        "lat": float(row["lat"]),
        "lon": float(row["lon"]),
        "holiday_country": country if known else None,
        "holiday_subdivision": region if known else None,
        "weekend": weekend_of(country) if known else "67",
        "note": notes.get(row["code"]),
    }


def weekend_of(country: str) -> str:
    """Return the days off of a week as ISO digits: ``"67"`` Saturday and Sunday, ``"56"`` Friday and Saturday."""
    return "".join(str(day + 1) for day in sorted(holidays.country_holidays(country).weekend))


def load_sectors(session: Session) -> None:
    """The sectors, in two levels."""
    rows = list(rows_of("sectors.csv"))
    names = ("code", "pillar", "name_es", "name_en")
    sectors = _upsert(session, Sector, "code", ({k: row[k] for k in names} for row in rows))
    for row in rows:
        parent = sectors[row["parent"]].id if row["parent"] else None
        if sectors[row["code"]].parent_id != parent:
            sectors[row["code"]].parent_id = parent


def load_fairs(session: Session) -> None:
    """The fairs, their months as numbers where the text gives them (``"4-5"``)."""

    def fair(row: dict[str, str]) -> dict[str, Any]:
        months = [int(m) for m in row["month"].split("-") if m.strip().isdigit()]
        return {
            **{k: row[k] for k in ("name", "city", "country", "period", "pillar", "sector", "certainty")},
            "month_text": row["month"],
            "month_from": months[0] if months else None,
            "month_to": months[-1] if months else None,
        }

    _upsert(session, Fair, "name", map(fair, rows_of("fairs.csv")))


DEMO_RATES = {
    "USD": "1", "PEN": "0.2680", "EUR": "1.0850", "GBP": "1.2700", "JPY": "0.00665", "CNY": "0.1385",
    "KRW": "0.00073", "CAD": "0.7300", "AUD": "0.6550", "CHF": "1.1300", "MXN": "0.0545", "BRL": "0.1800",
    "CLP": "0.00105", "COP": "0.00024", "BOB": "0.1450", "ARS": "0.00098", "INR": "0.0119", "AED": "0.2723",
}  # fmt: skip


def load_demo_rates(session: Session, today: date, months: int = 30) -> int:
    """Make a rate for the first day of each of the last months, named as demonstration; return how many are new."""
    there = {(r.currency, r.on) for r in session.scalars(select(Rate).where(Rate.source == DEMO_SOURCE))}
    first, made = today.replace(day=1), 0
    for back in range(months):
        for index, (currency, usd) in enumerate(DEMO_RATES.items()):
            swing = 0 if currency == "USD" else ((back * 7 + index * 3) % 11 - 5) * Decimal("0.004")
            if (currency, first) not in there:
                value = (Decimal(usd) * (1 + swing)).quantize(Decimal("0.00000001"))
                session.add(Rate(currency=currency, on=first, usd=value, source=DEMO_SOURCE))
                made += 1
        first = (first - timedelta(days=1)).replace(day=1)
    return made
