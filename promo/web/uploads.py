"""The pages of files: sending one in pieces, adding it to a record, fetching it.

``POST /files/uploads`` (name, size) → 201 ``{token}``; ``PATCH /files/uploads/<token>`` with ``Upload-Offset`` and the
raw piece as body → 200, or 409 with the right ``Upload-Offset``; ``HEAD`` says where the upload stands, ``DELETE``
gives it up. Without scripts a form sends its files itself: :func:`held` puts them into the holding area, so that a form
that comes back keeps them as tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request, send_file, url_for
from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import ClientDisconnected

from promo.core import files
from promo.core.access import any_staff, can, rules, works_on
from promo.core.db import session, write
from promo.core.errors import NotFound, PromoError, Reason, Refused
from promo.core.files.holding import Misplaced
from promo.core.records import Record, kind
from promo.web.guard import may, viewer
from promo.web.pages import done

rules(
    {
        "files.begin": any_staff,
        "files.send": any_staff,
        "files.status": any_staff,
        "files.cancel": any_staff,
        "files.show": any_staff,
        "files.add": works_on,
        "files.archive": works_on,
        "files.unarchive": works_on,
    }
)
blueprint = Blueprint("files", __name__, url_prefix="/files")


@dataclass
class Held:
    """What a form's file field brought: ``files`` as (token, name), for the form that comes back; ``errors``."""

    files: list[tuple[str, str]] = dataclass_field(default_factory=list)
    errors: list[str] = dataclass_field(default_factory=list)

    @property
    def tokens(self) -> list[str]:
        """The tokens to attach."""
        return [token for token, _name in self.files]


def held(name: str = "file", purpose: str = "") -> Held:
    """Put a form's files into the holding area and gather the tokens it already had.

    Call it before ``write()``; hand ``tokens`` to the action and ``files``, ``errors`` to the form that is drawn again.
    """
    found = Held()
    person_id = viewer().person_id
    for sent in request.files.getlist(name):
        if sent.filename:
            try:
                upload = hold(sent, purpose)
                found.files.append((upload.token, upload.name))
            except Refused as refused:
                found.errors += [f"{sent.filename}: {reason.message}" for reason in refused.reasons]
    for token in dict.fromkeys(request.form.getlist(f"{name}_token")):
        try:
            found.files.append((token, files.name_of(token, person_id)))
        except NotFound:
            found.errors.append(_("A file is no longer held here. Choose it again."))
    return found


def hold(sent: FileStorage, purpose: str = "") -> files.Upload:
    """Put one form file into the holding area; raises :class:`Refused` when its content is not taken."""
    return files.hold(sent.stream, sent.filename or "", viewer().person_id, purpose)  # type: ignore[arg-type]


def _told(upload: files.Upload, status: int = 200) -> Response:
    """Say where an upload stands."""
    answer = {
        "token": upload.token,
        "name": upload.name,
        "offset": upload.received,
        "size": upload.size,
        "ready": upload.ready_at is not None,
        "problem": upload.problem,
    }
    response = make_response(jsonify(answer), status)
    response.headers["Upload-Offset"] = str(upload.received)
    response.headers["Upload-Length"] = str(upload.size)
    return response


def _refused(error: PromoError) -> Response:
    """Say in words why a piece was not taken; the script shows them."""
    if isinstance(error, Misplaced):
        response = make_response(jsonify(message=_("The upload goes on elsewhere."), offset=error.offset), 409)
        response.headers["Upload-Offset"] = str(error.offset)
        return response
    if isinstance(error, NotFound):
        return make_response(jsonify(message=_("The upload is no longer here. Choose the file again.")), 404)
    return make_response(jsonify(message=str(error)), 422)


