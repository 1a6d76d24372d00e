"""Files: what is taken, how it arrives however the line behaves, and who gets it back."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pillow_heif
import pytest
import time_machine
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from promo import config
from promo.config import Settings
from promo.core import clock, files, jobs
from promo.core.db import write
from promo.core.errors import NotFound, Refused
from promo.core.files import LocalStore, Store, Upload, holding, pictures, types
from promo.core.files.holding import Misplaced
from promo.core.files.stores import S3Store, make_store
from promo.core.records import Record
from promo.organisations import actions as organisations
from tests.cast import Cast, Member
from tests.core import fake_s3

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"
GPS = 0x8825


def picture(form: str = "JPEG", size: tuple[int, int] = (40, 30), turned: bool = False) -> bytes:
    """A picture that says where and by whom it was taken."""
    image = Image.new("RGB", size, "red")
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(GPS)[1] = "S"
    if turned:
        exif[0x0112] = 6
    target = io.BytesIO()
    image.save(target, form, exif=exif)
    return target.getvalue()


def workbook() -> bytes:
    target = io.BytesIO()
    openpyxl.Workbook().save(target)
    return target.getvalue()


def archive(**entries: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as zipped:
        for name, text in entries.items():
            zipped.writestr(name.replace("__", "/"), text)
    return target.getvalue()


def office(main: str, type_: str, **more: str) -> bytes:
    content = f'<Types><Override PartName="/{main}" ContentType="{type_}.main+xml"/></Types>'
    return archive(**{"[Content_Types].xml": content, **more})


def ole(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + stream.encode("utf-16-le") + b"\0" * 64


WORD = types.OOXML + "wordprocessingml.document"
TAKEN = [
    ("informe.pdf", PDF, "application/pdf", "informe.pdf"),
    ("lista.xlsx", workbook(), types.OOXML + "spreadsheetml.sheet", "lista.xlsx"),
    ("carta.docx", office("word/document.xml", WORD), WORD, "carta.docx"),
    ("carta.odt", archive(mimetype=types.ODF + "text"), types.ODF + "text", "carta.odt"),
    ("viejo.doc", ole("WordDocument"), "application/msword", "viejo.doc"),
    ("viejo.xls", ole("Workbook"), "application/vnd.ms-excel", "viejo.xls"),
    ("notas.txt", "Reunión con el importador\n".encode(), "text/plain", "notas.txt"),
    ("latin.txt", "Reunión".encode("cp1252"), "text/plain", "latin.txt"),
    ("datos.csv", b"a;b\n1;2\n", "text/csv", "datos.csv"),
    ("evil.js", b"alert(1)", "text/plain", "evil.js.txt"),
    ("cita.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar", "cita.ics"),
    ("mensaje.eml", b"From: a@b.example\nSubject: Hola\n\n<html>", "message/rfc822", "mensaje.eml"),
    ("voz.m4a", b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom" + b"\0" * 40, "audio/mp4", "voz.m4a"),
    ("voz.mp3", b"ID3\x03\x00\x00\x00\x00\x00\x21" + b"\0" * 400, "audio/mpeg", "voz.mp3"),
    ("clip.mp4", b"\0\0\0\x20ftypmp42\0\0\0\0mp42isom" + b"\0" * 40, "video/mp4", "clip.mp4"),
    ("foto.jpg", picture(), "image/jpeg", "foto.jpg"),
    ("foto.exe", picture("PNG"), "image/png", "foto.exe.png"),
    ("foto.webp", picture("WEBP"), "image/webp", "foto.webp"),
    ("../../etc/passwd", PDF, "application/pdf", "passwd.pdf"),
    ("C:\\fotos\\a\u202egpj.exe", PDF, "application/pdf", "agpj.exe.pdf"),
]
NOT_TAKEN = {
    "a program": b"MZ\x90\x00\x03" + b"\0" * 200,
    "an archive": archive(a="b"),
    "macros": office("word/document.xml", WORD, **{"word__vbaProject.bin": "x"}),
    "a macro type": office("word/document.xml", "application/vnd.ms-word.document.macroEnabled"),
    "a page": b"  <!DOCTYPE html><script>alert(1)</script>",
    "a drawing with scripts": b"<?xml version='1.0'?><svg onload='alert(1)'/>",
    "a broken archive": b"PK\x03\x04 nothing more",
    "a GIF": b"GIF89a" + b"\0" * 100,
    "zeros": b"\0" * 100,
    "another OLE": ole("SomethingElse"),
}


@pytest.mark.parametrize(("name", "content", "type_", "kept"), TAKEN, ids=[t[0] for t in TAKEN])
def test_the_content_decides_what_it_is(name: str, content: bytes, type_: str, kept: str) -> None:
    found = types.detect(io.BytesIO(content), name)
    assert (found.type, found.name) == (type_, kept)


@pytest.mark.parametrize("what", NOT_TAKEN)
def test_what_is_not_on_the_list_is_refused(session: Session, what: str) -> None:
    with pytest.raises(Refused):
        types.detect(io.BytesIO(NOT_TAKEN[what]), "informe.pdf")


@pytest.mark.parametrize("name", ["", "...", "\x00\x01", "a" * 500 + ".pdf", "a/b/", "\ud800"])
def test_a_name_is_always_fit_to_show(name: str) -> None:
    clean = types.clean_name(name)
    assert 1 <= len(clean) <= 200
    assert clean.isprintable()
    assert not re.search(r"[/\\]", clean)


def test_pictures_lose_what_they_hide(session: Session) -> None:
    for form, type_ in (("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")):
        content = picture(form)
        assert b"Secret Camera" in content
        target = io.BytesIO()
        assert pictures.clean(io.BytesIO(content), type_, target) == type_
        assert b"Secret Camera" not in target.getvalue()
        assert not Image.open(target).getexif().get_ifd(GPS)


def test_pictures_are_turned_upright(session: Session) -> None:
    target = io.BytesIO()
    pictures.clean(io.BytesIO(picture(turned=True)), "image/jpeg", target)
    cleaned = Image.open(target)
    assert cleaned.size == (30, 40)
    assert 0x0112 not in cleaned.getexif()


def test_heic_becomes_jpeg(session: Session, alice: Member) -> None:
    pillow_heif.register_heif_opener()
    content = picture("HEIF", (64, 48))
    upload = files.hold(io.BytesIO(content), "IMG_1.HEIC", alice.id)
    assert (upload.type, upload.name) == ("image/jpeg", "IMG_1.jpg")
    assert upload.stored is not None
    with files.store().open(upload.stored) as stored:
        assert Image.open(stored).size == (64, 48)


@pytest.mark.parametrize("content", [picture()[:200], b"\xff\xd8\xff\xe0" + b"\0" * 50], ids=["cut", "empty"])
def test_a_damaged_picture_is_refused(session: Session, content: bytes) -> None:
    with pytest.raises(Refused):
        pictures.clean(io.BytesIO(content), "image/jpeg", io.BytesIO())


def test_a_picture_that_would_burst_is_refused_unopened(session: Session) -> None:
    target = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(target, "PNG")
    assert len(target.getvalue()) < 1_000_000
    with pytest.raises(Refused):
        pictures.clean(target, "image/png", io.BytesIO())


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store there is."""
    if request.param == "folder":
        yield LocalStore(tmp_path)
    else:
        with fake_s3.serving() as (url, _kept):
            yield S3Store.from_url(url)


