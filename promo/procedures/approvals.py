"""What an approval covers, asking for it, and asking again when what was shown has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts.models import Person
from promo.core import clock
from promo.core.records import APPROVER, AUTHOR, Record, RecordMember
from promo.procedures import telling
from promo.procedures.case import Case, gather, run_of
from promo.procedures.conditions import holds
from promo.procedures.covering import digest_of, snapshot
from promo.procedures.definitions import (
    Approvals,
    Stage,
    Step,
)
from promo.procedures.items import DUE_LATER, EXCEPTED
from promo.procedures.models import STEP, Approval
from promo.procedures.routing import route

OPEN = ("waiting", "nobody")


def authors(session: Session, case: Case, asker: int | None = None) -> set[int]:
    """Return who counts as author of a case: who owns it, began it, asks, is named so, or was involved in its act."""
    found = {case.record.owner_id, case.run.started_by_id, asker}
    if case.kind.involved is not None:
        found |= case.kind.involved(session, case.record)
    named = select(RecordMember.person_id).where(RecordMember.record_id == case.record.id, RecordMember.role == AUTHOR)
    return {p for p in found if p is not None} | set(session.scalars(named))


def next_step(case: Case, stage: Stage, approvals: Approvals) -> Step | None:
    """Return the first step that applies and is neither approved nor asked, when those before it are approved."""
    if not holds(approvals.when, case.facts, case.values):
        return None
    for step in approvals.steps:
        if not holds(step.when, case.facts, case.values):
            continue
        state = latest_state(case, stage.key, approvals.key, step.function)
        if state == "approved" or excepted(case, stage, approvals, step):
            continue
        return None if state in OPEN else step
    return None


def excepted(case: Case, stage: Stage, approvals: Approvals, step: Step) -> bool:
    """Whether an authorised exception stands for a step."""
    own = (stage.key, approvals.key, step.function)
    return any(i.state == EXCEPTED and (i.stage, i.requirement, i.function) == own for i in case.items)


def to_ask(case: Case) -> list[tuple[Stage, Approvals]]:
    """Return the approvals that may be asked for: earlier ones that were reopened first, then the present stage's."""
    found = [
        (stage, requirement)
        for stage in case.definition.stages
        if stage.key != case.run.stage
        for requirement in stage.approvals()
        if _asked_again(case, stage, requirement)
    ]
    return found + [(case.stage, requirement) for requirement in case.stage.approvals()]


def _asked_again(case: Case, stage: Stage, requirement: Approvals) -> bool:
    """Whether an item of the checklist asks for this approval of an earlier stage again."""
    return any(
        i.where.get("stage") == stage.key and i.requirement == requirement.key and (i.shuts or i.state == DUE_LATER)
        for i in case.items
    )


def next_to_ask(case: Case) -> tuple[Stage, Approvals, Step] | None:
    """Return the approval that can be asked for now: what else its stage asks is there, and the steps before it."""
    open_ = [i for i in case.items if i.type != "approval" and (i.shuts or i.state == DUE_LATER)]
    for stage, requirement in to_ask(case):
        step = next_step(case, stage, requirement)
        if step is None:
            continue
        owed = stage is not case.stage and case.owes(stage.key, requirement.key, step.function)
        if not any(i.stage == stage.key if owed else i.shuts for i in open_):
            return stage, requirement, step
    return None


def latest_state(case: Case, stage: str, requirement: str, function: str) -> str | None:
    """Return how the last request for a step stands, or None."""
    found = [g for g in case.given if (g.stage, g.requirement, g.function) == (stage, requirement, function)]
    return found[-1].state if found else None


def ask(session: Session, case: Case, stage: Stage, approvals: Approvals, step: Step, asker: int) -> Approval:
    """Write the request for a step, routed to whoever can approve; tell them."""
    about = Approval(stage=stage.key, requirement=approvals.key, function=step.function, asked_by_id=asker)
    return _send(
        session, case, about, snapshot(case, stage, approvals), excluded(session, case, stage, approvals, step, asker)
    )


def ask_about(
    session: Session,
    case: Case,
    subject: str,
    subject_id: int,
    function: str,
    asker: int,
    shown: dict[str, Any],
    requirement: str = "",
) -> Approval:
    """Write a request about something else than a step (see ``subjects.py``), routed like any other; tell them.

    ``shown`` is what it covers, as plain data.
    """
    about = Approval(stage=case.run.stage, requirement=requirement, function=function, asked_by_id=asker)
    about.subject, about.subject_id = subject, subject_id
    return _send(session, case, about, shown, dict.fromkeys(authors(session, case, asker), "author"))


def _send(
    session: Session, case: Case, request: Approval, shown: dict[str, Any], unable: Mapping[int, str]
) -> Approval:
    """Store a new request with what it covers, and route it to the first who is able to decide; tell them."""
    routed = route(session, case.record, request.function, unable, case.today)
    request.run_id, request.record_id = case.run.id, case.record.id
    request.state = "waiting" if routed.person_id is not None else "nobody"
    request.asked_at = clock.now()
    request.assigned_to_id, request.route_step, request.route_why = routed.person_id, routed.step, routed.why
    request.digest, request.snapshot = digest_of(shown), shown
    session.add(request)
    session.flush()
    let_see(session, case.record, routed.person_id)
    telling.asked(session, case, request)
    return request


