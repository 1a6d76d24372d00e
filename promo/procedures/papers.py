"""An approval given elsewhere, on paper: entered by somebody who neither made it nor gave it, with its document.

The approver is told and may dispute it. Who may have signed are the candidates of the route on the day of the document,
away or not: that is what paper is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.accounts.models import Person
from promo.core import clock, files
from promo.core.access import Viewer, visible_one
from promo.core.errors import NotFound, Reason, Refused, Text
from promo.core.fields import CONTROL, CONTROLLED
from promo.core.records import Record
from promo.procedures import telling
from promo.procedures.approvals import OPEN, let_see, step_of, unable
from promo.procedures.case import Case, gather
from promo.procedures.covering import digest_of, snapshot
from promo.procedures.decisions import follow, locked
from promo.procedures.desks import desk_of
from promo.procedures.models import ACT_TYPES, STEP, Approval, Run
from promo.procedures.roster import Candidate
from promo.procedures.routing import candidates

CATEGORY = "act"  # of the document's file
TO_DISPUTE = 5  # working days at the approver's post (issue 4, point 6)
LATE_AFTER = 5  # working days at the record's post: what is entered later says so, as a logged activity does


@dataclass(frozen=True)
class Paper:
    """The document as it was typed: who signed it, what it is, its number and date."""

    signed_by: int | None
    type: str | None
    number: str | None
    dated: date | None


def signers(session: Session, case: Case, request: Approval, on: date) -> list[Candidate]:
    """Return who may have approved on a day, in the order of the route, each once."""
    out = unable(session, case, request)
    found: dict[int, Candidate] = {}
    for one in candidates(session, case.record, request.function, on):
        if one.person_id is not None and one.person_id not in out and one.why_not != "inactive":
            found.setdefault(one.person_id, one)
    return list(found.values())


def first_day(case: Case) -> date:
    """Return the first day that a document may bear: that on which the record was entered, at its post."""
    return case.record.created_at.astimezone(ZoneInfo(case.post.timezone)).date()


def enter(session: Session, viewer: Viewer, approval_id: int, paper: Paper, tokens: list[str]) -> Run:
    """Enter an approval that was given on paper, for a request that waits, whoever it waits for.

    Raises :class:`Refused` for an author, for the approver, for a document of the future or from before the record, one
    that nobody of the route signed, and one without its file.
    """
    request = session.get(Approval, approval_id)
    if request is None:
        raise NotFound("procedures.enter")
    record = visible_one(session, viewer, Record, request.record_id)
    case = locked(session, viewer, request, "procedures.enter")
    if request.state not in OPEN:
        raise Refused(_l("It no longer waits: it was decided, recalled or changed meanwhile."))
    if viewer.person_id in unable(session, case, request):
        raise Refused(_l("Whoever made it, or approved the step before, can't enter it: somebody else does."))
    number = _check(case, viewer, paper, tokens)
    signer = _signer(session, case, request, paper)
    file = files.attach(session, tokens[0], record, CATEGORY, viewer.person_id, field="file")
    if file is None:
        raise Refused(Reason(_l("The file is still on its way. Wait until it is there."), "file"))
    session.flush()
    request.act_type, request.act_number, request.act_date = paper.type, number, paper.dated
    request.act_file_id, request.entered_by_id = file.id, viewer.person_id
    case = _show_again(session, case, request)
    request.state, request.decided_by_id, request.decided_at = "approved", signer.person_id, clock.now()
    request.route_step = signer.step
    request.dispute_until = until(session, signer.person_id)
    let_see(session, record, signer.person_id)
    follow(session, viewer, case, request)
    telling.entered(session, case, request)
    return case.run


def _check(case: Case, viewer: Viewer, paper: Paper, tokens: list[str]) -> str:
    """Return the document's number; refuse what is missing or can't be."""
    number = (paper.number or "").strip()
    own = _l("You can't enter your own approval: approve it here, or let somebody else enter it.")
    reasons = [
        *([] if paper.type in dict(ACT_TYPES) else [Reason(_l("Choose what it is."), "act_type")]),
        *([Reason(wrong, "act_number")] if (wrong := _wrong_number(number)) else []),
        *([Reason(wrong, "act_date")] if (wrong := _wrong_day(case, paper.dated)) else []),
        *([Reason(own, "signed_by")] if paper.signed_by == viewer.person_id else []),
        *([Reason(_l("Add the document, one file."), "file")] if len(tokens) != 1 else []),
    ]
    if reasons:
        raise Refused(reasons)
    return number


def _wrong_number(number: str) -> Text | None:
    if not number:
        return _l("Fill this in.")
    if len(number) > 100:
        return _l("At most %(limit)s characters, please.", limit=100)
    return CONTROLLED if CONTROL.search(number) else None


def _wrong_day(case: Case, dated: date | None) -> Text | None:
    if dated is None:
        return _l("Fill this in.")
    if dated > case.today:
        return _l("The document can't be of a day to come.")
    return _l("The document is older than the case file itself.") if dated < first_day(case) else None


def _signer(session: Session, case: Case, request: Approval, paper: Paper) -> Candidate:
    """Return who signed; refuse whoever could not approve it on the day of the document."""
    assert paper.dated is not None
    found = next((c for c in signers(session, case, request, paper.dated) if c.person_id == paper.signed_by), None)
    if found is None:
        raise Refused(Reason(_l("On that day this person could not approve it. Choose who signed."), "signed_by"))
    return found


def _show_again(session: Session, case: Case, request: Approval) -> Case:
    """Cover what is there now, whatever was there when it was asked: the document approves the case file as it is."""
    fresh = gather(session, case.record, case.run)
    found = step_of(fresh, request) if request.subject == STEP else None
    if found is not None:
        request.snapshot = snapshot(fresh, *found[:2])
        request.digest = digest_of(request.snapshot)
    return fresh


def until(session: Session, person_id: int | None) -> date:
    """Return the last day on which an approver may dispute, by the calendar of their post."""
    desk = desk_of(session, session.get_one(Person, person_id))
    return desk.calendar.add_working_days(desk.today, TO_DISPUTE)


def in_term(session: Session, request: Approval) -> bool:
    """Whether the approver may still dispute what was entered in their name."""
    if request.entered_by_id is None or request.dispute_until is None:
        return False
    return desk_of(session, session.get_one(Person, request.decided_by_id)).today <= request.dispute_until


def is_late(case: Case, request: Approval) -> bool:
    """Whether an approval on paper was entered more than five working days of the post after the document."""
    if request.act_date is None or request.decided_at is None:
        return False
    entered = request.decided_at.astimezone(ZoneInfo(case.post.timezone)).date()
    return case.calendars["post"].working_days_between(request.act_date, entered) > LATE_AFTER
