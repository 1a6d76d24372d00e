"""A rehearsal counts what a draft would have refused and changed; many cases are read as one is."""

from __future__ import annotations

import copy
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.db import write
from promo.core.records import Record
from promo.procedures import actions, decisions, rehearsal
from promo.procedures.building import build
from promo.procedures.bulk import gathered, wholes
from promo.procedures.case import Case, gather
from promo.procedures.models import Approval, Run
from tests.cast import Cast
from tests.procedures.conftest import Trial

GEN = "PE-GEN-01"
SINCE = date(2026, 1, 1)


def draft_of(trial: Trial, **more: Any) -> dict[str, Any]:
    return copy.deepcopy(trial.versions[GEN].definition) | more


def rehearse(session: Session, data: dict[str, Any]) -> dict[str, Any]:
    session.rollback()
    session.expire_all()
    return rehearsal.rehearse(session, build(data), SINCE, clock.today())


@pytest.fixture
def busy(trial: Trial, session: Session, cast: Cast) -> Trial:
    """Runs in several states: five notices, of which two moved on and one was cancelled, and one approved."""
    runs = [trial.begin(title=f"Foro {n}", budget_usd=None) for n in range(4)]
    runs.append(trial.begin(by=cast.other_officer, title="Foro lejano", objective=None))
    for run in runs[:2]:
        with write() as writing:
            actions.advance(writing, cast.officer.viewer, run.record_id, "result")
    with write() as writing:
        actions.advance(writing, cast.officer.viewer, runs[2].record_id, "cancelled", "Sin fondos")
    paid = trial.begin(title="Con fondos", budget_usd=900)
    with write() as writing:
        asked = decisions.ask_approval(writing, cast.officer.viewer, paid.record_id).id
    with write() as writing:
        decisions.approve(writing, cast.head.viewer, asked)
    return trial


def test_many_cases_are_read_as_one_is(busy: Trial, session: Session) -> None:
    session.rollback()
    session.expire_all()
    ids = list(session.scalars(select(Run.id).order_by(Run.id)))
    found = {whole.case.run.id: whole for whole in wholes(session, ids)}
    assert list(found) == ids
    for run_id, whole in found.items():
        run = session.get_one(Run, run_id)
        one = gather(session, session.get_one(Record, run.record_id), run)
        assert [(i.key, i.state) for i in whole.case.items] == [(i.key, i.state) for i in one.items]
        assert whole.case.facts == one.facts
        assert (whole.case.left, list(whole.case.behind)) == (one.left, list(one.behind))
        assert [a.id for a in whole.case.approvals] == [a.id for a in one.approvals]


def read(case: Case) -> dict[str, Any]:
    """Return everything that was read of a case; of the moves what both ways of reading ask."""
    moves = [(move.from_stage, move.to_stage, move.at) for move in case.moves]
    return {f.name: getattr(case, f.name) for f in fields(Case)} | {"moves": moves, "functions": case.functions}


def test_many_cases_are_gathered_as_one_is(busy: Trial, session: Session) -> None:
    session.rollback()
    session.expire_all()
    runs = list(session.scalars(select(Run).order_by(Run.id.desc())))
    pairs = [(session.get_one(Record, run.record_id), run) for run in runs]
    found = gathered(session, pairs)
    assert [case.run for case in found] == runs
    for case, (record, run) in zip(found, pairs, strict=True):
        one = gather(session, record, run)
        assert read(case) == read(one)
        assert case.items == one.items
    assert gathered(session, []) == []


def test_the_same_text_changes_nothing(busy: Trial, session: Session) -> None:
    found = rehearse(session, draft_of(busy))
    assert (found["runs"], found["moves"], found["started"], found["open"]) == (6, 3, 6, 5)
    assert found["refused"] == found["gone"] == found["open_items"] == found["open_gone"] == []
    assert found["open_changed"] == found["already"] == 0
    assert all(before == after for _function, before, after in found["approvals"])


def test_what_would_have_been_refused_by_requirement_and_post(busy: Trial, session: Session, cast: Cast) -> None:
    data = draft_of(busy)
    data["stages"][0]["requires"].append({"evidence": "invitation"})
    found = rehearse(session, data)
    refused, open_ = found["refused"], found["open_items"]
    assert [(line["stage"], line["item"], line["records"]) for line in refused] == [
        ("notice", "evidence.invitation", 3)
    ]
    assert refused[0]["posts"] == [[cast.officer.post_id, 3]]
    assert len(refused[0]["sample"]) == 3
    assert [(line["stage"], line["item"], line["records"]) for line in open_] == [("notice", "evidence.invitation", 2)]
    assert {post for post, _count in open_[0]["posts"]} == {cast.officer.post_id, cast.other_officer.post_id}
    assert found["open_changed"] == 2


