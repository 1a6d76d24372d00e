"""An approval given on paper: who enters it, with what, who is told, and how it is disputed. Through HTTP."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts.models import Absence
from promo.core import calendars, clock
from promo.core.db import write
from promo.core.files import File
from promo.core.records import Record
from promo.procedures import actions, papers, queries
from promo.procedures.models import Approval, Run
from promo.reference.models import Post
from tests.cast import Member
from tests.procedures.approving import approve, ask, begin, days_ago, document, last, requests, stage_of, told
from tests.procedures.conftest import FACTS, Trial


def waiting(trial: Trial, cast) -> tuple[Run, Approval]:
    run = begin(trial, budget_usd=900)
    approve(ask(run, cast.officer), cast.head)
    return run, last(run, "waiting")


def enter(sign_in, by: Member, request: Approval, **changed: object):
    return sign_in(by).post(f"/procedures/approvals/{request.id}/enter", data=document(**changed))


def test_a_colleague_enters_it_and_the_run_moves_on(trial: Trial, session: Session, cast, sign_in) -> None:
    run, request = waiting(trial, cast)
    page = sign_in(cast.colleague).get(f"/procedures/approvals/{request.id}/enter")
    assert cast.hq_manager.name in page.text
    answer = enter(sign_in, cast.colleague, request, signed_by=cast.hq_manager.id)
    assert answer.status_code == 303, answer.text
    assert stage_of(run) == "done"
    stored = last(run)
    assert (stored.state, stored.decided_by_id, stored.entered_by_id) == (
        "approved", cast.hq_manager.id, cast.colleague.id,
    )  # fmt: skip
    file = session.get_one(File, stored.act_file_id)
    assert (file.category, file.name, file.record_id) == ("act", "memo.pdf", run.record_id)
    assert stored.read_seconds is None
    assert any("Foro de granos" in subject for subject in told(session, cast.hq_manager))


def test_it_reads_as_approved_on_paper(trial: Trial, session: Session, cast, sign_in) -> None:
    run = begin(trial, budget_usd=900)
    enter(sign_in, cast.colleague, ask(run, cast.officer), signed_by=cast.head.id)
    panel = queries.panel(session, cast.officer.viewer, session.get_one(Record, run.record_id))
    assert panel is not None
    line = next(i for i in panel.items if i.key.endswith("head_of_mission"))
    assert line.state == "met"
    assert cast.colleague.name in line.reason
    assert cast.head.name in line.reason
    story = sign_in(cast.officer).get(line.url).text
    for words in ("MEM 014-2026", "memo.pdf", cast.colleague.name):
        assert words in story


def test_nobody_who_made_it_or_signed_it_enters_it(trial: Trial, session: Session, cast, sign_in) -> None:
    run, request = waiting(trial, cast)
    assert enter(sign_in, cast.officer, request, signed_by=cast.hq_manager.id).status_code == 422
    assert (
        enter(sign_in, cast.head, request, signed_by=cast.hq_manager.id).status_code == 422
    )  # approved the step before
    assert enter(sign_in, cast.hq_manager, request, signed_by=cast.hq_manager.id).status_code == 422
    assert enter(sign_in, cast.quality, request, signed_by=cast.hq_manager.id).status_code == 403
    assert enter(sign_in, cast.other_officer, request, signed_by=cast.hq_manager.id).status_code == 404
    assert requests(run)[-1][2] == "waiting"


def test_headquarters_enters_it(trial: Trial, session: Session, cast, sign_in) -> None:
    run, request = waiting(trial, cast)
    assert enter(sign_in, cast.promoter, request, signed_by=cast.hq_manager.id).status_code == 303
    assert stage_of(run) == "done"


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({"act_type": "poem"}, "MEM 014-2026"),
        ({"act_number": " "}, "MEM 014-2026"),
        ({"act_number": "x" * 101}, "memo.pdf"),
        ({"act_number": "a\x07"}, "memo.pdf"),
        ({"act_date": ""}, "MEM 014-2026"),
        ({"act_date": (date.today() + timedelta(days=3)).isoformat()}, "MEM 014-2026"),
        ({"act_date": "2020-01-01"}, "MEM 014-2026"),
        ({"signed_by": ""}, "MEM 014-2026"),
        ({"signed_by": "999999"}, "MEM 014-2026"),
        ({"signed_by": "x"}, "MEM 014-2026"),
        ({"file": (io.BytesIO(b""), "")}, "MEM 014-2026"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(trial, session, cast, sign_in, changed, kept) -> None:
    run, request = waiting(trial, cast)
    answer = enter(sign_in, cast.colleague, request, **{"signed_by": cast.hq_manager.id, **changed})
    assert answer.status_code == 422
    assert kept in answer.text or "act_number" in changed
    assert requests(run)[-1][2] == "waiting"
    assert session.scalars(select(File).where(File.record_id == run.record_id)).all() == []


def test_whoever_was_away_may_have_signed_but_not_who_could_not_approve(trial, session, cast, sign_in) -> None:
    run = begin(trial, budget_usd=900)
    today = clock.today("America/Los_Angeles")
    with write() as writing:
        writing.add(Absence(person_id=cast.head.id, starts_on=today - timedelta(days=3), ends_on=today))
    request = ask(run, cast.officer)
    assert request.assigned_to_id == cast.hq_manager.id
    for nobody in (cast.officer, cast.manager, cast.quality):
        assert enter(sign_in, cast.colleague, request, signed_by=nobody.id).status_code == 422
    assert enter(sign_in, cast.colleague, request, signed_by=cast.head.id).status_code == 303
    session.rollback()
    stored = session.get_one(Approval, request.id, populate_existing=True)
    assert (stored.decided_by_id, stored.route_step) == (cast.head.id, "holder")


def test_it_is_entered_where_nobody_could_approve(trial: Trial, session: Session, cast, sign_in) -> None:
    run, request = waiting(trial, cast)
    with write() as writing:
        row = writing.get_one(Approval, request.id)
        row.state, row.assigned_to_id = "nobody", None
    assert enter(sign_in, cast.colleague, request, signed_by=cast.hq_manager.id).status_code == 303
    assert stage_of(run) == "done"


def test_what_it_covers_is_what_is_there_now_and_its_file_is_no_change(trial, session, cast, sign_in) -> None:
    run, _request = waiting(trial, cast)
    trial.change(run.record_id, budget_usd=950)
    assert requests(run) == [("plan", "head_of_mission", "reopened"), ("plan", "line_director", "recalled")]
    approve(ask(run, cast.officer), cast.head)
    enter(sign_in, cast.colleague, last(run, "waiting"), signed_by=cast.hq_manager.id)
    assert last(run).snapshot["facts"]["budget_usd"] == "950"
    assert [state for _stage, _function, state in requests(run)] == ["reopened", "recalled", "approved", "approved"]
    trial.change(run.record_id, budget_usd=990)
    assert last(run).state == "reopened"


def test_late_entry_is_marked(trial: Trial, session: Session, cast, sign_in) -> None:
    run, request = waiting(trial, cast)
    with write() as writing:
        record = writing.get_one(Record, run.record_id)
        record.created_at = clock.now() - timedelta(days=30)
    answer = enter(sign_in, cast.colleague, request, signed_by=cast.hq_manager.id, act_date=days_ago(20))
    assert answer.status_code == 303
    story = sign_in(cast.reader_en).get(f"/procedures/approvals/{request.id}/story").text
    assert "entered late" in story


def test_the_approver_disputes_it_and_the_run_goes_back(trial: Trial, session: Session, cast, sign_in) -> None:
    run, request = waiting(trial, cast)
    enter(sign_in, cast.colleague, request, signed_by=cast.hq_manager.id)
    approver = sign_in(cast.hq_manager)
    assert "Foro de granos" in approver.get("/procedures/approvals").text
    path = f"/procedures/approvals/{request.id}/dispute"
    assert approver.get(path).status_code == 200
    assert approver.post(path, data={"reason": " "}).status_code == 422
    for other in (cast.head, cast.colleague):
        assert sign_in(other).post(path, data={"reason": "No"}).status_code in (403, 404)
    assert approver.post(path, data={"reason": "No lo firmé"}).status_code == 303
    assert stage_of(run) == "plan"
    assert last(run).state == "disputed"
    for member in (cast.quality, cast.colleague, cast.officer):
        assert any("objetada" in subject or "disputed" in subject for subject in told(session, member)), member.name
    panel = queries.panel(session, cast.officer.viewer, session.get_one(Record, run.record_id))
    assert panel is not None
    assert "No lo firmé" in next(i for i in panel.items if i.key.endswith("line_director")).reason
    assert approver.post(path, data={"reason": "Otra vez"}).status_code == 422
    assert ask(run, cast.officer).function == "line_director"


def test_disputed_when_more_rests_on_it_opens_the_step_where_the_run_stands(trial, session, cast, sign_in) -> None:
    run, request = waiting(trial, cast)
    enter(sign_in, cast.colleague, request, signed_by=cast.hq_manager.id)
    with write() as writing:
        actions.answer(writing, cast.officer.viewer, run.record_id, {"note": "Bien"})
    approve(ask(run, cast.officer), cast.head)
    assert stage_of(run) == "closed"
    sign_in(cast.hq_manager).post(f"/procedures/approvals/{request.id}/dispute", data={"reason": "No lo firmé"})
    assert stage_of(run) == "closed"
    assert ("plan", "line_director", "disputed") in requests(run)
    text = told_text(session, cast.quality)
    assert "Hecho" in text


def told_text(session: Session, member: Member) -> str:
    from promo.notices.models import Notice

    session.rollback()
    return "\n".join(session.scalars(select(Notice.text).where(Notice.person_id == member.id)))


def test_the_term_to_dispute_is_five_working_days_of_the_approver(trial, session, cast, sign_in) -> None:
    run, request = waiting(trial, cast)
    enter(sign_in, cast.colleague, request, signed_by=cast.hq_manager.id)
    stored = last(run)
    lima = session.get_one(Post, cast.hq_manager.post_id)
    today = clock.today(lima.timezone)
    assert stored.dispute_until is not None
    assert calendars.calendar_of(lima).working_days_between(today, stored.dispute_until) == papers.TO_DISPUTE
    with write() as writing:
        writing.get_one(Approval, stored.id).dispute_until = today - timedelta(days=1)
    answer = sign_in(cast.hq_manager).post(f"/procedures/approvals/{request.id}/dispute", data={"reason": "Tarde"})
    assert answer.status_code == 422
    assert stage_of(run) == "done"


def test_on_paper_is_not_taken_back_but_annulled(trial: Trial, session: Session, cast, sign_in) -> None:
    run, request = waiting(trial, cast)
    enter(sign_in, cast.colleague, request, signed_by=cast.hq_manager.id)
    approver = sign_in(cast.hq_manager)
    assert approver.post(f"/procedures/approvals/{request.id}/take_back").status_code == 422
    answer = approver.post(f"/procedures/approvals/{request.id}/annul", data={"reason": "Cambió el presupuesto"})
    assert answer.status_code == 303
    assert stage_of(run) == "plan"
    assert FACTS[run.record_id]["budget_usd"] == 900
