"""No sequence of what people can do ends in a state that the definition forbids: random acts through HTTP.

An officer, their colleague, the head of post, the line director, a deputy and quality press whatever they find, also
two at once, while absences come and go: they ask for exceptions, declare urgencies, enter what was approved on paper,
dispute, annul and delegate. After each act everything that must always hold is looked at in the database.
"""

from __future__ import annotations

import io
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from promo.accounts.models import Absence
from promo.core import clock
from promo.core.db import session, write
from promo.core.files import File
from promo.events.models import Event
from promo.procedures import actions as procedures
from promo.procedures import approvals, items
from promo.procedures.case import Case, gather, run_of
from promo.procedures.covering import digest_of, snapshot
from promo.procedures.departures import EXCEPTION, URGENCY, AuthorisedException, Urgency
from promo.procedures.jobs import reroute
from promo.procedures.models import Approval, ApprovalRoute, Transition
from promo.procedures.validation import parse
from tests.cast import ACT, Cast

STEPS, EXAMPLES = 40, 45  # with all that one act presses, at least 2,000 in all
ANSWERED = frozenset({200, 302, 303, 403, 404, 409, 422})
PLAN = {
    "title": "Foro de granos", "act_type": "seminar", "pillar": "trade", "visibility": "post",
    "starts_on": "2027-03-04", "ends_on": "2027-03-05", "city": "Anaheim", "country": "US",
    "timezone": "America/Los_Angeles", "budget_amount": "0", "budget_currency": "USD",
}  # fmt: skip
DEFINITION = """
code: PE-TRY-01
title: {es: Prueba, en: Trial}
applies_to: {kind: event, types: [seminar]}
stages:
  - key: plan
    title: {es: Plan, en: Plan}
    responsible: officer
    deadline: {working_days: 10, before: starts_on}
    requires:
      - {fact: objective}
      - {evidence: concept_note, label: {es: Nota, en: Note}}
      - {answer: risks, type: text, label: {es: Riesgos, en: Risks}, when: {fact: budget_usd, op: gt, value: 2000}}
      - approvals:
          - {function: head_of_mission}
          - {function: line_director, when: {fact: budget_usd, op: gt, value: 2000}}
        label: {es: Visto bueno, en: Approval}
        covers: [budget_usd]
    next: [do, cancelled]
  - key: do
    title: {es: Hacer, en: Do}
    deadline: {working_days: 5, after: ends_on}
    requires:
      - {answer: attendance, type: integer, min: 0, max: 500, label: {es: Asistencia, en: Attendance}}
      - {declaration: fair, label: {es: Sin conflicto, en: No conflict}}
    next: [review, plan, cancelled]
  - key: review
    title: {es: Revisar, en: Review}
    deadline: {calendar_days: 20, after: do, calendar: peru}
    requires:
      - approvals: [{function: head_of_mission}, {function: line_director}]
        label: {es: Cierre, en: Closing}
        waivable: false
        protects: money
    next: [closed]
  - {key: closed, title: {es: Cerrado, en: Closed}, final: true}
  - {key: cancelled, title: {es: Cancelado, en: Cancelled}, cancelled: true}
"""
WHO = ("officer", "colleague", "head", "manager", "hq_manager", "quality", "promoter")
ITEMS = ("fact.objective", "evidence.concept_note", "answer.attendance", "declaration.fair", "approvals")
people = st.sampled_from(WHO)
some_answers = st.dictionaries(
    st.sampled_from(["risks", "attendance", "other"]), st.sampled_from(["", "7", "x", "501"]), max_size=2
)
moneys = st.sampled_from(["0", "400", "2000", "2001", "90000"])


class World:
    """What all examples share: the application, the cast signed in, and how many steps were taken."""

    def __init__(self, cast: Cast, sign_in: Any) -> None:
        self.cast, self.sign_in = cast, sign_in
        self.clients = {part: sign_in(cast.members[part]) for part in WHO}
        self.steps = self.ended = 0
        self.reached: set[str] = set()


