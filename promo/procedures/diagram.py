"""The flow of a procedure as a picture: its stages from top to bottom and the ways between them, as SVG.

Graphlay places the boxes and the lines; what is drawn, and in which words, is said here. The picture carries its
colours for paper; on a page ``diagram.css`` gives those of the tokens by the classes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import graphlay
from flask_babel import gettext as _

from promo.procedures import lettering, words
from promo.procedures.definitions import Condition, Definition, Stage, Way

WIDTH, PADDING, LEADING = 196, 9, 17  # of a box
MARGIN, GAP = 10, 34
MOST_WAYS = 150  # more can't be read, and take seconds to place
INK, QUIET, LINE, PAPER, WASH, ACCENT = "#18222d", "#4f5c69", "#8b96a1", "#ffffff", "#f3f5f7", "#0b6477"
FONTS = "Noto Sans, Noto Sans Arabic, Noto Sans CJK SC, sans-serif"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Key = str | tuple[str, str]
Say = Callable[[Condition], str]


@dataclass(frozen=True)
class Taken:
    """How often a way was taken, or a stage reached, and what else to say of it (a duration)."""

    count: int
    words: str = ""

    def __str__(self) -> str:
        return f"{self.count} · {self.words}" if self.words else str(self.count)


@dataclass(frozen=True)
class Diagram:
    """A picture: SVG of a size, what it shows in words, and what its signs mean."""

    svg: str
    width: int
    height: int
    alt: str
    legend: list[str]


@dataclass
class _Box:
    stage: Stage
    number: int
    lines: list[str]
    note: list[str]
    cancels: list[int] = field(default_factory=list)
    x: float = 0
    y: float = 0

    @property
    def height(self) -> int:
        return 2 * PADDING + LEADING * len(self.lines) + 15 * len(self.note)


@dataclass
class _Line:
    start: _Box
    end: _Box
    way: Way | None
    words: str
    said: list[str]
    taken: Taken | None
    points: list[tuple[float, float]] = field(default_factory=list)
    label: tuple[float, float] | None = None


def diagram(
    definition: Definition,
    functions: Mapping[str, Mapping[str, str]],
    say: Say,
    *,
    taken: Mapping[Key, Taken] | None = None,
    links: bool = True,
    name: str = "diagram",
) -> Diagram:
    """Draw a procedure in the reader's language.

    ``say`` puts a condition into words. ``taken`` tells how often each stage (by key) was reached and each way (by both
    keys) taken, for a picture of what happened; a way that the procedure lacks is drawn as well. With ``links`` each
    stage leads to its section ``#stage-KEY``; ``name`` begins the ids within a page.
    """
    boxes = _boxes(definition, functions, taken or {})
    flow = [box for box in boxes.values() if not box.stage.cancelled]
    lines = _lines(boxes, say, taken or {})
    crowded = len(lines) > MOST_WAYS
    lines = [] if crowded else lines
    width, height = _place(flow, lines)
    ends = [box for box in boxes.values() if box.stage.cancelled]
    height = _place_cancelled(ends, height)
    alt = _alt(flow, lines)
    svg = _svg(width, height, name, alt)
    for line in sorted(lines, key=lambda one: one.way is not None):
        _draw_line(svg, line, max((one.taken.count for one in lines if one.taken), default=0))
    for box in [*flow, *ends]:
        _draw_box(svg, box, links)
    text = ElementTree.tostring(svg, encoding="unicode")
    return Diagram(text, width, height, alt, _legend(boxes, crowded))


def _boxes(
    definition: Definition, functions: Mapping[str, Mapping[str, str]], taken: Mapping[Key, Taken]
) -> dict[str, _Box]:
    found: dict[str, _Box] = {}
    for number, stage in enumerate(definition.stages, 1):
        title = lettering.wrapped(f"{number}. {_plain(words.pick(stage.title))}", WIDTH - 2 * PADDING, 13.5, 3)
        note = [] if stage.final else [words.function_label(stage.responsible, functions)]
        note = [str(taken[stage.key])] if stage.key in taken else note
        found.setdefault(stage.key, _Box(stage, number, title, lettering.wrapped(_plain(*note), WIDTH, 11.5, 1)))
    for box in found.values():
        ends = [found[way.to] for way in box.stage.ways if way.to in found and found[way.to].stage.cancelled]
        box.cancels = sorted({end.number for end in ends}) if not box.stage.cancelled else []
    for end in found.values():
        if end.stage.cancelled:
            end.note = _from(end, found.values(), taken)
    return found


def _from(end: _Box, boxes: Iterable[_Box], taken: Mapping[Key, Taken]) -> list[str]:
    """Say from which stages one may cancel: *from 1–6*, with how often where that is known."""
    starts = [box for box in boxes if end.number in box.cancels]
    if not starts:
        return []
    if taken:
        told = [(box.number, taken.get((box.stage.key, end.stage.key))) for box in starts]
        said = " · ".join(f"{number} ({count})" for number, count in told if count)
    else:
        said = _runs([box.number for box in starts])
    return lettering.wrapped(_("from %(stages)s", stages=said), WIDTH, 11.5, 3) if said else []


def _runs(numbers: Sequence[int]) -> str:
    """Write numbers as runs: ``1–3, 5``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _lines(boxes: Mapping[str, _Box], say: Say, taken: Mapping[Key, Taken]) -> list[_Line]:
    found = []
    drawn: set[Key] = set()
    for box in boxes.values():
        for way in box.stage.ways:
            end = boxes.get(way.to)
            drawn.add((box.stage.key, way.to))
            if end is None or end.stage.cancelled or box.stage.cancelled:
                continue
            found.append(_line(box, end, way, say(way.when) if way.when else "", taken.get((box.stage.key, way.to))))
    for key, count in taken.items():
        start, end = (boxes.get(key[0]), boxes.get(key[1])) if isinstance(key, tuple) else (None, None)
        if key not in drawn and start and end and not (start.stage.cancelled or end.stage.cancelled):
            found.append(_line(start, end, None, "", count))
    return found


