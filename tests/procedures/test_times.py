"""How long a run waited and was worked on: every working day once, whatever was asked when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from promo.core.calendars import Calendar
from promo.procedures.times import by_stage, stay, stays

CALENDAR = Calendar("67", "PE")
ZONE = "America/Lima"
START = datetime(2026, 11, 2, 15, tzinfo=UTC)  # a Monday


@dataclass(frozen=True)
class Moved:
    from_stage: str
    to_stage: str
    at: datetime


@dataclass(frozen=True)
class Asked:
    asked_at: datetime
    decided_at: datetime | None


def after(days: float) -> datetime:
    return START + timedelta(days=days)


def test_a_week_with_two_days_of_waiting() -> None:
    moves = [Moved("plan", "done", after(4))]
    found = stays("plan", START, moves, [Asked(after(1), after(3))], after(7), CALENDAR, ZONE)
    assert by_stage(found) == {"plan": (2, 2), "done": (0, 1)}


def test_requests_that_overlap_are_not_counted_twice() -> None:
    asked = [Asked(after(0), after(3)), Asked(after(1), after(4)), Asked(after(2), None)]
    assert by_stage(stays("plan", START, [], asked, after(4), CALENDAR, ZONE)) == {"plan": (4, 0)}


def test_a_run_that_went_back_is_counted_where_it_stood() -> None:
    moves = [Moved("plan", "done", after(1)), Moved("done", "plan", after(2)), Moved("plan", "done", after(3))]
    assert by_stage(stays("plan", START, moves, [], after(4), CALENDAR, ZONE)) == {"plan": (0, 2), "done": (0, 2)}


moments = st.floats(0, 60, allow_nan=False).map(after)
requests = st.lists(
    st.tuples(moments, st.none() | st.floats(0, 20)).map(
        lambda pair: Asked(pair[0], None if pair[1] is None else pair[0] + timedelta(days=pair[1]))
    ),
    max_size=6,
)
paths = st.lists(moments, max_size=6).map(
    lambda at: [Moved(f"s{n}", f"s{(n + 1) % 3}", moment) for n, moment in enumerate(sorted(at))]
)


@settings(max_examples=120, deadline=None)
@given(paths, requests, st.floats(61, 90).map(after))
def test_the_parts_make_the_whole(moves: list[Any], asked: list[Any], until: datetime) -> None:
    found = stays("s0", START, moves, asked, until, CALENDAR, ZONE)
    whole = stays("all", START, [], [], until, CALENDAR, ZONE)[0]
    assert sum(stay.days for stay in found) == whole.days
    assert all(stay.waited >= 0 and stay.worked >= 0 for stay in found)
    assert [stay.since for stay in found[1:]] == [stay.until for stay in found[:-1]]
    assert sum(w + d for w, d in by_stage(found).values()) == whole.days


@settings(max_examples=120, deadline=None)
@given(paths, requests, st.floats(61, 90).map(after), st.data())
def test_another_request_only_turns_worked_into_waited(moves, asked, until: datetime, data: st.DataObject) -> None:
    more = asked + data.draw(requests)
    before = stays("s0", START, moves, asked, until, CALENDAR, ZONE)
    now = stays("s0", START, moves, more, until, CALENDAR, ZONE)
    assert [stay.days for stay in before] == [stay.days for stay in now]
    assert all(a.waited <= b.waited for a, b in zip(before, now, strict=True))
    assert now == stays("s0", START, moves, [*more, *more], until, CALENDAR, ZONE)


@settings(max_examples=60)
@given(st.lists(st.floats(0, 20), min_size=1, max_size=5), st.lists(st.tuples(st.floats(0, 20), st.floats(0, 9))))
def test_a_stay_alone_is_counted_as_among_the_others(ends: list[float], requests: list[tuple[float, float]]) -> None:
    moments = [after(days) for days in sorted(ends)]
    asked = [Asked(after(at), after(at + lasts)) for at, lasts in requests]
    moves = [Moved(f"s{n}", f"s{n + 1}", at) for n, at in enumerate(moments)]
    together = stays("s0", START, moves, asked, moments[-1], CALENDAR, ZONE)
    begun = [START, *moments]
    alone = [stay(f"s{n}", begun[n], at, asked, CALENDAR, ZONE) for n, at in enumerate(moments)]
    assert together[:-1] == alone
