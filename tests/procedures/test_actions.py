"""Runs: starting, answering, moving on, and being refused with reasons."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core.db import write
from promo.core.errors import Forbidden, NotFound, Refused
from promo.core.outbox import Mail
from promo.core.records import Record
from promo.procedures import actions, queries
from promo.procedures.models import Run, Transition
from tests.procedures.conftest import Trial


def run_of(session: Session, record_id: int) -> Run:
    return session.scalars(
        select(Run).where(Run.record_id == record_id).execution_options(populate_existing=True)
    ).one()


def test_start_gives_the_first_stage_and_its_deadline(trial: Trial, session: Session) -> None:
    run = trial.begin()
    assert run.stage == "notice"
    assert session.get_one(Record, run.record_id).status == "notice"
    assert run.due_on == date(2027, 3, 9)
    assert not run.late_start


def test_a_kind_without_a_procedure_has_none(trial: Trial, session: Session) -> None:
    assert actions.match(session, "dream") is None


def test_a_run_begun_after_its_term_is_marked(trial: Trial) -> None:
    assert trial.begin(starts_on=date(2026, 1, 5), ends_on=date(2026, 1, 5)).late_start


def test_advance_moves_on_and_tells(trial: Trial, session: Session, cast) -> None:
    run = trial.begin()
    with write() as writing:
        actions.advance(writing, cast.officer.viewer, run.record_id, "result")
    assert run_of(session, run.record_id).stage == "result"
    assert session.get_one(Record, run.record_id).status == "result"
    moved = session.scalars(select(Transition).where(Transition.run_id == run.id)).one()
    assert (moved.from_stage, moved.to_stage, moved.actor_id, moved.by_itself) == (
        "notice",
        "result",
        cast.officer.id,
        False,
    )
    assert {i["state"] for i in moved.checklist} <= {"met", "not_applicable"}
    assert [m.to for m in session.scalars(select(Mail))] == [cast.head.email]


def test_advance_is_refused_with_every_unmet_item_and_its_place(trial: Trial, session: Session, cast) -> None:
    run = trial.begin(objective="  ", participants=[])
    with pytest.raises(Refused) as refused, write() as writing:
        actions.advance(writing, cast.officer.viewer, run.record_id, "result")
    links = {r.field: r.link for r in refused.value.reasons}
    assert links == {
        "fact.objective": f"/organisations/{run.record_id}/edit#objective",
        "count.participants": f"/organisations/{run.record_id}?tab=participants#participants",
    }
    assert all(str(r.message) for r in refused.value.reasons)
    assert run_of(session, run.record_id).stage == "notice"


def test_advance_to_a_stage_that_is_no_way_on_is_refused(trial: Trial, cast) -> None:
    run = trial.begin()
    for stage in ("closed", "notice", "nowhere"):
        with pytest.raises(Refused), write() as writing:
            actions.advance(writing, cast.officer.viewer, run.record_id, stage)


def test_cancelling_works_at_once_and_asks_why(trial: Trial, session: Session, cast) -> None:
    run = trial.begin(objective=None)
    with pytest.raises(Refused), write() as writing:
        actions.advance(writing, cast.officer.viewer, run.record_id, "cancelled")
    with write() as writing:
        actions.advance(writing, cast.officer.viewer, run.record_id, "cancelled", "No hay fecha")
    assert run_of(session, run.record_id).finished_at is not None


def test_others_may_not_move_it_on(trial: Trial, cast) -> None:
    run = trial.begin()
    with pytest.raises(NotFound), write() as writing:
        actions.advance(writing, cast.other_officer.viewer, run.record_id, "result")
    with pytest.raises(Forbidden), write() as writing:
        actions.advance(writing, cast.auditor.viewer, run.record_id, "result")


def test_answers_are_typed_checked_and_kept(trial: Trial, session: Session, cast) -> None:
    run = trial.begin()
    who = cast.officer.viewer
    with write() as writing:
        actions.advance(writing, who, run.record_id, "result")
    with pytest.raises(Refused) as refused, write() as writing:
        actions.answer(writing, who, run.record_id, {"attendance": "many", "outcome_text": "Bien"})
    assert [r.field for r in refused.value.reasons] == ["attendance"]
    for bad in ("-1", "9999999", "\x00"):
        with pytest.raises(Refused), write() as writing:
            actions.answer(writing, who, run.record_id, {"attendance": bad})
    with pytest.raises(Refused), write() as writing:
        actions.answer(writing, who, run.record_id, {"outcome_text": "nul\x00"})
    with write() as writing:
        actions.answer(
            writing, who, run.record_id, {"attendance": "1,250", "outcome_text": "Bien", "next_steps": "ninguno"}
        )
    panel = queries.panel(session, who, session.get_one(Record, run.record_id))
    assert panel is not None
    assert {a.name: a.value for a in panel.questions} == {
        "attendance": 1250,
        "outcome_text": "Bien",
        "next_steps": "ninguno",
    }
    with write() as writing:
        actions.advance(writing, who, run.record_id, "closed")
    assert run_of(session, run.record_id).finished_at is not None


def test_the_deadline_follows_the_dates(trial: Trial, session: Session) -> None:
    run = trial.begin()
    trial.change(run.record_id, starts_on=date(2027, 4, 20))
    assert run_of(session, run.record_id).due_on == date(2027, 4, 15)


def test_the_most_specific_version_wins(trial: Trial, session: Session) -> None:
    trial.enforce("PE-COM-02")
    trial.enforce("PE-COM-01")
    for type_, pillar, code in (
        ("matchmaking", "trade", "PE-COM-02"),
        ("seminar", "trade", "PE-COM-01"),
        ("matchmaking", "tourism", "PE-GEN-01"),
        (None, None, "PE-GEN-01"),
    ):
        version = actions.match(session, "record", type_, pillar)
        assert version is not None
        assert version.code == code


def test_one_version_in_force_at_a_time(trial: Trial, session: Session, cast) -> None:
    first = trial.versions["PE-GEN-01"]
    data = dict(first.definition) | {"purpose": {"es": "Otro", "en": "Other"}}
    second = trial.enforce("PE-GEN-01", data)
    session.rollback()
    session.refresh(first)
    assert (first.status, second.status, second.number) == ("obsolete", "effective", 2)


def test_whoever_wrote_a_version_does_not_approve_it(trial: Trial, cast) -> None:
    data = dict(trial.versions["PE-GEN-01"].definition) | {"code": "PE-OTR-01"}
    with write() as writing:
        version = actions.add_draft(writing, data, cast.quality.id)
        assert version is not None
        with pytest.raises(Refused):
            actions.make_effective(writing, version, cast.quality.id, "RD 1", date(2026, 1, 1), date(2026, 1, 1))
