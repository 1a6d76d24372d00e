"""Deadlines: by the calendar of the post or Peru's, and which binds first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from promo.core.calendars import Calendar, peru
from promo.procedures.building import build
from promo.procedures.deadlines import binding, dues, working_days_left
from promo.procedures.definitions import Definition

POST = Calendar("67", "US", "CA")
CALENDARS = {"post": POST, "peru": peru()}
days = st.dates(date(2024, 1, 1), date(2030, 12, 31))


def procedure(*deadlines: dict[str, object]) -> Definition:
    names = {"es": "A", "en": "A"}
    return build(
        {
            "code": "PE-TST-01",
            "title": names,
            "applies_to": {"kind": "event"},
            "stages": [
                {"key": "one", "title": names, "deadline": list(deadlines), "next": ["two"]},
                {"key": "two", "title": names, "deadline": [{"calendar_days": 10, "after": "one"}], "final": True},
            ],
        }
    )


def due(definition: Definition, stage: str, facts: dict[str, object], **more: object) -> date | None:
    found = binding(dues(definition, stage, facts, more.get("left", {}), more.get("since"), CALENDARS))  # type: ignore[arg-type]
    return found.on if found else None


@settings(deadline=None)
@given(
    days,
    st.integers(0, 60),
    st.integers(1, 30),
    st.sampled_from(["before", "after"]),
    st.sampled_from(["post", "peru"]),
    st.booleans(),
)
def test_never_on_a_day_off_and_monotone(
    start: date, count: int, later: int, side: str, calendar: str, working: bool
) -> None:
    unit = "working_days" if working else "calendar_days"
    rule = procedure({unit: count, side: "starts_on", "calendar": calendar})
    first = due(rule, "one", {"starts_on": start})
    second = due(rule, "one", {"starts_on": start + timedelta(days=later)})
    assert first is not None
    assert second is not None
    assert first <= second
    assert CALENDARS[calendar].is_working(first)
    assert first <= start or side == "after"


def test_thanksgiving_is_a_day_off_in_los_angeles_and_not_in_lima() -> None:
    post = procedure({"working_days": 1, "after": "ends_on"})
    lima = procedure({"working_days": 1, "after": "ends_on", "calendar": "peru"})
    assert due(post, "one", {"ends_on": date(2026, 11, 25)}) == date(2026, 11, 27) or due(
        post, "one", {"ends_on": date(2026, 11, 25)}
    ) == date(2026, 11, 30)
    assert due(lima, "one", {"ends_on": date(2026, 11, 25)}) == date(2026, 11, 26)


def test_the_one_that_binds_first_is_shown() -> None:
    both = procedure(
        {"working_days": 5, "before": "starts_on"}, {"working_days": 20, "before": "starts_on", "calendar": "peru"}
    )
    found = dues(both, "one", {"starts_on": "2027-03-12"}, {}, None, CALENDARS)
    assert [d.deadline.days for d in found] == [20, 5]
    assert binding(found) == found[0]


def test_an_unknown_date_gives_no_deadline() -> None:
    rule = procedure({"working_days": 5, "before": "starts_on"})
    values: tuple[object, ...] = (None, "", "soon", 7, [], date(9999, 12, 31))
    for value in values:
        assert due(rule, "one", {"starts_on": value}) is None


def test_a_deadline_after_a_stage_counts_from_its_end() -> None:
    left = {"one": datetime(2026, 11, 24, 3, tzinfo=UTC)}  # still the 23rd in Lima
    assert due(procedure(), "two", {}, left=left) == date(2026, 12, 3)
    assert due(procedure(), "two", {}) is None


def test_working_days_left_counts_both_ways() -> None:
    assert working_days_left(peru(), date(2026, 11, 23), date(2026, 11, 27)) == 4
    assert working_days_left(peru(), date(2026, 11, 27), date(2026, 11, 23)) == -4
    assert working_days_left(peru(), date(2026, 11, 23), date(2026, 11, 23)) == 0
    assert working_days_left(peru(), date(2026, 11, 23), date(2199, 1, 1)) == 400
