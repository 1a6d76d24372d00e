"""Taking back, annulling and disputing: what rests on an approval, where the run goes, who may, who is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts.models import FunctionHeld
from promo.core import audit, clock
from promo.core.access import Held, Viewer
from promo.core.db import write
from promo.core.errors import Forbidden, NotFound, Refused
from promo.core.records import Record
from promo.procedures import actions, authority, queries, resting, undoing
from promo.procedures.models import Approval, Run, Transition
from promo.procedures.resting import Resting
from tests.cast import SINCE
from tests.procedures.approving import approve, ask, begin, last, planned, requests, stage_of, told
from tests.procedures.conftest import Trial


def annul(request: Approval, viewer: Viewer, why: str | None = "Se aprobó con otro presupuesto") -> None:
    with write() as writing:
        undoing.annul(writing, viewer, request.id, why)


def first(run: Run, session: Session, step: int = 0) -> Approval:
    session.rollback()
    found = select(Approval).where(Approval.run_id == run.id).order_by(Approval.id)
    return session.scalars(found).all()[step]


def test_annulled_goes_back_to_its_stage_and_reopens_what_came_after(trial: Trial, session: Session, cast) -> None:
    run = planned(trial, cast)
    with write() as writing:
        actions.answer(writing, cast.officer.viewer, run.record_id, {"note": "Todo bien"})
    approve(ask(run, cast.officer), cast.head)
    assert stage_of(run) == "closed"
    annul(first(run, session), cast.head.viewer)
    assert stage_of(run) == "plan"
    assert requests(run) == [
        ("plan", "head_of_mission", "annulled"), ("plan", "line_director", "reopened"),
        ("done", "head_of_mission", "reopened"),
    ]  # fmt: skip
    stored = session.get_one(Run, run.id)
    assert stored.finished_at is None
    assert session.get_one(Record, run.record_id).status == "plan"
    annulled = first(run, session)
    assert (annulled.decided_by_id, annulled.undone_by_id) == (cast.head.id, cast.head.id)
    assert annulled.undone_reason == "Se aprobó con otro presupuesto"


def test_annulled_is_asked_again_step_by_step(trial: Trial, session: Session, cast) -> None:
    run = planned(trial, cast)
    annul(first(run, session), cast.head.viewer)
    again = ask(run, cast.officer)
    assert (again.stage, again.function) == ("plan", "head_of_mission")
    approve(again, cast.head)
    assert last(run, "waiting").function == "line_director"
    approve(last(run, "waiting"), cast.hq_manager)
    assert stage_of(run) == "done"


def test_annulled_reads_so_in_the_checklist(trial: Trial, session: Session, cast) -> None:
    run = planned(trial, cast)
    annul(first(run, session), cast.head.viewer)
    panel = queries.panel(session, cast.officer.viewer, session.get_one(Record, run.record_id))
    assert panel is not None
    line = next(i for i in panel.items if i.key.endswith("head_of_mission"))
    assert cast.head.name in line.reason
    assert "Se aprobó con otro presupuesto" in line.reason
    assert line.state == "missing"


def test_a_later_request_that_waits_is_recalled_when_what_it_rests_on_is_annulled(trial, session, cast) -> None:
    run = begin(trial)
    approve(ask(run, cast.officer), cast.head)
    assert requests(run)[-1] == ("plan", "line_director", "waiting")
    annul(first(run, session), cast.head.viewer)
    assert requests(run)[-1] == ("plan", "line_director", "recalled")
    assert stage_of(run) == "plan"


def test_a_cancelled_case_file_stays_cancelled(trial: Trial, session: Session, cast) -> None:
    run = planned(trial, cast)
    with write() as writing:
        actions.advance(writing, cast.officer.viewer, run.record_id, "cancelled", "Se suspende")
    annul(first(run, session), cast.head.viewer)
    assert stage_of(run) == "cancelled"
    assert first(run, session).state == "annulled"


def test_annulling_needs_a_reason_and_something_approved(trial: Trial, session: Session, cast) -> None:
    run = planned(trial, cast)
    for why in (None, "", "  "):
        with pytest.raises(Refused):
            annul(first(run, session), cast.head.viewer, why)
    annul(first(run, session), cast.head.viewer)
    with pytest.raises(Refused):
        annul(first(run, session), cast.head.viewer)


def test_who_may_annul_is_the_same_or_a_higher_function(trial: Trial, session: Session, cast) -> None:
    run = planned(trial, cast)
    by_head, by_line = first(run, session), first(run, session, 1)
    for other in (cast.officer, cast.colleague, cast.manager, cast.promoter, cast.quality):
        with pytest.raises(Forbidden):
            annul(by_head, other.viewer)
    with pytest.raises(NotFound):
        annul(by_head, cast.other_officer.viewer)
    with pytest.raises(Forbidden):
        annul(by_line, cast.head.viewer)
    annul(by_head, cast.hq_manager.viewer)
    assert first(run, session).undone_by_id == cast.hq_manager.id


@pytest.mark.parametrize(
    ("function", "step", "higher"),
    [
        ("head_of_mission", "holder", {"head_of_mission", "line_director", "director_general"}),
        ("head_of_mission", "line_director", {"line_director", "director_general"}),
        ("line_director", "holder", {"line_director", "director_general"}),
        ("director_general", "holder", {"director_general"}),
        ("finance", "holder", {"finance", "line_director", "director_general"}),
    ],
)
def test_the_order_of_functions(trial, session, cast, function: str, step: str, higher: set[str]) -> None:
    run = planned(trial, cast)
    approval = first(run, session)
    approval.function, approval.route_step, approval.decided_by_id = function, step, cast.auditor.id
    held = ("head_of_mission", "line_director", "director_general", "finance", "quality")
    home = approval.record_id and session.get_one(Record, approval.record_id).post_id
    posts = {"head_of_mission": home}
    viewers = {one: Viewer(1, "Somebody", functions=(Held(one, posts.get(one)),)) for one in held}
    may = {one for one, viewer in viewers.items() if authority.may_annul(viewer, approval)}
    session.rollback()
    assert may == higher


def test_the_same_function_elsewhere_or_of_another_pillar_does_not_annul(trial, session, cast) -> None:
    run = planned(trial, cast)
    approval = first(run, session)
    elsewhere = Held("head_of_mission", cast.other_officer.post_id)
    tourism = Held("line_director", None, "tourism")
    assert not authority.may_annul(Viewer(1, "Somebody", functions=(elsewhere,)), approval)
    assert not authority.may_annul(Viewer(1, "Somebody", functions=(tourism,)), approval)
    assert authority.may_annul(Viewer(1, "Somebody", functions=(Held("line_director", None, "trade"),)), approval)


def test_both_stay_in_the_trail_and_those_concerned_are_told(trial: Trial, session: Session, cast) -> None:
    run = planned(trial, cast)
    annul(first(run, session), cast.hq_manager.viewer)
    for member in (cast.officer, cast.head):
        assert any("annulled" in subject or "anulada" in subject for subject in told(session, member))
    changes = [c for e in audit.history(session, run.record_id) for c in e.changes if c.part == "approval"]
    assert ("approved", "annulled") in {(c.old, c.new) for c in changes if c.name == "state"}
    moves = session.scalars(select(Transition).where(Transition.run_id == run.id).order_by(Transition.id)).all()
    assert [(m.from_stage, m.to_stage) for m in moves] == [("plan", "done"), ("done", "plan")]
    assert moves[-1].reason == "Se aprobó con otro presupuesto"


@pytest.fixture
def invitations() -> Iterator[None]:
    """A feature that knows of something built on approvals."""
    of = resting.register(lambda session, case, request: [Resting("12 invitations", "/invitations")])
    yield
    resting._sources.remove(of)


@pytest.mark.usefixtures("invitations")
def test_what_a_feature_knows_is_listed_and_keeps_it_from_being_taken_back(trial, session, cast, sign_in) -> None:
    run = planned(trial, cast)
    request = first(run, session, 1)
    with pytest.raises(Refused), write() as writing:
        undoing.take_back(writing, cast.hq_manager.viewer, request.id)
    page = sign_in(cast.hq_manager).get(f"/procedures/approvals/{request.id}/annul")
    assert "12 invitations" in page.text
    assert "US$ 900.00" in page.text
    assert "/invitations" in page.text


def test_the_page_lists_what_was_built_on_it(trial: Trial, session: Session, cast, sign_in) -> None:
    run = planned(trial, cast)
    request = first(run, session)
    head = sign_in(cast.head)
    page = head.get(f"/procedures/approvals/{request.id}/annul")
    assert cast.hq_manager.name in page.text
    assert "«Hecho»" in page.text
    assert "US$ 900.00" in page.text
    path = f"/procedures/approvals/{request.id}/annul"
    refused = head.post(path, data={"reason": ""})
    assert refused.status_code == 422
    assert head.post(path, data={"reason": "Presupuesto errado"}).status_code == 303
    story = head.get(f"/procedures/approvals/{request.id}/story").text
    assert "Presupuesto errado" in story
    assert sign_in(cast.officer).get(path).status_code == 403
    assert sign_in(cast.other_officer).get(path).status_code == 404


def test_taken_back_only_while_nothing_rests_on_it(trial: Trial, session: Session, cast) -> None:
    run = planned(trial, cast)
    with pytest.raises(Refused), write() as writing:
        undoing.take_back(writing, cast.head.viewer, first(run, session).id)
    with write() as writing:
        undoing.take_back(writing, cast.hq_manager.viewer, first(run, session, 1).id)
    assert stage_of(run) == "plan"
    assert requests(run)[-1] == ("plan", "line_director", "waiting")
    with write() as writing:
        undoing.take_back(writing, cast.head.viewer, first(run, session).id)
    assert requests(run) == [("plan", "head_of_mission", "waiting"), ("plan", "line_director", "recalled")]


def test_a_holder_who_came_later_may_annul_what_the_former_approved(trial: Trial, session: Session, cast) -> None:
    run = planned(trial, cast)
    with write() as writing:
        writing.add(FunctionHeld(person_id=cast.manager.id, function="head_of_mission", post_id=cast.manager.post_id,
                                 act_number="RM 9", valid_from=SINCE))  # fmt: skip
    held = (*cast.manager.viewer.functions, Held("head_of_mission", cast.manager.post_id))
    viewer = Viewer(cast.manager.id, cast.manager.name, grants=cast.manager.viewer.grants, functions=held,
                    post_id=cast.manager.post_id)  # fmt: skip
    annul(first(run, session), viewer)
    assert first(run, session).undone_by_id == cast.manager.id


def test_the_run_back_in_its_stage_counts_what_was_approved_before_it(trial: Trial, session: Session, cast) -> None:
    run = planned(trial, cast)
    began = session.get_one(Run, run.id).started_at
    with clock.at(clock.now() + timedelta(days=3)):
        annul(first(run, session, 1), cast.hq_manager.viewer)
    back = session.get_one(Run, run.id)
    session.refresh(back)
    assert back.stage_since == began
    panel = queries.panel(session, cast.officer.viewer, session.get_one(Record, run.record_id))
    assert panel is not None
    assert {i.key.split("-")[-1]: i.state for i in panel.items if "approvals" in i.key} == {
        "head_of_mission": "met", "line_director": "missing",
    }  # fmt: skip
