"""Versions on their way: review, approval by somebody else, into force on their date, whole or not at all."""

from __future__ import annotations

import contextlib
import copy
import os
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from promo.accounts.models import FunctionHeld
from promo.core import audit, clock, jobs
from promo.core.db import write
from promo.core.errors import Refused
from promo.core.jobs import Job
from promo.notices.models import Notice
from promo.procedures import jobs as by_the_clock
from promo.procedures import readers, vacancies, versions
from promo.procedures.definitions import content_hash
from promo.procedures.models import NEXT_STATES, Procedure, ProcedureVersion
from tests import database
from tests.cast import Cast, Member
from tests.procedures.conftest import Trial

CHANGES = {"es": "Se pide una línea más.", "en": "One more line is asked."}
GEN = "PE-GEN-01"


def next_version(trial: Trial, author: Member | None = None, **more: Any) -> ProcedureVersion:
    """Add a draft of the simple act's next version."""
    number = next_version.number = getattr(next_version, "number", 1) + 1  # type: ignore[attr-defined]
    data = copy.deepcopy(trial.versions[GEN].definition) | {"purpose": {"es": f"Otro {number}", "en": "Other"}} | more
    who = author or trial.cast.promoter
    with audit.acting(who.id), write() as writing:
        draft = versions.add_draft(writing, data, who.id)
    assert draft is not None
    return draft


def approved(trial: Trial, on: date | None = None, *, substance: bool = False) -> ProcedureVersion:
    """Add a version that is approved and waits for its date (today)."""
    day = on or clock.today()
    draft = next_version(trial)
    with write() as writing:
        version = writing.get_one(ProcedureVersion, draft.id)
        versions.submit(writing, version, substance=substance, changes=CHANGES)
        versions.approve_version(version, trial.cast.quality.id, "RD 2", day, day)
    return version


def states(session: Session) -> dict[int, str]:
    session.rollback()
    session.expire_all()
    found = select(ProcedureVersion).where(ProcedureVersion.procedure.has(Procedure.code == GEN))
    return {v.number: v.status for v in session.scalars(found.order_by(ProcedureVersion.number))}


def test_submit_asks_for_the_change_in_both_languages(trial: Trial, session: Session) -> None:
    draft = next_version(trial)
    with pytest.raises(Refused) as refused, write() as writing:
        versions.submit(writing, draft, substance=True, changes={"es": "Algo", "en": " "})
    assert [r.field for r in refused.value.reasons] == ["changes_en"]
    assert states(session)[2] == "draft"
    with write() as writing:
        versions.submit(writing, draft, substance=True, changes=CHANGES)
    assert draft.definition["changes"] == CHANGES
    assert draft.content_hash == content_hash(draft.definition)
    assert (draft.status, draft.substance) == ("in_review", True)


def test_submit_is_refused_while_faults_stand(trial: Trial, session: Session) -> None:
    stages = copy.deepcopy(trial.versions[GEN].definition["stages"])
    stages[0]["next"] = ["nowhere"]
    draft = next_version(trial, stages=stages)
    with pytest.raises(Refused) as refused, write() as writing:
        versions.submit(writing, draft, substance=True, changes=CHANGES)
    assert any("nowhere" in str(r.message) for r in refused.value.reasons)
    assert states(session)[2] == "draft"


def test_whoever_changed_the_text_counts_as_author(trial: Trial, cast: Cast) -> None:
    draft = next_version(trial, author=cast.promoter)
    with audit.acting(cast.quality.id), write() as writing:
        changed = writing.get_one(ProcedureVersion, draft.id)
        versions.submit(writing, changed, substance=True, changes=CHANGES)
    with write() as writing:
        version = writing.get_one(ProcedureVersion, draft.id)
        assert versions.authors(writing, version) == {cast.promoter.id, cast.quality.id}
    for author in (cast.promoter, cast.quality):
        with pytest.raises(Refused), write():
            versions.approve_version(draft, author.id, "RD 2", clock.today(), clock.today())
    with audit.acting(cast.hq_manager.id), write() as writing:
        version = writing.get_one(ProcedureVersion, draft.id)
        versions.approve_version(version, cast.hq_manager.id, "RD 2", clock.today(), clock.today())
        assert version.status == "approved"


def test_an_older_version_can_not_follow_a_newer_one(trial: Trial, session: Session) -> None:
    older = next_version(trial)
    approved(trial)
    with pytest.raises(Refused), write() as writing:
        versions.submit(writing, older, substance=True, changes=CHANGES)


def test_an_approved_version_whose_date_comes_after_a_newer_one_never_comes(trial: Trial, session: Session) -> None:
    later = clock.today() + timedelta(days=5)
    approved(trial, on=later)
    approved(trial)
    by_the_clock.bring_into_force()
    assert states(session) == {1: "obsolete", 2: "obsolete", 3: "effective"}
    with time_machine.travel(clock.now() + timedelta(days=6), tick=False):
        by_the_clock.bring_into_force()
    assert states(session)[3] == "effective"


