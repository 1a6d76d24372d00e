"""Every SELECT of reports. What is counted is a list's own SELECT, so a figure and the rows behind it can't differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    cast,
    extract,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from promo.core import access, listing
from promo.core.access import Viewer
from promo.core.periods import Period
from promo.core.records import Record
from promo.core.rollups import Rollup, month_of
from promo.core.search import fold
from promo.reference.models import HEADQUARTERS, Post

CENTS = 100
# By what a figure may be broken down, besides the date: the columns of the spine.
SIDES: dict[str, InstrumentedAttribute[Any]] = {
    "post": Record.post_id,
    "pillar": Record.pillar,
    "country": Record.country,
}
ROLLED: dict[str, InstrumentedAttribute[Any]] = {
    "post": Rollup.post_id,
    "pillar": Rollup.pillar,
    "country": Rollup.country,
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
    rolled: Sequence[Select[Any]] = (),
) -> list[Cell]:
    """Return the cells of a breakdown of a list's rows: by ``date`` (in ``unit``), ``post``, ``pillar``, ``country``.

    ``rolled`` are SELECTs that know a part of them already (:func:`counted`, :func:`from_rollup`). A place may come
    more than once: cells are to be added up. Amounts are summed as whole cents, so the sum is exact everywhere.
    """
    parts = [counted(rows, by, date=date, unit=unit, summed=summed), *rolled]
    found = union_all(*parts) if rolled else parts[0]
    return [
        Cell(tuple(row[: len(by)]), int(row[-2]), Decimal(int(row[-1] or 0)) / CENTS) for row in session.execute(found)
    ]


def counted(
    rows: Select[Any],
    by: Sequence[str],
    *,
    date: InstrumentedAttribute[Any],
    unit: str,
    summed: InstrumentedAttribute[Any] | None,
) -> Select[Any]:
    """Return the SELECT that counts and sums a list's rows by these sides."""
    sides: list[Any] = [bucket(date, unit) if side == "date" else SIDES[side] for side in by]
    found = rows.with_only_columns(*sides, func.count(), _total(summed))
    return found.group_by(*sides) if sides else found


def from_rollup(
    viewer: Viewer, name: str, months: Sequence[Period], by: Sequence[str], unit: str, filters: Mapping[str, str]
) -> Select[Any]:
    """Return the SELECT of the same from a rollup: what the viewer sees of these months whosever it is."""
    date: Any = Rollup.month if unit == "month" else Rollup.month // 100
    sides = [date if side == "date" else ROLLED[side] for side in by]
    found = select(*sides, func.sum(Rollup.count), func.sum(Rollup.cents)).where(
        Rollup.name == name,
        Rollup.month.in_([month_of(month.since) for month in months]),
        access.openly(viewer, Rollup.visibility, Rollup.post_id),
    )
    for side, column in ROLLED.items():
        if side in filters:
            equal = listing.equals_number(column) if side == "post" else listing.equals(column)
            found = found.where(equal(filters[side], viewer))
    return found.group_by(*sides) if sides else found.having(func.count() > 0)


def in_any(date: InstrumentedAttribute[Any], periods: Sequence[Period]) -> ColumnElement[bool]:
    """Return the condition that a date lies in one of these periods."""
    return or_(false(), *(date.between(period.since, period.until) for period in periods))


def by_visibility(
    session: Session, rows: Select[Any], summed: InstrumentedAttribute[Any] | None
) -> list[dict[str, Any]]:
    """Return what a rollup keeps of these rows."""
    sides = (Record.post_id, Record.pillar, Record.country, Record.visibility)
    found = rows.with_only_columns(*sides, func.count().label("count"), _total(summed).label("cents")).group_by(*sides)
    return [{**row, "cents": int(row["cents"] or 0)} for row in session.execute(found).mappings()]


def bucket(date: InstrumentedAttribute[Any], unit: str) -> Any:
    """Return the day, or the number of the month (``202611``) or year of a date."""
    if unit == "day":
        return date
    year = cast(extract("year", date), Integer)
    return year if unit == "year" else year * 100 + cast(extract("month", date), Integer)


def _total(summed: InstrumentedAttribute[Any] | None) -> ColumnElement[Any]:
    if summed is None:
        return cast(literal(0), BigInteger)
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
