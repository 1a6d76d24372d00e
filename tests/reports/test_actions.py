"""Rollups: what comes from them is what the records say, at any moment, for every viewer."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from promo.activities.models import Activity
from promo.core import jobs, rollups
from promo.core.db import session, write
from promo.core.periods import Period
from promo.core.records import Record, RecordMember
from promo.core.rollups import Rollup
from promo.outcomes.models import Outcome
from promo.reports import actions
from promo.reports.jobs import ask_to_roll_up
from promo.reports.measures import BREAKDOWN, LIVE, MEASURES, Report, Scope
from promo.reports.queries import Cell
from tests.cast import Cast
from tests.reports import rows

pytestmark = pytest.mark.usefixtures("session")
VIEWERS = ("officer", "manager", "hq_manager", "auditor", "quality", "other_officer", "promoter", "admin")
PERIODS = (
    Period(date(2024, 1, 1), date(2024, 12, 31)),
    Period(date(2023, 12, 31), date(2025, 1, 1)),
    Period(date(2024, 2, 10), date(2024, 11, 3)),
    Period(date(2021, 6, 15), date(2025, 6, 15)),  # shown by year
)


def _added(cells: list[Cell]) -> dict[Any, tuple[int, Decimal]]:
    found: dict[Any, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for cell in cells:
        count, total = found[cell.at]
        found[cell.at] = (count + cell.count, total + cell.total)
    return {at: value for at, value in found.items() if value[0]}


def _assert_same(cast: Cast, scopes: list[Scope]) -> None:
    """What rollups give is what the records give."""
    state = rollups.state(session())
    for part in VIEWERS:
        viewer = cast.members[part].viewer
        for scope in scopes:
            for measure in MEASURES:
                for by in (BREAKDOWN, (), ("date",)):
                    rolled = measure.cells(session(), viewer, scope, by, state)
                    live = measure.cells(session(), viewer, scope, by, LIVE)
                    assert _added(rolled) == _added(live), (part, scope, measure.key, by)


def test_roll_up_gives_what_the_records_give(cast: Cast) -> None:
    rows.make(cast)
    assert actions.roll_up() > 20
    assert rollups.state(session()).marked == {}
    lax = cast.officer.post_id
    scopes = [Scope(period) for period in PERIODS]
    scopes += [Scope(PERIODS[0], (lax,)), Scope(PERIODS[0], None, "trade", "-"), Scope(PERIODS[2], (lax, 1), "-", "US")]
    _assert_same(cast, scopes)


def test_roll_up_serves_the_whole_months_from_what_it_kept(cast: Cast) -> None:
    rows.make(cast, activities=30, acts=1, outcomes=1)
    actions.roll_up()
    with write() as current:
        current.execute(delete(Rollup))  # were they not read, the figures would stay
    report = Report(session(), cast.auditor.viewer, Scope(PERIODS[0]))
    assert [now.count for now, _before in report.figures()] == [0, 0, 0, 0, 0]


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 10**6),
        st.sampled_from(["moves", "pillar", "country", "post", "visibility", "archived", "usd", "new", "member"]),
        st.dates(date(2023, 12, 20), date(2025, 1, 10)),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(CHANGES, st.booleans())
def test_every_change_shows_at_once(cast: Cast, changes: list[tuple[int, str, date]], again: bool) -> None:
    if not session().scalar(select(func.count()).select_from(Activity)):
        rows.make(cast, activities=60, acts=8, outcomes=25)
    actions.roll_up()
    for number, what, day in changes:
        _change(cast, number, what, day)
    if again:
        actions.roll_up()
    _assert_same(cast, [Scope(PERIODS[0]), Scope(PERIODS[1], (cast.officer.post_id,))])


def _change(cast: Cast, number: int, what: str, day: date) -> None:
    kinds = ("outcome",) if what == "usd" else ("activity", "event", "mission", "outcome")
    ids = session().scalars(select(Record.id).where(Record.kind.in_(kinds)).order_by(Record.id)).all()
    if what == "new":
        rows.make(cast, seed=number, activities=2, acts=1, outcomes=1)
        return
    with write() as current:
        record = current.get_one(Record, ids[number % len(ids)])
        if what == "moves":
            record.starts_on = day
        elif what == "pillar":
            record.pillar = None if record.pillar else "tourism"
        elif what == "country":
            record.country = "JP" if record.country != "JP" else None
        elif what == "post":
            record.post_id = cast.other_officer.post_id
        elif what == "visibility":
            record.visibility = "team" if record.visibility != "team" else "shared"
        elif what == "archived":
            record.archived_at = None if record.archived_at else record.created_at
        elif isinstance(record, Outcome) and what == "usd":
            record.usd, record.grade = Decimal(number) / 100, "declared"
        elif current.get(RecordMember, (record.id, cast.colleague.id)) is None:
            current.add(RecordMember(record_id=record.id, person_id=cast.colleague.id))


def test_marks_of_a_transaction_that_was_not_seen_stay(cast: Cast) -> None:
    rows.make(cast, activities=10, acts=1, outcomes=1)
    seen = rollups.marks(session())
    _change(cast, 3, "moves", date(2024, 5, 5))
    with write() as current:
        rollups.clear(current, [mark.id for mark in seen])
    assert rollups.marks(session())


def test_the_job_is_asked_for_when_something_changed(cast: Cast) -> None:
    rows.make(cast, activities=10, acts=1, outcomes=1)
    for _ in range(2):
        ask_to_roll_up()
    waiting = session().scalars(select(jobs.Job).where(jobs.Job.name == "reports.roll_up")).all()
    for one in waiting:
        jobs.run(one.id)
    assert not actions.is_due()
    ask_to_roll_up()
    again = session().scalars(select(jobs.Job).where(jobs.Job.name == "reports.roll_up")).all()
    assert {one.id for one in again} == {one.id for one in waiting}
