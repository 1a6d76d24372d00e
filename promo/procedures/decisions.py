"""Asking for approvals and deciding on them. Author ≠ approver, whatever the definition says."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.access import Viewer, require
from promo.core.db import lock
from promo.core.errors import NotFound, Reason, Refused
from promo.core.records import Record
from promo.procedures import approvals
from promo.procedures.actions import move, opened, sentence, settle, stand_in, unmet
from promo.procedures.approvals import OPEN, ask, authors, next_step, next_to_ask, tell_asker
from promo.procedures.case import Case, gather
from promo.procedures.covering import digest_of, snapshot
from promo.procedures.definitions import Approvals, Stage
from promo.procedures.models import Approval, Run, Transition
from promo.procedures.subjects import Subject, subject_of


def ask_approval(session: Session, viewer: Viewer, record_id: int) -> Approval:
    """Ask for the next approval: of the present stage, or of an earlier one that was reopened.

    Raises :class:`Refused` with what is still missing, or when nothing is to be asked.
    """
    case = opened(session, viewer, record_id, "procedures.ask")
    if (found := next_to_ask(case)) is not None:
        return ask(session, case, *found, viewer.person_id)
    if others := [i for i in case.missing if i.type != "approval"]:
        raise Refused(unmet(case, others))
    raise Refused(_l("There is nothing to ask for now."))


def approve(session: Session, viewer: Viewer, approval_id: int, seen: str | None = None) -> Run:
    """Approve what was shown. The next step is asked by itself; after the last one the run moves on, if one way does.

    ``seen`` is the digest of what the approver had on the page. Raises :class:`Refused` when the record has changed
    since, or when the approver is its author.
    """
    case, request = _decided(session, viewer, approval_id, "procedures.approve")
    if (subject := subject_of(request)) is not None:
        return _approve_subject(session, viewer, case, request, subject, seen)
    stage, requirement = _covered(case, request)
    now = digest_of(snapshot(case, stage, requirement))
    if now != request.digest or (seen is not None and seen != now):
        raise Refused(Reason(_l("It changed since you opened it. Look at it again before you approve."), "digest"))
    if viewer.person_id in authors(session, case, request.asked_by_id):
        raise Refused(_l("Whoever made it can't approve it."))
    if requirement.four_eyes and _approved_step_before(case, request, requirement) == viewer.person_id:
        raise Refused(_l("You approved the step before: somebody else approves this one."))
    request.state, request.decided_by_id, request.decided_at = "approved", viewer.person_id, clock.now()
    session.flush()
    fresh = gather(session, case.record, case.run)
    for other in (requirement, *(a for a in stage.approvals() if a is not requirement)):
        step = next_step(fresh, stage, other)
        if step is not None:
            ask(session, fresh, stage, other, step, request.asked_by_id)
            break
    else:
        _move_on(session, fresh, request, viewer)
        settle(fresh)
    return case.run


def _approve_subject(
    session: Session, viewer: Viewer, case: Case, request: Approval, subject: Subject, seen: str | None
) -> Run:
    """Approve a request that is about something else than a step."""
    if seen is not None and seen != request.digest:
        raise Refused(Reason(_l("It changed since you opened it. Look at it again before you approve."), "digest"))
    if viewer.person_id in authors(session, case, request.asked_by_id):
        raise Refused(_l("Whoever made it can't approve it."))
    request.state, request.decided_by_id, request.decided_at = "approved", viewer.person_id, clock.now()
    session.flush()
    subject.approved(session, viewer, case, request)
    session.flush()
    if case.urgency is not None:
        settle(gather(session, case.record, case.run))
    return case.run


def _move_on(session: Session, case: Case, request: Approval, viewer: Viewer) -> None:
    """Move the run on by itself when nothing is missing and one way leads on."""
    if request.stage == case.run.stage and not case.missing and (target := case.onward) is not None:
        move(session, case, target, viewer.person_id, approval_id=request.id)


def _approved_step_before(case: Case, request: Approval, requirement: Approvals) -> int | None:
    step = next(s for s in requirement.steps if s.function == request.function)
    stage = case.definition.stage(request.stage)
    return approvals.approved_before(case, stage, requirement, step) if stage else None


def return_(session: Session, viewer: Viewer, approval_id: int, reason: str | None) -> Run:
    """Return a request with a reason; whoever asked is told."""
    case, request = _decided(session, viewer, approval_id, "procedures.return_")
    why = sentence(reason, "reason")
    if why is None:
        raise Refused(Reason(_l("Say what must change."), "reason"))
    request.state, request.reason = "returned", why
    request.decided_by_id, request.decided_at = viewer.person_id, clock.now()
    tell_asker(session, case.record, request, why)
    session.flush()
    if (subject := subject_of(request)) is not None:
        subject.returned(session, viewer, case, request)
        session.flush()
    return case.run


def recall(session: Session, viewer: Viewer, approval_id: int) -> Run:
    """Take a request back that nobody has decided yet."""
    request = session.get(Approval, approval_id)
    if request is None:
        raise NotFound("procedures.recall")
    case = opened(session, viewer, request.record_id, "procedures.recall")
    session.refresh(request)
    if request.state not in OPEN:
        raise Refused(_l("It has been decided already."))
    request.state, request.decided_at, request.decided_by_id = "recalled", clock.now(), viewer.person_id
    session.flush()
    if (subject := subject_of(request)) is not None:
        subject.recalled(session, viewer, case, request)
        session.flush()
    return case.run


def take_back(session: Session, viewer: Viewer, approval_id: int) -> Run:
    """Take one's approval back, until something rests on it. A run that had moved on by itself goes back with it."""
    case, request = _request(session, viewer, approval_id, "procedures.take_back")
    if request.state != "approved":
        raise Refused(_l("There is nothing to take back."))
    if (subject := subject_of(request)) is not None:
        return _take_subject_back(session, viewer, case, request, subject)
    moved = _rests_on(session, case, request)
    if moved is not None:
        back = case.definition.stage(moved.from_stage)
        if back is None:
            raise Refused(_l("There is nothing to take back."))
        for later in case.approvals:
            if later.asked_at >= moved.at and later.state in OPEN:
                later.state, later.decided_at = "recalled", clock.now()
        returned = move(session, case, back, viewer.person_id, reason=str(_l("The approval was taken back.")))
        returned.approval_id = request.id
        stand_in(session, case, back, moved.left_since)
    for later in case.steps:
        if later.id > request.id and later.state in OPEN and later.stage == request.stage:
            later.state, later.decided_at = "recalled", clock.now()
    session.flush()
    request.state, request.decided_by_id, request.decided_at = "waiting", None, None
    session.flush()
    return case.run


