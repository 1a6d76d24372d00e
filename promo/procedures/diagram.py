"""The flow of a procedure as a picture: its stages from top to bottom and the ways between them, as SVG.

Graphlay places the boxes and the lines; what is drawn, and in which words, is said here. The picture carries its
colours for paper; on a page ``diagram.css`` gives those of the tokens by the classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

import graphlay
from flask_babel import gettext as _

from promo.procedures import lettering, strokes, words
from promo.procedures.definitions import Condition, Definition, Stage, Way

WIDTH, PADDING, LEADING = 196, 9, 17  # of a box
MARGIN, GAP = 10, 34
MOST_WAYS = 150  # more can't be read, and take seconds to place
INK, QUIET, LINE, PAPER, WASH, ACCENT = "#18222d", "#4f5c69", "#8b96a1", "#ffffff", "#f3f5f7", "#0b6477"
FONTS = "Noto Sans, Noto Sans Arabic, Noto Sans CJK SC, sans-serif"

Key = str | tuple[str, str]
Say = Callable[[Condition], str]


@dataclass(frozen=True)
class Taken:
    """How often a way was taken, or a stage reached, and what else to say of it (a duration)."""

    count: int
    words: str = ""

    def __str__(self) -> str:
        return strokes.plain(f"{self.count} · {self.words}" if self.words else str(self.count))


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
    cancels: dict[int, Taken | None] = field(default_factory=dict)
    x: float = 0
    y: float = 0

    @property
    def sign(self) -> str:
        """Which cancelled stages one may go to from here, and how often it was done."""
        return " ".join(f"×{number}" + (f" · {count.count}" if count else "") for number, count in self.cancels.items())

    @property
    def height(self) -> int:
        return 2 * PADDING + LEADING * len(self.lines) + 15 * len(self.note) + (0 if self._beside else 8)

    @property
    def _beside(self) -> bool:
        """Whether the sign has room at the end of the note, which stands in the middle; else it stands below."""
        free = (WIDTH - max((lettering.width(line, 11.5) for line in self.note[-1:]), default=0)) / 2
        return not self.sign or lettering.width(self.sign, 10) + 8 < free


@dataclass
class _Line:
    start: _Box
    end: _Box
    way: Way | None
    words: str
    taken: Taken | None
    letter: str = ""
    points: list[tuple[float, float]] = field(default_factory=list)
    label: tuple[float, float] | None = None

    @property
    def said(self) -> str:
        """What stands on the line: the letter of its condition, how often it was taken."""
        return " · ".join(part for part in (self.letter, str(self.taken or "")) if part)

    @property
    def size(self) -> tuple[float, float]:
        """Return how wide and high the label is."""
        return max(lettering.width(self.said, 11) + 8, 18), 16


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
    height = _place_cancelled(ends, flow[0].x if flow else MARGIN, height)
    alt = _alt(flow, lines)
    svg = _svg(width, height, name, alt)
    for line in sorted(lines, key=lambda one: one.way is not None):
        _draw_line(svg, line, max((one.taken.count for one in lines if one.taken), default=0))
    for box in [*flow, *ends]:
        _draw_box(svg, box, links)
    text = ElementTree.tostring(svg, encoding="unicode")
    return Diagram(text, width, height, alt, _legend(boxes, lines, crowded))


def _boxes(
    definition: Definition, functions: Mapping[str, Mapping[str, str]], taken: Mapping[Key, Taken]
) -> dict[str, _Box]:
    found: dict[str, _Box] = {}
    for number, stage in enumerate(definition.stages, 1):
        title = lettering.wrapped(f"{number}. {strokes.plain(words.pick(stage.title))}", WIDTH - 2 * PADDING, 13.5, 3)
        note = [] if stage.final else [words.function_label(stage.responsible, functions)]
        note = [str(taken[stage.key])] if stage.key in taken else note
        found.setdefault(stage.key, _Box(stage, number, title, lettering.wrapped(strokes.plain(*note), WIDTH, 11.5, 1)))
    for box in found.values():
        ends = [found[way.to] for way in box.stage.ways if way.to in found and found[way.to].stage.cancelled]
        box.cancels = {end.number: taken.get((box.stage.key, end.stage.key)) for end in ends if not box.stage.cancelled}
    for end in found.values():
        if end.stage.cancelled:
            end.note = _from(end, found.values())
    return found


def _from(end: _Box, boxes: Iterable[_Box]) -> list[str]:
    """Say from which stages one may cancel: *from 1–6*, and how often it was done where that is known."""
    starts = [box for box in boxes if end.number in box.cancels]
    if not starts:
        return []
    said = _runs([box.number for box in starts])
    counts = [count.count for box in starts if (count := box.cancels[end.number])]
    said = f"{said}: {sum(counts)}" if counts else said
    return lettering.wrapped(_("from %(stages)s", stages=said), WIDTH, 11.5, 3)


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
            if end is not None and not end.stage.cancelled and not box.stage.cancelled:
                words_ = strokes.plain(say(way.when)) if way.when else ""
                found.append(_Line(box, end, way, words_, taken.get((box.stage.key, way.to))))
    for key, count in taken.items():
        start, end = (boxes.get(key[0]), boxes.get(key[1])) if isinstance(key, tuple) else (None, None)
        if key not in drawn and start and end and not (start.stage.cancelled or end.stage.cancelled):
            found.append(_Line(start, end, None, "", count))
    for number, line in enumerate(line for line in found if line.words):
        line.letter = _letter(number)
    return found


def _letter(number: int) -> str:
    return (_letter(number // 26 - 1) if number >= 26 else "") + chr(ord("a") + number % 26)


def _place(boxes: list[_Box], lines: list[_Line]) -> tuple[int, int]:
    """Let graphlay say where everything stands. A way back is laid as if it led on, so that the stages keep order."""
    if not boxes:
        return WIDTH + 2 * MARGIN, MARGIN
    graph = graphlay.Graph()
    for box in boxes:
        graph.node(box.number, width=WIDTH, height=box.height)
    for line in lines:
        ends = sorted((line.start.number, line.end.number))
        room = {"label_size": dict(zip(("width", "height"), line.size, strict=True))} if line.said else {}
        graph.edge(*ends, weight=3 if ends[1] - ends[0] == 1 else 1, **room)
    gap = GAP + 14 if any(line.taken for line in lines) else GAP
    laid = graphlay.layout(graph, preset="process_map", options={"spacing": {"layer_gap": gap}})
    left, top, right, bottom = _bounds(laid, lines)
    for box, node in zip(boxes, laid.nodes, strict=True):
        box.x, box.y = node["center"]["x"] - left - WIDTH / 2, node["center"]["y"] - top - box.height / 2
    for line, edge in zip(lines, laid.edges, strict=True):
        points = [(point["x"] - left, point["y"] - top) for point in edge["points"]]
        line.points = points[::-1] if line.start.number > line.end.number else points
        anchor = edge.get("label_anchor")
        line.label = (anchor["x"] - left, anchor["y"] - top) if anchor and line.said else None
    return round(right - left), round(bottom - top)


def _bounds(laid: graphlay.Layout, lines: list[_Line]) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of all that is drawn, what is said beside the lines too."""
    low, high = laid.bounds["min"], laid.bounds["max"]
    xs = [low["x"], high["x"]]
    for line, edge in zip(lines, laid.edges, strict=True):
        anchor = edge.get("label_anchor")
        if anchor and line.said:
            half = line.size[0] / 2
            xs += [anchor["x"] - half, anchor["x"] + half]
    return min(xs) - MARGIN, low["y"] - MARGIN, max(xs) + MARGIN, high["y"] + MARGIN


