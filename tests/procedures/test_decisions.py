"""Approvals: who is asked, what they cover, approving, returning, taking back, and asking again after a change."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts.models import Absence
from promo.core import clock
from promo.core.db import write
from promo.core.errors import NotFound, Refused
from promo.core.records import Record
from promo.procedures import actions, decisions, inbox, jobs, queries, undoing
from promo.procedures.models import Approval, Run, Transition
from tests.cast import Member
from tests.procedures.conftest import FACTS, Trial


def request_of(session: Session, run: Run, state: str | None = None) -> Approval:
    found = select(Approval).where(Approval.run_id == run.id).order_by(Approval.id.desc())
    session.rollback()
    return session.scalars(found.where(Approval.state == state) if state else found).first()  # type: ignore[return-value]


def ask(run: Run, by: Member) -> Approval:
    with write() as session:
        return decisions.ask_approval(session, by.viewer, run.record_id)


def approve(request: Approval, by: Member) -> None:
    with write() as session:
        decisions.approve(session, by.viewer, request.id, request.digest)


def stage_of(session: Session, run: Run) -> str:
    session.rollback()
    return session.get_one(Run, run.id).stage


def test_the_head_of_post_approves_and_it_moves_on_by_itself(trial: Trial, session: Session, cast) -> None:
    run = trial.begin(budget_usd=900)
    request = ask(run, cast.officer)
    assert (request.assigned_to_id, request.route_step) == (cast.head.id, "holder")
    assert [w.id for w in inbox.lines(session, cast.head.viewer, inbox.MINE)[0]] == [request.id]
    approve(request, cast.head)
    assert stage_of(session, run) == "result"
    moved = session.scalars(select(Transition).where(Transition.run_id == run.id)).one()
    assert moved.by_itself
    assert moved.approval_id == request.id


def test_what_is_missing_comes_before_asking(trial: Trial, cast) -> None:
    run = trial.begin(budget_usd=5000)
    with pytest.raises(Refused) as refused:
        ask(run, cast.officer)
    missing = {r.field for r in refused.value.reasons}
    assert missing == {
        *("evidence.concept_note", "evidence.budget_sheet", "answer.risks", "answer.targets", "answer.partners"),
        *("answer.mode", "answer.plan_activity", "answer.funding"),
    }


def test_two_steps_by_two_people(trial: Trial, session: Session, cast) -> None:
    data = dict(trial.versions["PE-GEN-01"].definition)
    data["stages"] = [{**s, "requires": [r for r in s.get("requires", []) if "block" not in r]} for s in data["stages"]]
    trial.enforce("PE-GEN-01", data)
    run = trial.begin(budget_usd=5000)
    approve(ask(run, cast.officer), cast.head)
    second = request_of(session, run, "waiting")
    assert (second.function, second.assigned_to_id) == ("line_director", cast.hq_manager.id)
    assert stage_of(session, run) == "notice"
    approve(second, cast.hq_manager)
    assert stage_of(session, run) == "result"


def test_nobody_else_decides(trial: Trial, cast) -> None:
    request = ask(trial.begin(budget_usd=900), cast.officer)
    for other in (cast.officer, cast.manager, cast.hq_manager, cast.quality):
        with pytest.raises(NotFound):
            approve(request, other)


def test_the_author_never_approves(trial: Trial, session: Session, cast) -> None:
    run = trial.begin(by=cast.head, budget_usd=900)
    request = ask(run, cast.head)
    assert request.assigned_to_id == cast.hq_manager.id
    assert request.route_step == "line_director"
    assert {"step": "holder", "person": cast.head.id, "why": "author"} in request.route_why


def test_returned_with_a_reason_and_asked_again(trial: Trial, session: Session, cast) -> None:
    run = trial.begin(budget_usd=900)
    request = ask(run, cast.officer)
    with pytest.raises(Refused), write() as writing:
        decisions.return_(writing, cast.head.viewer, request.id, "  ")
    with write() as writing:
        decisions.return_(writing, cast.head.viewer, request.id, "Falta el lugar")
    panel = queries.panel(session, cast.officer.viewer, session.get_one(Record, run.record_id))
    assert panel is not None
    line = next(i for i in panel.items if i.key == "approvals-head_of_mission")
    assert "Falta el lugar" in line.reason
    assert ask(run, cast.officer).id != request.id


def test_the_asker_recalls(trial: Trial, session: Session, cast) -> None:
    run = trial.begin(budget_usd=900)
    request = ask(run, cast.officer)
    with write() as writing:
        decisions.recall(writing, cast.officer.viewer, request.id)
    with pytest.raises(Refused):
        approve(request, cast.head)
    with pytest.raises(Refused), write() as writing:
        decisions.recall(writing, cast.officer.viewer, request.id)


def test_taken_back_with_the_move_it_caused(trial: Trial, session: Session, cast) -> None:
    run = trial.begin(budget_usd=900)
    request = ask(run, cast.officer)
    approve(request, cast.head)
    with write() as writing:
        undoing.take_back(writing, cast.head.viewer, request.id)
    assert stage_of(session, run) == "notice"
    assert session.get_one(Record, run.record_id).status == "notice"
    assert request_of(session, run).state == "waiting"
    assert len(session.scalars(select(Transition).where(Transition.run_id == run.id)).all()) == 2
    approve(request_of(session, run), cast.head)
    assert stage_of(session, run) == "result"


def test_not_taken_back_once_something_rests_on_it(trial: Trial, session: Session, cast) -> None:
    run = trial.begin(budget_usd=900)
    request = ask(run, cast.officer)
    approve(request, cast.head)
    with write() as writing:
        actions.advance(writing, cast.officer.viewer, run.record_id, "cancelled", "Se suspende")
    with pytest.raises(Refused), write() as writing:
        undoing.take_back(writing, cast.head.viewer, request.id)


def test_a_change_while_it_waits_is_shown_and_must_be_seen(trial: Trial, session: Session, cast) -> None:
    run = trial.begin(budget_usd=900)
    request = ask(run, cast.officer)
    seen = request.digest
    trial.change(run.record_id, budget_usd=1200)
    assert request_of(session, run).digest != seen
    with pytest.raises(Refused), write() as writing:
        decisions.approve(writing, cast.head.viewer, request.id, seen)
    approve(request_of(session, run), cast.head)
    assert stage_of(session, run) == "result"


@pytest.mark.parametrize(("field", "value"), [("budget_usd", 1500), ("objective", "Otra cosa"), ("city", "Anaheim")])
def test_changing_a_covered_field_reopens_it(trial: Trial, session: Session, cast, field: str, value: object) -> None:
    run = trial.begin(budget_usd=900)
    approve(ask(run, cast.officer), cast.head)
    trial.change(run.record_id, **{field: value})
    assert request_of(session, run).state == "reopened"
    with pytest.raises(Refused) as refused, write() as writing:
        actions.advance(writing, cast.officer.viewer, run.record_id, "closed")
    assert "notice.approvals.head_of_mission" in {r.field for r in refused.value.reasons}


def test_changing_what_is_not_covered_does_not_reopen_it(trial: Trial, session: Session, cast) -> None:
    run = trial.begin(budget_usd=900)
    approve(ask(run, cast.officer), cast.head)
    trial.change(run.record_id, venue="Otro", participants=[{"id": 2, "title": "B", "role": "guest"}, {"id": 3}])
    assert request_of(session, run).state == "approved"
    FACTS[run.record_id]["budget_usd"] = 900.0
    trial.change(run.record_id)
    assert request_of(session, run).state == "approved"


def test_money_asked_later_needs_its_approval_then(trial: Trial, session: Session, cast) -> None:
    run = trial.begin(budget_usd=None)
    with write() as writing:
        actions.advance(writing, cast.officer.viewer, run.record_id, "result")
        actions.answer(
            writing, cast.officer.viewer, run.record_id, {"attendance": "9", "outcome_text": "Bien", "next_steps": "no"}
        )
    trial.change(run.record_id, budget_usd=1500)
    with pytest.raises(Refused) as refused, write() as writing:
        actions.advance(writing, cast.officer.viewer, run.record_id, "closed")
    assert [r.field for r in refused.value.reasons] == ["notice.approvals.head_of_mission"]
    approve(ask(run, cast.officer), cast.head)
    with write() as writing:
        actions.advance(writing, cast.officer.viewer, run.record_id, "closed")
    assert stage_of(session, run) == "closed"


def test_a_holder_who_leaves_hands_the_request_on(trial: Trial, session: Session, cast) -> None:
    run = trial.begin(budget_usd=900)
    request = ask(run, cast.officer)
    jobs.reroute()
    assert request_of(session, run).assigned_to_id == cast.head.id
    with write() as writing:
        today, day = clock.today(), timedelta(days=2)
        writing.add(Absence(person_id=cast.head.id, starts_on=today - day, ends_on=today + day))
    jobs.reroute()
    moved = request_of(session, run)
    assert moved.assigned_to_id == cast.hq_manager.id
    assert {"step": "holder", "person": cast.head.id, "why": "away"} in moved.route_why
    assert request.id == moved.id
