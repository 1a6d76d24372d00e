"""What a file is: its content decides, never its name; and only what is on the list is taken."""

from __future__ import annotations

import email.parser
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

import puremagic
from flask_babel import lazy_gettext as _l

from promo.core.errors import Refused

HEAD = 64 * 1024  # bytes looked at
OOXML = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."
# Every type that is taken, and its usual endings; the first is given to a name that has none of them.
ALLOWED: dict[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    OOXML + "wordprocessingml.document": (".docx",),
    OOXML + "spreadsheetml.sheet": (".xlsx",),
    OOXML + "presentationml.presentation": (".pptx",),
    ODF + "text": (".odt",),
    ODF + "spreadsheet": (".ods",),
    ODF + "presentation": (".odp",),
    "application/msword": (".doc",),
    "application/vnd.ms-excel": (".xls",),
    "application/vnd.ms-powerpoint": (".ppt",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    "text/plain": (".txt",),
    "text/csv": (".csv",),
    "message/rfc822": (".eml",),
    "text/calendar": (".ics",),
    "audio/mpeg": (".mp3",),
    "audio/mp4": (".m4a",),
    "video/mp4": (".mp4",),
}
TAKEN = _l(
    "PDF, Word, Excel, PowerPoint, OpenDocument, JPEG, PNG, WebP, HEIC, text, CSV, mail, calendar, MP3, M4A and MP4"
)
_OOXML_MAIN = re.compile(rb'PartName="/(word/document|xl/workbook|ppt/presentation)[^"]*"[^>]*ContentType="([^"]+)"')
_OOXML_MAIN_TURNED = re.compile(rb'ContentType="([^"]+)"[^>]*PartName="/(word/document|xl/workbook|ppt/presentation)')
_MARKUP = re.compile(r"\s*<\s*(!doctype|!--|html|head|body|script|svg|\?xml|\?php|iframe|img|a\s)", re.I)
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,40}:[ \t]")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}
_BRANDS = {
    b"heic": "image/heic", b"heix": "image/heic", b"heim": "image/heic", b"heis": "image/heic", b"mif1": "image/heic",
    b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"isom": "video/mp4", b"iso2": "video/mp4", b"iso4": "video/mp4",
    b"iso5": "video/mp4", b"iso6": "video/mp4", b"mp41": "video/mp4", b"mp42": "video/mp4", b"avc1": "video/mp4",
    b"M4V ": "video/mp4", b"dash": "video/mp4",
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """What a file was found to be, and the name it gets: with an ending that does not lie."""

    type: str
    name: str


def detect(stream: BinaryIO, name: str) -> Kind:
    """Say what a seekable file is by its content; raises :class:`Refused` for what is not on the list."""
    stream.seek(0)
    head = stream.read(HEAD)
    found = _binary(head, stream) or _text(head, name)
    stream.seek(0)
    if found is None or found not in ALLOWED:
        raise Refused(_l("This kind of file is not taken. Taken are: %(types)s.", types=TAKEN))
    return Kind(found, honest_name(name, found))


def _binary(head: bytes, stream: BinaryIO) -> str | None:
    if head.startswith(b"PK"):
        return _zipped(stream)
    if head.startswith(_OLE):
        return _ole(stream)
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    return _by_signature(head)


def _by_signature(head: bytes) -> str | None:
    """Ask puremagic for the rest, whose signatures stand at the very beginning."""
    plain = ("image/jpeg", "image/png", "image/webp", "audio/mpeg")
    try:
        candidates = {match.mime_type for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return None
    found = next((known for known in plain if known in candidates), None)
    if found == "audio/mpeg" and not (head.startswith(b"ID3") or (head[0] == 0xFF and head[1] & 0xE6 == 0xE2)):
        return None
    return found


def _zipped(stream: BinaryIO) -> str | None:
    """Tell office documents from other archives, and those with macros from those without."""
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
            if "mimetype" in names:
                with archive.open("mimetype") as entry:
                    return entry.read(200).decode("ascii", "replace").strip()
            if "[Content_Types].xml" not in names or any(n.lower().endswith("vbaproject.bin") for n in names):
                return None
            with archive.open("[Content_Types].xml") as entry:
                return _ooxml(entry.read(1 << 20))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return None


def _ooxml(content_types: bytes) -> str | None:
    straight, turned = _OOXML_MAIN.search(content_types), _OOXML_MAIN_TURNED.search(content_types)
    main = straight[2] if straight else turned[1] if turned else b""
    return main.decode("ascii", "replace").removesuffix(".main+xml") if main.endswith(b".main+xml") else None


def _ole(stream: BinaryIO) -> str | None:
    """Tell the old office formats apart by the streams that their directory names."""
    stream.seek(0)
    wanted = {name.encode("utf-16-le") + b"\0\0": found for name, found in _OLE_STREAMS.items()}
    before = b""
    while block := stream.read(1 << 20):
        window = before + block
        for name, found in wanted.items():
            if name in window:
                return found
        before = window[-64:]
    return None


def _text(head: bytes, name: str) -> str | None:
    """Say whether it is plain text, and then what kind; markup that a browser would run is none."""
    text = decode(head)
    if text is None:
        return None
    if text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
        return "text/calendar"
    if _is_mail(text):
        return "message/rfc822"
    if _MARKUP.match(text):
        return None
    return "text/csv" if name.lower().endswith(".csv") else "text/plain"


def decode(head: bytes) -> str | None:
    """Return the beginning as text if it is some (UTF-8, UTF-16 with its mark, or Windows' Latin), else None."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    if any(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in head):
        return None
    for end in range(4):  # the last character may be cut in two
        try:
            return head[: len(head) - end].decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
    return head.decode("cp1252", "replace")


def _is_mail(text: str) -> bool:
    if not _HEADER.match(text.lstrip()):
        return False
    headers = {name.lower() for name in email.parser.HeaderParser().parsestr(text.lstrip())}
    return "from" in headers and bool(headers & {"date", "subject", "message-id", "received"})


def clean_name(name: str) -> str:
    """Return a name fit to be stored and shown: no folders, controls or direction marks; at most 200 characters."""
    bare = PurePosixPath(name.replace("\\", "/")).name
    bare = "".join(c for c in bare if c.isprintable() and not "\ud800" <= c <= "\udfff").strip(" .")
    if len(bare) > 200:
        stem, dot, ending = bare.rpartition(".")
        bare = stem[: 199 - len(ending)] + dot + ending if dot and len(ending) <= 10 else bare[:200]
    return bare or "file"


def honest_name(name: str, found: str) -> str:
    """Return the name with an ending that its type has: ``photo.exe`` that is a JPEG becomes ``photo.exe.jpg``."""
    clean = clean_name(name)
    endings = ALLOWED.get(found, ())
    return clean if not endings or clean.lower().endswith(tuple(endings)) else clean + endings[0]


def accepted() -> Iterable[str]:
    """Yield the endings, for the browser's file chooser."""
    for endings in ALLOWED.values():
        yield from endings