def _place_cancelled(ends: list[_Box], x: float, height: int) -> int:
    """Set the cancelled stages below, one under another: the ways to them are signs, not lines."""
    for box in ends:
        box.x, box.y = x, height + 6
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
    strokes.add(svg, "title", id=f"{name}-title").text = alt
    return svg


def _draw_line(svg: ElementTree.Element, line: _Line, most: int) -> None:
    kind = "diagram__way" + (" diagram__way--apart" if line.way is None else "")
    group = strokes.add(svg, "g", **{"class": kind})
    strokes.add(group, "title").text = _line_words(line)
    width = 1.4 + (3.6 * line.taken.count / most if line.taken and most else 0)
    dashes = {"stroke-dasharray": "5 4"} if line.way is None else {}
    strokes.add(
        group,
        "path",
        d=strokes.path(line.points),
        fill="none",
        stroke=QUIET,
        **{"stroke-width": f"{width:.1f}", **dashes},
    )
    strokes.add(group, "path", d=strokes.arrow(line.points), fill=QUIET, **{"class": "diagram__arrow"})
    if line.label:
        _label(group, line)


def _label(group: ElementTree.Element, line: _Line) -> None:
    assert line.label is not None
    (x, y), (wide, high) = line.label, line.size
    frame = {"stroke": LINE, "stroke-width": "1", "fill": PAPER, "rx": "8", "class": "diagram__ground"}
    strokes.add(
        group,
        "rect",
        x=strokes.n(x - wide / 2),
        y=strokes.n(y - high / 2),
        width=strokes.n(wide),
        height=strokes.n(high),
        **frame,
    )
    strokes.text(group, [line.said], x, y + 4, 0, {"font-size": "11", "fill": QUIET, "class": "diagram__said"})


