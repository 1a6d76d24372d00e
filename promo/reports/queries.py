"""Every SELECT of reports. What is counted is a list's own SELECT, so a figure and the rows behind it can't differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, cast, extract, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from promo.core.access import Viewer
from promo.core.records import Record
from promo.core.search import fold
from promo.reference.models import HEADQUARTERS, Post

CENTS = 100
# By what a figure may be broken down, besides the date: the columns of the spine.
SIDES: dict[str, InstrumentedAttribute[Any]] = {
    "post": Record.post_id,
    "pillar": Record.pillar,
    "country": Record.country,
}


@dataclass(frozen=True)
class Cell:
    """How many rows there are in one place of a breakdown (``at``: a value for each side) and what they sum up to."""

    at: tuple[Any, ...]
    count: int
    total: Decimal


def cells(
    session: Session,
    rows: Select[Any],
    by: Sequence[str],
    *,
    date: InstrumentedAttribute[Any],
    unit: str = "month",
    summed: InstrumentedAttribute[Any] | None = None,
) -> list[Cell]:
    """Return the cells of a breakdown of a list's rows: by ``date`` (in ``unit``), ``post``, ``pillar``, ``country``.

    Amounts are summed as whole cents, so that the sum is exact on every database.
    """
    sides: list[Any] = [bucket(date, unit) if side == "date" else SIDES[side] for side in by]
    found = rows.with_only_columns(*sides, func.count(), _total(summed))
    return [
        Cell(tuple(row[: len(by)]), row[-2], Decimal(int(row[-1] or 0)) / CENTS)
        for row in session.execute(found.group_by(*sides) if sides else found)
    ]


def bucket(date: InstrumentedAttribute[Any], unit: str) -> Any:
    """Return the day, or the number of the month (``202611``) or year of a date."""
    if unit == "day":
        return date
    year = cast(extract("year", date), Integer)
    return year if unit == "year" else year * 100 + cast(extract("month", date), Integer)


def _total(summed: InstrumentedAttribute[Any] | None) -> ColumnElement[Any]:
    if summed is None:
        return literal(0)
    return func.sum(cast(func.round(summed * CENTS), BigInteger))


@dataclass(frozen=True)
class Office:
    """A post of a report: what it is called and where it is."""

    id: int
    name: str
    country: str


def offices(session: Session, viewer: Viewer) -> list[Office]:
    """Return the posts that a viewer may report on, headquarters first: their own, or all from headquarters."""
    chosen = select(Post.id, Post.code, Post.name_es, Post.name_en, Post.city, Post.country)
    if not viewer.headquarters:
        chosen = chosen.where(Post.id.in_(sorted(viewer.posts)))
    rows = session.execute(chosen).all()
    named = [(row.code != HEADQUARTERS, _named(row, viewer.locale), row) for row in rows]
    return [Office(row.id, name, row.country) for _below, name, row in sorted(named, key=lambda n: (n[0], fold(n[1])))]


def _named(row: Any, locale: str) -> str:
    name = str(row.name_en if locale == "en" else row.name_es)
    return name if fold(row.city) in fold(name) else f"{name} · {row.city}"