def _line(start: _Box, end: _Box, way: Way | None, said: str, taken: Taken | None) -> _Line:
    label = "; ".join(part for part in (str(taken) if taken else "", _plain(said)) if part)
    return _Line(start, end, way, said, lettering.wrapped(label, 150, 11, 3), taken)


def _place(boxes: list[_Box], lines: list[_Line]) -> tuple[int, int]:
    """Let graphlay say where everything stands. A way back is laid as if it led on, so that the stages keep order."""
    if not boxes:
        return WIDTH + 2 * MARGIN, MARGIN
    graph = graphlay.Graph()
    for box in boxes:
        graph.node(box.number, width=WIDTH, height=box.height)
    for line in lines:
        ends = sorted((line.start.number, line.end.number))
        room = {"label_size": {"width": 152, "height": 14 * len(line.said)}} if line.said else {}
        graph.edge(*ends, weight=3 if ends[1] - ends[0] == 1 else 1, **room)
    laid = graphlay.layout(graph, preset="process_map", options={"spacing": {"layer_gap": GAP}})
    low, high = laid.bounds["min"], laid.bounds["max"]
    left, top = low["x"] - MARGIN, low["y"] - MARGIN
    for box, node in zip(boxes, laid.nodes, strict=True):
        box.x, box.y = node["center"]["x"] - left - WIDTH / 2, node["center"]["y"] - top - box.height / 2
    for line, edge in zip(lines, laid.edges, strict=True):
        points = [(point["x"] - left, point["y"] - top) for point in edge["points"]]
        line.points = points[::-1] if line.start.number > line.end.number else points
        anchor = edge.get("label_anchor")
        line.label = (anchor["x"] - left, anchor["y"] - top) if anchor and line.said else None
    return round(high["x"] - low["x"] + 2 * MARGIN), round(high["y"] - low["y"] + 2 * MARGIN)


def _place_cancelled(ends: list[_Box], height: int) -> int:
    """Set the cancelled stages below, one under another: the ways to them are signs, not lines."""
    for box in ends:
        box.x, box.y = MARGIN, height + 6
        height = round(box.y + box.height + MARGIN)
    return height


def _svg(width: int, height: int, name: str, alt: str) -> ElementTree.Element:
    svg = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg", "class": "diagram", "viewBox": f"0 0 {width} {height}",
            "width": str(width), "height": str(height), "role": "group", "aria-labelledby": f"{name}-title",
            "font-family": FONTS, "font-size": "13.5", "fill": INK,
        },
    )  # fmt: skip
    _add(svg, "title", id=f"{name}-title").text = alt
    return svg


def _draw_line(svg: ElementTree.Element, line: _Line, most: int) -> None:
    kind = "diagram__way" + (" diagram__way--apart" if line.way is None else "")
    group = _add(svg, "g", **{"class": kind})
    _add(group, "title").text = _line_words(line)
    width = 1.4 + (3.6 * line.taken.count / most if line.taken and most else 0)
    dashes = {"stroke-dasharray": "5 4"} if line.way is None else {}
    _add(group, "path", d=_path(line.points), fill="none", stroke=QUIET, **{"stroke-width": f"{width:.1f}", **dashes})
    _add(group, "path", d=_arrow(line.points), fill=QUIET, **{"class": "diagram__arrow"})
    if line.label:
        _label(group, line)


def _label(group: ElementTree.Element, line: _Line) -> None:
    assert line.label is not None
    x, y = line.label
    wide, high = max(lettering.width(one, 11) for one in line.said) + 8, 14 * len(line.said)
    _add(
        group, "rect", x=_n(x - wide / 2), y=_n(y - high / 2), width=_n(wide), height=_n(high), rx="3", fill=PAPER,
        **{"class": "diagram__ground"},
    )  # fmt: skip
    _text(group, line.said, x, y - high / 2 + 10.5, 14, {"font-size": "11", "fill": QUIET, "class": "diagram__said"})


