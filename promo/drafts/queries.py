"""Every SELECT on drafts. The viewer comes first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from promo.accounts.models import Person
from promo.core.access import Viewer
from promo.core.errors import NotFound, Reason, Refused
from promo.core.records import Kind, kinds
from promo.drafts.models import DraftEdit
from promo.drafts.places import put
from promo.procedures.catalogue import reads
from promo.procedures.models import Procedure, ProcedureVersion
from promo.procedures.versions import OPEN

REMEMBERED = 500  # changes that are taken back to find what somebody saw; an older form clashes where it differs


class HandedIn(Refused):
    """The version is a draft no longer: it is read on its own page, where ``code`` and ``number`` lead."""

    def __init__(self, version: ProcedureVersion) -> None:
        self.code, self.number = version.code, version.number
        said = _l(
            "Version %(number)s of %(code)s was handed in: its text stands still.", number=self.number, code=self.code
        )
        super().__init__(Reason(said, link=f"/procedures/{self.code}/{self.number}"))


def draft(session: Session, viewer: Viewer, id_: int) -> ProcedureVersion:
    """Return a draft with its text. Raises NotFound, or :class:`HandedIn`."""
    found = session.get(ProcedureVersion, id_, options=[undefer(ProcedureVersion.definition)])
    if found is None or not reads(viewer, found):
        raise NotFound("drafts.show")
    if found.status != "draft":
        raise HandedIn(found)
    return found


def kinds_of_work() -> list[Kind]:
    """Return the kinds of record that stand under a procedure."""
    return [kind for kind in kinds() if kind.work]


def in_force(session: Session, viewer: Viewer, version: ProcedureVersion) -> ProcedureVersion | None:
    """Return the version in force of the same procedure, with its text, or None."""
    return effective_of(session, version.code)


def effective_of(session: Session, code: str) -> ProcedureVersion | None:
    """Return the version in force of a procedure, with its text, or None."""
    found = select(ProcedureVersion).join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
    found = found.where(Procedure.code == code, ProcedureVersion.status == "effective")
    return session.scalars(found.options(undefer(ProcedureVersion.definition))).first()


def newest(session: Session, viewer: Viewer, code: str) -> ProcedureVersion:
    """Return the newest version of a procedure, with its text; raises NotFound."""
    found = select(ProcedureVersion).join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
    found = found.where(Procedure.code == code).order_by(ProcedureVersion.number.desc())
    version = session.scalars(found.options(undefer(ProcedureVersion.definition)).limit(1)).first()
    if version is None or not reads(viewer, version):
        raise NotFound("drafts.copy")
    return version


def open_version(session: Session, code: str) -> ProcedureVersion | None:
    """Return the version of a procedure that is on its way into force, the newest, or None."""
    found = select(ProcedureVersion).join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
    found = found.where(Procedure.code == code, ProcedureVersion.status.in_(OPEN))
    return session.scalars(found.order_by(ProcedureVersion.number.desc())).first()


def is_fixed(session: Session, version: ProcedureVersion) -> bool:
    """Whether the code stands for ever: another version of the procedure was handed in once."""
    found = select(ProcedureVersion.id).where(
        ProcedureVersion.procedure_id == version.procedure_id, ProcedureVersion.status != "draft"
    )
    return session.scalar(found.limit(1)) is not None


def seen(session: Session, version: ProcedureVersion, edition: int) -> Mapping[str, Any] | None:
    """Return the text as it stood at an edition, by taking later changes back; None when that is too long ago."""
    if edition == version.edition:
        return version.definition
    if not 0 < version.edition - edition <= REMEMBERED:
        return None
    found = select(DraftEdit).where(DraftEdit.version_id == version.id, DraftEdit.edition > edition)
    text: Any = version.definition
    expected = version.edition
    for edit in session.scalars(found.order_by(DraftEdit.edition.desc())):
        if edit.edition != expected:
            return None
        text, expected = put(text, edit.place, edit.before), expected - 1
    return text if expected == edition else None


def last_edit(session: Session, viewer: Viewer, version: ProcedureVersion) -> DraftEdit | None:
    """Return the viewer's last change of a draft that can be undone, or None."""
    found = select(DraftEdit).where(
        DraftEdit.version_id == version.id,
        DraftEdit.by_id == viewer.person_id,
        DraftEdit.undone.is_(False),
        DraftEdit.verb != "undo",
    )
    return session.scalars(found.order_by(DraftEdit.edition.desc()).limit(1)).first()


def edit(session: Session, viewer: Viewer, version: ProcedureVersion, edit_id: int) -> DraftEdit:
    """Return one change of a draft; raises NotFound."""
    found = session.get(DraftEdit, edit_id)
    if found is None or found.version_id != version.id:
        raise NotFound("drafts.undo")
    return found


def undone_by(session: Session, edit: DraftEdit) -> DraftEdit:
    """Return the change that an undoing took back."""
    return session.get_one(DraftEdit, int(edit.subject["edit"]))


def changer(session: Session, version: ProcedureVersion) -> str:
    """Return the name of whoever changed a draft last; nothing when nobody did."""
    found = select(Person.name).join(DraftEdit, DraftEdit.by_id == Person.id)
    found = found.where(DraftEdit.version_id == version.id).order_by(DraftEdit.edition.desc()).limit(1)
    return session.scalar(found) or ""


def writers(session: Session, viewer: Viewer, version: ProcedureVersion) -> list[str]:
    """Return the names of everybody who changed a draft, by name."""
    found = select(Person.name).where(Person.id.in_(select(DraftEdit.by_id).where(DraftEdit.version_id == version.id)))
    return list(session.scalars(found.order_by(Person.name)))
