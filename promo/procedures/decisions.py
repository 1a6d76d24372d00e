"""Asking for approvals and deciding on them. Author ≠ approver, whatever the definition says."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.access import Viewer, require
from promo.core.db import lock
from promo.core.errors import NotFound, Reason, Refused
from promo.core.records import Record
from promo.procedures import reading, telling
from promo.procedures.actions import move, opened, sentence, settle, unmet
from promo.procedures.approvals import OPEN, ask, next_step, next_to_ask, step_of, unable
from promo.procedures.case import Case, gather
from promo.procedures.covering import digest_of, snapshot
from promo.procedures.definitions import Approvals, Stage, Step
from promo.procedures.models import STEP, Approval, Run
from promo.procedures.subjects import subject_of


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


def approve(
    session: Session, viewer: Viewer, approval_id: int, seen: str | None = None, *, together: bool = False
) -> Run:
    """Approve what was shown. The next step is asked by itself; after the last one the run moves on, if one way does.

    ``seen`` is the digest of what the approver had on the page; ``together``: with others, where the procedure allows
    it. Raises :class:`Refused` when the record has changed since, or when the approver is its author.
    """
    case, request = waiting_for(session, viewer, approval_id, "procedures.approve")
    check(session, case, request, viewer.person_id, seen)
    if together and not may_be_together(case, request):
        raise Refused(_l("Its procedure wants each one approved on its own."))
    request.state, request.decided_by_id, request.decided_at = "approved", viewer.person_id, clock.now()
    request.together = together
    reading.time(session, request)
    follow(session, viewer, case, request)
    return case.run


def check(session: Session, case: Case, request: Approval, approver: int, seen: str | None = None) -> None:
    """Refuse an approval of what has changed since it was seen, by its author, or by who approved the step before."""
    now = request.digest
    if request.subject == STEP:
        now = digest_of(snapshot(case, *_step(case, request)[:2]))
    if now != request.digest or (seen is not None and seen != now):
        raise Refused(Reason(_l("It changed since you opened it. Look at it again before you approve."), "digest"))
    out = unable(session, case, request).get(approver)
    if out == "author":
        raise Refused(_l("Whoever made it can't approve it."))
    if out is not None:
        raise Refused(_l("You approved the step before: somebody else approves this one."))


def may_be_together(case: Case, request: Approval) -> bool:
    """Whether a request may be approved at once with others: where its procedure says so."""
    found = step_of(case, request) if request.subject == STEP else None
    return found is not None and bool(getattr(found[1], "together", False))


def follow(session: Session, viewer: Viewer, case: Case, request: Approval) -> None:
    """Let follow what an approval just given brings: the next step is asked, or the run moves on."""
    session.flush()
    if (subject := subject_of(request)) is not None:
        subject.approved(session, viewer, case, request)
        session.flush()
        if case.urgency is not None:
            settle(gather(session, case.record, case.run))
        return
    stage, requirement, _step_here = _step(case, request)
    fresh = gather(session, case.record, case.run)
    for other in (requirement, *(a for a in stage.approvals() if a is not requirement)):
        step = next_step(fresh, stage, other)
        if step is not None:
            ask(session, fresh, stage, other, step, request.asked_by_id)
            return
    if request.stage == fresh.run.stage and not fresh.missing and (target := fresh.onward) is not None:
        move(session, fresh, target, viewer.person_id, approval_id=request.id)
    settle(fresh)


def return_(session: Session, viewer: Viewer, approval_id: int, reason: str | None) -> Run:
    """Return a request with a reason; whoever asked is told."""
    case, request = waiting_for(session, viewer, approval_id, "procedures.return_")
    why = sentence(reason, "reason")
    if why is None:
        raise Refused(Reason(_l("Say what must change."), "reason"))
    request.state, request.reason = "returned", why
    request.decided_by_id, request.decided_at = viewer.person_id, clock.now()
    telling.returned(session, case, request)
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


def concerning(session: Session, viewer: Viewer, approval_id: int, action: str) -> tuple[Case, Approval]:
    """Return a request that concerns the viewer, with its run locked; raises NotFound for any other."""
    request = session.get(Approval, approval_id)
    if request is None or viewer.person_id not in (request.assigned_to_id, request.decided_by_id):
        raise NotFound(action)
    return locked(session, viewer, request, action), request


def locked(session: Session, viewer: Viewer, request: Approval, action: str) -> Case:
    """Return the case of a request with its run locked, after asking whether the viewer may do this with it."""
    require(viewer, action, request)
    record, run = session.get_one(Record, request.record_id), session.get_one(Run, request.run_id)
    lock(record)
    lock(run)
    session.refresh(request)
    return gather(session, record, run)


def waiting_for(session: Session, viewer: Viewer, approval_id: int, action: str) -> tuple[Case, Approval]:
    """Return a request that waits for the viewer, with its run locked; refuses one that no longer does."""
    case, request = concerning(session, viewer, approval_id, action)
    if request.state != "waiting" or request.assigned_to_id != viewer.person_id:
        raise Refused(_l("It no longer waits for you: it was decided, recalled or changed meanwhile."))
    return case, request


def _step(case: Case, request: Approval) -> tuple[Stage, Approvals, Step]:
    found = step_of(case, request)
    if found is None:
        raise NotFound("procedures.approve")
    return found