def _draw_box(svg: ElementTree.Element, box: _Box, links: bool) -> None:
    stage = box.stage
    kind = " diagram__stage--cancelled" if stage.cancelled else " diagram__stage--final" if stage.final else ""
    group = _add(svg, "a", href=f"#stage-{stage.key}") if links else _add(svg, "g")
    group.set("class", f"diagram__stage{kind}")
    _add(group, "title").text = f"{box.number}. {_plain(words.pick(stage.title))}"
    frame = {"stroke": ACCENT, "stroke-width": "1.4", "fill": PAPER, "rx": "8"}
    if stage.cancelled:
        frame |= {"stroke": LINE, "stroke-dasharray": "4 3"}
    elif stage.final:
        frame |= {"stroke-width": "2.4", "fill": WASH, "rx": _n(min(box.height / 2, 22))}
    _add(group, "rect", x=_n(box.x), y=_n(box.y), width=str(WIDTH), height=str(box.height), **frame)
    middle, top = box.x + WIDTH / 2, box.y + PADDING + 12
    bold = {"font-weight": "400" if stage.cancelled else "600", "class": "diagram__title"}
    _text(group, box.lines, middle, top, LEADING, bold)
    quiet = {"font-size": "11.5", "fill": QUIET, "class": "diagram__note"}
    _text(group, box.note, middle, top + LEADING * len(box.lines), 15, quiet)
    if box.cancels:
        sign = "×" + ",".join(map(str, box.cancels))
        place = {"font-size": "10", "fill": QUIET, "class": "diagram__note", "text-anchor": "end"}
        _text(group, [sign], box.x + WIDTH - 6, box.y + box.height - 5, 0, place)


def _text(
    parent: ElementTree.Element, lines: Sequence[str], x: float, y: float, leading: int, look: Mapping[str, str]
) -> None:
    if not lines:
        return
    text = _add(parent, "text", **{"text-anchor": "middle", "x": _n(x), "y": _n(y), **look})
    for number, line in enumerate(lines):
        _add(text, "tspan", x=_n(x), y=_n(y + number * leading)).text = line


def _path(points: Sequence[tuple[float, float]], radius: float = 7) -> str:
    """Draw a line through points, its corners rounded."""
    if not points:
        return "M0 0"
    steps = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        a, b = _towards(here, before, radius), _towards(here, after, radius)
        steps.append(f"L{_n(a[0])} {_n(a[1])}Q{_n(here[0])} {_n(here[1])} {_n(b[0])} {_n(b[1])}")
    steps.append(f"L{_n(points[-1][0])} {_n(points[-1][1])}")
    return "".join(steps)


def _towards(start: tuple[float, float], end: tuple[float, float], most: float) -> tuple[float, float]:
    """Return the point that lies ``most`` (at most half the way) from one point towards another."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = (dx * dx + dy * dy) ** 0.5
    share = min(most, length / 2) / length if length else 0
    return start[0] + dx * share, start[1] + dy * share


def _arrow(points: Sequence[tuple[float, float]]) -> str:
    tip = points[-1] if points else (0.0, 0.0)
    before = next((p for p in reversed(points[:-1]) if p != tip), (tip[0], tip[1] - 1))
    length = ((tip[0] - before[0]) ** 2 + (tip[1] - before[1]) ** 2) ** 0.5
    dx, dy = (tip[0] - before[0]) / length, (tip[1] - before[1]) / length
    back = (tip[0] - 8 * dx, tip[1] - 8 * dy)
    left, right = (back[0] - 4 * dy, back[1] + 4 * dx), (back[0] + 4 * dy, back[1] - 4 * dx)
    return "".join(f"{c}{_n(p[0])} {_n(p[1])}" for c, p in zip("MLL", (tip, left, right), strict=True)) + "Z"


def _line_words(line: _Line) -> str:
    said = f"{line.start.number} → {line.end.number}"
    more = [part for part in (str(line.taken) if line.taken else "", _plain(line.words)) if part]
    return f"{said}: {'; '.join(more)}" if more else said


def _alt(boxes: Sequence[_Box], lines: Sequence[_Line]) -> str:
    stages = ", ".join(f"{box.number}. {_plain(words.pick(box.stage.title))}" for box in boxes)
    ways = "; ".join(_line_words(line) for line in lines)
    return _("Flow of the stages: %(stages)s. Ways: %(ways)s.", stages=stages, ways=ways or "–")


def _legend(boxes: Mapping[str, _Box], crowded: bool) -> list[str]:
    told = []
    sought = {number for box in boxes.values() for number in box.cancels}
    for box in boxes.values():
        if box.number in sought:
            stage = _plain(words.pick(box.stage.title))
            told.append(_("×%(number)s: from this stage one may go to «%(stage)s»", number=box.number, stage=stage))
    if any(box.stage.final and not box.stage.cancelled for box in boxes.values()):
        told.append(_("thick frame: it ends here"))
    if crowded:
        told.append(_("The ways are too many to be drawn: each stage names its own."))
    return told


def _plain(*texts: str) -> str:
    """Return a text on one line, without what XML can't hold."""
    return " ".join(_NOT_XML.sub("", " ".join(texts)).split())


def _add(parent: ElementTree.Element, tag: str, **attributes: Any) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, attributes)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
