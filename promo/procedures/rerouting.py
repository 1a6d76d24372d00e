"""Requests that find somebody else when whoever they wait for can't decide them any more."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts.models import Absence, Person
from promo.core.records import Record
from promo.procedures import telling
from promo.procedures.approvals import OPEN, let_see, step_of, unable
from promo.procedures.case import Case, gather
from promo.procedures.models import DELEGATE, STEP, Approval, Run
from promo.procedures.nobody import tell_nobody
from promo.procedures.roster import Candidate
from promo.procedures.routing import candidates, choose


def open_requests(session: Session, limit: int = 1000) -> list[int]:
    """Return the ids of the requests that nobody has decided, the oldest first."""
    found = select(Approval.id).where(Approval.state.in_(OPEN)).order_by(Approval.asked_at, Approval.id).limit(limit)
    return list(session.scalars(found))


def reroute(session: Session, approval_id: int) -> bool:
    """Send a request on when whoever it waits for can't decide it any more; returns whether it went on.

    One that was delegated stays with the delegate for as long as they are there; then it takes the route again.
    """
    request = session.get(Approval, approval_id)
    if request is None or request.state not in OPEN:
        return False
    record, run = session.get_one(Record, request.record_id), session.get_one(Run, request.run_id)
    case = gather(session, record, run)
    if request.subject == STEP and step_of(case, request) is None:
        return False
    out = unable(session, case, request)
    found = list(candidates(session, record, request.function, case.today))
    if _stays(session, case, request, found, out):
        return False
    routed = choose(found, out)
    if routed.person_id == request.assigned_to_id:
        if routed.person_id is None:
            tell_nobody(session, case, request)  # once a day
        return False
    request.assigned_to_id, request.route_step, request.route_why = routed.person_id, routed.step, routed.why
    request.state = "waiting" if routed.person_id is not None else "nobody"
    session.flush()
    let_see(session, record, routed.person_id)
    telling.asked(session, case, request)
    return True


def _stays(session: Session, case: Case, request: Approval, found: list[Candidate], out: dict[int, str]) -> bool:
    """Whether whoever a request waits for can decide it still."""
    person_id = request.assigned_to_id
    if person_id is None or person_id in out:
        return False
    if request.route_step == DELEGATE:
        return is_there(session, person_id, case)
    return any(c.person_id == person_id and c.why_not is None for c in found)


def is_there(session: Session, person_id: int, case: Case) -> bool:
    """Whether somebody works here and is not away today."""
    today = case.today
    away = select(Absence.id).where(
        Absence.person_id == person_id, Absence.starts_on <= today, Absence.ends_on >= today
    )
    person = session.get(Person, person_id)
    return person is not None and person.active and session.scalar(away.limit(1)) is None
