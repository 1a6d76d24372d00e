"""Versions of procedures: drafts, review, approval, coming into force (``matching``: which one a record follows)."""

from __future__ import annotations

import calendar
import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session, object_session

from promo.core import audit, clock, jobs
from promo.core.access import Viewer, require
from promo.core.db import lock
from promo.core.errors import Reason, Refused
from promo.core.records import kinds
from promo.procedures import vacancies
from promo.procedures.case import fact_names, known_functions
from promo.procedures.catalogue import procedure
from promo.procedures.definitions import content_hash
from promo.procedures.models import Procedure, ProcedureVersion
from promo.procedures.source import Invalid
from promo.procedures.validation import Vocabulary, library_files, parse, whole

TELL = "procedures.tell"  # the job that tells people of a version in force
REVIEW_MONTHS = 12  # between two reviews, where the definition says nothing
OPEN = ("draft", "in_review", "approved")  # versions on their way into force


def add_draft(session: Session, data: Mapping[str, Any], author_id: int | None = None) -> ProcedureVersion | None:
    """Store checked data as a draft, the next version of its procedure; None when its latest version says the same.

    The digest of a version covers the blocks that it includes.
    """
    procedure = session.scalars(select(Procedure).where(Procedure.code == data["code"])).first()
    if procedure is None:
        procedure = Procedure(code=data["code"])
        session.add(procedure)
        session.flush()
    digest = content_hash(whole(data))
    latest = session.scalar(
        select(ProcedureVersion.content_hash)
        .where(ProcedureVersion.procedure_id == procedure.id)
        .order_by(ProcedureVersion.number.desc())
        .limit(1)
    )
    if latest == digest:
        return None
    return next_draft(session, procedure, data, author_id)


def next_draft(
    session: Session, procedure: Procedure, data: Mapping[str, Any], author_id: int | None = None
) -> ProcedureVersion:
    """Store data as the next version of a procedure, whatever its others say."""
    number = select(func.coalesce(func.max(ProcedureVersion.number), 0)).where(
        ProcedureVersion.procedure_id == procedure.id
    )
    version = ProcedureVersion(
        procedure=procedure,
        number=(session.scalar(number) or 0) + 1,
        definition=dict(data),
        content_hash=content_hash(whole(data)),
        author_id=author_id,
    )
    session.add(version)
    session.flush()
    return version


def edit(session: Session, viewer: Viewer, code: str, values: Mapping[str, Any]) -> Procedure:
    """Say who owns a procedure and when it is reviewed next."""
    found = procedure(session, viewer, code)
    require(viewer, "procedures.edit", found)
    for name in ("owner_id", "review_on"):
        setattr(found, name, values[name])
    return found


@cache
def library() -> list[dict[str, Any]]:
    """Return the library's procedures as they are written. Raises :class:`Invalid`."""
    found = [parse(file.read_bytes()) for file in library_files()]
    if problems := [p for parsed in found for p in parsed.problems]:
        raise Invalid(problems)
    return [parsed.written for parsed in found]


def load_library(session: Session, author_id: int | None = None) -> list[ProcedureVersion]:
    """Store the library's procedures as drafts; those on their way already stay. Raises :class:`Invalid`."""
    on_their_way = select(Procedure.code).join(ProcedureVersion, ProcedureVersion.procedure_id == Procedure.id)
    stay = set(session.scalars(on_their_way.where(ProcedureVersion.status.in_(OPEN))))
    made = (add_draft(session, data, author_id) for data in library() if data["code"] not in stay)
    return [version for version in made if version is not None]


