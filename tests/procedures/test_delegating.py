"""Delegating one request, reminding whoever it waits for, and requests that stay with a delegate. Through HTTP."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from promo.accounts.models import Absence
from promo.core import clock
from promo.core.calendars import Calendar
from promo.core.db import write
from promo.procedures import jobs
from promo.procedures.delegating import next_reminder
from promo.procedures.models import Approval, ApprovalRoute, Run
from tests.cast import Member
from tests.procedures.approving import approve, ask, begin, last, requests, stage_of, told
from tests.procedures.conftest import Trial


@pytest.fixture
def run(trial: Trial, cast) -> Run:
    """A run whose first request waits for the head of post; the post has a deputy."""
    with write() as writing:
        writing.add(ApprovalRoute(post_id=cast.head.post_id, function="head_of_mission", deputy_id=cast.manager.id))
    started = begin(trial, budget_usd=900)
    ask(started, cast.officer)
    return started


def delegate(sign_in, by: Member, request: Approval, to: object, reason: str = ""):
    return sign_in(by).post(f"/procedures/approvals/{request.id}/delegate", data={"person": to, "reason": reason})


def test_to_the_deputy_without_a_reason_and_told(run: Run, session: Session, cast, sign_in) -> None:
    page = sign_in(cast.head).get(f"/procedures/approvals/{last(run).id}/delegate")
    assert cast.manager.name in page.text
    assert cast.officer.name not in page.text.split("<main")[1].split("</form>")[0]
    assert delegate(sign_in, cast.head, last(run), cast.manager.id).status_code == 303
    request = last(run)
    assert (request.assigned_to_id, request.route_step, request.delegated_by_id) == (
        cast.manager.id, "delegate", cast.head.id,
    )  # fmt: skip
    assert request.route_why[-1] == {"step": "holder", "person": cast.head.id, "why": "delegated"}
    assert any("Foro" in s for s in told(session, cast.manager))
    assert any(cast.manager.name in s for s in told(session, cast.officer))
    assert sign_in(cast.head).post(f"/procedures/approvals/{request.id}/approve").status_code == 404
    approve(request, cast.manager)
    assert requests(run)[-1] == ("plan", "line_director", "waiting")


def test_to_somebody_outside_the_route_only_with_a_reason(run: Run, cast, sign_in) -> None:
    refused = delegate(sign_in, cast.head, last(run), cast.colleague.id)
    assert refused.status_code == 422
    assert cast.colleague.name in refused.text
    why = "Conoce el tema; memo 12"
    assert delegate(sign_in, cast.head, last(run), cast.colleague.id, why).status_code == 303
    page = sign_in(cast.colleague).get("/procedures/approvals").text
    assert why in page
    assert cast.head.name in page


@pytest.mark.parametrize("nobody", ["officer", "head", "admin", "gone", "unknown", ""])
def test_never_to_the_author_nor_to_who_can_not(run: Run, session: Session, cast, sign_in, nobody: str) -> None:
    if nobody == "gone":
        today = clock.today("America/Los_Angeles")
        with write() as writing:
            writing.add(Absence(person_id=cast.colleague.id, starts_on=today, ends_on=today))
    to = {"gone": cast.colleague.id, "unknown": 999_999, "": ""}.get(nobody) or getattr(cast, nobody, None)
    value = to.id if isinstance(to, Member) else to
    assert delegate(sign_in, cast.head, last(run), value or "", "Porque sí").status_code == 422
    assert last(run).assigned_to_id == cast.head.id


def test_never_to_who_approved_the_step_before(run: Run, cast, sign_in) -> None:
    approve(last(run), cast.head)
    assert delegate(sign_in, cast.hq_manager, last(run, "waiting"), cast.head.id, "Lo conoce").status_code == 422
    assert last(run, "waiting").assigned_to_id == cast.hq_manager.id


def test_only_whom_it_waits_for_delegates(run: Run, cast, sign_in) -> None:
    for other in (cast.officer, cast.manager, cast.hq_manager, cast.quality):
        assert delegate(sign_in, other, last(run), cast.colleague.id, "Sí").status_code == 404
        assert sign_in(other).get(f"/procedures/approvals/{last(run).id}/able?q=bru").status_code == 404


def test_able_finds_who_could_decide_it(run: Run, cast, sign_in) -> None:
    head = sign_in(cast.head)
    path = f"/procedures/approvals/{last(run).id}/able"
    assert [one["value"] for one in head.get(f"{path}?q=bru").json] == [str(cast.colleague.id)]
    assert head.get(f"{path}?q=alicia").json == []  # the author
    assert head.get(f"{path}?q=irene").json == []  # no role for cases


def test_a_delegate_keeps_it_until_away_then_the_route_goes_on(run: Run, session: Session, cast, sign_in) -> None:
    delegate(sign_in, cast.head, last(run), cast.colleague.id, "Conoce el tema")
    jobs.reroute()
    assert last(run).assigned_to_id == cast.colleague.id
    today = clock.today("America/Los_Angeles")
    with write() as writing:
        writing.add(Absence(person_id=cast.colleague.id, starts_on=today, ends_on=today + timedelta(days=1)))
    jobs.reroute()
    assert (last(run).assigned_to_id, last(run).route_step) == (cast.head.id, "holder")


def test_taken_back_it_waits_for_the_delegate_again(run: Run, cast, sign_in) -> None:
    delegate(sign_in, cast.head, last(run), cast.colleague.id, "Conoce el tema")
    request = last(run)
    approve(request, cast.colleague)
    assert sign_in(cast.colleague).post(f"/procedures/approvals/{request.id}/take_back").status_code == 303
    assert (last(run, "waiting").id, last(run, "waiting").assigned_to_id) == (request.id, cast.colleague.id)


def test_who_delegated_may_annul_what_the_delegate_approved(run: Run, cast, sign_in) -> None:
    delegate(sign_in, cast.head, last(run), cast.colleague.id, "Conoce el tema")
    request = last(run)
    approve(request, cast.colleague)
    path = f"/procedures/approvals/{request.id}/annul"
    assert sign_in(cast.manager).post(path, data={"reason": "No"}).status_code == 403
    assert sign_in(cast.head).post(path, data={"reason": "Se revisa"}).status_code == 303
    assert stage_of(run) == "plan"


def test_reminded_once_a_working_day(run: Run, session: Session, cast, sign_in) -> None:
    officer = sign_in(cast.officer)
    path = f"/procedures/approvals/{last(run).id}/remind"
    assert officer.post(path).status_code == 422  # they were told today
    with write() as writing:
        writing.get_one(Approval, last(run).id).asked_at = clock.now() - timedelta(days=10)
    assert officer.post(path).status_code == 303
    assert officer.post(path).status_code == 422
    assert sum("recordatorio" in s.lower() or "reminder" in s for s in told(session, cast.head)) == 1
    assert sign_in(cast.colleague).post(path).status_code == 404
    assert cast.head.name in officer.get("/procedures/approvals?list=sent").text


@settings(max_examples=40, deadline=None)
@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.sampled_from(["67", "56", "7"]))
def test_a_reminder_comes_on_a_later_working_day_and_none_is_skipped(day: date, weekend: str) -> None:
    calendar = Calendar(weekend, "PE")
    following = next_reminder(day, calendar)
    assert following > day
    assert calendar.is_working(following)
    assert calendar.working_days_between(day, following) == 1
