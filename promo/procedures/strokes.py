"""The strokes that a picture is made of: elements of SVG, lines with round corners, points of arrows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

SPACES = re.compile(r"[ \t\r\n]+")
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(*texts: str) -> str:
    """Return a text on one line, without what XML can't hold."""
    return SPACES.sub(" ", NOT_XML.sub("", " ".join(texts))).strip()


def add(parent: ElementTree.Element, tag: str, **attributes: Any) -> ElementTree.Element:
    """Add an element within another."""
    return ElementTree.SubElement(parent, tag, attributes)


def n(value: float) -> str:
    """Write a measure to a tenth."""
    return f"{value:.1f}".removesuffix(".0")


def text(
    parent: ElementTree.Element, lines: Sequence[str], x: float, y: float, leading: int, look: Mapping[str, str]
) -> None:
    """Add lines of text, one under another, from where the first stands."""
    if not lines:
        return
    drawn = add(parent, "text", **{"text-anchor": "middle", "x": n(x), "y": n(y), **look})
    for number, line in enumerate(lines):
        add(drawn, "tspan", x=n(x), y=n(y + number * leading)).text = line


def path(points: Sequence[tuple[float, float]], radius: float = 7) -> str:
    """Draw a line through points, its corners rounded."""
    if not points:
        return "M0 0"
    steps = [f"M{n(points[0][0])} {n(points[0][1])}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        a, b = _towards(here, before, radius), _towards(here, after, radius)
        steps.append(f"L{n(a[0])} {n(a[1])}Q{n(here[0])} {n(here[1])} {n(b[0])} {n(b[1])}")
    steps.append(f"L{n(points[-1][0])} {n(points[-1][1])}")
    return "".join(steps)


def _towards(start: tuple[float, float], end: tuple[float, float], most: float) -> tuple[float, float]:
    """Return the point that lies ``most`` (at most half the way) from one point towards another."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = (dx * dx + dy * dy) ** 0.5
    share = min(most, length / 2) / length if length else 0
    return start[0] + dx * share, start[1] + dy * share


def arrow(points: Sequence[tuple[float, float]]) -> str:
    """Draw the point of an arrow at the end of a line."""
    tip = points[-1] if points else (0.0, 0.0)
    before = next((p for p in reversed(points[:-1]) if p != tip), (tip[0], tip[1] - 1))
    length = ((tip[0] - before[0]) ** 2 + (tip[1] - before[1]) ** 2) ** 0.5
    dx, dy = (tip[0] - before[0]) / length, (tip[1] - before[1]) / length
    back = (tip[0] - 8 * dx, tip[1] - 8 * dy)
    left, right = (back[0] - 4 * dy, back[1] + 4 * dx), (back[0] + 4 * dy, back[1] - 4 * dx)
    return "".join(f"{c}{n(p[0])} {n(p[1])}" for c, p in zip("MLL", (tip, left, right), strict=True)) + "Z"