def test_a_store_keeps_and_gives_back(store: Store) -> None:
    store.put("files/ab/one", io.BytesIO(b"first"), 5)
    store.put("files/ab/one", io.BytesIO(b"again"), 5)
    store.put("files/ab/two", io.BytesIO(b"second"), 6)
    with store.open("files/ab/one") as stream:
        assert stream.read(2) + stream.read() == b"again"
    assert sorted(store.keys("files/ab")) == ["files/ab/one", "files/ab/two"]
    assert list(store.keys("holding/none")) == []
    assert store.exists("files/ab/one")
    store.delete("files/ab/one")
    store.delete("files/ab/one")
    assert not store.exists("files/ab/one")
    with pytest.raises(FileNotFoundError):
        store.open("files/ab/one")


@pytest.mark.parametrize("key", ["../x", "files/../../x", "/etc/passwd", "files", "files/a b", "files/.incoming"])
def test_a_key_leads_nowhere_else(store: Store, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        store.put(key, io.BytesIO(b"x"), 1)


def test_a_folder_shows_only_whole_files(tmp_path: Path) -> None:
    kept = LocalStore(tmp_path)
    with pytest.raises(OSError, match="3 bytes instead of 5"):
        kept.put("files/ab/one", io.BytesIO(b"cut"), 5)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_s3_is_sent_in_parts() -> None:
    size = 12 * 1024 * 1024
    with fake_s3.serving() as (url, kept):
        S3Store.from_url(url).put("files/ab/large", io.BytesIO(b"x" * size), size)
        assert len(kept.objects["files/ab/large"]) == size
        assert max(kept.largest) <= 5 * 1024 * 1024 + 1000


@pytest.mark.parametrize("url", ["s3://bucket", "s3://key:secret@?endpoint=http://h", "s3://key:secret@b?endpoint=h"])
def test_a_wrong_address_is_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with pytest.raises(ValueError, match="PROMO_FILES_URL"):
        make_store(url)


def pieces(content: bytes, breaks_at: int | None = None) -> Callable[[int], bytes]:
    """Read as from a line, which breaks after so many bytes."""
    stream = io.BytesIO(content)

    def read(size: int) -> bytes:
        if breaks_at is not None and stream.tell() >= breaks_at:
            raise ConnectionResetError
        return stream.read(size if breaks_at is None else min(size, breaks_at - stream.tell()))

    return read


def test_a_broken_upload_goes_on_where_it_stopped(session: Session, alice: Member) -> None:
    content = PDF + b"%" * 300_000
    token = files.begin(alice.id, "informe.pdf", len(content)).token
    upload = files.receive(token, alice.id, 0, pieces(content, breaks_at=100_000))
    assert upload.received == 100_000
    assert files.status(token, alice.id).received == 100_000
    with pytest.raises(Misplaced) as misplaced:
        files.receive(token, alice.id, 0, pieces(content))
    assert misplaced.value.offset == 100_000
    upload = files.receive(token, alice.id, 100_000, pieces(content[100_000:]))
    assert upload.ready_at is not None
    assert upload.stored is not None
    with files.store().open(upload.stored) as stored:
        assert stored.read() == content
    assert list(files.store().keys("holding")) == []


def test_more_than_announced_is_refused(session: Session, alice: Member) -> None:
    token = files.begin(alice.id, "informe.pdf", 10).token
    with pytest.raises(Refused):
        files.receive(token, alice.id, 0, pieces(PDF))
    assert files.status(token, alice.id).received == 0


@pytest.mark.parametrize("size", [0, -1, files.LIMIT + 1])
def test_too_large_or_empty_is_said_at_once(session: Session, alice: Member, size: int) -> None:
    with pytest.raises(Refused):
        files.begin(alice.id, "informe.pdf", size)


def test_an_upload_is_its_owners(session: Session, cast: Cast) -> None:
    token = files.begin(cast.officer.id, "informe.pdf", 10).token
    for person_id in (cast.colleague.id, None):
        with pytest.raises(NotFound):
            files.status(token, person_id)


def test_what_was_refused_stays_refused(session: Session, alice: Member) -> None:
    token = files.begin(alice.id, "informe.pdf", 4).token
    for _ in range(2):
        with pytest.raises(Refused):
            files.receive(token, alice.id, 0 if files.status(token, alice.id).received == 0 else 4, pieces(b"MZ\0\0"))
    assert files.status(token, alice.id).problem
    assert list(files.store().keys("files")) == []


class Suspicious:
    """A scanner that knows one word: the small example of the interface."""

    def scan(self, stream: Any) -> str | None:
        """Look for the word."""
        return "Test.Virus" if b"EICAR" in stream.read() else None


def test_a_scanner_is_asked_when_there_is_one(session: Session, alice: Member) -> None:
    assert files.hold(io.BytesIO(PDF), "a.pdf", alice.id).scan == "off"
    files.use_scanner(Suspicious())
    try:
        assert files.hold(io.BytesIO(PDF), "a.pdf", alice.id).scan == "clean"
        with pytest.raises(Refused, match=r"Test\.Virus"):
            files.hold(io.BytesIO(PDF + b"EICAR"), "b.pdf", alice.id)
    finally:
        files.use_scanner(None)


def test_the_settings_name_a_scanner(session: Session, alice: Member) -> None:
    before = config.settings()
    config.use(Settings.model_copy(before, update={"scanner": "tests.core.test_files:Suspicious"}))
    try:
        assert files.hold(io.BytesIO(PDF), "a.pdf", alice.id).scan == "clean"
    finally:
        config.use(before)


def organisation(member: Member, **values: Any) -> Record:
    with write() as current:
        base = {"title": "Agroandina", "organisation_type": "exporter", "country": "PE"}
        return organisations.add(current, member.viewer, base | values)


def test_attach_ties_it_to_a_record_once(session: Session, alice: Member) -> None:
    record = organisation(alice)
    token = files.hold(io.BytesIO(PDF), "informe.pdf", alice.id).token
    version = session.get_one(Record, record.id).version
    for _ in range(2):
        with write() as current:
            kept = files.attach(current, token, current.get_one(Record, record.id), "report", alice.id)
            assert kept is not None
    session.rollback()
    (file,) = files.of_record(session, record.id)
    assert (file.category, file.name, file.type, file.size) == ("report", "informe.pdf", "application/pdf", len(PDF))
    assert file.sha256 == holding.digest(io.BytesIO(PDF))[0]
    assert session.get_one(Record, record.id).version > version
    assert session.scalar(select(func.count()).select_from(Upload)) == 0


def test_a_refused_action_leaves_the_file_held(session: Session, alice: Member) -> None:
    record = organisation(alice)
    token = files.hold(io.BytesIO(PDF), "informe.pdf", alice.id).token
    with pytest.raises(ZeroDivisionError), write() as current:  # noqa: PT012
        files.attach(current, token, current.get_one(Record, record.id), "report", alice.id)
        raise ZeroDivisionError
    assert files.status(token, alice.id).ready_at is not None
    assert files.of_record(session, record.id) == []


def test_nobody_attaches_anothers_file_or_one_twice(session: Session, cast: Cast) -> None:
    record, other = organisation(cast.officer), organisation(cast.officer, title="Pacífico")
    token = files.hold(io.BytesIO(PDF), "informe.pdf", cast.officer.id).token
    with pytest.raises(Refused), write() as current:
        files.attach(current, token, current.get_one(Record, record.id), "", cast.colleague.id)
    with write() as current:
        files.attach(current, token, current.get_one(Record, record.id), "", cast.officer.id)
    with pytest.raises(Refused), write() as current:
        files.attach(current, token, current.get_one(Record, other.id), "", cast.officer.id)
    with pytest.raises(Refused), write() as current:
        files.attach(current, "unknown", current.get_one(Record, other.id), "", cast.officer.id)


def test_a_record_does_not_wait_for_its_file(session: Session, alice: Member) -> None:
    record = organisation(alice)
    token = files.begin(alice.id, "informe.pdf", len(PDF)).token
    files.receive(token, alice.id, 0, pieces(PDF[:10]))
    with write() as current:
        assert files.attach(current, token, current.get_one(Record, record.id), "report", alice.id) is None
    session.rollback()
    assert files.of_record(session, record.id) == []
    assert [u.received for u in files.pending(session, record.id)] == [10]
    files.receive(token, alice.id, 10, pieces(PDF[10:]))
    session.rollback()
    assert [f.category for f in files.of_record(session, record.id)] == ["report"]
    assert files.pending(session, record.id) == []


def test_a_promised_file_that_is_refused_says_so(session: Session, alice: Member) -> None:
    record = organisation(alice)
    token = files.begin(alice.id, "informe.pdf", 4).token
    with write() as current:
        files.attach(current, token, current.get_one(Record, record.id), "report", alice.id)
    with pytest.raises(Refused):
        files.receive(token, alice.id, 0, pieces(b"MZ\0\0"))
    session.rollback()
    assert [bool(u.problem) for u in files.pending(session, record.id)] == [True]


def test_an_upload_cut_off_at_the_end_is_finished_by_a_job(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = organisation(alice)
    token = files.begin(alice.id, "informe.pdf", len(PDF)).token
    with monkeypatch.context() as broken:
        broken.setattr(holding, "ready", lambda *_: (_ for _ in ()).throw(MemoryError()))
        with pytest.raises(MemoryError):
            files.receive(token, alice.id, 0, pieces(PDF))
    with write() as current:
        assert files.attach(current, token, current.get_one(Record, record.id), "report", alice.id) is None
    assert jobs.run_due() == 1
    session.rollback()
    assert [f.name for f in files.of_record(session, record.id)] == ["informe.pdf"]


def test_pieces_that_a_backup_left_behind_are_asked_for_again(session: Session, alice: Member) -> None:
    token = files.begin(alice.id, "informe.pdf", len(PDF)).token
    files.receive(token, alice.id, 0, pieces(PDF[:10]))
    for key in list(files.store().keys("holding")):
        files.store().delete(key)
    with pytest.raises(Refused):
        files.receive(token, alice.id, 10, pieces(PDF[10:]))
    with pytest.raises(Refused):
        files.ready(token, alice.id)


def test_what_nobody_attached_is_removed(session: Session, alice: Member) -> None:
    record = organisation(alice)
    with time_machine.travel(clock.now(), tick=False) as travel:
        files.hold(io.BytesIO(PDF), "forgotten.pdf", alice.id)
        token = files.begin(alice.id, "half.pdf", 10).token
        files.receive(token, alice.id, 0, pieces(b"%PDF"))
        used = files.hold(io.BytesIO(PDF), "used.pdf", alice.id).token
        with write() as current:
            files.attach(current, used, current.get_one(Record, record.id), "", alice.id)
        travel.shift(holding.KEPT + timedelta(minutes=1))
        late = files.hold(io.BytesIO(PDF), "late.pdf", alice.id)
        holding.clean_up()
    session.rollback()
    assert session.scalars(select(Upload.token)).all() == [late.token]
    (file,) = files.of_record(session, record.id)
    assert sorted(files.store().keys("files")) == sorted([file.stored, str(late.stored)])
    assert list(files.store().keys("holding")) == []


def test_everything_works_in_a_bucket(session: Session, alice: Member) -> None:
    before = config.settings()
    with fake_s3.serving() as (url, kept):
        config.use(Settings.model_copy(before, update={"files_url": url}))
        try:
            token = files.begin(alice.id, "informe.pdf", len(PDF)).token
            files.receive(token, alice.id, 0, pieces(PDF[:10]))
            upload = files.receive(token, alice.id, 10, pieces(PDF[10:]))
            assert list(kept.objects) == [upload.stored]
            assert kept.objects[str(upload.stored)] == PDF
        finally:
            config.use(before)
