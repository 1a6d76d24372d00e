"""Periods: named, typed, a year before, in parts; leap days included."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo.core import periods
from promo.core.periods import BadPeriod, Period

pytestmark = pytest.mark.usefixtures("session")
DAYS = st.dates(date(1995, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("month", "2024-02-01", "2024-02-29"),
        ("quarter", "2024-01-01", "2024-02-29"),
        ("year", "2024-01-01", "2024-02-29"),
        ("last_month", "2024-01-01", "2024-01-31"),
        ("last_quarter", "2023-10-01", "2023-12-31"),
        ("last_year", "2023-01-01", "2023-12-31"),
    ],
)
def test_named_periods_on_a_leap_day(name: str, since: str, until: str) -> None:
    found = periods.named(name, date(2024, 2, 29))
    assert (found.since.isoformat(), found.until.isoformat()) == (since, until)


@pytest.mark.parametrize(
    ("since", "until", "before"),
    [
        ("2024-02-29", "2024-02-29", ("2023-02-28", "2023-02-28")),
        ("2024-02-01", "2024-02-29", ("2023-02-01", "2023-02-28")),
        ("2025-02-01", "2025-02-28", ("2024-02-01", "2024-02-29")),
        ("2025-02-10", "2025-02-28", ("2024-02-10", "2024-02-28")),
        ("2024-03-01", "2024-11-25", ("2023-03-01", "2023-11-25")),
    ],
)
def test_year_before(since: str, until: str, before: tuple[str, str]) -> None:
    found = Period(date.fromisoformat(since), date.fromisoformat(until)).year_before()
    assert (found.since.isoformat(), found.until.isoformat()) == before


@given(DAYS, st.integers(0, 3000))
def test_parts_are_the_period_without_gap_or_overlap(since: date, days: int) -> None:
    period = Period(since, since + timedelta(days=days))
    parts = period.parts()
    assert (parts[0].since, parts[-1].until) == (period.since, period.until)
    for one, after in pairwise(parts):
        assert after.since == one.until + timedelta(days=1)
    assert len(parts) <= 80
    assert len(period.labels("es")) == len(parts)
    assert period.title("es")
    assert period.title("en")
    assert period.year_before().since <= period.year_before().until


def test_titles() -> None:
    assert Period(date(2026, 7, 1), date(2026, 9, 30)).title("es") == "Tercer trimestre 2026"
    assert Period(date(2024, 2, 1), date(2024, 2, 29)).title("es") == "Febrero 2024"
    assert Period(date(2024, 1, 1), date(2024, 12, 31)).title("es") == "Año 2024"
    assert Period(date(2024, 1, 2), date(2024, 12, 31)).title("es") == "02/01/2024 – 31/12/2024"
    assert periods.named("quarter", date(2026, 11, 25)).title("es") == "Cuarto trimestre 2026, hasta el 25/11/2026"


@pytest.mark.parametrize(
    "args",
    [
        {"since": "x"},
        {"until": "2024-02-30"},
        {"since": "2024-02-02", "until": "2024-02-01"},
        {"since": "0001-01-01"},
        {"until": "9999-12-31"},
        {"period": "century"},
    ],
)
def test_read_refuses_nonsense(args: dict[str, str]) -> None:
    with pytest.raises(BadPeriod):
        periods.read(args, date(2024, 5, 5))
