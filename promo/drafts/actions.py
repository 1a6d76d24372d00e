"""Every write on a whole draft: begun, copied, imported, undone, handed in; and how each change is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from promo.core import audit
from promo.core.access import Viewer, require
from promo.core.db import lock
from promo.core.errors import Reason, Refused
from promo.drafts import queries
from promo.drafts.faults import faults, reasons
from promo.drafts.models import DraftEdit
from promo.drafts.places import at, difference, put
from promo.drafts.vocabulary import vocabulary
from promo.procedures import versions
from promo.procedures.blocks import MAX_REQUIREMENTS
from promo.procedures.definitions import content_hash
from promo.procedures.models import Procedure, ProcedureVersion
from promo.procedures.source import MAX_BYTES
from promo.procedures.validation import folded, whole

Texts = Mapping[str, str]
WHOLE: Texts = {"es": "", "en": ""}


def opened(session: Session, viewer: Viewer, id_: int, action: str = "drafts.edit") -> ProcedureVersion:
    """Return a draft, locked, after asking whether the viewer may do this."""
    version = queries.draft(session, viewer, id_)
    require(viewer, action, version)
    lock(version)
    return queries.draft(session, viewer, id_)


def store(
    session: Session, viewer: Viewer, version: ProcedureVersion, data: dict[str, Any], verb: str, subject: Texts = WHOLE
) -> DraftEdit | None:
    """Store another text of a draft, remember what changed, tell the trail; None when nothing did.

    Raises :class:`Refused` for a text that is too large.
    """
    if data == version.definition:
        return None
    _bounded(data)
    place, before, after = difference(version.definition, data)
    edition = version.edition + 1
    version.definition, version.content_hash, version.edition = data, content_hash(whole(data)), edition
    version.author_id = version.author_id or viewer.person_id
    edit = DraftEdit(
        version_id=version.id, edition=edition, verb=verb, subject=dict(subject), place=place, before=before,
        after=after, by_id=viewer.person_id,
    )  # fmt: skip
    session.add(edit)
    session.flush()
    audit.tell(session, version, {"place": (None, " › ".join(map(str, place))), "text": (before, after)})
    return edit


def _bounded(data: Mapping[str, Any]) -> None:
    if len(json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise Refused(_l("The procedure becomes too large: %(most)s bytes at most.", most=MAX_BYTES))
    if sum(len(stage.get("requires", ())) for stage in whole(data)["stages"]) > MAX_REQUIREMENTS:
        raise Refused(_l("More than %(most)s requirements.", most=MAX_REQUIREMENTS))


def new(session: Session, viewer: Viewer, values: Mapping[str, Any]) -> ProcedureVersion:
    """Begin a procedure: its code, title and kind; everything else comes in the editor."""
    require(viewer, "drafts.new")
    code = values["code"].upper()
    if session.scalar(select(Procedure.id).where(Procedure.code == code)) is not None:
        raise Refused(Reason(_l("There is a procedure of this code already."), "code"))
    title = {"es": values["title_es"], "en": values["title_en"] or ""}
    data = {"code": code, "title": title, "applies_to": {"kind": values["kind"]}, "stages": []}
    return _drafted(session, viewer, data)


def _drafted(session: Session, viewer: Viewer, data: Mapping[str, Any]) -> ProcedureVersion:
    version = versions.add_draft(session, data, viewer.person_id)
    if version is None:
        raise Refused(_l("The newest version says the very same."))
    return version


def copy(session: Session, viewer: Viewer, code: str) -> ProcedureVersion:
    """Begin the next version of a procedure with what is in force; one that is open already is gone on with."""
    require(viewer, "drafts.copy")
    known = queries.open_version(session, code)
    if known is not None:
        return known
    newest = queries.effective_of(session, code) or queries.newest(session, viewer, code)
    data = {k: v for k, v in folded(newest.definition).items() if k != "changes"}
    return versions.next_draft(session, newest.procedure, data, viewer.person_id)


def load(session: Session, viewer: Viewer) -> list[ProcedureVersion]:
    """Store the library's procedures as drafts; those on their way already stay."""
    require(viewer, "drafts.load")
    return versions.load_library(session, viewer.person_id)


def import_(session: Session, viewer: Viewer, data: dict[str, Any], id_: int | None = None) -> ProcedureVersion:
    """Put a document that was read in a draft's place, or begin a draft with it.

    Raises :class:`Refused` when it bears the code of another procedure, or one with a version on its way.
    """
    require(viewer, "drafts.import_")
    if id_ is not None:
        version = opened(session, viewer, id_, "drafts.import_")
        if data["code"] != version.code:
            said = _l("The document is %(theirs)s, the draft is %(mine)s.", theirs=data["code"], mine=version.code)
            raise Refused(Reason(said, "text"))
        store(session, viewer, version, data, "import_")
        return version
    known = queries.open_version(session, data["code"])
    if known is not None:
        said = _l("%(code)s has a version on its way already: import into it.", code=data["code"])
        raise Refused(Reason(said, "text", f"/drafts/{known.id}"))
    return _drafted(session, viewer, data)


def undo(session: Session, viewer: Viewer, id_: int, edit_id: int) -> DraftEdit | None:
    """Take one change back, where what it made still stands; taking that back brings it again."""
    version = opened(session, viewer, id_, "drafts.undo")
    edit = queries.edit(session, viewer, version, edit_id)
    if edit.undone or at(version.definition, edit.place) != edit.after:
        raise Refused(_l("Something was changed there since: it can't be undone any more."))
    data = put(version.definition, edit.place, edit.before)
    edit.undone = True
    if edit.verb == "undo":
        queries.undone_by(session, edit).undone = False
    return store(session, viewer, version, data, "undo", edit.subject | {"edit": str(edit.id)})


def discard(session: Session, viewer: Viewer, id_: int) -> str:
    """Throw a draft away; returns its code. A procedure without any version goes with it."""
    version = opened(session, viewer, id_, "drafts.discard")
    procedure, code = version.procedure, version.code
    session.execute(delete(DraftEdit).where(DraftEdit.version_id == id_))
    session.delete(version)
    session.flush()
    left = select(ProcedureVersion.id).where(ProcedureVersion.procedure_id == procedure.id)
    if session.scalar(left.limit(1)) is None:
        session.delete(procedure)
    return code


def submit(session: Session, viewer: Viewer, id_: int) -> ProcedureVersion:
    """Return a draft that can be handed in. Raises :class:`Refused` with each fault, and where it is mended."""
    version = opened(session, viewer, id_, "drafts.submit")
    found = faults(id_, version.definition, vocabulary(session, version.definition))
    if found:
        raise Refused(reasons(found))
    return version
