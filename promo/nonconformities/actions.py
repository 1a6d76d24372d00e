"""Every write on nonconforming outputs, one verb each; who was concerned is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.accounts.queries import active_person, holders
from promo.core import clock
from promo.core.access import Viewer, require
from promo.core.db import lock
from promo.core.errors import Reason, Refused
from promo.core.records import Record, next_reference
from promo.nonconformities import queries
from promo.nonconformities.models import DECISIONS, PERSON, PREFIX, Nonconformity
from promo.nonconformities.queries import Found
from promo.notices.actions import Said, declare, tell
from promo.procedures.actions import opened, sentence, settle
from promo.procedures.approvals import latest_state
from promo.procedures.case import Case, gather
from promo.procedures.deadlines import as_day
from promo.procedures.departures import AuthorisedException, Urgency
from promo.procedures.models import Approval, Run, Transition
from promo.reference.models import Post

NEWS = declare("nonconformity", _l("A nonconforming output that concerns me"), mutable=False)
TO_JUDGE = declare("nonconformity_judge", _l("A nonconforming output is to be accepted or dismissed"), mutable=False)


def report(
    session: Session, viewer: Viewer, record_id: int, stage: str, text: str | None, on: date | None
) -> Nonconformity:
    """Report what was late, skipped or wrong in a stage that the case file has reached; quality is told."""
    case = opened(session, viewer, record_id, "nonconformities.report")
    what = sentence(text, "description")
    reasons = [] if what else [Reason(_l("Say what is not as it should be."), "description")]
    if stage not in {*case.behind, case.run.stage}:
        reasons.append(Reason(_l("Choose one of the stages it went through."), "stage"))
    if on is not None and on > case.today:
        reasons.append(Reason(_l("Choose today or an earlier day."), "found_on"))
    if reasons:
        raise Refused(reasons)
    one = Nonconformity(
        record_id=record_id, run_id=case.run.id, version_id=case.run.version_id, post_id=case.record.post_id,
        stage=stage, origin=PERSON, details={}, description=what, found_on=on or case.today,
        proposed_by_id=viewer.person_id,
    )  # fmt: skip
    session.add(one)
    session.flush()
    _tell_quality(session, one, partial(_reported, one, viewer.name))
    return one


def propose(session: Session, found: Found) -> Nonconformity | None:
    """Look closely at what the clock found and propose it, unless its stage has one already."""
    row = session.get(_ROWS[found.origin], found.id)
    stage = str(getattr(row, "from_stage", None) or getattr(row, "stage", ""))
    if row is None or not queries.is_new(session, row.run_id, stage):
        return None
    run = session.get_one(Run, row.run_id)
    case = gather(session, session.get_one(Record, run.record_id), run)
    seen = _LOOKS[found.origin](case, row)
    if seen is None:
        return None
    one = Nonconformity(
        record_id=run.record_id, run_id=run.id, version_id=run.version_id, post_id=case.record.post_id, stage=stage,
        origin=found.origin, item=seen.pop("item", None), details=seen, found_on=case.today,
    )  # fmt: skip
    session.add(one)
    session.flush()
    return one


def _late(case: Case, moved: Transition) -> dict[str, Any] | None:
    """A stage left after its term: not by cancelling or by taking back, nor the first of what was begun late."""
    target, left = case.definition.stage(moved.to_stage), as_day(moved.at, case.post.timezone)
    back = moved.approval_id is not None and not moved.by_itself
    begun_late = case.run.late_start and moved.from_stage == case.definition.first.key
    if moved.due_on is None or left is None or left <= moved.due_on or back or begun_late:
        return None
    return None if target is not None and target.cancelled else {"day": str(moved.due_on), "left": str(left)}


def _expired(case: Case, one: AuthorisedException) -> dict[str, Any] | None:
    """An exception that is over while its item is still missing."""
    if one.until_on is None or one.until_on >= case.today or case.run.finished_at is not None:
        return None
    missing = any(i.own == one.item and i.shuts for i in case.items_of(one.stage))
    return {"item": one.item, "day": str(one.until_on)} if missing else None


def _unregularised(case: Case, one: Urgency) -> dict[str, Any] | None:
    """What an urgency left behind and is not there by its day."""
    settle(case)
    return None if one.closed_at is not None or one.due_on >= case.today else {"day": str(one.due_on)}


def _objected(case: Case, one: Urgency) -> dict[str, Any] | None:
    """An urgency to which the higher function objected."""
    return {"why": one.approval.reason} if one.approval is not None and one.approval.state == "returned" else None


def _reopened(case: Case, request: Approval) -> dict[str, Any] | None:
    """An approval whose content changed, not given again although the event is over."""
    over = as_day(case.facts.get("ends_on") or case.facts.get("starts_on"), case.post.timezone)
    state = latest_state(case, request.stage, request.requirement, request.function)
    if over is None or over >= case.today or state != "reopened" or case.run.finished_at is not None:
        return None
    return {"item": f"{request.requirement}.{request.function}", "day": str(over)}


_ROWS: Mapping[str, Any] = {
    "late": Transition,
    "expired": AuthorisedException,
    "unregularised": Urgency,
    "objected": Urgency,
    "reopened": Approval,
}
_LOOKS: Mapping[str, Callable[[Case, Any], dict[str, Any] | None]] = {
    "late": _late,
    "expired": _expired,
    "unregularised": _unregularised,
    "objected": _objected,
    "reopened": _reopened,
}


def accept(session: Session, viewer: Viewer, id_: int, text: str | None) -> Nonconformity:
    """Accept one in quality's words: it gets its number and stands in the register."""
    one = _opened(session, viewer, id_, "nonconformities.accept", "proposed")
    what = sentence(text, "description")
    if what is None:
        raise Refused(Reason(_l("Say what is not as it should be."), "description"))
    one.description, one.state = what, "open"
    one.reference = next_reference(session, PREFIX, session.get_one(Post, one.post_id))
    one.judged_by_id, one.judged_at = viewer.person_id, clock.now()
    session.flush()
    _tell(session, one, viewer, {one.proposed_by_id, one.record.owner_id}, partial(_accepted, one))
    return one


