"""Files of records: attached inside an action, served to whoever may see the record, archived and brought back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.access import Viewer, require
from promo.core.db import lock
from promo.core.errors import NotFound, Reason, Refused
from promo.core.files.models import File, Upload
from promo.core.files.stores import store
from promo.core.jobs import enqueue
from promo.core.records import Record

FINISH = "files.finish"  # the job that makes an upload ready whose last request was cut short


def attach(
    session: Session, token: str, record: Record, category: str, person_id: int | None, *, field: str | None = None
) -> File | None:
    """Tie an upload to a record, inside an action. Returns the file, or None for one that is still on its way.

    The latter is promised: it is attached by itself when its last piece arrives. Attaching the same token again to the
    same record is harmless. Raises :class:`Refused` (at ``field``) for an upload that is unknown, expired, another
    person's, another record's, or whose content was refused.
    """
    done = session.scalar(select(File).where(File.upload_token == token))
    if done is not None and done.record_id == record.id:
        return done
    upload = session.get(Upload, token, with_for_update=True, populate_existing=True)
    if done is not None or upload is None or upload.person_id != person_id or upload.expires <= clock.now():
        raise Refused(Reason(_l("The file is no longer held here. Choose it again."), field))
    if upload.problem:
        raise Refused(Reason(upload.problem, field))
    if upload.record_id not in (None, record.id):
        raise Refused(Reason(_l("The file belongs to another record. Choose it again."), field))
    record.touch()
    if upload.ready_at is None:
        upload.record_id, upload.category = record.id, category
        if upload.is_complete:
            asked = {"token": token, "person_id": person_id}
            enqueue(session, FINISH, asked, key=f"{FINISH}-{token}", owner_id=person_id)
        return None
    return make_file(session, upload, record.id, category)


def keep(session: Session, token: str, category: str, person_id: int, *, field: str | None = None) -> File:
    """Keep an upload as a file of no record: the row that names it says who may see it.

    Raises :class:`Refused` (at ``field``) for an upload that is unknown, expired, another person's, refused for its
    content, or not whole yet.
    """
    upload = session.get(Upload, token, with_for_update=True, populate_existing=True)
    if upload is None or upload.person_id != person_id or upload.expires <= clock.now() or upload.record_id is not None:
        raise Refused(Reason(_l("The file is no longer held here. Choose it again."), field))
    if upload.problem:
        raise Refused(Reason(upload.problem, field))
    if upload.ready_at is None:
        raise Refused(Reason(_l("Wait until the file has arrived, then save."), field))
    return make_file(session, upload, None, category)


def make_file(session: Session, upload: Upload, record_id: int | None, category: str) -> File:
    """Turn an upload that is ready into a file (of a record); the upload's row has done its work."""
    assert upload.type
    assert upload.sha256
    assert upload.stored
    file = File(
        record_id=record_id, category=category, name=upload.name, type=upload.type, size=upload.size,
        sha256=upload.sha256, stored=upload.stored, scan=upload.scan, uploaded_by=upload.person_id,
        upload_token=upload.token,
    )  # fmt: skip
    session.add(file)
    session.delete(upload)
    session.flush()
    return file


_FILES = select(File).where(File.record_id == bindparam("record")).order_by(File.category, File.id)
_FILES_IN_USE = _FILES.where(File.archived_at.is_(None))


def of_record(session: Session, record_id: int, *, archived: bool = False) -> list[File]:
    """Return the files of a record, by category and in the order of their arrival."""
    return list(session.scalars(_FILES if archived else _FILES_IN_USE, {"record": record_id}))


def pending(session: Session, record_id: int) -> list[Upload]:
    """Return what was promised to a record and has not arrived, or was refused on arrival (``problem``)."""
    return list(session.scalars(select(Upload).where(Upload.record_id == record_id).order_by(Upload.created_at)))


def find(session: Session, file_id: int, viewer: Viewer, action: str = "files.show") -> tuple[File, Record]:
    """Return a file and its record, for whoever may do ``action`` with that record.

    Raises :class:`NotFound` when there is none or the viewer does not see the record, :class:`Forbidden` when they see
    it but may not.
    """
    row = session.execute(
        select(File, Record).join(Record, Record.id == File.record_id).where(File.id == file_id)
    ).first()
    if row is None:
        raise NotFound("file")
    require(viewer, action, row[1])
    return row[0], row[1]


def open_file(file: File) -> BinaryIO:
    """Open the stored bytes, to be closed by the caller; raises ``FileNotFoundError`` when the store lost them."""
    return store().open(file.stored)


def add(session: Session, viewer: Viewer, record_id: int, tokens: Sequence[str], category: str) -> Record:
    """Attach uploads to a record; returns it. Raises what :func:`attach` and ``require`` raise."""
    record = session.get(Record, record_id)
    if record is None:
        raise NotFound("record")
    require(viewer, "files.add", record)
    lock(record)
    for token in tokens:
        attach(session, token, record, category, viewer.person_id, field="file")
    return record


def archive(session: Session, file_id: int, viewer: Viewer) -> tuple[File, Record]:
    """Put a file away: it no longer counts as evidence, and can be brought back."""
    file, record = find(session, file_id, viewer, "files.archive")
    lock(record)
    if file.archived_at is None:
        file.archived_at = clock.now()
        record.touch()
    return file, record


def unarchive(session: Session, file_id: int, viewer: Viewer) -> tuple[File, Record]:
    """Bring an archived file back."""
    file, record = find(session, file_id, viewer, "files.unarchive")
    lock(record)
    if file.archived_at is not None:
        file.archived_at = None
        record.touch()
    return file, record
