"""The holding area: uploads from their first piece to a checked file that waits to be attached."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import IO, BinaryIO, NoReturn, cast

import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.orm import Session, make_transient

from promo.core import clock
from promo.core.db import session, write
from promo.core.errors import NotFound, PromoError, Reason, Refused
from promo.core.files import pictures, types
from promo.core.files.attachments import FINISH, make_file
from promo.core.files.models import File, Upload
from promo.core.files.scanning import scanner
from promo.core.files.stores import store
from promo.core.jobs import JobContext, job, periodic

log = structlog.get_logger()
LIMIT = 50 * 1024 * 1024  # bytes of one file
BLOCK = 64 * 1024  # bytes in memory while a piece comes in
MOST_PIECES = 2000
KEPT = timedelta(days=2)  # how long an upload waits for its form
TOO_LARGE = _l("The file is larger than 50 MB. Make it smaller, or send it in parts.")
EMPTY = _l("The file is empty.")


def begin(person_id: int | None, name: str, size: int, purpose: str = "") -> Upload:
    """Open an upload of ``size`` bytes and return it with its token. Raises :class:`Refused` when empty or too large.

    ``purpose`` says which page it is for; ``person_id`` is None for a public form, where the token alone is the key.
    """
    if size > LIMIT:
        raise Refused(Reason(TOO_LARGE))
    if size <= 0:
        raise Refused(Reason(EMPTY))
    fresh = Upload(
        token=secrets.token_urlsafe(24),
        person_id=person_id,
        purpose=purpose[:40],
        name=types.clean_name(name),
        size=size,
        expires=clock.now() + KEPT,
    )
    with write() as current:
        current.add(fresh)
    return fresh


def status(token: str, person_id: int | None) -> Upload:
    """Return this person's upload; raises :class:`NotFound` for another's, an unknown or an expired one."""
    found = session().get(Upload, token, populate_existing=True)
    if found is None or found.person_id != person_id or found.expires <= clock.now():
        raise NotFound("upload")
    session().expunge(found)  # a picture of it: nothing stays open while bytes are moved
    return found


def receive(token: str, person_id: int | None, offset: int, read: Callable[[int], bytes]) -> Upload:
    """Take a piece that begins at ``offset``, reading it in small blocks; the last piece makes the file ready.

    What arrived before the connection broke is kept. Raises :class:`Misplaced` when the piece does not begin where the
    upload stands, :class:`Refused` when more comes than was announced, or when the content is not taken.
    """
    upload = status(token, person_id)
    session().rollback()
    if offset != upload.received:
        raise Misplaced(upload.received)
    if not upload.is_complete:
        with tempfile.TemporaryFile() as piece:
            arrived = _copy(read, piece, upload.size - offset)
            if arrived:
                upload = _keep(upload, offset, piece, arrived)
    return ready(token, person_id) if upload.is_complete else upload


class Misplaced(PromoError):
    """The piece does not begin where the upload stands; ``offset`` is where that is."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the upload stands at {offset}")
        self.offset = offset


def _copy(read: Callable[[int], bytes], target: IO[bytes], most: int) -> int:
    """Copy until the end, or until the line breaks; what came before that is good."""
    arrived = 0
    while True:
        try:
            block = read(BLOCK)
        except OSError as error:  # the client went away
            log.info("an upload broke off", arrived=arrived, error=str(error))
            return arrived
        if not block:
            return arrived
        arrived += len(block)
        if arrived > most:
            raise Refused(Reason(_l("More arrived than was announced. Send the file again.")))
        target.write(block)


def _keep(upload: Upload, offset: int, piece: IO[bytes], arrived: int) -> Upload:
    """Put the piece into the store and note it, unless another request was quicker at the same place."""
    if len(upload.pieces) >= MOST_PIECES:
        raise Refused(Reason(_l("The file came in too many small pieces. Send it again.")))
    key = f"holding/{_folder(upload.token)}/{offset:012d}-{secrets.token_hex(4)}"
    piece.seek(0)
    store().put(key, cast(BinaryIO, piece), arrived)
    with write() as current:
        moved = current.execute(
            update(Upload)
            .where(Upload.token == upload.token, Upload.received == offset)
            .values(received=offset + arrived, pieces=[*upload.pieces, key], expires=clock.now() + KEPT)
            .returning(Upload.token)
        ).first()
        stands = current.scalar(select(Upload.received).where(Upload.token == upload.token))
    if moved is None:
        store().delete(key)
        raise Misplaced(stands or 0)
    return status(upload.token, upload.person_id)


def ready(token: str, person_id: int | None) -> Upload:
    """Check, clean, hash and store an upload that has arrived, and attach it where it was promised. Once only.

    Raises :class:`Refused` with the reason when its content is not taken; asking again gives the same answer.
    """
    upload = status(token, person_id)
    session().rollback()
    if upload.problem:
        raise Refused(Reason(upload.problem))
    if upload.ready_at is not None or not upload.is_complete:
        return upload
    with tempfile.TemporaryFile() as whole:
        try:
            _join(upload, whole)
        except FileNotFoundError:
            if status(token, person_id).pieces != upload.pieces:  # another request has just finished it
                return ready(token, person_id)
            _refuse(upload, Refused(_l("The upload was interrupted. Choose the file again.")))  # a restored backup
        try:
            values = _finish(upload, cast(BinaryIO, whole))
        except Refused as refused:
            _refuse(upload, refused)
    with write() as current:
        kept = current.get(Upload, token, with_for_update=True)
        if kept is not None and kept.ready_at is None:
            for name, value in values.items():
                setattr(kept, name, value)
            _keep_promise(current, kept)
    if kept is None:  # given up meanwhile, or attached by another request
        remove(token)
        return upload
    make_transient(kept)
    _remove_pieces(token)
    return kept


