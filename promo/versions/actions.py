"""Every write on a version's way: handed in, commented, sent back, approved, vacancies accepted, looked at again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext
from sqlalchemy.orm import Session

from promo.core import clock, files
from promo.core.access import Viewer, require
from promo.core.db import lock
from promo.core.errors import Reason, Refused
from promo.procedures import vacancies, version_notices
from promo.procedures import versions as engine
from promo.procedures.models import ProcedureVersion
from promo.procedures.version_models import Review
from promo.versions import queries
from promo.versions.models import Comment


def _locked(session: Session, viewer: Viewer, id_: int, action: str) -> ProcedureVersion:
    version = queries.version(session, viewer, id_)
    require(viewer, action, version)
    lock(version)
    return version


def submit(
    session: Session, viewer: Viewer, id_: int, *, substance: bool, changes: Mapping[str, str]
) -> ProcedureVersion:
    """Hand a draft in for review and tell those who review. Raises :class:`Refused` with every fault that stands."""
    version = _locked(session, viewer, id_, "versions.submit")
    engine.submit(session, version, substance=substance, changes=changes)
    version_notices.tell_reviewers(session, version, viewer)
    return version


def comment(session: Session, viewer: Viewer, id_: int, stage: str, text: str) -> Comment:
    """Write a remark beside a stage of a version under review (or on the whole, ``stage`` empty)."""
    version = _locked(session, viewer, id_, "versions.comment")
    if version.status != "in_review":
        raise Refused(_l("Comments are written while a version is under review."))
    if stage and stage not in queries.stages(version):
        raise Refused(_l("There is no such stage."))
    made = Comment(version_id=version.id, stage=stage, text=text, by_id=viewer.person_id)
    session.add(made)
    session.flush()
    return made


def answer(session: Session, viewer: Viewer, comment_id: int, text: str) -> Comment:
    """Answer a comment; a later answer takes the place of the one before."""
    found, _version = _open_comment(session, viewer, comment_id, "versions.answer")
    found.answer, found.answered_by_id, found.answered_at = text, viewer.person_id, clock.now()
    return found


def resolve(session: Session, viewer: Viewer, comment_id: int) -> Comment:
    """Say that a comment was attended to."""
    found = queries.comment(session, viewer, comment_id)
    require(viewer, "versions.resolve", found)
    lock(found)
    if found.resolved_at is None:
        found.resolved_by_id, found.resolved_at = viewer.person_id, clock.now()
    return found


def _open_comment(session: Session, viewer: Viewer, comment_id: int, action: str) -> tuple[Comment, ProcedureVersion]:
    found = queries.comment(session, viewer, comment_id)
    version = _locked(session, viewer, found.version_id, action)
    lock(found)
    if found.resolved_at is not None or version.status not in ("draft", "in_review"):
        raise Refused(_l("This comment was settled already."))
    return found, version


def send_back(session: Session, viewer: Viewer, id_: int, reason: str) -> ProcedureVersion:
    """Give a version under review back as a draft, with a reason; its author is told."""
    version = _locked(session, viewer, id_, "versions.send_back")
    engine.send_back(version, reason)
    version_notices.tell_sent_back(session, version, viewer)
    return version


def approve(
    session: Session, viewer: Viewer, id_: int, values: Mapping[str, Any], token: str | None
) -> ProcedureVersion:
    """Approve a version by a named, signed act, to come into force on its date.

    ``values``: act_number, act_date, effective_on and, where posts have nobody for a function, the reason why that is
    accepted. ``token`` is the upload of the signed act. Raises :class:`Refused` with every reason.
    """
    version = _locked(session, viewer, id_, "versions.approve")
    today = clock.today()
    reasons = [*_dates(values, today)]
    if token is None:
        reasons.append(Reason(_l("Attach the signed act."), "file"))
    if count := queries.unsettled(session, version.id):
        reasons.append(
            Reason(lazy_ngettext("%(num)s comment is not settled.", "%(num)s comments are not settled.", count))
        )
    if reasons:
        raise Refused(reasons)
    assert token is not None
    on = max(today, values["effective_on"])
    if why := (values.get("vacancies") or "").strip():
        vacancies.accept(session, version, on, viewer.person_id, why)
    vacancies.check(session, version, on)
    file = files.keep(session, token, "act", viewer.person_id, field="file")
    engine.approve_version(
        version, viewer.person_id, values["act_number"] or "", values["act_date"], values["effective_on"], file.id
    )
    session.flush()
    return version


def _dates(values: Mapping[str, Any], today: date) -> list[Reason]:
    found = []
    if values["act_date"] is None or values["act_date"] > today:
        found.append(Reason(_l("Give the date of the act: today or before."), "act_date"))
    if values["effective_on"] is None or values["effective_on"] < today:
        found.append(Reason(_l("It comes into force today or later."), "effective_on"))
    return found


def accept(session: Session, viewer: Viewer, id_: int, reason: str) -> int:
    """Accept that posts have nobody for a function of an approved version, so that it comes into force all the same."""
    version = _locked(session, viewer, id_, "versions.accept")
    if version.status != "approved":
        raise Refused(_l("This version is not at that step."))
    return vacancies.accept(session, version, clock.today(), viewer.person_id, reason)


def reviewed(session: Session, viewer: Viewer, id_: int, note: str) -> Review:
    """Say that a procedure in force was looked at again and still holds; its next review is counted from today."""
    version = _locked(session, viewer, id_, "versions.reviewed")
    if version.status != "effective":
        raise Refused(_l("This version is not in force."))
    lock(version.procedure)
    made = Review(
        version_id=version.id, by_id=viewer.person_id, note=note, was_due_on=version.procedure.review_on,
        next_on=engine.next_review(version, clock.today()),
    )  # fmt: skip
    version.procedure.review_on = made.next_on
    session.add(made)
    session.flush()
    return made
