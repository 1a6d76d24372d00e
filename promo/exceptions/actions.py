"""Every write on authorised exceptions: asking, what a decision does, ending one early, proposing a change."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.accounts.queries import holders
from promo.core import clock
from promo.core.access import Viewer, require
from promo.core.errors import Reason, Refused
from promo.core.records import Record
from promo.exceptions import queries
from promo.exceptions.models import Proposal
from promo.notices.actions import Said, declare, tell
from promo.procedures import words
from promo.procedures.actions import opened, sentence
from promo.procedures.approvals import ask_about
from promo.procedures.case import Case, gather
from promo.procedures.checklist import Item
from promo.procedures.departures import EXCEPTION, AuthorisedException
from promo.procedures.items import DUE_LATER
from promo.procedures.models import Approval, Procedure, ProcedureVersion, Run
from promo.procedures.notices import page_of
from promo.reference.queries import setting

NEWS = declare("exception", _l("An exception that concerns me was granted, ended or is over"))
REPEATED = declare("exception_repeated", _l("The same item is excepted again and again"), mutable=False)


def ask(
    session: Session,
    viewer: Viewer,
    record_id: int,
    key: str,
    reason: str | None,
    instead: str | None,
    until: date | None,
) -> AuthorisedException:
    """Ask for leave to do without one item of the checklist, until a day or for good.

    Raises :class:`Refused` for an item that is not missing, that allows none, or of which one is asked or in force.
    """
    case = opened(session, viewer, record_id, "exceptions.ask")
    item = _missing(case, key)
    why, other = sentence(reason, "reason"), sentence(instead, "instead")
    reasons = [] if why else [Reason(_l("Say why it can't be done as the procedure says."), "reason")]
    if not other:
        reasons.append(Reason(_l("Say what is done instead, or that nothing is."), "instead"))
    if until is not None and until < case.today:
        reasons.append(Reason(_l("Choose today or a later day."), "until"))
    if reasons or why is None or other is None:
        raise Refused(reasons)
    one = AuthorisedException(
        run_id=case.run.id, record_id=case.record.id, version_id=case.run.version_id, stage=item.stage, item=item.own,
        reason=why, instead=other, until_on=until, asked_by_id=viewer.person_id,
    )  # fmt: skip
    session.add(one)
    session.flush()
    shown = {"item": item.own, "stage": item.stage, "reason": why, "instead": other, "until": str(until or "")}
    request = ask_about(
        session, case, EXCEPTION, one.id, waived_by(case, item), viewer.person_id, shown, requirement=item.own
    )
    one.approval = request
    session.flush()
    return one


def _missing(case: Case, key: str) -> Item:
    """Return the item that is missing under a key of the checklist, of which an exception may be asked."""
    item = next((i for i in case.items if i.key == key and (i.shuts or i.state == DUE_LATER)), None)
    if item is None:
        raise Refused(_l("Nothing of this is missing now. Open the page again."))
    if not item.waivable:
        raise Refused(_l("The procedure allows no exception from this."))
    same = [one for one in case.exceptions if (one.stage, one.item) == (item.stage, item.own)]
    if any(queries.state_of(one, case.today) in ("asked", "granted") for one in same):
        raise Refused(_l("An exception from this is asked already."))
    return item


def waived_by(case: Case, item: Item) -> str:
    """Return the function that grants an exception from an item."""
    stage = case.definition.stage(item.stage)
    requirement = next(r for r in (stage.requires if stage else ()) if r.key == item.requirement)
    return requirement.waived_by


def granted(session: Session, viewer: Viewer, case: Case, request: Approval) -> None:
    """Let what follows from the approval happen: tell whoever asked; propose a change where it happens often."""
    one = session.get_one(AuthorisedException, request.subject_id)
    if one.until_on is not None and one.until_on < case.today:
        raise Refused(_l("The last day asked for is over: return it, so that it is asked anew."))
    for person in {one.asked_by_id, case.record.owner_id}:
        tell(session, person, NEWS, partial(_granted, case, one, viewer.name), address=page_of(case),
             record_id=case.record.id)  # fmt: skip
    propose(session, case, one)


def nothing(session: Session, viewer: Viewer, case: Case, request: Approval) -> None:
    """A return or a recall is in the request itself; whoever asked is told by it."""


def taken_back(session: Session, viewer: Viewer, case: Case, request: Approval) -> None:
    """Refuse to take an approval back on which a step of the case file rests already."""
    if request.decided_at is not None and case.run.stage_since > request.decided_at:
        raise Refused(_l("The case file has moved on since: end the exception instead, with a reason."))


def end(session: Session, viewer: Viewer, id_: int, reason: str | None) -> Record:
    """End an exception before its day, with a reason: by whoever works on the record, or approved it."""
    one = queries.exception(session, viewer, id_)
    require(viewer, "exceptions.end", one)
    case = gather(session, one.record, session.get_one(Run, one.run_id))
    why = sentence(reason, "reason")
    if queries.state_of(one, case.today) != "granted":
        raise Refused(_l("It is not in force."))
    if why is None:
        raise Refused(Reason(_l("Say why it ends."), "reason"))
    one.ended_at, one.ended_by_id, one.end_reason = clock.now(), viewer.person_id, why
    session.flush()
    granted_by = one.approval.decided_by_id if one.approval is not None else None
    for person in {one.asked_by_id, case.record.owner_id, granted_by} - {viewer.person_id}:
        tell(
            session,
            person,
            NEWS,
            partial(_ended, case, one, viewer.name),
            address=page_of(case),
            record_id=one.record_id,
        )
    return case.record


def tell_over(session: Session, id_: int) -> bool:
    """Tell the owner that an exception is over, once the day has passed at the post; returns whether it had."""
    one = session.get(AuthorisedException, id_)
    if one is None or one.told_at is not None or one.until_on is None:
        return False
    case = gather(session, one.record, session.get_one(Run, one.run_id))
    if queries.state_of(one, case.today) != "expired":
        return False
    one.told_at = clock.now()
    if any(i.own == one.item and i.shuts for i in case.items_of(one.stage)):
        for person in {one.asked_by_id, case.record.owner_id}:
            tell(session, person, NEWS, partial(_over, case, one), address=page_of(case), record_id=one.record_id)
    return True


def propose(session: Session, case: Case, one: AuthorisedException) -> Proposal | None:
    """Propose to change the procedure when an item of it was excepted often of late; quality is told once.

    What was counted for an earlier proposal is not counted again.
    """
    procedure = session.get_one(Procedure, session.get_one(ProcedureVersion, one.version_id).procedure_id)
    since = clock.now() - timedelta(days=setting(session, "exceptions_days"))
    last = queries.last_proposal(session, procedure.id, one.stage, one.item)
    if last is not None:
        if last.decided_at is None:
            return None
        since = max(since, last.decided_at)
    count = queries.granted_since(session, procedure.id, one.stage, one.item, since)
    if count < setting(session, "exceptions_repeated"):
        return None
    made = Proposal(procedure_id=procedure.id, version_id=one.version_id, stage=one.stage, item=one.item, since=since)
    session.add(made)
    session.flush()
    for holder in holders(session, "quality", None, None, case.today):
        say = partial(_repeated, case, one, count)
        tell(
            session,
            holder.person_id,
            REPEATED,
            say,
            address="/exceptions/proposals",
            key=f"proposal-{made.id}-{holder.person_id}",
        )
    return made


def dismiss(session: Session, viewer: Viewer, id_: int, reason: str | None) -> Proposal:
    """Dismiss a proposal to change a procedure, with a reason."""
    return _decide(session, viewer, id_, "exceptions.dismiss", "dismissed", reason, None)


def answer(session: Session, viewer: Viewer, id_: int, draft: int | None, reason: str | None) -> Proposal:
    """Note the newer version of the procedure that answers a proposal."""
    found = queries.proposal(session, viewer, id_)
    version = session.get(ProcedureVersion, draft) if draft else None
    if version is None or version.procedure_id != found.procedure_id or version.id <= found.version_id:
        raise Refused(Reason(_l("Choose the draft that answers it."), "draft"))
    return _decide(session, viewer, id_, "exceptions.answer", "answered", reason, version.id)


def _decide(
    session: Session, viewer: Viewer, id_: int, action: str, state: str, reason: str | None, draft: int | None
) -> Proposal:
    found = queries.proposal(session, viewer, id_)
    require(viewer, action, found)
    why = sentence(reason, "reason")
    if found.state != "open":
        raise Refused(_l("It has been decided already."))
    if why is None and state == "dismissed":
        raise Refused(Reason(_l("Say why it is dismissed."), "reason"))
    found.state, found.reason, found.draft_id = state, why, draft
    found.decided_by_id, found.decided_at = viewer.person_id, clock.now()
    session.flush()
    return found


def _item(case: Case, one: AuthorisedException) -> str:
    return words.item_title(case.definition, one.item, case.functions)


def _until(one: AuthorisedException) -> str:
    return words.short_date(one.until_on) if one.until_on else _("no last day")


def _granted(case: Case, one: AuthorisedException, name: str) -> Said:
    return Said(
        _("Exception granted: %(title)s", title=case.record.title),
        _("%(name)s granted it. %(reference)s · %(item)s · until: %(until)s", name=name,
          reference=case.record.reference, item=_item(case, one), until=_until(one)),
        _("You are told because you asked for it, or keep the case file."),
    )  # fmt: skip


def _ended(case: Case, one: AuthorisedException, name: str) -> Said:
    return Said(
        _("Exception ended: %(title)s", title=case.record.title),
        _("%(name)s ended it: %(why)s. %(reference)s · %(item)s", name=name, why=one.end_reason,
          reference=case.record.reference, item=_item(case, one)),
        _("You are told because you asked for it, granted it, or keep the case file."),
    )  # fmt: skip


def _over(case: Case, one: AuthorisedException) -> Said:
    return Said(
        _("Exception over: %(title)s", title=case.record.title),
        _("It was in force until %(day)s and what it was about is still missing: %(item)s (%(reference)s).",
          day=_until(one), item=_item(case, one), reference=case.record.reference),
        _("You are told because you asked for it, or keep the case file."),
    )  # fmt: skip


def _repeated(case: Case, one: AuthorisedException, count: int) -> Said:
    return Said(
        _("Excepted again and again: %(code)s", code=case.definition.code),
        _("%(item)s was excepted %(count)s times of late. Does the procedure ask for too much? Dismiss the proposal "
          "with a reason, or note the draft that answers it.", item=_item(case, one), count=count),
        _("You are told as quality officer."),
    )  # fmt: skip