def dismiss(session: Session, viewer: Viewer, ids: Iterable[int], reason: str | None) -> int:
    """Dismiss one or several with the same reason; returns how many."""
    why, chosen = sentence(reason, "reason"), sorted(set(ids))
    reasons = [] if why else [Reason(_l("Say why it is dismissed."), "reason")]
    if not chosen:
        reasons.append(Reason(_l("Tick those that are dismissed.")))
    if reasons:
        raise Refused(reasons)
    for id_ in chosen:
        one = _opened(session, viewer, id_, "nonconformities.dismiss", "proposed")
        one.state, one.dismissal = "dismissed", why
        one.judged_by_id, one.judged_at = viewer.person_id, clock.now()
        _tell(session, one, viewer, {one.proposed_by_id}, partial(_dismissed, one))
    session.flush()
    return len(chosen)


def contain(session: Session, viewer: Viewer, id_: int, text: str | None) -> Nonconformity:
    """Say what was done at once so that it does no more harm."""
    one = _opened(session, viewer, id_, "nonconformities.contain", "open")
    what = sentence(text, "containment")
    if what is None:
        raise Refused(Reason(_l("Say what was done at once, or that nothing had to be."), "containment"))
    one.containment, one.contained_by_id, one.contained_at = what, viewer.person_id, clock.now()
    session.flush()
    return one


def decide(session: Session, viewer: Viewer, id_: int, values: Mapping[str, Any]) -> Nonconformity:
    """Decide what becomes of it: repeat, correct or accept it as it is; by whom, until when."""
    one = _opened(session, viewer, id_, "nonconformities.decide", "open")
    decision, responsible, due = values.get("decision"), values.get("responsible_id"), values.get("due_on")
    cause, what = sentence(values.get("cause"), "cause"), sentence(values.get("decision_text"), "decision_text")
    reasons = [] if one.containment else [Reason(_l("Say first how it was contained."), "containment")]
    if decision not in dict(DECISIONS):
        reasons.append(Reason(_l("Choose what becomes of it."), "decision"))
    if what is None:
        reasons.append(Reason(_l("Say what is done."), "decision_text"))
    if responsible is not None and active_person(session, responsible) is None:
        reasons.append(Reason(_l("Choose somebody from the list."), "responsible_id"))
    if reasons:
        raise Refused(reasons)
    one.cause, one.decision, one.decision_text = cause, decision, what
    one.responsible_id, one.due_on = responsible, due
    one.state, one.decided_by_id, one.decided_at = "decided", viewer.person_id, clock.now()
    session.flush()
    _tell(session, one, viewer, {one.responsible_id, one.record.owner_id}, partial(_decided, one))
    return one