def _join(upload: Upload, whole: IO[bytes]) -> None:
    for key in upload.pieces:
        with store().open(key) as piece:
            shutil.copyfileobj(piece, whole, BLOCK)


def _finish(upload: Upload, whole: BinaryIO) -> dict[str, object]:
    """Return what is known of a whole file that is good, having put it into the store."""
    kind = types.detect(whole, upload.name)
    _scan(whole)
    with cleaned(whole, kind.type) as (stream, type_):
        sha256, size = digest(stream)
        key = f"files/{_folder(upload.token)[:2]}/{_folder(upload.token)}"
        stream.seek(0)
        store().put(key, stream, size)
    name = types.honest_name(kind.name.rsplit(".", 1)[0] if type_ != kind.type else kind.name, type_)
    scan = "clean" if scanner() else "off"
    return {
        "name": name, "type": type_, "size": size, "received": size, "sha256": sha256, "stored": key, "scan": scan,
        "ready_at": clock.now(), "pieces": [],
    }  # fmt: skip


@contextmanager
def cleaned(whole: BinaryIO, type_: str) -> Iterator[tuple[BinaryIO, str]]:
    """Give the file as it is to be kept, and its type: a picture without metadata, anything else as it came."""
    if not pictures.is_picture(type_):
        yield whole, type_
        return
    with tempfile.TemporaryFile() as target:
        type_ = pictures.clean(whole, type_, cast(BinaryIO, target))
        yield cast(BinaryIO, target), type_


def digest(stream: BinaryIO) -> tuple[str, int]:
    """Return the SHA-256 and the number of bytes."""
    sha, size = hashlib.sha256(), 0
    stream.seek(0)
    while block := stream.read(1 << 20):
        sha.update(block)
        size += len(block)
    return sha.hexdigest(), size


def _scan(whole: BinaryIO) -> None:
    looker = scanner()
    if looker is None:
        return
    whole.seek(0)
    found = looker.scan(whole)
    if found:
        raise Refused(_l("The scanner found something harmful in the file (%(name)s). It was not kept.", name=found))


def _refuse(upload: Upload, refused: Refused) -> NoReturn:
    """Note why, so that whoever asks again is told the same; the bytes are not kept."""
    with write() as current:
        current.execute(
            update(Upload)
            .where(Upload.token == upload.token)
            .values(problem=str(refused), pieces=[], received=upload.size)
        )
    _remove_pieces(upload.token)
    raise refused


def _keep_promise(current: Session, upload: Upload) -> None:
    """Attach to the record that was saved while the file was still on its way."""
    if upload.record_id is not None:
        current.flush()
        make_file(current, upload, upload.record_id, upload.category)


def hold(stream: BinaryIO, name: str, person_id: int | None, purpose: str = "") -> Upload:
    """Take a whole file from a plain form. Raises :class:`Refused` when its content is not taken.

    ``stream`` is seekable, as a form's file is.
    """
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(0)
    return receive(begin(person_id, name, size, purpose).token, person_id, 0, stream.read)


def name_of(token: str, person_id: int | None) -> str:
    """Return the name of this person's upload, also after it was attached; raises :class:`NotFound`."""
    mine = File.uploaded_by.is_(None) if person_id is None else File.uploaded_by == person_id
    attached = session().scalar(select(File.name).where(File.upload_token == token, mine))
    return attached if attached is not None else status(token, person_id).name


def cancel(token: str, person_id: int | None) -> None:
    """Give an upload up; one that is attached already stays."""
    remove(status(token, person_id).token)


def remove(token: str) -> None:
    """Remove an upload, its pieces, and its file unless a record has it."""
    with write() as current:
        row = current.get(Upload, token, with_for_update=True)
        used = current.scalar(select(File.id).where(File.upload_token == token))
        if row is not None:
            current.delete(row)
    _remove_pieces(token)
    if used is None:
        store().delete(f"files/{_folder(token)[:2]}/{_folder(token)}")


def _remove_pieces(token: str) -> None:
    for key in list(store().keys(f"holding/{_folder(token)}")):
        store().delete(key)


def _folder(token: str) -> str:
    """Return where an upload's bytes lie: known from the token, and telling nothing of it."""
    return hashlib.sha256(token.encode()).hexdigest()[:40]


@periodic(hours=1, name="files.clean_up")
def clean_up() -> None:
    """Remove uploads that nobody attached in time."""
    late = select(Upload.token).where(Upload.expires <= clock.now()).order_by(Upload.expires).limit(500)
    for token in list(session().scalars(late)):
        remove(token)


@job(FINISH)
def finish(job: JobContext) -> None:
    """Make an upload ready whose bytes are all there, but whose last request was cut short."""
    ready(job.payload["token"], job.payload["person_id"])
