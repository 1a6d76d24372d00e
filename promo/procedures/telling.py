"""What people are told about requests of approval: in Promo and by mail, each in their language."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts.models import Person
from promo.accounts.queries import holders
from promo.notices.actions import Said, declare, tell
from promo.procedures import resting, words
from promo.procedures.case import Case
from promo.procedures.models import STEP, Approval
from promo.procedures.nobody import tell_nobody
from promo.procedures.notices import page_of
from promo.procedures.subjects import label_of

ASKED = declare("approval_asked", _l("Something waits for my approval"), mutable=False)
DECIDED = declare("approval_decided", _l("What I asked for was returned, or is to be approved again"))
ENTERED = declare("approval_entered", _l("An approval of mine was entered from a document"), mutable=False)
UNDONE = declare("approval_undone", _l("An approval that concerns me was annulled or disputed"), mutable=False)


def story_of(request: Approval) -> str:
    """Return the address of the page of one request."""
    return f"/procedures/approvals/{request.id}/story"


def _inbox(request: Approval) -> str:
    return f"/procedures/approvals?id={request.id}"


def _function(case: Case, request: Approval) -> str:
    return words.function_label(request.function, case.functions)


def _stage(case: Case, request: Approval) -> str:
    return words.stage_title(case.definition, request.stage)


def _name(session: Session, person_id: int | None) -> str:
    return session.scalar(select(Person.name).where(Person.id == person_id)) or "–"


def asked(session: Session, case: Case, request: Approval) -> None:
    """Tell whoever a request waits for; of one that nobody can approve, quality and the administrators."""
    if request.state == "nobody":
        tell_nobody(session, case, request)

    def say() -> Said:
        why, title = words.route_words(request.route_why), case.record.title
        about = title if request.subject == STEP else f"{label_of(request.subject)}: {title}"
        return Said(
            _("Waits for your approval: %(title)s", title=about),
            _("%(reference)s, %(title)s. Stage: %(stage)s. Open «Approvals» in Promo to approve it or return it.",
              reference=case.record.reference, title=case.record.title, stage=_stage(case, request)),
            _("It comes to you as %(function)s (%(why)s).", function=_function(case, request), why=why)
            if why
            else _("It comes to you as %(function)s.", function=_function(case, request)),
        )  # fmt: skip

    key = f"approval-{request.id}-{request.assigned_to_id}-{len(request.route_why)}"
    record = case.record.id
    tell(session, request.assigned_to_id, ASKED, say, address=_inbox(request), record_id=record, key=key)


def reminded(session: Session, case: Case, request: Approval, who: str) -> None:
    """Remind whoever a request waits for, kindly."""

    def say() -> Said:
        return Said(
            _("A reminder: %(title)s waits for your approval", title=case.record.title),
            _("%(name)s kindly reminds you: %(reference)s, %(title)s, waits since %(day)s.",
              name=who, reference=case.record.reference, title=case.record.title,
              day=words.short_date(request.asked_at)),
            _("It comes to you as %(function)s.", function=_function(case, request)),
        )  # fmt: skip

    tell(session, request.assigned_to_id, ASKED, say, address=_inbox(request), record_id=case.record.id)


def returned(session: Session, case: Case, request: Approval) -> None:
    """Tell whoever asked that a request was returned, and why."""

    def say() -> Said:
        return Said(
            _("Returned with a reason: %(title)s", title=case.record.title),
            _("%(reference)s was returned: %(why)s", reference=case.record.reference, why=request.reason or "–"),
            _("You are told because you asked for it."),
        )

    tell(session, request.asked_by_id, DECIDED, say, address=page_of(case), record_id=case.record.id)


def reopened(session: Session, case: Case, request: Approval) -> None:
    """Tell whoever asked that what was approved has changed."""

    def say() -> Said:
        return Said(
            _("To be approved again: %(title)s", title=case.record.title),
            _("What was approved in %(reference)s has changed, so it is asked again.", reference=case.record.reference),
            _("You are told because you asked for it."),
        )

    tell(session, request.asked_by_id, DECIDED, say, address=page_of(case), record_id=case.record.id)


def delegated(session: Session, case: Case, request: Approval) -> None:
    """Tell whoever asked that somebody else decides now."""

    def say() -> Said:
        return Said(
            _("%(name)s decides now: %(title)s", name=_name(session, request.assigned_to_id), title=case.record.title),
            _("%(by)s delegated it: %(why)s", by=_name(session, request.delegated_by_id),
              why=request.delegate_reason or "–"),
            _("You are told because you asked for it."),
        )  # fmt: skip

    tell(session, request.asked_by_id, DECIDED, say, address=page_of(case), record_id=case.record.id)


def entered(session: Session, case: Case, request: Approval) -> None:
    """Tell the approver that an approval was entered in their name, and until when they may dispute it."""

    def say() -> Said:
        return Said(
            _("Entered as approved by you: %(title)s", title=case.record.title),
            _("%(name)s entered your approval of %(reference)s: %(type)s %(number)s of %(day)s. "
              "If it is not so, dispute it until %(until)s.",
              name=_name(session, request.entered_by_id), reference=case.record.reference,
              type=words.act_type(request.act_type), number=request.act_number,
              day=words.short_date(request.act_date), until=words.short_date(request.dispute_until)),
            _("You are told because the document bears your name."),
        )  # fmt: skip

    address, record = story_of(request), case.record.id
    tell(session, request.decided_by_id, ENTERED, say, address=address, record_id=record)


def undone(session: Session, case: Case, request: Approval, people: Iterable[int | None]) -> None:
    """Tell those concerned that an approval was annulled or disputed: by whom, why, and what was built on it."""
    for person_id in dict.fromkeys(people):
        if person_id != request.undone_by_id:
            say = partial(_undone, session, case, request)
            address, record = story_of(request), case.record.id
            tell(session, person_id, UNDONE, say, address=address, record_id=record)


def _undone(session: Session, case: Case, request: Approval) -> Said:
    facts = {"title": case.record.title}
    more = {
        "name": _name(session, request.undone_by_id), "function": _function(case, request),
        "reference": case.record.reference, "why": request.undone_reason or "–",
    }  # fmt: skip
    if request.state == "annulled":
        subject = _("Approval annulled: %(title)s", **facts)
        text = _("%(name)s annulled the approval of %(reference)s (%(function)s): %(why)s", **more)
    else:
        subject = _("Approval disputed: %(title)s", **facts)
        text = _("%(name)s disputes the approval of %(reference)s (%(function)s) that was entered: %(why)s", **more)
    built = [one.what for one in resting.on(session, case, request)]
    if built:
        text += "\n" + _("What was built on it: %(list)s", list="; ".join(built))
    return Said(subject, text, _("You are told because it concerns you."))


def quality(session: Session, case: Case) -> list[int]:
    """Return who holds the function of quality for a case."""
    return [h.person_id for h in holders(session, "quality", case.record.post_id, case.record.pillar, case.today)]
