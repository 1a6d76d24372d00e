"""Working days: never a day off, and counting back what was added."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo.core.calendars import (
    Calendar,
    Doubt,
    about,
    calendar_of,
    peru,
    proposed,
    subdivisions,
    usual_weekend,
)  # fmt: skip
from promo.reference.models import Post

STEPS = st.integers(-60, 60)
PLACES = st.sampled_from(
    [
        ("67", None, None),
        ("67", "PE", None),
        ("67", "US", "CA"),
        ("56", "SA", None),
        ("7", "HK", None),
        ("", "JP", None),
    ]
)
NEAR = st.frozensets(st.dates(date(2023, 12, 15), date(2024, 3, 15)), max_size=8)
WEEKENDS = st.frozensets(st.sampled_from("1234567"), max_size=6).map(lambda days: "".join(sorted(days)))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """A calendar of any place and week-end, with days off, worked and halved of its own, some years confirmed."""
    weekend, country, region = draw(PLACES)
    return Calendar(
        draw(st.just(weekend) | WEEKENDS),
        country,
        region,
        own_days=draw(NEAR),
        worked=draw(NEAR),
        halves=draw(NEAR),
        confirmed=draw(st.dictionaries(st.integers(2023, 2025), WEEKENDS, max_size=3)),
    )


CALENDARS = calendars()
DAYS = st.dates(date(2000, 1, 1), date(2080, 12, 31)) | st.dates(date(2023, 11, 1), date(2024, 4, 30))


@given(CALENDARS, DAYS, STEPS)
def test_adding_never_lands_on_a_day_off(calendar: Calendar, day: date, days: int) -> None:
    assert calendar.is_working(calendar.add_working_days(day, days))


@given(CALENDARS, DAYS, STEPS.filter(bool))
def test_what_was_added_is_counted_back(calendar: Calendar, day: date, days: int) -> None:
    assert calendar.working_days_between(day, calendar.add_working_days(day, days)) == days


@given(CALENDARS, DAYS, STEPS, st.integers(0, 20))
def test_a_later_day_never_gives_an_earlier_deadline(calendar: Calendar, day: date, days: int, later: int) -> None:
    first, second = calendar.add_working_days(day, days), calendar.add_working_days(day + timedelta(days=later), days)
    assert first <= second


@given(CALENDARS, DAYS, STEPS)
def test_one_more_working_day_is_later(calendar: Calendar, day: date, days: int) -> None:
    assert calendar.add_working_days(day, days) <= calendar.add_working_days(day, days + 1)


@given(CALENDARS, DAYS, DAYS)
def test_counting_forth_and_back_differs_by_the_ends_alone(calendar: Calendar, a: date, b: date) -> None:
    a, b = min(a, b), min(max(a, b), min(a, b) + timedelta(days=400))
    forth, back = calendar.working_days_between(a, b), -calendar.working_days_between(b, a)
    assert forth - back == (calendar.is_working(b) - calendar.is_working(a) if a != b else 0)


def test_the_leap_day_is_a_day_like_others() -> None:
    assert peru().add_working_days(date(2028, 2, 28), 1) == date(2028, 2, 29)
    assert peru().working_days_between(date(2028, 2, 28), date(2028, 3, 1)) == 2
    assert peru().add_working_days(date(2028, 3, 1), -1) == date(2028, 2, 29)


def test_peru_rests_on_its_national_days() -> None:
    assert not peru().is_working(date(2026, 7, 28))
    assert not peru().is_working(date(2026, 7, 29))
    assert peru().add_working_days(date(2026, 7, 27), 1) == date(2026, 7, 30)
    assert peru().why_off(date(2026, 7, 28), "es") == "Día de la Independencia"
    assert peru().why_off(date(2026, 7, 28), "en") == "Independence Day"


def test_a_day_declared_off_counts_as_one() -> None:
    declared = date(2026, 7, 27)
    assert peru(frozenset({declared})).add_working_days(date(2026, 7, 24), 1) == date(2026, 7, 30)
    assert peru(frozenset({declared})).why_off(declared) is not None


def test_a_post_keeps_the_holidays_of_its_region() -> None:
    los_angeles = Post(code="X", weekend="67", holiday_country="US", holiday_subdivision="CA")
    assert not calendar_of(los_angeles).is_working(date(2026, 11, 27))  # the day after Thanksgiving, in California
    assert Calendar("67", "US").is_working(date(2026, 11, 27))


def test_a_friday_week_end_works_on_sundays() -> None:
    riyadh = Calendar("56", "SA")
    assert riyadh.is_working(date(2026, 11, 22))
    assert not riyadh.is_working(date(2026, 11, 20))
    assert riyadh.add_working_days(date(2026, 11, 19), 1) == date(2026, 11, 22)


def test_a_holiday_moved_over_new_year_is_kept() -> None:
    assert not Calendar("67", "US").is_working(date(2021, 12, 31))


@pytest.mark.parametrize("weekend", ["1234567", "8", "sat"])
def test_a_week_without_a_working_day_is_refused(weekend: str) -> None:
    with pytest.raises(ValueError):
        Calendar(weekend)


def test_an_unknown_country_has_no_holidays() -> None:
    assert Calendar("67", "ZZ").is_working(date(2026, 12, 25))
    assert Calendar("67", "PE", "nowhere").is_working(date(2026, 12, 25)) is False
    assert subdivisions("ZZ") == ()
    assert usual_weekend("ZZ", 2026) == "67"
    assert usual_weekend("SA", 2026) == "56"


def test_the_next_holidays_come_in_order() -> None:
    coming = peru().coming_holidays(date(2026, 12, 1), 3, "es")
    assert [day for day, _name in coming] == [date(2026, 12, 8), date(2026, 12, 9), date(2026, 12, 25)]


def test_a_calendar_says_whose_days_it_keeps() -> None:
    assert "US-CA" in Calendar("67", "US", "CA").describe("en")
    assert "Sun" in Calendar("7").describe("en")


@given(CALENDARS, DAYS)
def test_a_day_is_worked_off_or_half_and_says_why(calendar: Calendar, day: date) -> None:
    assert calendar.is_working(day) == (calendar.why_off(day) is None)
    if day in calendar.own_days:
        assert not calendar.is_working(day)
    elif day in calendar.halves | calendar.worked:
        assert calendar.is_working(day) != calendar.is_weekend(day)


def test_in_a_confirmed_year_the_library_is_not_asked() -> None:
    certain = Calendar("67", "PE", own_days=frozenset({date(2027, 7, 29)}), confirmed={2027: "67"})
    assert certain.is_working(date(2027, 7, 28))
    assert not certain.is_working(date(2027, 7, 29))
    assert not certain.is_working(date(2028, 7, 28))


def test_years_that_nobody_confirmed_are_named_from_either_side() -> None:
    certain = Calendar(confirmed={2027: "67"})
    assert certain.unconfirmed(date(2026, 12, 31), date(2028, 1, 1)) == (2026, 2028)
    assert certain.unconfirmed(date(2028, 1, 1), date(2027, 1, 1)) == (2028,)
    assert certain.unconfirmed(date(2027, 1, 1), date(2027, 12, 31)) == ()
    assert not Doubt(())
    assert about("lun 4", Doubt(())) == "lun 4"
    assert about("lun 4", Doubt((2028,))) == "≈ lun 4"


def test_a_week_end_may_change_from_a_year_to_the_next() -> None:
    emirates = Calendar("67", confirmed={2021: "56", 2022: "67"})
    assert emirates.is_working(date(2021, 12, 26))  # a Sunday
    assert not emirates.is_working(date(2022, 1, 2))
    assert emirates.add_working_days(date(2021, 12, 30), 1) == date(2022, 1, 3)  # Friday 31, Saturday, Sunday


def test_what_is_proposed_bears_both_names() -> None:
    found = proposed("PE", None, 2027)
    assert found[date(2027, 7, 28)] == ("Día de la Independencia", "Independence Day")
    assert list(found) == sorted(found)
    assert proposed(None, None, 2027) == {}


@pytest.mark.parametrize(
    ("country", "day", "names"),
    [
        ("US", date(2027, 1, 1), ("Año Nuevo", "New Year's Day")),
        ("DE", date(2027, 3, 29), ("Lunes de Pascua", "Easter Monday")),
        ("JP", date(2027, 4, 29), ("Showa Day", "Showa Day")),
        ("AE", date(2027, 12, 2), ("Día Nacional", "National Day")),
        ("AE", date(2027, 3, 9), ("Fin del Ramadán, Eid al-Fitr (fecha estimada)", "Eid al-Fitr (estimated)")),
        ("BR", date(2027, 4, 21), ("Tiradentes' Day", "Tiradentes' Day")),
        ("MX", date(2027, 2, 1), ("Día de la Constitución", "Constitution Day")),
    ],
)
def test_holidays_are_named_for_the_reader_else_in_english(
    country: str, day: date, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the language of the machine."""
    for language in ("en_US.UTF-8", "C"):
        monkeypatch.setenv("LANGUAGE", language)
        assert proposed(country, None, 2027)[day] == names


def test_names_of_one_country_alone_serve_nowhere_else() -> None:
    """The Emirates' national day is not Spain's."""
    assert "Fiesta Nacional" not in str(proposed("AE", None, 2027))