def _take_subject_back(session: Session, viewer: Viewer, case: Case, request: Approval, subject: Subject) -> Run:
    """Let a request that is about something else than a step wait again, where that can be undone."""
    if subject.taken_back is None:
        raise Refused(_l("Something rests on this approval already: it can only be annulled, with a reason."))
    subject.taken_back(session, viewer, case, request)
    request.state, request.decided_by_id, request.decided_at = "waiting", None, None
    session.flush()
    return case.run


def _rests_on(session: Session, case: Case, request: Approval) -> Transition | None:
    """Return the move that this approval caused by itself, or None; raises :class:`Refused` when more rests on it."""
    later = [a for a in case.steps if a.id > request.id and a.state in ("approved", "reopened")]
    last = session.scalars(
        select(Transition).where(Transition.run_id == case.run.id).order_by(Transition.id.desc()).limit(1)
    ).first()
    decided = request.decided_at
    if later or (last is not None and decided is not None and last.at > decided and last.approval_id != request.id):
        raise Refused(_l("Something rests on this approval already: it can only be annulled, with a reason."))
    return last if last is not None and last.approval_id == request.id and last.by_itself else None


def _request(session: Session, viewer: Viewer, approval_id: int, action: str) -> tuple[Case, Approval]:
    """Return a request that concerns the viewer, with its run locked; raises NotFound for any other."""
    request = session.get(Approval, approval_id)
    if request is None or viewer.person_id not in (request.assigned_to_id, request.decided_by_id):
        raise NotFound(action)
    require(viewer, action, request)
    record, run = session.get_one(Record, request.record_id), session.get_one(Run, request.run_id)
    lock(record)
    lock(run)
    session.refresh(request)
    return gather(session, record, run), request


def _decided(session: Session, viewer: Viewer, approval_id: int, action: str) -> tuple[Case, Approval]:
    case, request = _request(session, viewer, approval_id, action)
    if request.state != "waiting":
        raise Refused(_l("It no longer waits for you: it was decided, recalled or changed meanwhile."))
    return case, request


def _covered(case: Case, request: Approval) -> tuple[Stage, Approvals]:
    stage = case.definition.stage(request.stage)
    found = next((a for a in stage.approvals() if a.key == request.requirement), None) if stage else None
    if stage is None or found is None:
        raise NotFound("procedures.approve")
    return stage, found