def test_cancelling_is_never_counted_as_refused(busy: Trial, session: Session) -> None:
    data = draft_of(busy)
    data["stages"][0]["requires"] = [{"evidence": "invitation"}]
    assert rehearse(session, data)["moves"] == 3


def test_what_is_missing_today_under_the_present_version_too_is_not_the_drafts_doing(
    busy: Trial, session: Session
) -> None:
    moved = session.scalars(select(Run).where(Run.stage == "result").order_by(Run.id)).first()
    assert moved is not None
    session.rollback()
    busy.change(moved.record_id, objective=None)
    found = rehearse(session, draft_of(busy))
    assert found["refused"] == []
    data = draft_of(busy)
    data["stages"][0]["requires"].append({"evidence": "invitation"})
    found = rehearse(session, data)
    assert {line["item"] for line in found["refused"]} == {"evidence.invitation"}
    assert found["already"] == 1


def test_a_stage_that_goes_is_named(busy: Trial, session: Session) -> None:
    data = draft_of(busy)
    data["stages"][0]["key"] = "announcement"
    found = rehearse(session, data)
    assert [(line["stage"], line["records"]) for line in found["gone"]] == [("notice", 3)]
    assert [(line["stage"], line["records"]) for line in found["open_gone"]] == [("notice", 2)]


def test_how_many_approvals_each_function_would_get(busy: Trial, session: Session) -> None:
    data = draft_of(busy)
    for requirement in data["stages"][0]["requires"]:
        if "approvals" in requirement:
            requirement["approvals"] = [{"function": "line_director"}]
            requirement.pop("when")
    asked = {f: (before, after) for f, before, after in rehearse(session, data)["approvals"]}
    assert asked == {"head_of_mission": (1, 0), "line_director": (0, 6)}


def test_only_what_would_stand_under_the_draft_is_counted(busy: Trial, session: Session) -> None:
    data = draft_of(busy, applies_to={"kind": "record", "types": ["matchmaking"]})
    data["code"] = "PE-COM-77"
    data["stages"][0]["requires"].append({"evidence": "invitation"})
    found = rehearse(session, data)
    assert (found["moves"], found["started"], found["open"]) == (0, 0, 0)
    data["applies_to"] = {"kind": "record", "types": ["seminar"]}
    found = rehearse(session, data)
    assert (found["moves"], found["started"], found["open"]) == (3, 6, 0)
    assert found["refused"][0]["records"] == 3


def test_what_is_older_than_the_period_is_left_out(busy: Trial, session: Session) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    session.rollback()
    found = rehearsal.rehearse(session, build(draft_of(busy)), tomorrow, tomorrow)
    assert (found["moves"], found["started"], found["open"]) == (0, 0, 5)


def test_it_tells_how_far_it_is_and_stops_when_told(busy: Trial, session: Session) -> None:
    session.rollback()
    told: list[tuple[int, int]] = []
    rehearsal.rehearse(session, build(draft_of(busy)), SINCE, clock.today(), lambda *pair: told.append(pair))
    assert told == [(0, 6), (6, 6)]

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rehearsal.rehearse(session, build(draft_of(busy)), SINCE, clock.today(), stop)


def test_saying_what_changes_is_no_other_text(trial: Trial) -> None:
    data = draft_of(trial)
    said = data | {"changes": {"es": "Algo", "en": "Something"}}
    assert rehearsal.rules_digest(data) == rehearsal.rules_digest(said)
    assert rehearsal.rules_digest(data) != rehearsal.rules_digest(data | {"purpose": {"es": "x", "en": "y"}})


def test_nothing_is_written(busy: Trial, session: Session) -> None:
    before = list(session.execute(select(Run.id, Run.stage, Run.version_id).order_by(Run.id)))
    asked = list(session.execute(select(Approval.id, Approval.state).order_by(Approval.id)))
    data = draft_of(busy)
    data["stages"][0]["requires"].append({"evidence": "invitation"})
    rehearse(session, data)
    assert not session.new
    assert not session.dirty
    session.rollback()
    assert list(session.execute(select(Run.id, Run.stage, Run.version_id).order_by(Run.id))) == before
    assert list(session.execute(select(Approval.id, Approval.state).order_by(Approval.id))) == asked
