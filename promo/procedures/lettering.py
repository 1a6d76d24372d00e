"""How wide a text is, nearly, and how it is broken into lines: for pictures whose letters nobody has drawn yet."""

from __future__ import annotations

import unicodedata

_NARROW = frozenset("fijltrI.,;:'|!()[]{}1- ·")
_BROAD = frozenset("mwMWQOGDHNU@%–—")


def width(text: str, size: float) -> float:
    """Return about how wide a text is in letters of a size; rather more than less."""
    return sum(map(_share, text)) * size


def _share(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1
    return 0.36 if letter in _NARROW else 0.84 if letter in _BROAD else 0.68 if letter.isupper() else 0.6


def wrapped(text: str, room: float, size: float, most: int) -> list[str]:
    """Break a text into at most so many lines that fit the room; what is left over ends in …"""
    lines: list[str] = []
    rest = text.split()
    while rest and len(lines) < most:
        line = _cut(rest.pop(0), room, size, rest)
        while rest and width(f"{line} {rest[0]}", size) <= room:
            line = f"{line} {rest.pop(0)}"
        lines.append(line)
    if rest:
        last = lines[-1]
        while last and width(f"{last}…", size) > room:
            last = last[:-1]
        lines[-1] = f"{last.rstrip()}…"
    return lines


def _cut(word: str, room: float, size: float, rest: list[str]) -> str:
    """Return as much of a word as fits; the remainder goes before the rest."""
    fitting = len(word)
    while fitting > 1 and width(word[:fitting], size) > room:
        fitting -= 1
    if fitting < len(word):
        rest.insert(0, word[fitting:])
    return word[:fitting]