def _number(text: str | None) -> int:
    """Read a count of bytes; raises :class:`Refused` for what is none."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 15:
        raise Refused(Reason(_l("The upload is damaged. Choose the file again.")))
    return int(text)


@blueprint.post("/uploads")
@may("files.begin")
def begin() -> Response:
    """Open an upload."""
    try:
        size = _number(request.form.get("size"))
        purpose = request.form.get("purpose", "")
        return _told(files.begin(viewer().person_id, request.form.get("name", ""), size, purpose), 201)
    except Refused as refused:
        return _refused(refused)


@blueprint.patch("/uploads/<token>")
@may("files.send")
def send(token: str) -> Response:
    """Take a piece, as it comes, to the disk."""
    try:
        offset = _number(request.headers.get("Upload-Offset"))
        return _told(files.receive(token, viewer().person_id, offset, _read))
    except (Refused, NotFound, Misplaced) as error:
        return _refused(error)


def _read(size: int) -> bytes:
    try:
        return request.stream.read(size)
    except ClientDisconnected as error:
        raise ConnectionResetError("the client went away") from error


@blueprint.get("/uploads/<token>")
@may("files.status")
def status(token: str) -> Response:
    """Say where an upload stands (with HEAD: in the header)."""
    try:
        return _told(files.status(token, viewer().person_id))
    except NotFound as error:
        return _refused(error)


@blueprint.delete("/uploads/<token>")
@may("files.cancel")
def cancel(token: str) -> Response:
    """Give an upload up."""
    try:
        files.cancel(token, viewer().person_id)
    except NotFound as error:
        return _refused(error)
    return make_response("", 204)


@blueprint.post("/records/<int:record_id>")
@may("files.add")
def add(record_id: int) -> Response:
    """Add files to a record, under one category of evidence or none."""
    found = held("file")
    if found.errors or not found.files:
        raise Refused([Reason(text, "file") for text in found.errors or [_("Choose a file first.")]])
    category = request.form.get("category", "")[:60]
    with write() as current:
        record = files.add(current, viewer(), record_id, found.tokens, category)
    return _to(record, _("Attached."))


@blueprint.get("/<int:id_>/<name>")
@may("files.show")
def show(id_: int, name: str) -> Response:
    """Give a file to whoever may see its record."""
    file, _record = files.find(session(), id_, viewer())
    return sent(file)


def sent(file: files.File) -> Response:
    """Give a file that the viewer may see: to be saved, never run or drawn by the browser."""
    response = send_file(
        files.open_file(file), mimetype=file.type, as_attachment=True, download_name=file.name, etag=False, max_age=None
    )
    response.content_length = file.size
    response.set_etag(file.sha256)
    response.cache_control.private = True
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.make_conditional(request)
    return response


@blueprint.post("/<int:id_>/archive")
@may("files.archive")
def archive(id_: int) -> Response:
    """Put a file away."""
    with write() as current:
        file, record = files.archive(current, id_, viewer())
    message = _("%(name)s was removed.", name=file.name)
    return _to(record, message, undo=url_for("files.unarchive", id_=id_))


@blueprint.post("/<int:id_>/unarchive")
@may("files.unarchive")
def unarchive(id_: int) -> Response:
    """Bring an archived file back."""
    with write() as current:
        _file, record = files.unarchive(current, id_, viewer())
    return _to(record, _("It is back."))


def _to(record: Record, message: str, undo: str | None = None) -> Response:
    return done(kind(record.kind).show, message, undo=undo, id_=record.id, _anchor="files")


def listed(record: Record) -> list[dict[str, Any]]:
    """Return a record's files for ``components/file_list.html``; the page may put its own words for kind, by, when."""
    may_remove = can(viewer(), "files.archive", record)
    return [
        {
            "file": file,
            "name": file.name,
            "url": url_for("files.show", id_=file.id, name=file.name),
            "size": size_in_words(file.size),
            "kind": file.category,
            "when": file.created_at,
            "image": file.is_image,
            "remove_url": url_for("files.archive", id_=file.id) if may_remove else None,
        }
        for file in files.of_record(session(), record.id)
    ]


def size_in_words(size: int) -> str:
    """Return a number of bytes as people read it: ``830 kB``, ``2,4 MB``."""
    if size < 1000:
        return _("%(number)s bytes", number=size)
    if size < 1_000_000:
        return _("%(number)s kB", number=format_decimal(size // 1000))
    return _("%(number)s MB", number=format_decimal(round(size / 1_000_000, 1)))
