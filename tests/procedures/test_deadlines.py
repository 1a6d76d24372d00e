"""Deadlines: by the calendar of the post or Peru's, and which binds first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from promo.core.calendars import Calendar, peru
from promo.procedures.building import build
from promo.procedures.deadlines import binding, dues, working_days_left
from promo.procedures.definitions import Definition
from tests.core.test_calendars import calendars as any_calendar

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


def due(
    definition: Definition,
    stage: str,
    facts: dict[str, object],
    left: dict[str, datetime] | None = None,
    since: datetime | None = None,
    calendars: dict[str, Calendar] | None = None,
    timezone: str = "America/Lima",
) -> date | None:
    found = binding(dues(definition, stage, facts, left or {}, since, calendars or CALENDARS, timezone))
    return found.on if found else None


@settings(deadline=None)
@given(
    any_calendar(),
    days | st.dates(date(2023, 11, 1), date(2024, 4, 30)),
    st.integers(0, 60),
    st.integers(1, 30),
    st.integers(1, 10),
    st.sampled_from(["before", "after"]),
    st.booleans(),
)
def test_never_on_a_day_off_and_monotone_in_days_and_anchor(
    calendar: Calendar, start: date, count: int, later: int, longer: int, side: str, working: bool
) -> None:
    unit = "working_days" if working else "calendar_days"

    def on(anchor: date, many: int) -> date:
        rule = procedure({unit: many, side: "starts_on", "calendar": "post"})
        found = due(rule, "one", {"starts_on": anchor}, calendars={"post": calendar})
        assert found is not None
        return found

    first = on(start, count)
    assert calendar.is_working(first)
    assert first <= on(start + timedelta(days=later), count)
    assert first <= on(start, count + longer) if side == "after" else first >= on(start, count + longer)
    assert first <= start if side == "before" else first >= start


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


def test_the_day_of_a_moment_is_that_of_the_zone_also_when_the_clock_goes_back() -> None:
    rule, zone = procedure(), "America/Los_Angeles"  # on 1 November 2026 the clock goes back at 2:00
    for hour in (8, 9, 10):  # 1:00 twice, then 2:00
        left = {"one": datetime(2026, 11, 1, hour, 30, tzinfo=UTC)}
        assert due(rule, "two", {}, left=left, timezone=zone) == date(2026, 11, 12)  # the 11th is Veterans Day
    before = {"one": datetime(2026, 11, 1, 6, 59, tzinfo=UTC)}  # the 31st, 23:59
    assert due(rule, "two", {}, left=before, timezone=zone) == date(2026, 11, 10)
    night = {"one": datetime(2026, 11, 2, 7, 30, tzinfo=UTC)}  # the 1st, 23:30, by the winter's clock
    assert due(rule, "two", {}, left=night, timezone=zone) == date(2026, 11, 12)


def test_another_time_zone_may_make_it_another_day() -> None:
    left = {"one": datetime(2026, 11, 24, 3, tzinfo=UTC)}
    found = {zone: due(procedure(), "two", {}, left=left, timezone=zone) for zone in ("America/Lima", "Asia/Tokyo")}
    assert found == {"America/Lima": date(2026, 12, 3), "Asia/Tokyo": date(2026, 12, 4)}


def test_the_leap_day_and_the_end_of_the_year_are_counted() -> None:
    plain = {"post": Calendar("67"), "peru": peru()}
    one = procedure({"working_days": 1, "after": "ends_on"})
    assert due(one, "one", {"ends_on": date(2028, 2, 28)}, calendars=plain) == date(2028, 2, 29)
    assert due(one, "one", {"ends_on": date(2028, 2, 29)}, calendars=plain) == date(2028, 3, 1)
    assert due(one, "one", {"ends_on": date(2026, 12, 31)}, calendars=plain) == date(2027, 1, 1)
    back = procedure({"working_days": 2, "before": "starts_on", "calendar": "peru"})
    assert due(back, "one", {"starts_on": date(2027, 1, 4)}, calendars=plain) == date(2026, 12, 30)  # Jan 1 is off
    anniversary = procedure({"calendar_days": 366, "after": "ends_on"})
    assert due(anniversary, "one", {"ends_on": date(2027, 2, 28)}, calendars=plain) == date(2028, 2, 29)


def test_from_where_it_was_counted_is_told() -> None:
    rule = procedure({"working_days": 5, "before": "starts_on"})
    found = dues(rule, "one", {"starts_on": "2027-03-12"}, {}, None, CALENDARS)
    assert found[0].since == date(2027, 3, 12)
