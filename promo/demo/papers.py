"""Small invented documents: a page of text as PDF, a picture as PNG, a table as CSV. The same words, the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

NOT_REAL = "DEMO: no es un documento real"


def pdf(title: str, lines: Sequence[str]) -> bytes:
    """Return a page as PDF, in the font that every reader has (Latin letters only)."""
    shown = [("F1 9", 780, NOT_REAL), ("F1 18", 740, title)]
    shown += [("F1 11", 700 - 20 * number, line) for number, line in enumerate(lines)]
    text = b"\n".join(b"BT /%b Tf 60 %d Td (%b) Tj ET" % (f.encode(), y, _escaped(t)) for f, y, t in shown)
    page = b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
        page,
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, content in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, content))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table))
    return out.getvalue()


def _escaped(text: str) -> bytes:
    plain = text.encode("cp1252", "replace")
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def png(number: int) -> bytes:
    """Return a picture as from a stand at a fair: three tables under a flag, in colours by its number."""
    picture = Image.new("RGB", (640, 420), "#d9e2ec")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 300, 640, 420), "#9fb3c8")
    for column, colour in enumerate(("#b3202a", "#ffffff", "#b3202a")):
        draw.rectangle((230 + 60 * column, 40, 290 + 60 * column, 140), colour)
    for table in range(3):
        x, height = 40 + table * 200, 40 + (number * (table + 3) * 17) % 70
        draw.rectangle((x, 250, x + 160, 320), "#486581")
        draw.ellipse((x + 50, 250 - height, x + 110, 250), ("#f0b429", "#3ebd93", "#cba6f7")[(number + table) % 3])
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def csv(rows: Sequence[Sequence[object]]) -> bytes:
    """Return rows as a table."""
    return "".join(";".join(str(cell) for cell in row) + "\r\n" for row in rows).encode("utf-8-sig")