def close(session: Session, viewer: Viewer, id_: int, text: str | None) -> Nonconformity:
    """Close one after a check that what was decided worked; by somebody else than who decided."""
    one = _opened(session, viewer, id_, "nonconformities.close", "decided")
    how = sentence(text, "effectiveness")
    if how is None:
        raise Refused(Reason(_l("Say how it was checked that it worked."), "effectiveness"))
    one.effectiveness, one.state = how, "closed"
    one.closed_by_id, one.closed_at = viewer.person_id, clock.now()
    session.flush()
    _tell(session, one, viewer, {one.responsible_id, one.record.owner_id, one.decided_by_id}, partial(_closed, one))
    return one


def _opened(session: Session, viewer: Viewer, id_: int, action: str, state: str) -> Nonconformity:
    """Return one, locked, in the state that an act wants it in."""
    one = queries.nonconformity(session, viewer, id_)
    require(viewer, action, one)
    lock(one)
    if one.state != state:
        raise Refused(_l("It has gone on meanwhile. Open the page again."))
    return one


def _tell(session: Session, one: Nonconformity, viewer: Viewer, people: set[int | None], say: partial[Said]) -> None:
    for person in people - {viewer.person_id, None}:
        tell(session, person, NEWS, say, address=page_of(one), record_id=one.record_id)


def _tell_quality(session: Session, one: Nonconformity, say: partial[Said]) -> None:
    for holder in holders(session, "quality", None, None, clock.today()):
        if holder.person_id != one.proposed_by_id:
            tell(session, holder.person_id, TO_JUDGE, say, address=page_of(one), record_id=one.record_id)


def tell_proposed(session: Session, day: date, count: int) -> None:
    """Tell quality how many were proposed by the clock, once a day."""
    for holder in holders(session, "quality", None, None, day):
        key = f"nonconformities-{day}-{holder.person_id}"
        tell(
            session,
            holder.person_id,
            TO_JUDGE,
            partial(_proposed, count),
            address="/nonconformities?state=proposed",
            key=key,
        )


def page_of(one: Nonconformity) -> str:
    """Return the address of one's page."""
    return f"/nonconformities/{one.id}"


def _reported(one: Nonconformity, name: str) -> Said:
    return Said(
        _("Nonconforming output reported: %(title)s", title=one.record.title),
        _("%(name)s reports: %(what)s (%(reference)s)", name=name, what=one.description,
          reference=one.record.reference),
        _("You are told as quality officer."),
    )  # fmt: skip


def _proposed(count: int) -> Said:
    return Said(
        _("Nonconforming outputs proposed: %(count)s", count=count),
        _("Late stages, exceptions over, urgencies not regularised: accept each, or dismiss it with a reason."),
        _("You are told as quality officer."),
    )


def _accepted(one: Nonconformity) -> Said:
    return Said(
        _("Nonconforming output %(number)s: %(title)s", number=one.reference, title=one.record.title),
        _("%(what)s Say how it was contained.", what=one.description),
        _("You are told because you reported it, or keep the case file."),
    )


def _dismissed(one: Nonconformity) -> Said:
    return Said(
        _("Dismissed: what you reported of %(title)s", title=one.record.title),
        _("Quality dismissed it as a nonconforming output: %(why)s", why=one.dismissal),
        _("You are told because you reported it."),
    )


def _decided(one: Nonconformity) -> Said:
    return Said(
        _("Decided: nonconforming output %(number)s", number=one.reference),
        _("%(decision)s: %(what)s (%(title)s)", decision=dict(DECISIONS)[one.decision or ""], what=one.decision_text,
          title=one.record.title),
        _("You are told because you are responsible for it, or keep the case file."),
    )  # fmt: skip


def _closed(one: Nonconformity) -> Said:
    return Said(
        _("Closed: nonconforming output %(number)s", number=one.reference),
        _("It was checked that it worked: %(how)s (%(title)s)", how=one.effectiveness, title=one.record.title),
        _("You are told because you are responsible for it, decided on it, or keep the case file."),
    )
