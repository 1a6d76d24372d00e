"""Counting rollups anew: read first, then written a month at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from promo.core import clock, listing, rollups
from promo.core.access import Grant, Viewer
from promo.core.db import session, write
from promo.core.periods import Period
from promo.core.rollups import RollupMark, State
from promo.reports import queries
from promo.reports.measures import MEASURES, Measure, Scope

EVERYBODY = Viewer(0, "", grants=(Grant("auditor"),))  # whose eyes a rollup is counted with: it keeps the visibility
WHOLE_AFTER = timedelta(days=1)  # a rollup is counted whole once a day, whatever was marked
CHUNK = 500


def roll_up(tell: Callable[[], None] = lambda: None) -> int:
    """Count the months that changed, or all of a rollup that is new or a day old; return how many were counted.

    ``tell`` is called between two months, and may raise to stop.
    """
    done, state, seen = 0, rollups.state(session()), rollups.marks(session())
    for measure in MEASURES:
        whole = _is_due(state, measure)
        for month in _months(measure, seen, whole=whole):
            tell()
            rows = queries.by_visibility(session(), _rows(measure, month), measure.summed)
            with write() as writing:
                rollups.replace(writing, measure.key, month, rows)
            done += 1
        if whole:
            with write() as writing:
                rollups.finish(writing, measure.key, measure.declared)
    ids = [mark.id for mark in seen]
    for start in range(0, len(ids), CHUNK):
        with write() as writing:
            rollups.clear(writing, ids[start : start + CHUNK])
    return done


def is_due() -> bool:
    """Whether there is anything to count."""
    state = rollups.state(session())
    return bool(state.marked) or any(_is_due(state, measure) for measure in MEASURES)


def _is_due(state: State, measure: Measure) -> bool:
    if not state.serves(measure.key, measure.declared):
        return True
    return state.made[measure.key][1] < clock.now() - WHOLE_AFTER


def _months(measure: Measure, seen: list[RollupMark], *, whole: bool) -> list[int]:
    if not whole:
        return sorted({mark.month for mark in seen if mark.kind == measure.kind})
    every = listing.statement(session(), measure.of.listing, EVERYBODY, listing.Request(filters=measure.filters))
    months = every.with_only_columns(queries.bucket(measure.date, "month")).distinct()
    return rollups.known_months(session(), measure.key, months)


def _rows(measure: Measure, month: int):  # type: ignore[no-untyped-def]
    first = date(month // 100, month % 100, 1)
    last = Period(first, first + timedelta(days=31)).whole_months()[0].until
    return measure.rows(session(), EVERYBODY, Scope(Period(first, last)))
