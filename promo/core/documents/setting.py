"""Asking the typesetter for a document, and keeping the last few that it made."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import structlog

from promo.config import ROOT

PROGRAM = Path(__file__).parent / "typesetter.py"
TEMPLATES = ROOT / "promo"
BASE = Path(__file__).parent / "typst" / "base.typ"
FONTS = {"fontpkg_noto_sans": "files", "fontpkg_noto_sans_arabic": "files", "noto_cjk_sans_otc": ""}
LONGEST = 120  # seconds for one document
KEPT = 16_000_000  # bytes of finished documents in this process

log = structlog.get_logger()
_made: OrderedDict[str, bytes] = OrderedDict()
_lock = threading.Lock()


class NotSet(RuntimeError):
    """The typesetter could not set a document; the text is what it said."""


def pdf(template: str, data: Mapping[str, Any], locale: str) -> bytes:
    """Return a document as PDF; the same template, data and language are set once and give the same bytes.

    Raises :class:`NotSet` when the template is wrong or the document too long to be set in two minutes.
    """
    sources = [(TEMPLATES / template).read_bytes(), BASE.read_bytes()]
    text = json.dumps(data, ensure_ascii=True, sort_keys=True)
    mark = hashlib.sha256(b"\0".join((*sources, text.encode(), locale.encode()))).hexdigest()
    with _lock:
        if mark in _made:
            _made.move_to_end(mark)
            return _made[mark]
    began = time.perf_counter()
    made = _set({"template": template, "data": text, "locale": locale, "on": data.get("on")})
    log.info("document", template=template, ms=round((time.perf_counter() - began) * 1000), bytes=len(made))
    _keep(mark, made)
    return made


def _keep(mark: str, made: bytes) -> None:
    with _lock:
        _made[mark] = made
        while sum(map(len, _made.values())) > KEPT:
            _made.popitem(last=False)


def _set(order: Mapping[str, Any]) -> bytes:
    """Run the typesetter: in a process of its own, for it keeps hundreds of megabytes of what it has set."""
    asked = json.dumps({**order, "root": str(TEMPLATES), "fonts": font_folders()}).encode()
    try:
        done = subprocess.run(  # noqa: S603 - our own program, the data on its standard input
            [sys.executable, "-I", str(PROGRAM)], input=asked, capture_output=True, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotSet(f"{order['template']} took longer than {LONGEST} seconds.") from None
    if done.returncode != 0:
        raise NotSet(done.stderr.decode(errors="replace")[-2000:])
    if done.stderr:
        log.warning("unprintable", template=order["template"], characters=done.stderr.decode().strip())
    return done.stdout


@cache
def font_folders() -> list[str]:
    """Return where the packages with the fonts keep them: Latin, Greek, Cyrillic, Devanagari, Arabic, CJK."""
    found = []
    for name, folder in FONTS.items():
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise NotSet(f"The package {name} with a font is not installed.")
        found.append(str(Path(spec.origin).parent / folder))
    return found