class Machine(RuleBasedStateMachine):
    """One case file, and everybody who may press something about it."""

    world: World

    @initialize(by=st.sampled_from(["officer", "head"]))
    def begin(self, by: str) -> None:
        """Somebody plans a seminar; nobody is away."""
        for part in WHO:
            self._absent(part, away=False)
        self.by = by
        self.id = int(self.client(by).post("/events/new", data=PLAN).location.rsplit("/", 1)[1])

    def teardown(self) -> None:
        """Of every fifth case file, whatever happened to it: everybody is back and does what leads to its end."""
        self.world.ended += hasattr(self, "id")
        if hasattr(self, "id") and self.world.ended % 5 == 0:
            for part in WHO:
                self._absent(part, away=False)
            reroute()
            self.go_on(4)
            self.holds()

    def client(self, part: str) -> Any:
        return self.world.clients[part]

    def post(self, part: str, path: str, **values: Any) -> int:
        """Press something; whatever comes of it, the server answers in words."""
        self.world.steps += 1
        answer = self.client(part).post(path, data=values)
        assert answer.status_code in ANSWERED, (path, answer.status_code)
        session().rollback()
        return int(answer.status_code)

    def run(self, part: str, verb: str, **values: Any) -> int:
        return self.post(part, f"/procedures/runs/{self.id}/{verb}", **values)

    def case(self) -> Case:
        session().rollback()
        session().expire_all()
        event = session().get_one(Event, self.id)
        run = run_of(session(), self.id)
        assert run is not None
        return gather(session(), event, run)

    def request(self, *states: str, subject: str = "step") -> Approval | None:
        """Return the newest request about this case file in one of these states."""
        session().rollback()
        found = select(Approval).where(Approval.record_id == self.id, Approval.subject == subject)
        found = found.where(Approval.state.in_(states)) if states else found
        return session().scalars(found.order_by(Approval.id.desc())).first()

    # what people press

    @rule(who=people, money=moneys, objective=st.sampled_from(["", "Doce exportadoras", "Otro fin"]))
    def edit(self, who: str, money: str, objective: str) -> None:
        self.post(who, f"/events/{self.id}/edit", **(PLAN | {"budget_amount": money, "objective": objective}))

    @rule(who=people, day=st.sampled_from(["2027-03-04", "2026-11-30", "2027-05-01"]))
    def postpone(self, who: str, day: str) -> None:
        self.post(who, f"/events/{self.id}/edit", **(PLAN | {"objective": "Doce", "starts_on": day, "ends_on": day}))

    @rule(who=people, text=st.sampled_from(["uno", "dos"]))
    def attach(self, who: str, text: str) -> None:
        file = (io.BytesIO(text.encode()), f"{text}.txt")
        self.post(who, f"/files/records/{self.id}", category="concept_note", file=file)

    @rule(who=people)
    def put_file_away(self, who: str) -> None:
        session().rollback()
        kept = select(File.id).where(File.record_id == self.id, File.archived_at.is_(None))
        if (file := session().scalars(kept).first()) is not None:
            self.post(who, f"/files/{file}/archive")

    @rule(who=people, answers=some_answers)
    def answer(self, who: str, answers: dict[str, str]) -> None:
        self.run(who, "answer", **answers)

    @rule(who=people, said=st.sampled_from(["yes", "no"]))
    def declare(self, who: str, said: str) -> None:
        self.run(who, "declare", key="fair", said=said)

    @rule(who=people)
    def ask(self, who: str) -> None:
        self.run(who, "ask")

    @rule(who=people, to=st.sampled_from(["do", "review", "closed", "plan", "nowhere"] * 3 + ["cancelled"]))
    def advance(self, who: str, to: str) -> None:
        self.run(who, "advance", to=to, reason="Cambió el plan" if to == "cancelled" else "")

    @rule()
    def do_what_is_missing(self) -> None:
        """Fill in whatever the present stage asks, as somebody who wants to go on."""
        self.edit("officer", "400", "Doce exportadoras")
        self.attach("officer", "uno")
        self.run("officer", "answer", risks="Lluvia", attendance="12")
        self.run("officer", "declare", key="fair", said="yes")
        self.run("officer", "ask")

    @rule(how_often=st.integers(1, 4))
    def go_on(self, how_often: int) -> None:
        """Do all that leads on: what is missing, the approvals by whom they wait for, and the next stage."""
        for _n in range(how_often):
            self.do_what_is_missing()
            while (request := self.request("waiting")) is not None:
                if self.post(self._deciders()[0], f"/procedures/approvals/{request.id}/approve") != 303:
                    break
            onward = [stage.key for stage in self.case().ways if not stage.cancelled]
            if onward:
                self.run("officer", "advance", to=onward[0])

    def _deciders(self) -> list[str]:
        """Return who of the cast a request waits for, else everybody."""
        request = self.request("waiting")
        asked = [p for p in WHO if request and self.world.cast.members[p].id == request.assigned_to_id]
        return asked or list(WHO)

    @rule(right=st.booleans(), who=people, stale=st.booleans())
    def approve(self, right: bool, who: str, stale: bool) -> None:
        request = self.request("waiting") or self.request()
        if request is not None:
            by = self._deciders()[0] if right else who
            seen = "0" * 64 if stale and not right else request.digest
            self.post(by, f"/procedures/approvals/{request.id}/approve", digest=seen)

    @rule(who=people, verb=st.sampled_from(["return", "recall", "take_back"]))
    def undo(self, who: str, verb: str) -> None:
        request = self.request()
        if request is not None:
            self.post(who, f"/procedures/approvals/{request.id}/{verb}", reason="Falta el fin")

    @rule(verb=st.sampled_from(["return", "take_back"]))
    def undo_rightly(self, verb: str) -> None:
        request = self.request("waiting" if verb == "return" else "approved")
        owner = request and (request.assigned_to_id if verb == "return" else request.decided_by_id)
        part = next((p for p in WHO if self.world.cast.members[p].id == owner), None)
        if request is not None and part is not None:
            self.post(part, f"/procedures/approvals/{request.id}/{verb}", reason="Falta el fin")

    @rule(money=moneys)
    def at_once(self, money: str) -> None:
        """Two press at the same moment: one approves what the other is changing."""
        request = self.request("waiting")
        works: list[Any] = [lambda: self.client("officer").post(
            f"/events/{self.id}/edit", data=PLAN | {"budget_amount": money, "objective": "A la vez"})]  # fmt: skip
        if request is not None:
            address, digest = f"/procedures/approvals/{request.id}/approve", request.digest
            works += [lambda p=p: self.client(p).post(address, data={"digest": digest}) for p in self._deciders()[:1]]
        works.append(lambda: self.client("colleague").post(f"/procedures/runs/{self.id}/advance", data={"to": "do"}))
        session().rollback()
        with ThreadPoolExecutor(len(works)) as both:
            answers = {done.result().status_code for done in [both.submit(work) for work in works]}
        self.world.steps += len(works)
        assert answers <= ANSWERED

    # what departs from the procedure, and what undoes an approval

    @rule(who=people, item=st.sampled_from(ITEMS))
    def ask_exception(self, who: str, item: str) -> None:
        words = {"item": item, "reason": "No hay tiempo", "instead": "Un correo", "until": ""}
        self.post(who, f"/exceptions/ask/{self.id}", **words)

    @rule(which=st.integers(0, 3), approve=st.booleans())
    def except_rightly(self, which: int, approve: bool) -> None:
        """Ask for an exception from something that is missing and may be excepted; whoever it waits for answers."""
        missing = [item.key for item in self.case().missing if item.waivable]
        if missing:
            self.ask_exception("officer", missing[which % len(missing)])
            self.answer_departure(approve)

    @rule(approve=st.booleans())
    def answer_departure(self, approve: bool) -> None:
        """Whoever a request about an exception or an urgency waits for answers it."""
        for subject in (EXCEPTION, URGENCY):
            if (request := self.request("waiting", subject=subject)) is not None:
                verb = "approve" if approve else "return"
                for part in self._holders(request.assigned_to_id):
                    self.post(part, f"/procedures/approvals/{request.id}/{verb}", reason="No procede")

    @rule(who=st.sampled_from(["head", "hq_manager", "officer"]), to=st.sampled_from(["", "do", "review"]))
    def declare_urgency(self, who: str, to: str) -> None:
        self.post(who, f"/urgencies/{self.id}/declare", reason="Llega el ministro", to=to)

    @rule(who=people, signer=people)
    def enter_paper(self, who: str, signer: str) -> None:
        request = self.request("waiting")
        if request is not None:
            signed = str(self.world.cast.members[signer].id)
            day = clock.today().isoformat()
            file = (io.BytesIO(b"Aprobado"), "memo.txt")
            form = {"act_type": "memorandum", "act_number": "MEM 7", "act_date": day, "signed_by": signed, "file": file}
            self.post(who, f"/procedures/approvals/{request.id}/enter", **form)

    @rule(verb=st.sampled_from(["dispute", "annul", ""]))
    def on_paper(self, verb: str) -> None:
        """Do all that is missing; the approval comes on paper, and its signer may not know of it."""
        self.do_what_is_missing()
        if (request := self.request("waiting")) is not None:
            signer = self._deciders()[0]
            for who in ("colleague", "promoter"):
                self.enter_paper(who, signer)
            if verb and self.request("approved") is not None:
                self.post(signer, f"/procedures/approvals/{request.id}/{verb}", reason="Yo no lo firmé")

    @rule(who=people, verb=st.sampled_from(["dispute", "annul"]), right=st.booleans())
    def undo_later(self, who: str, verb: str, right: bool) -> None:
        request = self.request("approved")
        if request is not None:
            who = self._holders(request.decided_by_id)[0] if right else who
            self.post(who, f"/procedures/approvals/{request.id}/{verb}", reason="No fue así")

    @rule(to=people)
    def delegate(self, to: str) -> None:
        request = self.request("waiting")
        if request is not None:
            form = {"person": str(self.world.cast.members[to].id), "reason": "Viajo"}
            self.post(self._deciders()[0], f"/procedures/approvals/{request.id}/delegate", **form)

    def _holders(self, person_id: int | None) -> list[str]:
        return [p for p in WHO if self.world.cast.members[p].id == person_id] or ["head"]

    # what happens around them

    @rule(part=st.sampled_from(["head", "hq_manager", "colleague"]), away=st.booleans())
    def absence(self, part: str, away: bool) -> None:
        self._absent(part, away=away)
        reroute()

    def _absent(self, part: str, *, away: bool) -> None:
        with write() as writing:
            person, today = self.world.cast.members[part].id, clock.today()
            for row in writing.scalars(select(Absence).where(Absence.person_id == person)).all():
                writing.delete(row)
            if away:
                writing.add(Absence(person_id=person, starts_on=today, ends_on=today + timedelta(days=9)))

    # what must always hold

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "id"):
            return
        case = self.case()
        self._stands_where_the_definition_allows(case)
        self._moved_only_along_ways_that_were_open(case)
        self._nobody_approved_their_own(case)
        self._approvals_cover_what_is_there(case)
        self._excepted_by_somebody_else(case)
        self._papers_by_somebody_else(case)

    def _stands_where_the_definition_allows(self, case: Case) -> None:
        stage = case.definition.stage(case.run.stage)
        assert stage is not None
        assert case.record.status == case.run.stage
        assert (case.run.finished_at is not None) == stage.final
        if case.run.due_on is not None:
            assert any(calendar.is_working(case.run.due_on) for calendar in case.calendars.values())

    def _moved_only_along_ways_that_were_open(self, case: Case) -> None:
        moves = (
            session().scalars(select(Transition).where(Transition.run_id == case.run.id).order_by(Transition.id)).all()
        )
        at = case.definition.first.key
        self.world.reached |= {at, *(move.to_stage for move in moves)}
        for move in moves:
            assert move.from_stage == at
            at = move.to_stage
            start, end = case.definition.stage(move.from_stage), case.definition.stage(move.to_stage)
            assert start is not None
            assert end is not None
            taken_back = move.approval_id is not None and not move.by_itself
            assert taken_back or end.key in {way.to for way in start.ways}
            if not taken_back and not end.cancelled:
                shut = {item["key"] for item in move.checklist if item["state"] in items.SHUTS}
                owed = self._owed(case, move) if shut else set()
                assert shut <= owed, (shut, owed)
        assert at == case.run.stage

    def _owed(self, case: Case, move: Transition) -> set[str]:
        """Return what an urgency let a run leave behind by this very move."""
        found = select(Urgency).where(
            Urgency.run_id == case.run.id, Urgency.from_stage == move.from_stage, Urgency.to_stage == move.to_stage
        )
        moved = [one for one in session().scalars(found) if one.declared_at <= move.at]
        self.world.reached |= {"urgent"} if moved else set()
        for one in moved:
            assert not any(item.startswith("review:") for item in one.items), "money is never left behind"
        return {item.partition(":")[2] for one in moved for item in one.items}

    def _excepted_by_somebody_else(self, case: Case) -> None:
        for one in session().scalars(select(AuthorisedException).where(AuthorisedException.run_id == case.run.id)):
            request = one.approval
            assert request is not None
            if request.state == "approved":
                self.world.reached |= {"excepted"}
                assert request.decided_by_id not in (None, one.asked_by_id)
        approved = [e for e in case.exceptions if e.approval is not None and e.approval.state == "approved"]
        granted = {(e.stage, e.item) for e in approved}
        assert {(i.stage, i.own) for i in case.items if i.state == items.EXCEPTED} <= granted
        assert not any(stage == "review" for stage, _item in granted), "there is no exception from it"

    def _papers_by_somebody_else(self, case: Case) -> None:
        for request in case.steps:
            if request.entered_by_id is not None and request.state in ("approved", "disputed", "annulled"):
                self.world.reached |= {"on paper", request.state}
                assert request.act_file_id is not None
                assert request.entered_by_id != request.decided_by_id or request.state != "approved"

    def _nobody_approved_their_own(self, case: Case) -> None:
        by_step: dict[tuple[str, str, str], Approval] = {}
        for request in case.steps:
            if request.state == "approved":
                assert request.decided_by_id not in approvals.authors(session(), case, request.asked_by_id)
            if request.state == "waiting":
                assert request.assigned_to_id is not None
                assert request.assigned_to_id not in approvals.authors(session(), case, request.asked_by_id)
            by_step[request.stage, request.requirement, request.function] = request
        for stage in case.definition.stages:
            for requirement in stage.approvals():
                steps = [by_step.get((stage.key, requirement.key, s.function)) for s in requirement.steps]
                given = [s.decided_by_id for s in steps if s is not None and s.state == "approved"]
                assert all(a != b for a, b in pairwise(given))

    def _approvals_cover_what_is_there(self, case: Case) -> None:
        open_: Counter[tuple[str, str, str]] = Counter()
        for request in case.steps:
            if request.state in approvals.OPEN:
                open_[request.stage, request.requirement, request.function] += 1
            stage = case.definition.stage(request.stage)
            assert stage is not None
            requirement = next(a for a in stage.approvals() if a.key == request.requirement)
            if case.run.finished_at is None and request.state == "approved":
                shown = snapshot(case, stage, requirement)
                assert request.snapshot == shown, (request.stage, case.run.stage)
                assert request.digest == digest_of(shown)
        assert all(count == 1 for count in open_.values())


def test_no_sequence_ends_in_a_forbidden_state(session: Any, cast: Cast, sign_in: Any) -> None:
    with write() as writing:
        version = procedures.add_draft(writing, parse(DEFINITION).data, cast.promoter.id)
        assert version is not None
        day = clock.today() - timedelta(days=200)
        procedures.make_effective(writing, version, cast.quality.id, ACT, day, day)
        writing.add(ApprovalRoute(
            post_id=cast.officer.post_id, function="head_of_mission", deputy_id=cast.manager.id,
            stand_in_id=cast.colleague.id,
        ))  # fmt: skip
    Machine.world = World(cast, sign_in)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    assert Machine.world.steps >= 2_000
    ways = {"plan", "do", "review", "closed", "excepted", "urgent", "on paper"}
    assert ways <= Machine.world.reached
