"""The pages of procedures, asked as people do."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from promo.accounts.models import FunctionHeld
from promo.core.db import write
from promo.procedures import decisions
from promo.procedures.models import Approval, ApprovalSeen, Refusal, Run
from tests.procedures.conftest import FACTS, Trial


def test_index_lists_versions(trial: Trial, sign_in, cast) -> None:
    answer = sign_in(cast.auditor).get("/procedures")
    assert "Acto sencillo" in answer.text
    assert "PE-GEN-01" in answer.text


def test_show_reads_as_a_document(trial: Trial, sign_in, cast) -> None:
    trial.enforce("PE-COM-02")
    answer = sign_in(cast.reader_en).get("/procedures/PE-COM-02/1")
    assert answer.status_code == 200
    for words in (
        "Business matchmaking round",
        "90 working days before",
        "Commitment letter",
        "Line director",
        "RD 001-2026",
    ):
        assert words in answer.text
    assert sign_in(cast.officer).get("/procedures/PE-COM-02/9").status_code == 404


def test_advance_says_what_is_missing_and_counts_it(trial: Trial, sign_in, cast, session: Session) -> None:
    run = trial.begin(objective=None)
    answer = sign_in(cast.officer).post(f"/procedures/runs/{run.record_id}/advance", data={"to": "result"})
    assert answer.status_code == 422
    assert f"/organisations/{run.record_id}/edit#objective" in answer.text
    session.expire_all()
    assert session.scalars(select(Refusal.item)).all() == ["fact.objective"]


def test_advance_goes_back_to_the_record(trial: Trial, sign_in, cast, session: Session) -> None:
    run = trial.begin()
    answer = sign_in(cast.officer).post(f"/procedures/runs/{run.record_id}/advance", data={"to": "result"})
    assert answer.status_code == 303
    assert answer.location == f"/organisations/{run.record_id}"
    session.expire_all()
    assert session.get_one(Run, run.id).stage == "result"


def test_what_began_late_says_why_once(trial: Trial, sign_in, cast, session: Session) -> None:
    run = trial.begin(starts_on=date(2026, 1, 5), ends_on=date(2026, 1, 5))
    officer, path = sign_in(cast.officer), f"/procedures/runs/{run.record_id}/advance"
    asked = officer.post(path, data={"to": "result"})
    assert asked.status_code == 422
    assert "Diga por qué se inició fuera de plazo." in asked.text
    assert session.scalar(select(func.count()).select_from(Refusal)) == 0, "it is no refusal for an item"
    typed = officer.post(path, data={"to": "result", "late_reason": "x" * 1001})
    assert (typed.status_code, "x" * 1001 in typed.text) == (422, True)
    assert officer.post(path, data={"to": "result", "late_reason": "El pedido llegó ayer"}).status_code == 303
    session.expire_all()
    kept = session.get_one(Run, run.id)
    assert (kept.stage, kept.late_start, kept.late_reason) == ("result", True, "El pedido llegó ayer")


def test_advance_of_what_one_does_not_see_is_not_found(trial: Trial, sign_in, cast) -> None:
    run = trial.begin()
    path = f"/procedures/runs/{run.record_id}/advance"
    assert sign_in(cast.other_officer).post(path, data={"to": "result"}).status_code == 404
    assert sign_in(cast.auditor).post(path, data={"to": "result"}).status_code == 403
    assert sign_in(cast.officer).post("/procedures/runs/999999/advance", data={"to": "result"}).status_code == 404


def test_answer_keeps_what_was_typed(trial: Trial, sign_in, cast) -> None:
    run = trial.begin()
    browser = sign_in(cast.officer)
    browser.post(f"/procedures/runs/{run.record_id}/advance", data={"to": "result"})
    path = f"/procedures/runs/{run.record_id}/answer"
    assert browser.get(path).status_code == 200
    typed = {"attendance": "muchos", "outcome_text": "<script>alert(1)</script>"}
    answer = browser.post(path, data=typed)
    assert answer.status_code == 422
    assert "muchos" in answer.text
    assert "<script>alert" not in answer.text
    assert browser.post(path, data={**typed, "attendance": "120"}).status_code == 303
    assert "120" in browser.get(path).text


def test_hostile_answers_are_refused_or_kept(trial: Trial, sign_in, cast) -> None:
    run = trial.begin()
    browser = sign_in(cast.officer)
    browser.post(f"/procedures/runs/{run.record_id}/advance", data={"to": "result"})
    path = f"/procedures/runs/{run.record_id}/answer"
    for text in ("x" * 1_000_000, "\x00", "a\x07"):
        assert browser.post(path, data={"outcome_text": text}).status_code == 422
    for text in ("=HYPERLINK(1)", "\u202eabc", "李明 🥑", "é" * 300):
        assert browser.post(path, data={"outcome_text": text}).status_code == 303
        assert text in browser.get(path).text
    advance = f"/procedures/runs/{run.record_id}/advance"
    for text in ("\x00", "x" * 1_000_000):
        assert browser.post(advance, data={"to": "cancelled", "reason": text}).status_code == 422


def _asked(trial: Trial, cast) -> Approval:
    run = trial.begin(budget_usd=900)
    with write() as writing:
        return decisions.ask_approval(writing, cast.officer.viewer, run.record_id)


def test_ask_sends_it_to_the_head_of_post(trial: Trial, sign_in, cast, session: Session) -> None:
    run = trial.begin(budget_usd=900)
    assert sign_in(cast.officer).post(f"/procedures/runs/{run.record_id}/ask").status_code == 303
    day = sign_in(cast.head).get("/day")
    assert "Foro de granos" in day.text
    assert "/procedures/approvals" in day.text


def test_approvals_shows_what_changed_since_it_was_seen(trial: Trial, sign_in, cast, session: Session) -> None:
    request = _asked(trial, cast)
    head = sign_in(cast.head)
    first = head.get("/procedures/approvals")
    assert "Presentar doce exportadoras" in first.text
    assert "<ins" not in first.text
    trial.change(request.record_id, budget_usd=1200)
    second = head.get("/procedures/approvals")
    assert "<del>US$ 900.00</del>" in second.text
    assert head.get("/procedures/approvals").text.count("<del>US$ 900.00</del>") == 1
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(ApprovalSeen)) == 1


def test_approve_and_undo(trial: Trial, sign_in, cast, session: Session) -> None:
    request = _asked(trial, cast)
    head = sign_in(cast.head)
    answer = head.post(f"/procedures/approvals/{request.id}/approve", data={"digest": request.digest})
    assert answer.status_code == 303
    session.expire_all()
    assert session.get_one(Run, request.run_id).stage == "result"
    assert f"/procedures/approvals/{request.id}/take_back" in head.get(answer.location).text
    assert head.post(f"/procedures/approvals/{request.id}/take_back").status_code == 303
    session.expire_all()
    assert session.get_one(Run, request.run_id).stage == "notice"


def test_approve_what_changed_meanwhile_is_refused(trial: Trial, sign_in, cast) -> None:
    request = _asked(trial, cast)
    seen = request.digest
    trial.change(request.record_id, budget_usd=1200)
    answer = sign_in(cast.head).post(f"/procedures/approvals/{request.id}/approve", data={"digest": seen})
    assert answer.status_code == 422


def test_approve_is_for_the_one_who_is_asked(trial: Trial, sign_in, cast) -> None:
    request = _asked(trial, cast)
    for member in (cast.officer, cast.manager, cast.quality):
        assert sign_in(member).post(f"/procedures/approvals/{request.id}/approve").status_code == 404
    assert sign_in(cast.head).post("/procedures/approvals/99999/approve").status_code == 404


def test_return_asks_for_a_reason(trial: Trial, sign_in, cast, session: Session) -> None:
    request = _asked(trial, cast)
    head = sign_in(cast.head)
    path = f"/procedures/approvals/{request.id}/return"
    refused = head.post(path, data={"reason": " "})
    assert refused.status_code == 422
    assert 'id="return-reason-error"' in refused.text  # it stands at the field too
    assert head.post(path, data={"reason": "\x00"}).status_code == 422
    assert head.post(path, data={"reason": "Falta el lugar"}).status_code == 303
    session.expire_all()
    assert session.get_one(Approval, request.id).reason == "Falta el lugar"


def test_recall_by_the_asker(trial: Trial, sign_in, cast, session: Session) -> None:
    request = _asked(trial, cast)
    assert sign_in(cast.officer).post(f"/procedures/approvals/{request.id}/recall").status_code == 303
    session.expire_all()
    assert session.get_one(Approval, request.id).state == "recalled"


def test_declare_and_take_it_back(trial: Trial, sign_in, cast, session: Session) -> None:
    trial.enforce("PE-COM-02")
    run = trial.begin(act_type="matchmaking")
    assert run.stage == "proposal"
    browser = sign_in(cast.officer)
    path = f"/procedures/runs/{run.record_id}/declare"
    assert browser.post(path, data={"key": "conflict_of_interest"}).status_code == 303
    assert browser.post(path, data={"key": "conflict_of_interest", "said": "no"}).status_code == 303
    assert browser.post(path, data={"key": "nothing"}).status_code == 404


def test_what_nobody_can_approve_stands_in_qualitys_list(trial: Trial, sign_in, cast, session: Session) -> None:
    with write() as writing:
        for held in writing.scalars(select(FunctionHeld).where(FunctionHeld.person_id != cast.officer.id)):
            writing.delete(held)
    run = trial.begin(budget_usd=900)
    assert sign_in(cast.officer).post(f"/procedures/runs/{run.record_id}/ask").status_code == 303
    session.expire_all()
    assert session.scalars(select(Approval.state)).all() == ["nobody"]
    assert "Foro de granos" in sign_in(cast.quality).get("/procedures/approvals").text
    assert "Foro de granos" not in sign_in(cast.officer).get("/procedures/approvals").text
    assert FACTS


def test_day_names_what_is_due_unsent_and_late(trial: Trial, sign_in, cast, session: Session) -> None:
    run = trial.begin()
    day = sign_in(cast.officer).get("/day").text
    assert day.count("Foro de granos") == 1, "a draft of one's own, not due yet"
    with write() as writing:
        writing.get_one(Run, run.id).due_on = date(2026, 1, 5)
    day = sign_in(cast.officer).get("/day").text
    assert day.count("Foro de granos") == 2, "it is overdue as well"
    assert "venció" in day
    assert "Oficinas que necesitan apoyo" not in day
    head = sign_in(cast.head).get("/day").text
    assert "Oficinas que necesitan apoyo" in head
    assert "1 fuera de plazo" in head
