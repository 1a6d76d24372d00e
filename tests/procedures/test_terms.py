"""Terms are counted again when a calendar, a date or a time zone changes; the trail says why; doubt is shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import g
from sqlalchemy.orm import Session

from promo.calendars import actions
from promo.core import audit, clock, jobs
from promo.core.db import write
from promo.core.jobs import Job
from promo.core.records import Record
from promo.procedures import queries
from promo.procedures.case import gather
from promo.procedures.models import Run
from promo.reference import actions as reference
from promo.web.filters import day_ends
from tests import database
from tests.calendars.test_actions import add, calendar, confirm, decree
from tests.cast import Cast, Member
from tests.procedures.conftest import Trial

TODAY = clock.today()
STARTS = date(TODAY.year + 1, 3, 12)


def _work() -> None:
    jobs.run_due()


def _due(session: Session, run: Run) -> date:
    session.rollback()
    found = session.get_one(Run, run.id).due_on
    assert found is not None
    return found


def _why(session: Session, run: Run) -> dict[str, Any]:
    """What the newest event of a record tells."""
    session.rollback()
    entry = audit.history(session, run.record_id)[0]
    return {c.name: (c.old, c.new) for c in entry.changes}


@pytest.fixture
def run(trial: Trial, session: Session) -> Run:
    """A run whose first stage is due three working days before the act."""
    return trial.begin(starts_on=STARTS, ends_on=STARTS)


def test_an_own_day_moves_the_terms_of_the_post_and_the_trail_says_why(run: Run, session: Session, cast: Cast) -> None:
    before = _due(session, run)
    add(cast.officer, before)
    _work()
    after = _due(session, run)
    assert after == calendar(session).add_working_days(STARTS, -3) < before
    told = _why(session, run)
    assert told["due_on"] == (before.isoformat(), after.isoformat())
    assert told["recounted"] == (None, "calendar")
    assert told["year"] == (None, STARTS.year)


def test_confirming_a_year_counts_again(run: Run, session: Session, cast: Cast) -> None:
    before = _due(session, run)
    confirm(cast.officer, year=STARTS.year, weekend="37")  # Wednesdays and Sundays
    _work()
    assert _due(session, run) != before
    assert _why(session, run)["recounted"] == (None, "confirmed")


def test_a_decree_for_all_counts_again_at_every_post_and_names_its_act(
    trial: Trial, run: Run, session: Session, cast: Cast
) -> None:
    far = trial.begin(cast.other_officer, starts_on=STARTS, ends_on=STARTS)
    day = _due(session, run)
    assert _due(session, far) == day
    decree(cast.quality, day, "all")
    _work()
    assert _due(session, run) < day
    assert _due(session, far) < day
    assert _why(session, far) | {"due_on": None} == {
        "due_on": None, "recounted": (None, "decree"), "act": (None, "DS 042-PCM"), "year": (None, day.year),
    }  # fmt: skip


def test_a_decree_for_peru_leaves_service_terms(run: Run, session: Session, cast: Cast) -> None:
    day = _due(session, run)
    decree(cast.quality, day, "peru")
    _work()
    assert _due(session, run) == day


def test_a_legal_term_runs_on_perus_calendar(trial: Trial, session: Session, cast: Cast) -> None:
    names = {"es": "A", "en": "A"}
    trial.enforce(
        "PE-TST-09",
        {
            "code": "PE-TST-09", "title": names, "applies_to": {"kind": "event", "types": ["matchmaking"]},
            "stages": [
                {"key": "one", "title": names, "next": ["two"], "deadline": [
                    {"working_days": 3, "before": "starts_on", "calendar": "post"},
                    {"working_days": 3, "before": "starts_on", "calendar": "peru"},
                ]},
                {"key": "two", "title": names, "final": True},
            ],
        },
    )  # fmt: skip
    run = trial.begin(starts_on=STARTS, act_type="matchmaking")
    day = _due(session, run)
    decree(cast.quality, day, "peru")
    _work()
    assert _due(session, run) < day  # the legal term binds first now
    assert session.get_one(Run, run.id).due_calendar == "peru"


def test_another_start_counts_again_at_once(trial: Trial, run: Run, session: Session) -> None:
    before = _due(session, run)
    trial.change(run.record_id, starts_on=STARTS + timedelta(days=14))
    assert _due(session, run) == before + timedelta(days=14)
    assert _why(session, run)["recounted"] == (None, "record")


def test_another_time_zone_of_the_post_counts_again(trial: Trial, session: Session, cast: Cast) -> None:
    run = trial.begin(starts_on=datetime(STARTS.year, 3, 10, 5, tzinfo=UTC))  # the 9th in Los Angeles
    before = _due(session, run)
    with write() as writing:
        reference.edit(writing, cast.admin.viewer, "CG-US-LAX", {"timezone": "Asia/Tokyo"})
    _work()
    assert _due(session, run) > before
    assert _why(session, run)["recounted"] == (None, "zone")


def test_what_is_finished_or_does_not_change_is_left(trial: Trial, run: Run, session: Session, cast: Cast) -> None:
    finished = trial.begin(starts_on=STARTS, ends_on=STARTS)
    with write() as writing:
        writing.get_one(Run, finished.id).finished_at = clock.now()
    before, events = _due(session, finished), len(audit.history(session, finished.record_id))
    add(cast.officer, before)
    add(cast.officer, calendar(session).add_working_days(STARTS, 9))
    _work()
    assert _due(session, finished) == before
    assert len(audit.history(session, finished.record_id)) == events
    assert _due(session, run) < before
    told = len(audit.history(session, run.record_id))
    with write() as writing:
        jobs.enqueue(writing, "procedures.recount", {"posts": None, "recounted": "calendar", "details": {}})
    _work()
    assert len(audit.history(session, run.record_id)) == told


def test_the_job_is_asked_for_in_the_transaction_of_the_change(session: Session, cast: Cast) -> None:
    day = calendar(session).add_working_days(STARTS, 9)
    with pytest.raises(RuntimeError):
        _add_and_fail(cast.officer, day)
    assert not session.query(Job).filter_by(name="procedures.recount").count()
    add(cast.officer, day)
    session.rollback()
    assert session.query(Job).filter_by(name="procedures.recount").count() == 1


def _add_and_fail(by: Member, day: date) -> None:
    values = {"on": day, "counts_as": "holiday", "name_es": "Día"}
    with write() as writing:
        actions.add_day(writing, by.viewer, "CG-US-LAX", day.year, values)
        writing.flush()
        raise RuntimeError


def test_a_date_is_in_doubt_until_the_years_it_was_counted_through_are_confirmed(
    trial: Trial, run: Run, session: Session, cast: Cast
) -> None:
    def doubts() -> tuple[tuple[int, ...], tuple[int, ...]]:
        session.rollback()
        record, at = session.get_one(Record, run.record_id), session.get_one(Run, run.id)
        case = gather(session, record, at)
        listed = queries.unsent(session, cast.officer.viewer)[0]
        assert listed.doubt is not None
        return case.doubt(case.dues()[0]).years, listed.doubt.years

    assert doubts() == ((STARTS.year,), (STARTS.year,))
    confirm(cast.officer, year=STARTS.year)
    assert doubts() == ((), ())


def test_a_page_reads_calendars_by_one_statement(
    run: Run, session: Session, sign_in: Any, cast: Cast, app: Any
) -> None:
    browser = sign_in(cast.officer)
    browser.get("/day")
    browser.get("/day")
    of_calendars = [s for s in browser.last.statements if "calendar_" in s]
    assert len(of_calendars) <= 1
    add(cast.officer, calendar(session).add_working_days(STARTS, 9))
    session.rollback()
    with database.watch() as seen:
        calendar(session)
        calendar(session)
    assert sum("calendar_day" in s for s in seen.statements) == 1


def test_when_a_day_ends_is_worded_in_the_readers_zone(app: Any, cast: Cast) -> None:
    def told(reader: Member, day: date, zone: str) -> str:
        with app.test_request_context("/"):
            g.viewer = reader.viewer
            return day_ends(day, zone)

    day = date(2026, 11, 26)
    assert told(cast.hq_manager, day, "America/Lima") == ""
    assert "10:00" in told(cast.hq_manager, day, "Asia/Tokyo")
    assert told(cast.officer, day, "America/Los_Angeles") == ""
    assert told(cast.officer, date(2026, 10, 31), "America/Phoenix") == ""  # summer time: the same clock
    assert "23:00" in told(cast.officer, day, "America/Phoenix")  # the clock has gone back here, not there
