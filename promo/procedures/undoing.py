"""Undoing an approval: taken back while nothing rests on it, later annulled with a reason; one on paper disputed.

The run goes back with it: to where it stood, as if it had not left. Nothing is deleted: the approval, whoever undid it
and why, and every move stay in the trail.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.access import Viewer, visible_one
from promo.core.errors import NotFound, Reason, Refused
from promo.core.records import Record
from promo.procedures import papers, resting, telling
from promo.procedures.actions import move, sentence, stand_in
from promo.procedures.approvals import OPEN
from promo.procedures.case import Case
from promo.procedures.decisions import concerning, locked
from promo.procedures.definitions import Stage
from promo.procedures.models import Approval, Run, Transition
from promo.procedures.subjects import subject_of

NOT_ANY_MORE = _l("Something rests on this approval already: it can only be annulled, with a reason.")


def take_back(session: Session, viewer: Viewer, approval_id: int) -> Run:
    """Take one's approval back, until something rests on it. A run that had moved on by itself goes back with it."""
    case, request = concerning(session, viewer, approval_id, "procedures.take_back")
    if request.state != "approved" or request.decided_by_id != viewer.person_id:
        raise Refused(_l("There is nothing to take back."))
    if request.entered_by_id is not None:
        raise Refused(_l("It was approved on paper: it can be disputed in its term, or annulled with a reason."))
    if resting.holds(session, case, request):
        raise Refused(NOT_ANY_MORE)
    if (subject := subject_of(request)) is not None:
        if subject.taken_back is None:
            raise Refused(NOT_ANY_MORE)
        subject.taken_back(session, viewer, case, request)
    else:
        _back_by_itself(session, case, request, viewer.person_id, str(_l("The approval was taken back.")))
        _recall_after(case, request)
    session.flush()
    _wait_again(request)
    session.flush()
    return case.run


def _wait_again(request: Approval) -> None:
    """Let a request wait for whoever it waited for, as if it had not been decided."""
    request.state, request.decided_by_id, request.decided_at = "waiting", None, None
    request.read_seconds = request.read_least = None
    request.together = False


def annul(session: Session, viewer: Viewer, approval_id: int, reason: str | None) -> Run:
    """Annul an approval with a reason; it and what annuls it stay. The run goes back to its stage, what was approved
    later is to be approved again. A case file that was cancelled stays so.
    """
    request = session.get(Approval, approval_id)
    if request is None:
        raise NotFound("procedures.annul")
    if request.decided_by_id != viewer.person_id:
        visible_one(session, viewer, Record, request.record_id)
    case = locked(session, viewer, request, "procedures.annul")
    if request.state != "approved":
        raise Refused(_l("There is nothing to annul: it no longer stands as approved."))
    _undo(request, "annulled", viewer, _why(reason, Reason(_l("Say why it is annulled."), "reason")))
    concerned = [request.asked_by_id, case.record.owner_id, request.decided_by_id, request.entered_by_id]
    if (subject := subject_of(request)) is not None:
        if subject.annulled is None:
            raise Refused(_l("This can't be annulled here."))
        subject.annulled(session, viewer, case, request)
    else:
        concerned += _approve_again(case, request)
        _back_to_its_stage(session, case, request, viewer.person_id)
    session.flush()
    telling.undone(session, case, request, concerned)
    return case.run


def dispute(session: Session, viewer: Viewer, approval_id: int, reason: str | None) -> Run:
    """Say that one did not approve what was entered on paper in one's name: the step is open again.

    The run goes back if the approval had moved it by itself and nothing else rests on it; what does is told to quality.
    """
    case, request = concerning(session, viewer, approval_id, "procedures.dispute")
    if request.state != "approved" or request.entered_by_id is None or request.decided_by_id != viewer.person_id:
        raise Refused(_l("There is nothing to dispute: it no longer stands as approved on paper."))
    if not papers.in_term(session, request):
        raise Refused(_l("The term to dispute it is over: it can be annulled, with a reason."))
    why = _why(reason, Reason(_l("Say what is not so."), "reason"))
    held = resting.holds(session, case, request)
    _undo(request, "disputed", viewer, why)
    if (subject := subject_of(request)) is not None:
        if subject.annulled is not None:
            subject.annulled(session, viewer, case, request)
    else:
        if not held:
            _back_by_itself(session, case, request, viewer.person_id, why)
        _recall_after(case, request)
    session.flush()
    concerned = [*telling.quality(session, case), request.asked_by_id, request.entered_by_id, case.record.owner_id]
    telling.undone(session, case, request, concerned)
    return case.run


def _why(reason: str | None, missing: Reason) -> str:
    why = sentence(reason, "reason")
    if why is None:
        raise Refused(missing)
    return why


def _undo(request: Approval, state: str, viewer: Viewer, why: str) -> None:
    request.state, request.undone_by_id = state, viewer.person_id
    request.undone_at, request.undone_reason = clock.now(), why


def _approve_again(case: Case, request: Approval) -> list[int | None]:
    """Ask again for what was approved after this, recall what waits; return whom it concerns."""
    concerned: list[int | None] = []
    for one in resting.later(case, request):
        if one.state == "approved":
            one.state = "reopened"
            concerned += [one.decided_by_id, one.asked_by_id]
        elif one.state in OPEN:
            concerned += [one.assigned_to_id]
    _recall_after(case, request)
    return concerned


def _recall_after(case: Case, request: Approval) -> None:
    """Recall the requests of steps that wait behind an approval which no longer stands."""
    for one in resting.later(case, request):
        if one.state in OPEN:
            one.state, one.decided_at = "recalled", clock.now()


def _back_by_itself(session: Session, case: Case, request: Approval, actor: int, why: str) -> None:
    """Undo the move that an approval had caused by itself, if it did."""
    moved = next((m for m in resting.moves_after(session, case, request) if m.approval_id == request.id), None)
    stage = case.definition.stage(moved.from_stage) if moved else None
    if moved is not None and stage is not None:
        _go_back(session, case, request, stage, moved.left_since, actor, why)


def _back_to_its_stage(session: Session, case: Case, request: Approval, actor: int) -> None:
    """Move a run back to the stage of an approval that was annulled, from a later one."""
    stage = case.definition.stage(request.stage)
    if stage is None or stage.key not in case.behind or case.stage.cancelled:
        return
    left = select(Transition.left_since).where(Transition.run_id == case.run.id, Transition.from_stage == stage.key)
    since = session.scalars(left.order_by(Transition.id.desc()).limit(1)).first()
    _go_back(session, case, request, stage, since or case.run.started_at, actor, request.undone_reason or "")


def _go_back(
    session: Session, case: Case, request: Approval, stage: Stage, since: datetime, actor: int, why: str
) -> None:
    returned = move(session, case, stage, actor, reason=why)
    returned.approval_id = request.id
    stand_in(session, case, stage, since)
