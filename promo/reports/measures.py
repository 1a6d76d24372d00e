"""The figures of a report, each declared once: dashboard, rows behind it and workbook all read this.

A measure is a kind's list with filters set, counted or summed. The address of the rows behind a figure is those very
filters; the figure is the aggregate of the list's own SELECT, visible to the same viewer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from promo.core import listing, records, rollups
from promo.core.access import Viewer, only_theirs
from promo.core.errors import Text
from promo.core.periods import Period
from promo.core.records import Kind, Record
from promo.core.rollups import State
from promo.outcomes.models import Outcome
from promo.reports import queries
from promo.reports.queries import Cell

LIVE = State()  # no rollup: everything is counted from the records


@dataclass(frozen=True)
class Scope:
    """What a report is of: a period; posts (None: the whole ministry's), a pillar, a country (``-``: without one)."""

    period: Period
    posts: tuple[int, ...] | None = None
    pillar: str | None = None
    country: str | None = None

    @property
    def filters(self) -> dict[str, str]:
        """The same as the filters of a kind's list."""
        found = {"since": self.period.since.isoformat(), "until": self.period.until.isoformat()}
        if self.posts is not None:
            found["post"] = ",".join(str(id_) for id_ in self.posts) or "0"
        for name in ("pillar", "country"):
            if value := getattr(self, name):
                found[name] = value
        return found

    def at(self, side: str, value: Any) -> Scope:
        """Return the part of this scope that a line of a breakdown stands for."""
        if side == "date":
            return replace(self, period=value)
        if side == "post":
            return replace(self, posts=(value,))
        if side == "pillar":
            return replace(self, pillar=value or listing.NONE)
        return replace(self, country=value or listing.NONE)

    def year_before(self) -> Scope:
        """Return the same a year before."""
        return replace(self, period=self.period.year_before())


@dataclass(frozen=True)
class Measure:
    """One figure: what is counted, or summed in US dollars, of which kind, by which date."""

    key: str
    label: Text
    definition: Text
    kind: str
    filters: Mapping[str, str] = field(default_factory=dict)
    summed: InstrumentedAttribute[Any] | None = None
    date: InstrumentedAttribute[Any] = field(default_factory=lambda: Record.starts_on)

    @property
    def of(self) -> Kind:
        """The kind of its rows."""
        return records.kind(self.kind)

    def asked(self, scope: Scope) -> listing.Request:
        """Return the request of the list that shows the rows behind the figure."""
        return listing.Request(filters={**self.filters, **scope.filters})

    def rows(self, session: Session, viewer: Viewer, scope: Scope) -> Select[Any]:
        """Return the SELECT of the rows behind the figure that the viewer sees."""
        return listing.statement(session, self.of.listing, viewer, self.asked(scope))

    def cells(
        self, session: Session, viewer: Viewer, scope: Scope, by: Sequence[str] = (), state: State = LIVE
    ) -> list[Cell]:
        """Return the figure broken down by ``date``, ``post``, ``pillar``, ``country``; cells of one place add up.

        Months that a rollup knows (``state``) come from it, with what only this viewer sees counted beside it.
        """
        unit, rows = scope.period.unit, self.rows(session, viewer, scope)
        months = [] if unit == "day" else state.months(self.key, self.declared, self.kind, scope.period)
        how: dict[str, Any] = {"date": self.date, "unit": unit, "summed": self.summed}
        if not months:
            return queries.cells(session, rows, by, **how)
        live = rows.where(queries.in_any(self.date, scope.period.without(months)))
        theirs = rows.where(queries.in_any(self.date, months), only_theirs(viewer))
        known = queries.from_rollup(viewer, self.key, months, by, unit, scope.filters)
        return queries.cells(session, live, by, **how, rolled=(known, queries.counted(theirs, by, **how)))

    @property
    def declared(self) -> str:
        """By what its rollup is counted; another declaration counts it anew."""
        return f"{self.kind} {dict(self.filters)} {self.date.key} {self.summed.key if self.summed is not None else ''}"


MEASURES = (
    Measure(
        "activities",
        _l("Activities"),
        _l(
            "Meetings, calls, visits and messages whose date falls in the period. Each counts once, at the post that "
            "logged it, whoever took part."
        ),
        kind="activity",
    ),
    Measure(
        "events",
        _l("Events"),
        _l(
            "Events that begin in the period and were not cancelled. An event of several posts counts once, at the "
            "post that leads it."
        ),
        kind="event",
        filters={"status": "-cancelled"},
    ),
    Measure(
        "missions",
        _l("Trade missions"),
        _l(
            "Trade missions that begin in the period and were not cancelled. One of several posts counts once, at "
            "the post that leads it."
        ),
        kind="mission",
        filters={"status": "-cancelled"},
    ),
    Measure(
        "expected",
        _l("Outcomes expected"),
        _l(
            "US dollars of the outcomes that are expected, by the date of the fact and at the rate named in each. "
            "Never added to what is declared."
        ),
        kind="outcome",
        filters={"grade": "expected"},
        summed=Outcome.usd,
    ),
    Measure(
        "declared",
        _l("Outcomes declared"),
        _l(
            "US dollars of the outcomes that are declared and not confirmed yet, by the date of the fact and at the "
            "rate named in each. Never added to what is expected."
        ),
        kind="outcome",
        filters={"grade": "declared"},
        summed=Outcome.usd,
    ),
)


for _one in MEASURES:
    rollups.follow(_one.kind)


@dataclass
class Figure:
    """What a measure comes to in a scope: how many rows, and their sum in US dollars."""

    measure: Measure
    scope: Scope
    count: int = 0
    total: Decimal = Decimal(0)

    @property
    def value(self) -> int | Decimal:
        """The figure itself: the count, or the sum where the measure sums."""
        return self.count if self.measure.summed is None else self.total

    def add(self, cell: Cell) -> None:
        """Add a cell of its breakdown."""
        self.count += cell.count
        self.total += cell.total


@dataclass(frozen=True)
class Line:
    """One line of a breakdown: a part of the period, a post, a pillar or a country, with a figure for each measure."""

    value: Any
    figures: dict[str, Figure]


BREAKDOWN = ("date", "post", "pillar", "country")


class Report:
    """All figures of a scope as a viewer sees them, now and a year before; broken down as one likes."""

    def __init__(self, session: Session, viewer: Viewer, scope: Scope) -> None:
        self.scope, self.before, self.measures = scope, scope.year_before(), MEASURES
        state = rollups.state(session) if scope.period.unit != "day" else LIVE
        self._cells = {one.key: one.cells(session, viewer, scope, BREAKDOWN, state) for one in self.measures}
        self._cells_before = {
            one.key: one.cells(session, viewer, self.before, ("date",), state) for one in self.measures
        }

    def figures(self) -> list[tuple[Figure, Figure]]:
        """Return each measure's figure, and that of a year before."""
        return [
            (_sum(Figure(one, self.scope), self._cells[one.key]),
             _sum(Figure(one, self.before), self._cells_before[one.key]))
            for one in self.measures
        ]  # fmt: skip

    def by_date(self) -> list[Line]:
        """Return a line for each part of the period, empty ones too."""
        return self._lines("date", self._cells, self.scope, self.scope.period.parts())

    def by_date_before(self) -> list[Line]:
        """Return the same of a year before."""
        return self._lines("date", self._cells_before, self.before, self.before.period.parts())

    def by(self, side: str, order: Sequence[Any] = ()) -> list[Line]:
        """Return the lines of ``post``, ``pillar`` or ``country`` that have rows: in an order, or the fullest first."""
        place = BREAKDOWN.index(side)
        there = {cell.at[place] for cells in self._cells.values() for cell in cells}
        lines = self._lines(side, self._cells, self.scope, [v for v in order if v in there] if order else list(there))
        return lines if order else sorted(lines, key=_fullest)

    def _lines(self, side: str, cells: Mapping[str, Sequence[Cell]], scope: Scope, values: Sequence[Any]) -> list[Line]:
        place = BREAKDOWN.index(side)
        lines = [Line(v, {m.key: Figure(m, scope.at(side, v)) for m in self.measures}) for v in values]
        found = {_key(line.value, scope.period.unit): line for line in lines}
        for key, those in cells.items():
            for cell in those:
                if cell.at[place] in found:
                    found[cell.at[place]].figures[key].add(cell)
        return lines


def _key(value: Any, unit: str) -> Any:
    """Return under which number a breakdown by date has a part of the period; other values as they are."""
    if not isinstance(value, Period):
        return value
    day = value.since
    return {"day": day, "month": day.year * 100 + day.month, "year": day.year}[unit]


def _sum(figure: Figure, cells: Sequence[Cell]) -> Figure:
    for cell in cells:
        figure.add(cell)
    return figure


def _fullest(line: Line) -> tuple[Any, ...]:
    return (*(-figure.value for figure in line.figures.values()), str(line.value or ""))
