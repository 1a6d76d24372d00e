"""Letting somebody else decide a request, and reminding whoever it waits for.

For a period one enters an absence: then every request takes the route by itself (``routing.py``). Delegating is for
one request: to the deputy or stand-in, to anybody else of the route, or to somebody named who works with cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts.models import Person
from promo.accounts.queries import people, roles_today
from promo.core import clock
from promo.core.access import Viewer
from promo.core.calendars import Calendar
from promo.core.errors import NotFound, Reason, Refused
from promo.procedures import telling
from promo.procedures.actions import sentence
from promo.procedures.approvals import let_see, unable
from promo.procedures.case import Case
from promo.procedures.decisions import locked, waiting_for
from promo.procedures.desks import desk_of
from promo.procedures.models import DELEGATE, Approval, Run
from promo.procedures.rerouting import is_there
from promo.procedures.routing import candidates


@dataclass(frozen=True)
class Able:
    """Somebody to whom a request may be delegated; ``step``: by which way of the route, None for nobody of it."""

    person_id: int
    name: str
    step: str | None = None


def of_the_route(session: Session, case: Case, request: Approval) -> list[Able]:
    """Return those of a request's route to whom it may be delegated, in its order."""
    out = {*unable(session, case, request), request.assigned_to_id}
    steps: dict[int, str] = {}
    for one in candidates(session, case.record, request.function, case.today):
        if one.person_id is not None and one.why_not is None and one.person_id not in out:
            steps.setdefault(one.person_id, one.step)
    found = session.execute(select(Person.id, Person.name).where(Person.id.in_(steps)))
    names = {row.id: row.name for row in found}
    return [Able(person_id, names[person_id], step) for person_id, step in steps.items()]


def able(session: Session, case: Case, request: Approval, typed: str, limit: int = 10) -> list[Person]:
    """Return those who work with cases and could decide a request, by name."""
    out = {*unable(session, case, request), request.assigned_to_id}
    roles = roles_today(session, case.today)
    return [p for p in people(session, typed) if p.id not in out and set(roles.get(p.id, ())) - {"admin"}][:limit]


def delegate(session: Session, viewer: Viewer, approval_id: int, person_id: int | None, reason: str | None) -> Run:
    """Let somebody else decide a request that waits for the viewer; the route says so, both sides are told.

    Raises :class:`Refused` for its author, for who approved the step before, for somebody who is away, without a role
    for cases, or outside the route without a reason.
    """
    case, request = waiting_for(session, viewer, approval_id, "procedures.delegate")
    why = sentence(reason, "reason", 1000)
    _check(session, case, request, person_id, why)
    before = {"step": request.route_step or "holder", "person": viewer.person_id, "why": "delegated"}
    request.route_why = [*request.route_why, before]
    request.route_step, request.assigned_to_id = DELEGATE, person_id
    request.delegated_by_id, request.delegate_reason = viewer.person_id, why
    session.flush()
    let_see(session, case.record, person_id)
    telling.asked(session, case, request)
    telling.delegated(session, case, request)
    return case.run


def _check(session: Session, case: Case, request: Approval, person_id: int | None, why: str | None) -> None:
    """Refuse a delegate who can't decide it."""
    if person_id is None or session.get(Person, person_id) is None:
        raise Refused(Reason(_l("Choose to whom."), "person"))
    out = unable(session, case, request).get(person_id)
    if out == "author":
        raise Refused(Reason(_l("Whoever made it can't approve it."), "person"))
    if out is not None:
        raise Refused(Reason(_l("They approved the step before: somebody else approves this one."), "person"))
    if person_id == request.assigned_to_id:
        raise Refused(Reason(_l("It waits for you already."), "person"))
    if not is_there(session, person_id, case):
        raise Refused(Reason(_l("They are away or no longer work here: choose somebody else."), "person"))
    if not set(roles_today(session, case.today).get(person_id, ())) - {"admin"}:
        raise Refused(Reason(_l("They have no role that works with cases."), "person"))
    named = all(able.person_id != person_id for able in of_the_route(session, case, request))
    if named and why is None:
        raise Refused(Reason(_l("They are not in the route: say why, and by which act if there is one."), "reason"))


def next_reminder(last: date, calendar: Calendar) -> date:
    """Return the first day on which one may remind again: one reminder a working day."""
    return calendar.add_working_days(last, 1)


def may_remind_from(session: Session, request: Approval) -> date | None:
    """Return the day from which whoever a request waits for may be reminded; None when it waits for nobody."""
    if request.state != "waiting" or request.assigned_to_id is None:
        return None
    desk = desk_of(session, session.get_one(Person, request.assigned_to_id))
    return next_reminder(desk.day(request.reminded_at or request.asked_at), desk.calendar)


def remind(session: Session, viewer: Viewer, approval_id: int) -> Run:
    """Remind whoever a request waits for, once a working day where they are."""
    request = session.get(Approval, approval_id)
    if request is None or request.asked_by_id != viewer.person_id:
        raise NotFound("procedures.remind")
    case = locked(session, viewer, request, "procedures.remind")
    day = may_remind_from(session, request)
    if day is None:
        raise Refused(_l("It no longer waits: it was decided, recalled or changed meanwhile."))
    if desk_of(session, session.get_one(Person, request.assigned_to_id)).today < day:
        raise Refused(_l("They were told today already: one may remind once a working day."))
    request.reminded_at = clock.now()
    session.flush()
    telling.reminded(session, case, request, viewer.name)
    return case.run
