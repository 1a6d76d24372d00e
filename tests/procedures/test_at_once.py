"""Two people at the same request at the same moment, against the real server: one of them wins, nothing is torn."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core.db import write
from promo.core.records import Record
from promo.procedures import actions
from promo.procedures.covering import digest_of
from promo.procedures.models import Approval, Run, Transition
from tests import database, world
from tests.cast import Cast
from tests.events.test_gate import PLAN, WHOLE
from tests.procedures.approving import TWO
from tests.test_serving import Answer, Serving, serving
from tests.test_together import Officer, at_once

ROUNDS = 4  # how often each pair meets


@pytest.fixture
def running(app: Flask, session: Session, cast: Cast, place: database.Place, tmp_path: Path) -> Iterator[Serving]:
    """The server, with a procedure of two stages in force for rounds."""
    data = copy.deepcopy(TWO)
    data["applies_to"] = {"kind": "event", "types": ["matchmaking"]}
    with write() as writing:
        version = actions.add_draft(writing, data, cast.promoter.id)
        assert version is not None
        actions.make_effective(writing, version, cast.quality.id, "RD 2", date(2026, 1, 1), date(2026, 1, 1))
    with serving(place, tmp_path, "--web") as found:
        yield found


class Scene:
    """The officer, both approvers and a deputy, each signed in; the head on two devices."""

    def __init__(self, app: Flask, running: Serving, cast: Cast, session: Session) -> None:
        self.session, self.cast = session, cast
        self.who = {
            name: Officer(running, world.open_device(app, getattr(cast, part)))
            for name, part in {
                "officer": "officer", "head": "head", "phone": "head", "line": "hq_manager", "colleague": "colleague",
            }.items()
        }  # fmt: skip

    def asked(self) -> Approval:
        """Plan a round and send it to the head of post."""
        made = self.who["officer"].send("/events/new", PLAN)
        assert made.status == 303, made.text[-600:]
        self.address = str(made.headers["Location"])
        self.record_id = int(self.address.rsplit("/", 1)[1])
        assert self.who["officer"].send(f"{self.address}/edit", PLAN | WHOLE | {"budget_amount": "900"}).status == 303
        assert self.who["officer"].send(f"/procedures/runs/{self.record_id}/ask", {}).status == 303
        return self.requests()[-1]

    def requests(self) -> list[Approval]:
        """Return the round's requests as they are now."""
        self.session.rollback()
        self.session.expire_all()
        found = select(Approval).where(Approval.record_id == self.record_id).order_by(Approval.id)
        return list(self.session.scalars(found))

    def stage(self) -> str:
        """Return where the round stands, which its record says too."""
        self.session.rollback()
        self.session.expire_all()
        run = self.session.scalars(select(Run).where(Run.record_id == self.record_id)).one()
        assert self.session.get_one(Record, self.record_id).status == run.stage
        return run.stage

    def decide(self, who: str, request: Approval, verb: str, **form: Any) -> Callable[[], Answer]:
        """Return what somebody does to a request, to be done at once with something else."""
        return lambda: self.who[who].send(f"/procedures/approvals/{request.id}/{verb}", form)

    def change(self) -> Answer:
        """Raise the budget, as its officer."""
        return self.who["officer"].send(f"{self.address}/edit", PLAN | WHOLE | {"budget_amount": "1900"})

    def whole(self) -> None:
        """Check that what is approved covers what is there, and that no step waits twice."""
        found = self.requests()
        assert all(a.digest == digest_of(a.snapshot) for a in found)
        open_ = [(a.stage, a.function) for a in found if a.state in ("waiting", "nobody")]
        assert len(open_) == len(set(open_))
        assert all((a.decided_at is None) == (a.state in ("waiting", "nobody")) for a in found)


@pytest.fixture
def scene(app: Flask, running: Serving, cast: Cast, session: Session) -> Scene:
    """Everybody, signed in."""
    return Scene(app, running, cast, session)


def statuses(answers: list[Answer]) -> list[int]:
    found = sorted(answer.status for answer in answers)
    assert not {status for status in found if status >= 500}, [a.text[-400:] for a in answers]
    return found


def test_approved_twice_is_approved_once(scene: Scene) -> None:
    for _round in range(ROUNDS):
        request = scene.asked()
        answers = at_once([scene.decide("head", request, "approve"), scene.decide("phone", request, "approve")])
        assert statuses(answers) == [303, 422]
        assert [a.state for a in scene.requests()] == ["approved", "waiting"]
        scene.whole()


def test_two_approvers_one_after_the_other_move_it_on_once(scene: Scene) -> None:
    for _round in range(ROUNDS):
        scene.decide("head", scene.asked(), "approve")()
        second = scene.requests()[-1]
        statuses(at_once([scene.decide("line", second, "approve"), scene.decide("line", second, "approve")]))
        assert scene.stage() == "done"
        moves = select(Transition.id).where(Transition.record_id == scene.record_id)
        assert len(scene.session.scalars(moves).all()) == 1
        scene.whole()


def test_approve_against_recall(scene: Scene) -> None:
    for _round in range(ROUNDS):
        request = scene.asked()
        answers = at_once([scene.decide("head", request, "approve"), scene.decide("officer", request, "recall")])
        assert statuses(answers) == [303, 422]
        assert [a.state for a in scene.requests()] in (["recalled"], ["approved", "waiting"])
        scene.whole()


def test_approve_against_a_change_of_what_it_covers(scene: Scene) -> None:
    for _round in range(ROUNDS):
        request = scene.asked()
        answers = at_once([
            scene.decide("head", request, "approve", digest=request.digest),
            scene.change,
        ])  # fmt: skip
        statuses(answers)
        first, *later = scene.requests()
        assert first.state in ("waiting", "reopened"), first.state  # never approved as it no longer is
        assert first.state == "reopened" or first.snapshot["facts"]["budget_usd"] == "1900"
        assert [a.state for a in later] in ([], ["recalled"])
        scene.whole()


def test_take_back_against_the_next_approval(scene: Scene) -> None:
    for _round in range(ROUNDS):
        request = scene.asked()
        scene.decide("head", request, "approve")()
        second = scene.requests()[-1]
        answers = at_once([scene.decide("head", request, "take_back"), scene.decide("line", second, "approve")])
        assert statuses(answers) == [303, 422]
        states = [a.state for a in scene.requests()]
        assert (states, scene.stage()) in ((["waiting", "recalled"], "plan"), (["approved", "approved"], "done"))
        scene.whole()


def test_delegate_against_approve(scene: Scene) -> None:
    for _round in range(ROUNDS):
        request = scene.asked()
        to = {"person": scene.cast.colleague.id, "reason": "Lo conoce"}
        answers = at_once([scene.decide("head", request, "delegate", **to), scene.decide("phone", request, "approve")])
        assert statuses(answers)[0] == 303
        assert statuses(answers)[1] in (404, 422)
        first = scene.requests()[0]
        assert (first.state, first.assigned_to_id) in (
            ("waiting", scene.cast.colleague.id), ("approved", scene.cast.head.id),
        )  # fmt: skip
        scene.whole()


def test_annul_against_the_next_approval(scene: Scene) -> None:
    for _round in range(ROUNDS):
        request = scene.asked()
        scene.decide("head", request, "approve")()
        second = scene.requests()[-1]
        annul = scene.decide("head", request, "annul", reason="Se revisa")
        statuses(at_once([annul, scene.decide("line", second, "approve")]))
        assert scene.stage() == "plan"
        assert [a.state for a in scene.requests()] in (["annulled", "recalled"], ["annulled", "reopened"])
        scene.whole()