def test_it_comes_into_force_in_the_morning_of_its_date_in_lima(trial: Trial, session: Session) -> None:
    approved(trial, on=date(2026, 12, 1))
    with time_machine.travel(datetime(2026, 12, 1, 4, 59, tzinfo=UTC), tick=False):  # 23:59 of the day before in Lima
        by_the_clock.bring_into_force()
    assert states(session) == {1: "effective", 2: "approved"}
    with time_machine.travel(datetime(2026, 12, 1, 5, 1, tzinfo=UTC), tick=False):
        by_the_clock.bring_into_force()
    assert states(session) == {1: "obsolete", 2: "effective"}


def test_its_review_falls_due_a_year_later_or_as_it_says(trial: Trial, session: Session) -> None:
    version = approved(trial, on=date(2026, 12, 1))
    with time_machine.travel(datetime(2026, 12, 1, 12, tzinfo=UTC), tick=False):
        by_the_clock.bring_into_force()
    states(session)
    assert version.procedure.review_on == date(2027, 12, 1)
    assert versions.months_after(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert versions.months_after(date(2026, 8, 31), 6) == date(2027, 2, 28)


def victim(place: database.Place, folder: Path, flush: int) -> subprocess.Popen[str]:
    environment = os.environ | {
        "PROMO_DATABASE_URL": place.url, "PROMO_DATA_DIR": str(folder), "PROMO_SECRET_KEY": "s" * 48,
        "PROMO_SIGNING_KEY": "k" * 48,
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.procedures.version_victim", str(flush)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("flush", [1, 2])
def test_killed_half_way_either_the_old_or_the_new_one_is_in_force(
    trial: Trial, session: Session, place: database.Place, tmp_path: Path, flush: int
) -> None:
    approved(trial)
    session.rollback()
    database.touched()
    with victim(place, tmp_path, flush) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "half-way"
        process.kill()
    assert states(session) == {1: "effective", 2: "approved"}
    assert session.scalar(select(func.count()).where(Job.name == versions.TELL)) == 0
    session.rollback()
    with victim(place, tmp_path, 99) as process:
        assert process.communicate(timeout=60)[0].strip() == "done"
    assert states(session) == {1: "obsolete", 2: "effective"}
    assert session.scalar(select(func.count()).where(Job.name == versions.TELL)) == 1


def test_two_workers_at_once_bring_it_into_force_once(app: Flask, trial: Trial, session: Session) -> None:
    version = approved(trial)
    session.rollback()
    gate, raised = threading.Barrier(2), []

    def work() -> None:
        try:
            with app.app_context():
                gate.wait(10)
                by_the_clock.bring_into_force()
        except Exception as error:
            raised.append(error)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert raised == []
    assert states(session) == {1: "obsolete", 2: "effective"}
    moves = [e for e in audit.history(session, table="procedure_version", row=version.id) if e.action == "update"]
    assert sum(any(c.name == "status" and c.new == "effective" for c in e.changes) for e in moves) == 1
    assert session.scalar(select(func.count()).where(Job.name == versions.TELL)) == 1


@pytest.fixture
def nobody(session: Session) -> None:
    """Nobody holds a function any more."""
    with write() as writing:
        for held in writing.scalars(select(FunctionHeld)):
            held.valid_to = date(2025, 1, 1)


def test_a_vacancy_holds_a_version_up_until_it_is_accepted(
    trial: Trial, session: Session, cast: Cast, nobody: None
) -> None:
    version = approved(trial)
    by_the_clock.bring_into_force()
    by_the_clock.bring_into_force()
    assert states(session) == {1: "effective", 2: "approved"}
    mails = list(session.scalars(select(Notice).where(Notice.key.startswith(f"held-up-{version.id}-"))))
    assert [m.person_id for m in mails] == [cast.quality.id]
    assert "Jefatura de misión" in mails[0].text
    with write() as writing:
        there = writing.get_one(ProcedureVersion, version.id)
        vacancies.accept(writing, there, clock.today(), cast.quality.id, "Se nombran en enero.")
    by_the_clock.bring_into_force()
    assert states(session)[2] == "effective"


def test_owner_and_quality_are_told_of_a_review_before_and_at_its_date(
    trial: Trial, session: Session, cast: Cast
) -> None:
    due = clock.today() + timedelta(days=40)
    with write() as writing:
        procedure = writing.get_one(ProcedureVersion, trial.versions[GEN].id).procedure
        procedure.owner_id, procedure.review_on = cast.promoter.id, due
    told = []
    for days in (0, 9, 10, 11, 39, 40, 41):
        with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
            by_the_clock.tell_reviews()
        session.rollback()
        told.append(session.scalar(select(func.count()).where(Notice.key.startswith("review-"))))
    assert told == [0, 0, 2, 2, 2, 4, 4]
    people = set(session.scalars(select(Notice.person_id).where(Notice.key.startswith("review-"))))
    assert people == {cast.promoter.id, cast.quality.id}


def test_people_concerned_are_told_in_their_language(trial: Trial, session: Session, cast: Cast) -> None:
    version = approved(trial, substance=True)
    by_the_clock.bring_into_force()
    jobs.run_due()
    jobs.run_due()
    session.rollback()
    mails = {
        m.person_id: m for m in session.scalars(select(Notice).where(Notice.key.startswith(f"version-{version.id}-")))
    }
    casework = {m.id for m in cast if m.viewer.has("officer", "promoter", "manager")}
    assert mails.keys() == casework
    assert CHANGES["es"] in mails[cast.officer.id].text
    assert CHANGES["en"] in mails[cast.reader_en.id].text
    assert readers.address(version) == mails[cast.officer.id].address
    assert mails[cast.reader_en.id].subject.startswith("In force")


PEOPLE = ("promoter", "quality", "hq_manager")
STEP = st.tuples(
    st.sampled_from(("draft", "submit", "send_back", "approve", "clock", "clock")),
    st.integers(0, 3),  # which version
    st.sampled_from(PEOPLE),
    st.integers(0, 2),  # days until it is to come into force
)


def take(writing: Session, code: str, data: dict[str, Any], cast: Cast, step: tuple[str, int, str, int]) -> None:
    """Do one thing with the versions of a procedure, as somebody might try to."""
    what, which, who, days = step
    person: Member = getattr(cast, who)
    found = list(
        writing.scalars(select(ProcedureVersion).where(ProcedureVersion.procedure.has(Procedure.code == code)))
    )
    if what == "draft" or not found:
        purpose = {"es": f"Texto {len(found)}", "en": "Text"}
        versions.add_draft(writing, {**data, "code": code, "purpose": purpose}, person.id)
        return
    version = found[which % len(found)]
    if what == "submit":
        versions.submit(writing, version, substance=bool(which % 2), changes=CHANGES)
    elif what == "send_back":
        versions.send_back(version, "Falta algo.")
    elif what == "approve":
        day = clock.today()
        versions.approve_version(version, person.id, "RD 5", day, day + timedelta(days=days))


def test_no_sequence_of_steps_breaks_the_rules(trial: Trial, session: Session, cast: Cast) -> None:
    """Never two in force, never none once there was one; nobody approves their own; what is obsolete stays so."""
    data = copy.deepcopy(trial.versions[GEN].definition)
    codes = (f"PE-XX-{n:02d}" for n in range(10, 99))
    steps_taken: Counter[str] = Counter()

    @settings(max_examples=25)
    @given(steps=st.lists(STEP, min_size=4, max_size=25))
    def play(steps: list[tuple[str, int, str, int]]) -> None:
        code, moment = next(codes), datetime(2026, 12, 1, 15, tzinfo=UTC)
        before: dict[int, str] = {}
        for step in steps:
            moment += timedelta(days=step[0] == "clock")
            with time_machine.travel(moment, tick=False):
                if step[0] == "clock":
                    by_the_clock.bring_into_force()
                else:
                    with contextlib.suppress(Refused), audit.acting(getattr(cast, step[2]).id), write() as writing:
                        take(writing, code, data, cast, step)
                        steps_taken[step[0]] += 1
            before = check(code, before)

    def check(code: str, before: dict[int, str]) -> dict[int, str]:
        session.rollback()
        session.expire_all()
        found = select(ProcedureVersion).where(ProcedureVersion.procedure.has(Procedure.code == code))
        now = list(session.scalars(found))
        states = [v.status for v in now]
        assert states.count("effective") == (1 if {"effective", "obsolete"} & {*states, *before.values()} else 0)
        for version in now:
            old = before.get(version.id, version.status)
            assert version.status == old or version.status in NEXT_STATES[old] or old == "approved"
            assert old != "obsolete" or version.status == "obsolete"
            assert version.approver_id is None or version.approver_id not in versions.authors(session, version)
            assert (version.status in ("approved", "effective")) <= (version.act_number is not None)
        session.rollback()
        return {v.id: v.status for v in now}

    play()
    assert min(steps_taken[name] for name in ("draft", "submit", "approve", "send_back")) > 0


def test_what_is_in_force_stands_whole_and_is_what_its_digest_says(trial: Trial, session: Session) -> None:
    version = trial.enforce("PE-COM-02")
    session.expire_all()
    kept = session.get_one(ProcedureVersion, version.id)
    assert all("include" not in r for stage in kept.definition["stages"] for r in stage.get("requires", ()))
    assert content_hash(kept.definition) == kept.content_hash