def excluded(
    session: Session, case: Case, stage: Stage, approvals: Approvals, step: Step, asker: int
) -> dict[int, str]:
    """Return who can't approve a step, and why: its authors, and who approved the step before."""
    found = dict.fromkeys(authors(session, case, asker), "author")
    if approvals.four_eyes and (before := approved_before(case, stage, approvals, step)) is not None:
        found.setdefault(before, "approved_before")
    return found


def approved_before(case: Case, stage: Stage, approvals: Approvals, step: Step) -> int | None:
    """Return who approved the step before this one."""
    before: int | None = None
    for earlier in approvals.steps:
        if earlier is step:
            return before
        for request in case.steps:
            key = (request.stage, request.requirement, request.function)
            if key == (stage.key, approvals.key, earlier.function) and request.state == "approved":
                before = request.decided_by_id
    return before


def step_of(case: Case, request: Approval) -> tuple[Stage, Approvals, Step] | None:
    """Return the stage, the requirement and the step that a request is about; None when the procedure lacks it."""
    stage = case.definition.stage(request.stage)
    requirement = next((a for a in stage.approvals() if a.key == request.requirement), None) if stage else None
    step = next((s for s in requirement.steps if s.function == request.function), None) if requirement else None
    return (stage, requirement, step) if stage and requirement and step else None


def unable(session: Session, case: Case, request: Approval) -> dict[int, str]:
    """Return who can't decide a request, and why: its authors, and who approved the step before."""
    found = step_of(case, request) if request.subject == STEP else None
    if found is None:
        return dict.fromkeys(authors(session, case, request.asked_by_id), "author")
    return excluded(session, case, *found, request.asked_by_id)


def let_see(session: Session, record: Record, person_id: int | None) -> None:
    """Let an approver of another post, or outside the team, see the record that waits for them."""
    if person_id is None or record.visibility == "shared":
        return
    person = session.get(Person, person_id)
    if record.visibility == "post" and person is not None and person.post_id == record.post_id:
        return
    if session.get(RecordMember, (record.id, person_id)) is None:
        session.add(RecordMember(record_id=record.id, person_id=person_id, role=APPROVER))


def reopen_if_changed(session: Session, record: Record, known: Case | None = None) -> list[Approval]:
    """Reopen what no longer covers the record as it is; call it after every change of a record or its files.

    A request that still waits shows the new state; an approval given is to be given again. Returns those reopened. A
    finished run keeps its approvals. ``known`` is its case, where the caller has just gathered it.
    """
    run = known.run if known else run_of(session, record.id)
    if run is None or run.finished_at is not None:
        return []
    session.flush()
    case = known or gather(session, record, run)
    reopened: list[Approval] = []
    for request in case.steps:
        if request.state not in (*OPEN, "approved"):
            continue
        found = case.definition.stage(request.stage)
        approvals = next((a for a in found.approvals() if a.key == request.requirement), None) if found else None
        if found is None or approvals is None:
            continue
        shown = snapshot(case, found, approvals)
        if (now := digest_of(shown)) == request.digest:
            continue
        if request.state == "approved":
            request.state = "reopened"
            reopened.append(request)
        else:
            request.snapshot, request.digest = shown, now
    for request in reopened:
        telling.reopened(session, case, request)
    _recall_later(case, reopened)
    session.flush()
    return reopened


def _recall_later(case: Case, reopened: list[Approval]) -> None:
    """Recall the requests that wait behind an approval which was reopened: they are asked again in their turn."""
    keys = {(r.stage, r.requirement) for r in reopened}
    for request in case.steps:
        if request.state in OPEN and (request.stage, request.requirement) in keys:
            request.state = "recalled"
            request.decided_at = clock.now()


@dataclass(frozen=True)
class Covered:
    """What approvals that were given cover: facts, answers, categories of files. Changing one reopens them."""

    facts: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()


def covered_in(case: Case) -> Covered:
    """Return what approvals given to steps cover of a case at hand; nothing once the run is finished."""
    return covered_by([] if case.run.finished_at else [a.snapshot for a in case.steps if a.state == "approved"])


def covered(session: Session, record: Record) -> Covered:
    """Return what approvals given to steps cover, for the warning before saving; nothing once the run is finished."""
    run = run_of(session, record.id)
    if run is None or run.finished_at is not None:
        return Covered()
    given = select(Approval.snapshot).where(
        Approval.run_id == run.id, Approval.subject == STEP, Approval.state == "approved"
    )
    return covered_by(session.scalars(given))


def covered_by(given: Iterable[Mapping[str, Any]]) -> Covered:
    """Return what approvals cover, each as what was shown: of files only the categories that were there."""
    facts: set[str] = set()
    answers: set[str] = set()
    files: set[str] = set()
    for shown in given:
        facts |= {name.split(".")[0] for name in shown.get("facts", {})}
        answers |= set(shown.get("answers", {}))
        files |= {file["category"] for file in shown.get("files", ())}
    return Covered(frozenset(facts), frozenset(answers), frozenset(files))
