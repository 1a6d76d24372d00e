"""What happened to one request of approval, in the reader's language: asked, delegated, decided, on paper, undone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core.access import Viewer
from promo.core.files import File
from promo.procedures import papers, resting, words
from promo.procedures.approvals import OPEN, unable
from promo.procedures.case import Case
from promo.procedures.models import APPROVAL_STATES, Approval
from promo.procedures.resting import Resting
from promo.procedures.subjects import subject_of

TONES = {
    "waiting": "warn", "nobody": "late", "approved": "ok", "returned": "late", "recalled": "off", "reopened": "warn",
    "annulled": "late", "disputed": "late",
}  # fmt: skip


@dataclass(frozen=True)
class Story:
    """How a request stands and came to it; what rests on it; what the viewer may still do, as far as it goes."""

    state: str
    tone: str
    facts: list[tuple[str, str]]
    document: tuple[int, str] | None = None
    late: bool = False
    rests: list[Resting] = field(default_factory=list)
    may: frozenset[str] = frozenset()


def told(session: Session, viewer: Viewer, request: Approval, case: Case) -> Story:
    """Return the story of a request."""
    rests = resting.on(session, case, request) if request.state == "approved" else []
    return Story(
        state=str(dict(APPROVAL_STATES)[request.state]),
        tone=TONES[request.state],
        facts=list(_facts(session, request, case)),
        document=_document(session, request),
        late=papers.is_late(case, request),
        rests=rests,
        may=frozenset(_may(session, viewer, request, case, rests)),
    )


def _facts(session: Session, request: Approval, case: Case) -> Iterator[tuple[str, str]]:
    names = case.names
    yield _("Asked on"), words.short_date(request.asked_at)
    if request.state in OPEN:
        yield _("Waits for"), names.get(request.assigned_to_id or 0) or _("nobody")
    if why := words.route_words(request.route_why):
        yield _("By which way"), why
    if request.delegated_by_id is not None:
        yield _("Delegated by"), _because(names.get(request.delegated_by_id, ""), request.delegate_reason)
    if request.decided_by_id is not None and request.decided_at is not None:
        label = _("Returned by") if request.state == "returned" else _("Approved by")
        yield label, f"{names.get(request.decided_by_id, '')}, {words.short_date(request.decided_at)}"
        yield _("Waited"), _waited(request, case)
    if request.reason:
        yield _("Reason"), request.reason
    if request.entered_by_id is not None:
        number = f"{words.act_type(request.act_type)} {request.act_number}, {words.short_date(request.act_date)}"
        yield _("Approved on paper"), number
        yield _("Entered by"), names.get(request.entered_by_id, "")
        if request.state == "approved":
            yield _("May be disputed until"), words.short_date(request.dispute_until)
    if request.undone_by_id is not None:
        label = _("Annulled by") if request.state == "annulled" else _("Disputed by")
        who = f"{names.get(request.undone_by_id, '')}, {words.short_date(request.undone_at)}"
        yield label, _because(who, request.undone_reason)


def _because(who: str, why: str | None) -> str:
    return f"{who}: {why}" if why else who


def _waited(request: Approval, case: Case) -> str:
    zone = ZoneInfo(case.post.timezone)
    asked, decided = (m.astimezone(zone).date() for m in (request.asked_at, request.decided_at or request.asked_at))
    days = case.calendars["post"].working_days_between(asked, decided)
    return ngettext("%(num)s working day", "%(num)s working days", max(0, days))


def _document(session: Session, request: Approval) -> tuple[int, str] | None:
    if request.act_file_id is None:
        return None
    row = session.execute(select(File.id, File.name).where(File.id == request.act_file_id)).first()
    return (row.id, row.name) if row else None


def _may(session: Session, viewer: Viewer, request: Approval, case: Case, rests: list[Resting]) -> Iterator[str]:
    """Yield what may be done to a request as it stands, by whom apart; the permission table says by whom."""
    mine = request.decided_by_id == viewer.person_id
    if request.state in OPEN:
        yield "recall"
        if viewer.person_id not in unable(session, case, request):
            yield "enter"
    if request.state == "approved":
        subject = subject_of(request)
        if subject is None or subject.annulled is not None:
            yield "annul"
        if mine and not any(one.holds for one in rests) and request.entered_by_id is None:
            yield "take_back"
        if mine and papers.in_term(session, request):
            yield "dispute"
    if request.state == "waiting" and request.assigned_to_id == viewer.person_id:
        yield "approve"