def _draw_box(svg: ElementTree.Element, box: _Box, links: bool) -> None:
    stage = box.stage
    kind = " diagram__stage--cancelled" if stage.cancelled else " diagram__stage--final" if stage.final else ""
    group = strokes.add(svg, "a", href=f"#stage-{stage.key}") if links else strokes.add(svg, "g")
    group.set("class", f"diagram__stage{kind}")
    strokes.add(group, "title").text = f"{box.number}. {strokes.plain(words.pick(stage.title))}"
    frame = {"stroke": ACCENT, "stroke-width": "1.4", "fill": PAPER, "rx": "8"}
    if stage.cancelled:
        frame |= {"stroke": LINE, "stroke-dasharray": "4 3"}
    elif stage.final:
        frame |= {"stroke-width": "2.4", "fill": WASH, "rx": strokes.n(min(box.height / 2, 22))}
    strokes.add(
        group, "rect", x=strokes.n(box.x), y=strokes.n(box.y), width=str(WIDTH), height=str(box.height), **frame
    )
    middle, top = box.x + WIDTH / 2, box.y + PADDING + 12
    bold = {"font-weight": "400" if stage.cancelled else "600", "class": "diagram__title"}
    strokes.text(group, box.lines, middle, top, LEADING, bold)
    quiet = {"font-size": "11.5", "fill": QUIET, "class": "diagram__note"}
    strokes.text(group, box.note, middle, top + LEADING * len(box.lines), 15, quiet)
    if box.cancels:
        place = {"font-size": "10", "fill": QUIET, "class": "diagram__note", "text-anchor": "end"}
        strokes.text(group, [box.sign], box.x + WIDTH - 6, box.y + box.height - 5, 0, place)


def _line_words(line: _Line) -> str:
    said = f"{line.start.number} → {line.end.number}"
    more = [part for part in (str(line.taken) if line.taken else "", line.words) if part]
    return f"{said}: {'; '.join(more)}" if more else said


def _alt(boxes: Sequence[_Box], lines: Sequence[_Line]) -> str:
    stages = ", ".join(f"{box.number}. {strokes.plain(words.pick(box.stage.title))}" for box in boxes)
    ways = "; ".join(_line_words(line) for line in lines)
    return _("Flow of the stages: %(stages)s. Ways: %(ways)s.", stages=stages, ways=ways or "–")


def _legend(boxes: Mapping[str, _Box], lines: Sequence[_Line], crowded: bool) -> list[str]:
    told = [f"{line.letter}: {line.words}" for line in lines if line.words]
    sought = {number for box in boxes.values() for number in box.cancels}
    for box in boxes.values():
        if box.number in sought:
            stage = strokes.plain(words.pick(box.stage.title))
            told.append(_("×%(number)s: from this stage one may go to «%(stage)s»", number=box.number, stage=stage))
    if any(box.stage.final and not box.stage.cancelled for box in boxes.values()):
        told.append(_("thick frame: it ends here"))
    if any(line.way is None for line in lines):
        told.append(_("broken line: a way that the procedure does not have"))
    if crowded:
        told.append(_("The ways are too many to be drawn: each stage names its own."))
    return told
