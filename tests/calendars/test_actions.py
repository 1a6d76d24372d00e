"""Confirming a year, days of one's own, decrees, the reminder; what they make of the working days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.calendars import actions, jobs, queries
from promo.calendars.models import CalendarDay
from promo.core import audit, clock
from promo.core.calendars import Calendar, calendar_of, peru, proposed
from promo.core.db import write
from promo.core.errors import Forbidden, NotFound, Refused
from promo.core.outbox import Mail
from promo.notices.models import Notice
from promo.reference.models import Post
from tests import factories
from tests.cast import ALONE, HEADQUARTERS, HOME, Cast, Member

YEAR = clock.today().year + 1
NEW_YEAR = date(YEAR, 1, 1)


def confirm(
    by: Member, code: str = HOME, year: int = YEAR, *, without: date | None = None, weekend: str = "67"
) -> None:
    """Confirm all that is proposed, but for one day."""
    with write() as writing:
        post = writing.scalars(select(Post).where(Post.code == code)).one()
        proposals = proposed(post.holiday_country, post.holiday_subdivision, year)
        days = [day.isoformat() for day in proposals if day != without]
        actions.confirm(writing, by.viewer, code, year, days, weekend)


def calendar(session: Session, code: str = HOME, of: str = "post") -> Calendar:
    session.rollback()
    return queries.both(session, factories.post(code))[of]


def add(by: Member, day: date, kind: str = "holiday", code: str = HOME) -> int:
    with write() as writing:
        values = {"on": day, "counts_as": kind, "name_es": "Día propio", "name_en": "Own day"}
        return actions.add_day(writing, by.viewer, code, day.year, values).id


def decree(by: Member, day: date, scope: str = "peru", kind: str = "holiday") -> int:
    with write() as writing:
        values = {"on": day, "counts_as": kind, "scope": scope, "name_es": "Día no laborable"}
        return actions.add_decree(writing, by.viewer, values | {"act_number": "DS 042-PCM"}).id


def working(year: int, month: int, calendar: Calendar, skip: int = 0) -> date:
    """Return a working day of a month."""
    return calendar.add_working_days(date(year, month, 1), 3 + skip)


def test_what_nobody_confirmed_is_as_the_library_proposes(session: Session, cast: Cast) -> None:
    found, plain = calendar(session), calendar_of(factories.post(HOME))
    year = [date(YEAR, 1, 1).fromordinal(date(YEAR, 1, 1).toordinal() + n) for n in range(365)]
    assert [found.is_working(d) for d in year] == [plain.is_working(d) for d in year]
    assert found.unconfirmed(date(YEAR, 2, 1), date(YEAR, 3, 1)) == (YEAR,)
    assert [calendar(session, of="peru").is_working(d) for d in year] == [peru().is_working(d) for d in year]


def test_confirm_makes_a_year_certain_and_a_holiday_without_a_tick_is_worked(session: Session, cast: Cast) -> None:
    confirm(cast.officer, without=NEW_YEAR)
    found = calendar(session)
    assert found.unconfirmed(NEW_YEAR, date(YEAR, 12, 31)) == ()
    assert found.unconfirmed(NEW_YEAR, date(YEAR + 1, 1, 1)) == (YEAR + 1,)
    assert not found.is_holiday(NEW_YEAR)
    assert found.is_holiday(date(YEAR, 12, 25))
    assert calendar(session, "EMB-JP-TYO").is_holiday(NEW_YEAR)  # another post's is its own
    stands = queries.year_of(session, cast.officer.post_id, YEAR)
    assert stands is not None
    assert stands.confirmed_by_id == cast.officer.id


def test_confirm_again_corrects_it_unless_somebody_changed_it_meanwhile(session: Session, cast: Cast) -> None:
    confirm(cast.officer, without=NEW_YEAR)
    stands = queries.year_of(session, cast.officer.post_id, YEAR)
    assert stands is not None
    seen = stands.version
    confirm(cast.head)
    assert calendar(session).is_holiday(NEW_YEAR)
    with pytest.raises(Refused), write() as writing:
        actions.confirm(writing, cast.officer.viewer, HOME, YEAR, [], "67", seen)
    assert calendar(session).is_holiday(NEW_YEAR)


def test_confirm_keeps_the_week_end_of_a_year_and_that_of_the_years_to_come(session: Session, cast: Cast) -> None:
    confirm(cast.officer, year=YEAR - 1)
    confirm(cast.officer, weekend="56")
    found = calendar(session)
    friday = next(date(YEAR, 6, n) for n in range(1, 8) if date(YEAR, 6, n).isoweekday() == 5)
    before = next(date(YEAR - 1, 6, n) for n in range(1, 8) if date(YEAR - 1, 6, n).isoweekday() == 5)
    assert not found.is_working(friday)
    assert found.is_working(before)
    assert factories.post(HOME).weekend == "56"


@pytest.mark.parametrize("weekend", ["1234567", "8", "66"])
def test_confirm_refuses_a_week_end_that_is_none(session: Session, cast: Cast, weekend: str) -> None:
    with pytest.raises(Refused):
        confirm(cast.officer, weekend=weekend)


def test_own_days_are_off_half_days_are_worked_and_both_go_again(session: Session, cast: Cast) -> None:
    day = working(YEAR, 5, calendar(session))
    other = working(YEAR, 5, calendar(session), 2)
    off, half = add(cast.officer, day), add(cast.officer, other, "half")
    found = calendar(session)
    assert found.why_off(day, "es") == "Día propio"
    assert found.why_off(day, "en") == "Own day"
    assert found.is_working(other)
    assert other in found.halves
    for id_ in (off, half):
        with write() as writing:
            actions.remove_day(writing, cast.head.viewer, HOME, YEAR, id_)
    assert calendar(session).is_working(day)


def test_half_a_holiday_is_a_working_day_confirmed_or_not(session: Session, cast: Cast) -> None:
    christmas = next(d for d in proposed("US", "CA", YEAR) if d.isoweekday() < 6)
    add(cast.officer, christmas, "half")
    assert calendar(session).is_working(christmas)
    confirm(cast.officer)
    assert calendar(session).is_working(christmas)


@pytest.mark.parametrize(
    "day", [date(YEAR + 1, 1, 4), next(date(YEAR, 5, n) for n in range(1, 9) if date(YEAR, 5, n).isoweekday() == 7)]
)
def test_add_day_refuses_another_year_and_the_week_end(session: Session, cast: Cast, day: date) -> None:
    values = {"on": day, "counts_as": "holiday", "name_es": "Día"}
    with pytest.raises(Refused), write() as writing:
        actions.add_day(writing, cast.officer.viewer, HOME, YEAR, values)


def test_add_day_refuses_a_day_twice_and_too_many(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = working(YEAR, 5, calendar(session))
    add(cast.officer, day)
    with pytest.raises(Refused):
        add(cast.officer, day)
    monkeypatch.setattr(actions, "MOST", 1)
    with pytest.raises(Refused):
        add(cast.officer, working(YEAR, 6, calendar(session)))


def test_a_decree_for_peru_counts_for_legal_terms_and_headquarters_alone(session: Session, cast: Cast) -> None:
    day = working(YEAR, 8, calendar(session, of="peru"))
    id_ = decree(cast.hq_manager, day)
    assert not calendar(session, of="peru").is_working(day)
    assert not calendar(session, HEADQUARTERS).is_working(day)
    assert calendar(session).is_working(day)
    with write() as writing:
        actions.remove_decree(writing, cast.quality.viewer, id_)
    assert calendar(session, of="peru").is_working(day)


def test_a_decree_for_all_counts_before_what_a_post_confirmed(session: Session, cast: Cast) -> None:
    confirm(cast.officer)
    day = working(YEAR, 8, calendar(session))
    decree(cast.admin, day, "all")
    assert not calendar(session).is_working(day)
    assert not calendar(session, "EMB-JP-TYO").is_working(day)
    with pytest.raises(Refused):
        decree(cast.admin, day, "peru")


def test_perus_calendar_is_certain_when_headquarters_confirmed_it(session: Session, cast: Cast) -> None:
    confirm(cast.hq_manager, HEADQUARTERS)
    own = working(YEAR, 9, calendar(session, of="peru"))
    add(cast.hq_manager, own, code=HEADQUARTERS)
    found = calendar(session, of="peru")
    assert found.unconfirmed(NEW_YEAR, NEW_YEAR) == ()
    assert found.is_working(own)  # a day off of the house in Lima moves no legal term
    assert not calendar(session, HEADQUARTERS).is_working(own)
    assert not queries.doubt(session, cast.officer.post_id, "peru", NEW_YEAR, NEW_YEAR)
    assert queries.doubt(session, cast.officer.post_id, "post", NEW_YEAR, NEW_YEAR)


def test_who_may(session: Session, cast: Cast) -> None:
    for member in (cast.officer, cast.colleague, cast.manager, cast.hq_manager, cast.quality, cast.admin):
        confirm(member)
    for member in (cast.other_officer, cast.promoter, cast.auditor):
        with pytest.raises(Forbidden):
            confirm(member)
    for member in (cast.officer, cast.manager, cast.promoter, cast.auditor):
        with pytest.raises(Forbidden):
            decree(member, date(YEAR, 8, 3))


def test_a_far_year_and_an_unknown_post_are_not_found(session: Session, cast: Cast) -> None:
    for code, year in ((HOME, YEAR + 5), (HOME, YEAR - 5), ("XX", YEAR)):
        with pytest.raises(NotFound):
            actions.opened(session, code, year)


def test_a_change_is_seen_at_the_next_reading(session: Session, cast: Cast) -> None:
    day = working(YEAR, 5, calendar(session))
    assert calendar(session).is_working(day)  # kept now
    add(cast.officer, day)
    assert not calendar(session).is_working(day)


def test_remind_writes_once_in_december_to_whoever_keeps_the_calendar(session: Session, cast: Cast) -> None:
    year = clock.today().year
    with clock.at(datetime(year, 11, 30, 12, tzinfo=UTC)):
        jobs.remind()
    assert not session.scalars(select(Notice)).all()
    confirm(cast.alone, ALONE, year + 1)
    for day in (3, 9):
        with clock.at(datetime(year, 12, day, 12, tzinfo=UTC)):
            jobs.remind()
    session.rollback()
    told = session.scalars(select(Notice).order_by(Notice.id)).all()
    home = {m.person_id for m in told if (m.key or "").startswith(f"calendar-{cast.officer.post_id}-")}
    assert home == {cast.officer.id, cast.colleague.id, cast.manager.id, cast.head.id, cast.reader_en.id}
    assert cast.alone.id not in {m.person_id for m in told}
    assert len(told) == len({m.person_id for m in told})
    english = next(m for m in told if m.person_id == cast.reader_en.id)
    assert english.subject == f"Confirm the calendar of {year + 1} of your post"
    mail = session.scalars(select(Mail).where(Mail.person_id == cast.reader_en.id)).one()
    assert f"/calendars/{HOME}/{year + 1}" in mail.text


def test_days_are_in_the_trail(session: Session, cast: Cast) -> None:
    id_ = add(cast.officer, working(YEAR, 5, calendar(session)))
    entry = audit.history(session, table="calendar_day", row=id_)[0]
    assert {"on", "counts_as", "name_es", "post_id"} <= {c.name for c in entry.changes}
    assert session.get_one(CalendarDay, id_).source == "post"
