"""Who somebody is on a day; who holds a function on a day."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promo.accounts import actions, queries
from promo.accounts.models import Absence, PersonRole
from promo.core import clock
from promo.core.db import write
from tests import factories

DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=DAYS, length=st.none() | st.integers(0, 400), day=DAYS)
def test_a_role_holds_from_its_first_to_its_last_day_both_included(session, first, length, day):
    last = None if length is None else first + timedelta(days=length)
    person = factories.create_person(roles=[], email=f"p{factories.serial()}@promo.example")
    with write() as writing:
        writing.add(PersonRole(person_id=person.id, role="officer", post_id=1, valid_from=first, valid_to=last))
    viewer = queries.viewer_of(session, person.id, day)
    session.rollback()
    assert viewer is not None
    assert viewer.has("officer") == (first <= day and (last is None or day <= last))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.integers(-40, 40), length=st.none() | st.integers(0, 60))
def test_an_ended_role_holds_no_more_and_leaves_the_past_as_it_was(session, cast, first, length):
    today = clock.today()
    begins = today + timedelta(days=first)
    last = None if length is None else begins + timedelta(days=length)
    person = factories.create_person(roles=[])
    with write() as writing:
        role = PersonRole(person_id=person.id, role="officer", post_id=1, valid_from=begins, valid_to=last)
        writing.add(role)
        writing.flush()
        before = {day for day in _days(today, -50, 0) if begins <= day and (last is None or day <= last)}
        actions.end_grant(writing, cast.admin.viewer, person.id, role.id)
    viewers = {day: queries.viewer_of(session, person.id, day) for day in _days(today, -50, 120)}
    held = {day for day, viewer in viewers.items() if viewer and viewer.has("officer")}
    session.rollback()
    assert held == before


def _days(today, first, end):
    return [today + timedelta(days=n) for n in range(first, end, 5)]


def test_holders_come_in_the_order_of_a_route_of_approval(session):
    day = date(2026, 5, 1)
    lax = factories.post("CG-US-LAX").id
    whole = factories.create_person("Whole", functions=[("evaluator", None)])
    titular = factories.create_person("Titular", functions=[("evaluator", lax)])
    away = factories.create_person("Away", functions=[("evaluator", lax)])
    factories.create_person("Elsewhere", functions=[("evaluator", factories.post("EMB-JP-TYO").id)])
    gone = factories.create_person("Gone", functions=[("evaluator", lax)], active=False)
    with write() as writing:
        writing.add(Absence(person_id=away.id, starts_on=day - timedelta(days=2), ends_on=day))
    found = queries.holders(session, "evaluator", lax, None, day)
    assert [h.name for h in found] == ["Titular", "Whole", "Away"]
    assert [h.away for h in found] == [False, False, True]
    assert found[0].person_id == titular.id
    assert gone.id not in {h.person_id for h in found}
    assert not queries.holders(session, "evaluator", lax, None, day + timedelta(days=1))[1].away
    assert [h.person_id for h in queries.holders(session, "evaluator", None, None, day)] == [whole.id]
    assert queries.holders(session, "evaluator", lax, None, date(2020, 1, 1)) == []


def test_a_deactivated_person_is_nobody(session, cast):
    with write() as writing:
        queries.person(writing, cast.officer.id).active = False
    assert queries.viewer_of(session, cast.officer.id, date(2026, 5, 1)) is None


def test_the_last_administrator_is_counted_among_the_active_and_of_today(session, cast):
    role = next(r for r, _ in queries.roles_of(session, cast.admin.id))
    today = date(2026, 5, 1)
    assert queries.administrators_besides(session, today, role_id=role.id) == 0
    factories.create_person(roles=[("admin", None, None)], since=date(2026, 6, 1))
    factories.create_person(roles=[("admin", None, None)], active=False)
    assert queries.administrators_besides(session, today, role_id=role.id) == 0
    factories.create_person(roles=[("admin", None, None)])
    assert queries.administrators_besides(session, today, role_id=role.id) == 1
