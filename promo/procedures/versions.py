"""Versions of procedures: drafts, review, approval, coming into force; and which one a record stands under."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.errors import Reason, Refused
from promo.procedures.case import definition_of
from promo.procedures.definitions import Definition, content_hash
from promo.procedures.models import Procedure, ProcedureVersion
from promo.procedures.source import Invalid
from promo.procedures.validation import library_files, parse

FALLBACK = "PE-GEN-01"


def add_draft(session: Session, data: Mapping[str, Any], author_id: int | None = None) -> ProcedureVersion | None:
    """Store checked data as a draft, the next version of its procedure; None when its latest version says the same."""
    procedure = session.scalars(select(Procedure).where(Procedure.code == data["code"])).first()
    if procedure is None:
        procedure = Procedure(code=data["code"])
        session.add(procedure)
        session.flush()
    digest = content_hash(data)
    latest = session.execute(
        select(ProcedureVersion.number, ProcedureVersion.content_hash)
        .where(ProcedureVersion.procedure_id == procedure.id)
        .order_by(ProcedureVersion.number.desc())
    ).first()
    if latest is not None and latest.content_hash == digest:
        return None
    version = ProcedureVersion(
        procedure=procedure,
        number=latest.number + 1 if latest else 1,
        definition=dict(data),
        content_hash=digest,
        author_id=author_id,
    )
    session.add(version)
    session.flush()
    return version


def load_library(session: Session, author_id: int | None = None) -> list[ProcedureVersion]:
    """Store the library's procedures as drafts; those that are there already stay. Raises :class:`Invalid`."""
    made = []
    for file in library_files():
        parsed = parse(file.read_bytes())
        if parsed.problems:
            raise Invalid(parsed.problems)
        version = add_draft(session, parsed.data, author_id)
        if version is not None:
            made.append(version)
    return made


def submit(version: ProcedureVersion) -> None:
    """Hand a draft in for review."""
    _from(version, "draft")
    version.status = "in_review"


def approve_version(
    version: ProcedureVersion, approver_id: int, act_number: str, act_date: date, effective_on: date
) -> None:
    """Approve a version under review by a named act. Raises :class:`Refused` when its author would approve it."""
    _from(version, "in_review")
    if version.author_id == approver_id:
        raise Refused(Reason(_l("Whoever wrote a version can't approve it."), "approver_id"))
    if not act_number.strip():
        raise Refused(Reason(_l("Give the number of the approving act."), "act_number"))
    version.status = "approved"
    version.approver_id, version.approved_at = approver_id, clock.now()
    version.act_number, version.act_date, version.effective_on = act_number.strip(), act_date, effective_on


def bring_into_force(session: Session, version: ProcedureVersion, today: date) -> None:
    """Make an approved version effective on or after its date; the former one becomes obsolete in the same write."""
    _from(version, "approved")
    if version.effective_on is None or version.effective_on > today:
        raise Refused(_l("A version comes into force on its date, not before."))
    in_force = select(ProcedureVersion).where(
        ProcedureVersion.procedure_id == version.procedure_id, ProcedureVersion.status == "effective"
    )
    for former in session.scalars(in_force.order_by(ProcedureVersion.id)):
        former.status, former.obsolete_on = "obsolete", today
    session.flush()
    version.status = "effective"
    session.flush()


def make_effective(
    session: Session, version: ProcedureVersion, approver_id: int, act_number: str, act_date: date, effective_on: date
) -> ProcedureVersion:
    """Take a draft through review and approval into force at once: for demo data and tests."""
    if version.status == "draft":
        submit(version)
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
    """Bring one approved version into force; one that another worker has brought there stays as it is."""
    version = session.get(ProcedureVersion, version_id)
    if version is not None and version.status == "approved":
        bring_into_force(session, version, today)


def effective(session: Session) -> list[ProcedureVersion]:
    """Return the versions in force, by their procedures' codes."""
    found = select(ProcedureVersion).join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
    return list(session.scalars(found.where(ProcedureVersion.status == "effective").order_by(Procedure.code)))


def specificity(definition: Definition, kind: str, type_: str | None, pillar: str | None) -> int | None:
    """Return how closely a procedure fits (its type counts most, then its pillar), or None when it does not."""
    if kind not in definition.kinds:
        return None
    if definition.types and type_ not in definition.types:
        return None
    if definition.pillars and pillar not in definition.pillars:
        return None
    return 4 * bool(definition.types) + 2 * bool(definition.pillars) + (len(definition.kinds) == 1)


def match(session: Session, kind: str, type_: str | None = None, pillar: str | None = None) -> ProcedureVersion | None:
    """Return the version in force that fits a kind, type and pillar most closely; else the simple act's; else None."""
    best: tuple[int, ProcedureVersion] | None = None
    for version in effective(session):
        fits = specificity(definition_of(version), kind, type_, pillar)
        if fits is not None and version.code == FALLBACK:
            fits = -1
        if fits is not None and (best is None or fits > best[0]):
            best = (fits, version)
    return best[1] if best else None
