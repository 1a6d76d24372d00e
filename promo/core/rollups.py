"""Counts and sums of records by month, kept beside them, so that a report of a million rows reads a few thousand.

A rollup has a name and the kind of record that it counts; by month, post, pillar, country and visibility. Whatever
changes a followed record marks its month (the old one too when it moves) in the same transaction; a marked month is
counted live until a job has counted it anew. So a figure from rollups is exact at any moment. Marks are only added and
only those that a counting has seen are removed: no writer waits for another, and none is overlooked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, delete, event, insert, inspect, select, union_all
from sqlalchemy.orm import Mapped, Session, UOWTransaction, mapped_column

from promo.core import clock
from promo.core.db import BigId, Model, UTCDateTime
from promo.core.periods import Period
from promo.core.records import Record


class Rollup(Model):
    """How many records of one place in one month there are, and their sum in cents."""

    __tablename__ = "rollup"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(30))
    month: Mapped[int] = mapped_column(Integer)  # 202611
    post_id: Mapped[int] = mapped_column(Integer)
    pillar: Mapped[str | None] = mapped_column(String(20))
    country: Mapped[str | None] = mapped_column(String(2))
    visibility: Mapped[str] = mapped_column(String(10))
    count: Mapped[int] = mapped_column(Integer)
    cents: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_rollup_name_month", "name", "month"),)


class RollupMade(Model):
    """That a rollup was counted whole, by which declaration, and when."""

    __tablename__ = "rollup_made"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    declared: Mapped[str] = mapped_column(String(500))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)


class RollupMark(Model):
    """That something of a kind changed in a month since it was counted."""

    __tablename__ = "rollup_mark"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    month: Mapped[int] = mapped_column(Integer)


_followed: set[str] = set()


def follow(kind: str) -> None:
    """Mark the months of this kind of record when one changes."""
    _followed.add(kind)


@event.listens_for(Session, "after_flush")
def _mark(session: Session, _context: UOWTransaction) -> None:
    changed = [r for r in (*session.new, *session.dirty, *session.deleted) if isinstance(r, Record)]
    marks = {(r.kind, month_of(day)) for r in changed if r.kind in _followed for day in _days(r)}
    if marks:
        rows = [{"kind": kind, "month": month} for kind, month in sorted(marks)]
        session.connection().execute(insert(RollupMark.__table__), rows)  # type: ignore[arg-type]


def _days(record: Record) -> Iterable[date]:
    """Return the days under which a record was counted and is to be."""
    history = inspect(record).attrs.starts_on.load_history() if inspect(record).persistent else None
    found = [record.starts_on] if history is None else [*history.unchanged, *history.added, *history.deleted]
    return [day for day in found if day is not None]


def month_of(day: date) -> int:
    """Return the number of a day's month: ``202611``."""
    return day.year * 100 + day.month


@dataclass(frozen=True)
class State:
    """Which rollups are counted, by which declaration and when, and which months changed since, by kind."""

    made: Mapping[str, tuple[str, datetime]] = field(default_factory=dict)
    marked: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def serves(self, name: str, declared: str) -> bool:
        """Whether a rollup was counted by this declaration."""
        return name in self.made and self.made[name][0] == declared

    def months(self, name: str, declared: str, kind: str, period: Period) -> list[Period]:
        """Return the months of a period, whole ones, that the rollup may be asked for."""
        if not self.serves(name, declared):
            return []
        changed = self.marked.get(kind, frozenset())
        return [month for month in period.whole_months() if month_of(month.since) not in changed]


def state(session: Session) -> State:
    """Return how things stand, in two SELECTs."""
    made = {row.name: (row.declared, row.made_at) for row in session.scalars(select(RollupMade))}
    marked: dict[str, set[int]] = {}
    for kind, month in session.execute(select(RollupMark.kind, RollupMark.month).distinct()):
        marked.setdefault(kind, set()).add(month)
    return State(made, {kind: frozenset(months) for kind, months in marked.items()})


def marks(session: Session) -> list[RollupMark]:
    """Return the marks that are to be seen now."""
    return list(session.scalars(select(RollupMark).order_by(RollupMark.id)))


def known_months(session: Session, name: str, counted: Any) -> list[int]:
    """Return the months that a SELECT of months finds, and those that the rollup has."""
    there = union_all(counted, select(Rollup.month).where(Rollup.name == name).distinct()).subquery()
    column = there.c[0]
    return sorted({int(month) for month in session.scalars(select(column).distinct()) if month is not None})


def replace(session: Session, name: str, month: int, rows: list[dict[str, Any]]) -> None:
    """Store what a month was counted to be."""
    session.execute(delete(Rollup).where(Rollup.name == name, Rollup.month == month))
    if rows:
        session.execute(insert(Rollup), [{"name": name, "month": month, **row} for row in rows])


def finish(session: Session, name: str, declared: str) -> None:
    """Say that a rollup is counted whole."""
    session.merge(RollupMade(name=name, declared=declared, made_at=clock.now()))


def clear(session: Session, ids: list[int]) -> None:
    """Remove the marks that a counting has seen."""
    session.execute(delete(RollupMark).where(RollupMark.id.in_(ids)))
