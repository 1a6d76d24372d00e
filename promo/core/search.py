"""Folding texts, so that a search does not care for accents, case or script width."""

from __future__ import annotations

import re
import unicodedata

_IDEOGRAPH = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])")
_OTHER = re.compile(r"[^\w@.+]+", re.UNICODE)
_EXTRA = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "’": "", "'": ""})


def fold(text: str) -> str:
    """Return a text in lower case, without accents, width or punctuation, words parted by one space.

    ``"Ñahui  Ccori, Inti"`` → ``"nahui ccori inti"``. Ideographs, kana and hangul stay as they are.
    """
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_EXTRA))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return _OTHER.sub(" ", unicodedata.normalize("NFC", plain)).strip()


def words(text: str) -> list[str]:
    """Return the folded words of what somebody typed, ideographs one by one."""
    return _IDEOGRAPH.sub(r" \1 ", fold(text)).split()
