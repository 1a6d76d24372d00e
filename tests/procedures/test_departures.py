"""Exceptions and urgencies, whatever people do in whatever order: no gate opens or shuts but as they say."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.access import Viewer
from promo.core.db import write
from promo.core.errors import Forbidden, NotFound, Refused
from promo.core.records import Record
from promo.exceptions import actions as exceptions
from promo.exceptions import queries
from promo.procedures import actions, decisions
from promo.procedures.case import Case, gather, run_of
from promo.procedures.models import Run, Transition
from promo.urgencies import actions as urgencies
from tests.cast import Cast
from tests.departures import DEFINITION, NOW
from tests.procedures.conftest import Trial

few = settings(
    max_examples=25, deadline=None, suppress_health_check=[*HealthCheck], stateful_step_count=10, database=None
)
ORDER = ("plan", "prepare", "hold", "closed")
QUESTIONS = {"plan": ("risks", "money"), "prepare": ("agenda",), "hold": ("attendance",)}


def _definition() -> dict[str, Any]:
    """The procedure of the case files, asking for answers instead of files, with a way to approve without money."""
    data = deepcopy(DEFINITION)
    for stage in data["stages"][:3]:
        asked = [{"answer": q, "type": "text", "label": {"es": q, "en": q}} for q in QUESTIONS[stage["key"]]]
        approvals = [r for r in stage["requires"] if "approvals" in r]
        stage["requires"] = asked + approvals
        stage.pop("deadline", None)
    return data | {"applies_to": {"kind": "record", "types": ["matchmaking"]}}


class Desk:
    """One run, and what people may do with it; each act is tried, and refused where it may not be."""

    def __init__(self, trial: Trial, traveller: time_machine.Traveller) -> None:
        self.trial, self.cast, self.traveller = trial, trial.cast, traveller
        traveller.move_to(NOW)
        self.id = trial.begin(
            act_type="matchmaking", starts_on=date(2026, 11, 20), ends_on=date(2026, 11, 20)
        ).record_id

    def tried(self, act: Callable[[Session], object]) -> bool:
        """Try something; return whether it was done."""
        with suppress(Refused, NotFound, Forbidden):
            with write() as session:
                act(session)
            return True
        return False

    def case(self) -> Case:
        """Everything that is known, read anew."""
        from promo.core.db import session

        session().rollback()
        session().expire_all()
        run = run_of(session(), self.id)
        assert run is not None
        return gather(session(), session().get_one(Record, self.id), run)

    def answer(self, key: str) -> bool:
        return self.tried(lambda s: actions.answer(s, self.cast.officer.viewer, self.id, {key: "sí"}))

    def clear(self, key: str) -> bool:
        return self.tried(lambda s: actions.answer(s, self.cast.officer.viewer, self.id, {key: ""}))

    def ask(self) -> bool:
        return self.tried(lambda s: decisions.ask_approval(s, self.cast.officer.viewer, self.id))

    def decide(self, subject: str, how: str) -> bool:
        """Let whoever is asked approve or return what waits, or the asker recall it."""
        request = next((a for a in self.case().approvals if a.subject == subject and a.state == "waiting"), None)
        if request is None:
            return False
        by = next(m.viewer for m in self.cast if m.id == request.assigned_to_id)
        id_ = request.id
        if how == "approve":
            return self.tried(lambda s: decisions.approve(s, by, id_))
        if how == "return":
            return self.tried(lambda s: decisions.return_(s, by, id_, "No"))
        return self.tried(lambda s: decisions.recall(s, self.cast.officer.viewer, id_))

    def advance(self) -> bool:
        case = self.case()
        to = case.onward.key if case.onward else "closed"
        return self.tried(lambda s: actions.advance(s, self.cast.officer.viewer, self.id, to))

    def regularise(self) -> bool:
        """Give everything that the first stage asks, its approval last."""
        answered = [self.answer(key) for key in QUESTIONS["plan"]]
        return all(answered) and self.ask() and self.decide("step", "approve")

    def go_on(self) -> bool:
        """Answer what the present stage asks, and move on."""
        for key in QUESTIONS.get(self.case().run.stage, ()):
            self.answer(key)
        return self.advance()

    def cancel(self) -> bool:
        return self.tried(lambda s: actions.advance(s, self.cast.officer.viewer, self.id, "cancelled", "Se suspende"))

    def urge(self, by: Viewer) -> bool:
        return self.tried(lambda s: urgencies.declare(s, by, self.id, None, "Llega el ministro"))

    def except_(self, key: str, days: int | None) -> bool:
        until = clock.today("America/Los_Angeles") + timedelta(days=days) if days is not None else None
        return self.tried(
            lambda s: exceptions.ask(s, self.cast.officer.viewer, self.id, key, "No llega", "La anterior", until)
        )

    def end(self) -> bool:
        found = self.case().exceptions
        return bool(found) and self.tried(lambda s: exceptions.end(s, self.cast.head.viewer, found[-1].id, "Ya no"))

    def wait(self, days: int) -> bool:
        self.traveller.shift(timedelta(days=days))
        return True


EXCEPTING = ("ask", "ask_for_a_day", "approve", "return", "recall", "end", "wait", "answer", "clear", "advance")


@few
@given(data=st.data())
def test_an_exception_opens_the_gate_only_while_it_is_in_force(trial: Trial, cast: Cast, data: Any) -> None:
    """asked → granted → ended or over, asked → returned or recalled: the item is excepted while it is granted."""
    if "PE-PRU-01" not in trial.versions:
        trial.enforce("PE-PRU-01", _definition())
    with time_machine.travel(NOW, tick=False) as traveller:
        desk = Desk(trial, traveller)
        state = ""  # of the last exception
        for step in data.draw(st.lists(st.sampled_from(EXCEPTING), max_size=12)):
            filled = "risks" in desk.case().values
            done = {
                "ask": lambda: desk.except_("answer.risks", None),
                "ask_for_a_day": lambda: desk.except_("answer.risks", 2),
                "approve": lambda: desk.decide("exception", "approve"),
                "return": lambda: desk.decide("exception", "return"),
                "recall": lambda: desk.decide("exception", "recall"),
                "end": desk.end,
                "wait": lambda: desk.wait(2),
                "answer": lambda: desk.answer("risks"),
                "clear": lambda: desk.clear("risks"),
                "advance": desk.advance,
            }[step]()
            before, state = state, _state(desk)
            allowed = {"ask": not filled and before not in ("asked", "granted"), "end": before == "granted",
                       "return": before == "asked", "recall": before == "asked"}  # fmt: skip
            assert done == allowed.get(step, done), (step, before)
            item = next(i for i in desk.case().items if i.key == "answer.risks")
            there = "risks" in desk.case().values
            assert item.state == ("met" if there else "excepted" if state == "granted" else "missing")
            assert desk.case().run.stage == "plan", "the approval of the stage was never given"


def _state(desk: Desk) -> str:
    found = desk.case().exceptions
    return queries.state_of(found[-1], clock.today("America/Los_Angeles")) if found else ""


URGING = ("urge", "urge_as_director", "risks", "money", "agenda", "attendance", "ask", "approve", "confirm", "object",
          "except", "grant", "advance", "cancel", "wait", "clear", "regularise", "go_on", "go_on")  # fmt: skip


@few
@given(
    steps=st.lists(st.sampled_from(URGING), max_size=24).map(lambda rest: ["urge", *rest] if len(rest) % 2 else rest)
)
def test_an_urgency_moves_on_once_and_what_it_owes_is_never_lost(trial: Trial, cast: Cast, steps: list[str]) -> None:
    """No end with something owed; no gate opens past the day; one urgency at a time; each move is written."""
    if "PE-PRU-01" not in trial.versions:
        trial.enforce("PE-PRU-01", _definition())
    with time_machine.travel(NOW, tick=False) as traveller:
        desk = Desk(trial, traveller)
        for step in steps:
            before = desk.case()
            stood, over, had = before.run.stage, before.run.finished_at is not None, before.urgency is not None
            overdue = [i for i in before.items if i.reason.code == "overdue" and i.shuts]
            owed = [i for i in before.items if i.reason.code in ("due_later", "overdue")]
            done = {
                "urge": lambda: desk.urge(cast.head.viewer),
                "urge_as_director": lambda: desk.urge(cast.hq_manager.viewer),
                "ask": desk.ask,
                "approve": lambda: desk.decide("step", "approve"),
                "confirm": lambda: desk.decide("urgency", "approve"),
                "object": lambda: desk.decide("urgency", "return"),
                "except": lambda: desk.except_("plan.answer.money", 3),
                "grant": lambda: desk.decide("exception", "approve"),
                "advance": desk.advance,
                "go_on": desk.go_on,
                "regularise": desk.regularise,
                "cancel": desk.cancel,
                "wait": lambda: desk.wait(8),
                "clear": lambda: desk.clear("risks"),
            }.get(step, lambda key=step: desk.answer(key))()
            after = desk.case()
            moved = after.run.stage != stood
            if step in ("advance", "go_on") and done and stood != "plan":
                assert not overdue
                assert after.run.stage != "closed" or not owed
            if step.startswith("urge") and done:
                assert moved
                assert after.urgency is not None
                assert not had
            if step == "object" and done:
                assert not moved
            if step == "cancel" and not over:
                assert done
                assert after.run.stage == "cancelled"
            _whole(after)


def _whole(case: Case) -> None:
    """The moves lead from stage to stage to where it stands; of urgencies one at most is open, none at the end."""
    from promo.core.db import session

    moves = session().scalars(select(Transition).where(Transition.run_id == case.run.id).order_by(Transition.id)).all()
    path = ["plan", *(m.to_stage for m in moves)]
    assert [m.from_stage for m in moves] == path[:-1]
    assert path[-1] == case.run.stage
    open_ = [u for u in case.urgencies if u.closed_at is None]
    assert len(open_) <= 1
    if case.run.finished_at is not None:
        assert open_ == []
    if (one := case.urgency) is not None and one.from_stage in case.behind:
        missing = {f"{i.stage}:{i.own}" for i in case.items_of(one.from_stage) if i.shuts}
        assert {f"{i.stage}:{i.own}" for i in case.items if i.reason.code in ("due_later", "overdue")} == missing & set(
            one.items
        )


def test_what_is_asked_of_the_tables_stays_small(trial: Trial, session: Session, cast: Cast) -> None:
    """A run without exceptions and urgencies is read without asking for any."""
    from tests import database

    run = trial.begin()
    session.rollback()
    with database.watch() as seen:
        gather(session, session.get_one(Record, run.record_id), session.get_one(Run, run.id))
    assert not [s for s in seen.statements if "procedure_exception" in s or "procedure_urgency" in s]
    assert len(seen.statements) > 3