def faults(session: Session, data: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the data of a version, a sentence each, in the reader's language."""
    known = Vocabulary({k.name: fact_names(k) for k in kinds()}, known_functions(session))
    return [f"{p.path}: {p.message}" for p in parse(json.dumps(data), vocabulary=known).problems]


def submit(session: Session, version: ProcedureVersion, *, substance: bool, changes: Mapping[str, str]) -> None:
    """Hand a draft in for review: of substance or editorial, with what changes in both languages.

    Raises :class:`Refused` with every fault that stands, and when a newer version was approved meanwhile.
    """
    _from(version, "draft")
    _check_newest(session, version)
    reasons = [
        Reason(_l("Say in this language what changes."), f"changes_{language}")
        for language in ("es", "en")
        if not changes.get(language, "").strip()
    ]
    said = {language: text.strip() for language, text in changes.items()}
    data = {**whole(version.definition), "changes": said}
    reasons += [Reason(fault, "faults") for fault in ([] if reasons else faults(session, data))]
    if reasons:
        raise Refused(reasons)
    if data != version.definition:
        version.definition, version.content_hash = data, content_hash(data)
    version.substance, version.submitted_at, version.returned_why = substance, clock.now(), None
    version.status = "in_review"
    session.flush()


def send_back(version: ProcedureVersion, reason: str) -> None:
    """Give a version under review back to its author, as a draft."""
    _from(version, "in_review")
    if not reason.strip():
        raise Refused(Reason(_l("Say what must change."), "reason"))
    version.status, version.returned_why = "draft", reason.strip()


def authors(session: Session, version: ProcedureVersion) -> set[int]:
    """Return who counts as author of a version: whoever began it, and everybody who changed its text."""
    found = {version.author_id}
    for entry in audit.history(session, table=ProcedureVersion.__tablename__, row=version.id, limit=10_000):
        if entry.action == "create" or any(change.name == "content_hash" for change in entry.changes):
            found.add(entry.actor_id)
    return {person for person in found if person is not None}


def approve_version(
    version: ProcedureVersion,
    approver_id: int,
    act_number: str,
    act_date: date,
    effective_on: date,
    act_file_id: int | None = None,
) -> None:
    """Approve a version under review by a named act.

    Raises :class:`Refused` when whoever wrote it would approve it, or a newer version was approved meanwhile.
    """
    session = object_session(version)
    assert session is not None
    _from(version, "in_review")
    if approver_id in authors(session, version):
        raise Refused(Reason(_l("Whoever wrote a version can't approve it."), "approver_id"))
    _check_newest(session, version)
    if not act_number.strip():
        raise Refused(Reason(_l("Give the number of the approving act."), "act_number"))
    version.status = "approved"
    version.approver_id, version.approved_at = approver_id, clock.now()
    version.act_number, version.act_date, version.effective_on = act_number.strip(), act_date, effective_on
    version.act_file_id = act_file_id


def _check_newest(session: Session, version: ProcedureVersion) -> None:
    """Refuse a version older than one that was approved: it would take back what came after it."""
    newer = (
        select(ProcedureVersion.number)
        .where(ProcedureVersion.procedure_id == version.procedure_id, ProcedureVersion.number > version.number)
        .where(ProcedureVersion.status.in_(("approved", "effective", "obsolete")))
        .order_by(ProcedureVersion.number.desc())
    )
    if (number := session.scalars(newer.limit(1)).first()) is not None:
        raise Refused(_l("Version %(number)s came first: begin a new draft from that one.", number=number))


def bring_into_force(session: Session, version: ProcedureVersion, today: date) -> None:
    """Make an approved version effective on or after its date; those before it become obsolete in the same write.

    Raises :class:`Refused` before its date, and while a post has nobody for a function of it.
    """
    lock(version.procedure)  # two workers at once: the second finds it done
    session.refresh(version)
    _from(version, "approved")
    if version.effective_on is None or version.effective_on > today:
        raise Refused(_l("A version comes into force on its date, not before."))
    vacancies.check(session, version, today)
    former = select(ProcedureVersion).where(
        ProcedureVersion.procedure_id == version.procedure_id,
        (ProcedureVersion.status == "effective")
        | ((ProcedureVersion.status == "approved") & (ProcedureVersion.number < version.number)),
    )
    for one in session.scalars(former.order_by(ProcedureVersion.id)):
        one.status, one.obsolete_on = "obsolete", today
    session.flush()
    version.status, version.in_force_at = "effective", clock.now()
    version.procedure.review_on = next_review(version, version.effective_on)
    session.flush()


def next_review(version: ProcedureVersion, day: date) -> date:
    """Return when a version is to be looked at again, counted from a day, as it says itself."""
    return months_after(day, int(version.definition.get("review_months", REVIEW_MONTHS)))


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later, the last of the month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def make_effective(
    session: Session, version: ProcedureVersion, approver_id: int, act_number: str, act_date: date, effective_on: date
) -> ProcedureVersion:
    """Take a draft through review and approval into force at once, its shared blocks in their place: for demo data."""
    if version.status == "draft":
        version.status, version.definition = "in_review", dict(whole(version.definition))
    approve_version(version, approver_id, act_number, act_date, effective_on)
    session.flush()
    bring_into_force(session, version, max(effective_on, clock.today()))
    return version


def _from(version: ProcedureVersion, status: str) -> None:
    if version.status != status:
        raise Refused(_l("This version is not at that step."))


def due_versions(session: Session, today: date) -> list[ProcedureVersion]:
    """Return the approved versions whose date has come, the oldest first."""
    return list(
        session.scalars(
            select(ProcedureVersion)
            .where(ProcedureVersion.status == "approved", ProcedureVersion.effective_on <= today)
            .order_by(ProcedureVersion.effective_on, ProcedureVersion.id)
        )
    )


def bring_due_into_force(session: Session, version_id: int, today: date) -> None:
    """Bring one approved version into force and have people told; what another worker has brought there stays."""
    version = session.get(ProcedureVersion, version_id)
    if version is None:
        return
    lock(version.procedure)
    session.refresh(version)
    if version.status == "approved":
        bring_into_force(session, version, today)
        jobs.enqueue(session, TELL, {"version": version.id}, key=f"{TELL}-{version.id}")


def find_version(session: Session, code: str, number: int | None = None) -> ProcedureVersion | None:
    """Return a version of a procedure by its number, without one that in force; None when there is none."""
    found = select(ProcedureVersion).join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
    which = ProcedureVersion.status == "effective" if number is None else ProcedureVersion.number == number
    return session.scalars(found.where(Procedure.code == code, which)).first()
