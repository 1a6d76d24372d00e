"""The figures of conformance, each declared once: page, rows behind it and workbook read this."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l

from promo.conformance.queries import DEPARTURE, IN_TIME, LATE, NO_TERM, Cell
from promo.core.errors import Text
from promo.procedures.definitions import Definition


@dataclass(frozen=True)
class Figure:
    """One figure: which things it counts, or as a share of which others (``of``)."""

    key: str
    label: Text
    definition: Text
    what: str
    late: int | None = None
    detail: str | None = None
    of: Callable[[Cell], bool] | None = None
    good: bool | None = None  # more is better, more is worse, neither
    opens: str = "conformance.rows"  # the page that shows what is counted

    def counts(self, cell: Cell) -> bool:
        """Whether a cell counts for the figure."""
        return (
            cell.what == self.what
            and (self.late is None or cell.late == self.late)
            and (self.detail is None or cell.detail == self.detail)
        )


FIGURES = (
    Figure("started", _l("Case files begun"), _l("Case files begun in the period under these versions."), "start"),
    Figure(
        "finished", _l("Case files finished"), _l("Case files that reached their last stage in the period."), "finish"
    ),
    Figure("stages", _l("Stages left"), _l("How often a stage was left in the period."), "stay"),
    Figure(
        "on_time", _l("Stages in time"),
        _l("Stages left in the period on or before their term, among those left that had one."),
        "stay", IN_TIME, of=lambda cell: cell.what == "stay" and cell.late != NO_TERM, good=True,
    ),
    Figure(
        "late_start", _l("Begun after the term"),
        _l("Case files entered when the term of their first stage was over. Each counts once, here only."),
        "start", LATE, of=lambda cell: cell.what == "start", good=False,
    ),
    Figure(
        "refusals", _l("Refusals"),
        _l("Items for which a case file was not let on. One attempt with three missing items counts three."),
        "refusal", good=False,
    ),
    Figure(
        "exceptions", _l("With an exception"),
        _l("Case files begun in the period of which an exception was granted, at any time, among those begun."),
        DEPARTURE, detail="exception", of=lambda cell: cell.what == "start", good=False, opens="exceptions.index",
    ),
    Figure(
        "urgencies", _l("With an urgency"),
        _l("Case files begun in the period that were moved on by an urgency, at any time, among those begun."),
        DEPARTURE, detail="urgency", of=lambda cell: cell.what == "start", good=False, opens="urgencies.index",
    ),
    Figure(
        "nonconformities", _l("With a nonconforming output"),
        _l("Case files begun in the period with a nonconforming output that was accepted, among those begun."),
        DEPARTURE, detail="nonconformity", of=lambda cell: cell.what == "start", good=False,
        opens="nonconformities.index",
    ),
    Figure(
        "returned", _l("Requests returned"), _l("Requests of approval that were returned with a reason."),
        "request", detail="returned", of=lambda cell: cell.what == "request", good=False,
    ),
    Figure(
        "reopened", _l("Approved again"),
        _l("Approvals given that had to be asked again because what they covered had changed."),
        "request", detail="reopened", of=lambda cell: cell.what == "request", good=False,
    ),
    Figure(
        "evidence", _l("Met by evidence"),
        _l("Items met by a file or an approval when their stage was left, among these and those merely declared."),
        "item", detail="evidence",
        of=lambda cell: cell.what == "item" and cell.detail in ("evidence", "declaration"), good=True,
        opens="conformance.looks",
    ),
)  # fmt: skip


OVERVIEW = ("started", "finished", "on_time", "refusals", "exceptions", "urgencies", "nonconformities", "evidence")
_BY_KEY = {one.key: one for one in FIGURES}


def figure(key: str) -> Figure:
    """Return a figure by its key; raises ``KeyError``."""
    return _BY_KEY[key]


@dataclass(frozen=True)
class Value:
    """What a figure comes to: how many, and of how many where it is a share."""

    figure: Figure
    count: int
    total: int | None = None

    @property
    def share(self) -> float | None:
        """The share, or None where the figure is none or nothing was counted."""
        return self.count / self.total if self.total else None


@dataclass
class StageLine:
    """How long one stage took: days worked on and days waiting for somebody, by how often."""

    key: str
    left: int = 0
    in_time: int = 0
    with_term: int = 0
    days: Counter[int] = field(default_factory=Counter)
    waited: Counter[int] = field(default_factory=Counter)
    refusals: int = 0
    ways: Counter[str] = field(default_factory=Counter)

    @property
    def on_time(self) -> float | None:
        """The share left in time, None without terms."""
        return self.in_time / self.with_term if self.with_term else None


def values(cells: Iterable[Cell]) -> list[Value]:
    """Return every figure of what was counted."""
    every = list(cells)
    return [
        Value(
            one,
            sum(c.count for c in every if one.counts(c)),
            sum(c.count for c in every if one.of(c)) if one.of is not None else None,
        )
        for one in FIGURES
    ]


def stage_lines(cells: Iterable[Cell], definition: Definition) -> list[StageLine]:
    """Return a line for each stage of a definition that was left, in its order; stages of older versions follow."""
    lines: dict[str, StageLine] = {s.key: StageLine(s.key) for s in definition.stages}
    for cell in cells:
        if cell.what not in ("stay", "refusal"):
            continue
        line = lines.setdefault(cell.stage, StageLine(cell.stage))
        if cell.what == "refusal":
            line.refusals += cell.count
            continue
        line.left += cell.count
        line.with_term += cell.count if cell.late != NO_TERM else 0
        line.in_time += cell.count if cell.late == IN_TIME else 0
        line.days[cell.days] += cell.count
        line.waited[cell.waited] += cell.count
        line.ways[cell.detail] += cell.count
    return [line for line in lines.values() if line.left or line.refusals]


def percentile(counted: Mapping[int, int], share: float) -> int | None:
    """Return the smallest number that so large a share of the counted ones do not exceed (nearest rank); None of none.

    ``percentile(days, 0.5)`` is the median, ``0.9`` the 90th percentile.
    """
    total = sum(counted.values())
    if not total:
        return None
    rank, seen = max(1, -(-total * share // 1)), 0
    for value in sorted(counted):
        seen += counted[value]
        if seen >= rank:
            return value
    return max(counted)


def has_stages(definition: Definition) -> bool:
    """Whether anything moves under a procedure: there is a stage that leads on."""
    return any(stage.ways for stage in definition.stages)


def reached(cells: Iterable[Cell], lines: Iterable[StageLine], definition: Definition) -> Counter[str]:
    """Return how often each stage was reached: the first by beginning, others by the moves that lead there."""
    found: Counter[str] = Counter()
    for line in lines:
        found.update(line.ways)
    found[definition.first.key] += sum(c.count for c in cells if c.what == "start")
    return found


def refusals_by_item(cells: Iterable[Cell], most: int = 10) -> list[tuple[str, str, int]]:
    """Return (stage, item, how often) of what case files were refused for, the most frequent first."""
    found: Counter[tuple[str, str]] = Counter()
    for cell in cells:
        if cell.what == "refusal":
            found[cell.stage, cell.detail] += cell.count
    ordered: Sequence[tuple[tuple[str, str], int]] = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(stage, item, count) for (stage, item), count in ordered[:most]]


@dataclass(frozen=True)
class PostLine:
    """What was counted at one post; of the case files begun there how many departed from their procedure, and how."""

    started: int
    finished: int
    in_time: int
    late: int
    refusals: int
    exceptions: int
    urgencies: int
    nonconformities: int

    @classmethod
    def of(cls, counted: Mapping[tuple[str, int], int]) -> PostLine:
        """Make the line from how many (what, late) were counted there."""

        def count(what: str) -> int:
            return sum(n for (counted_as, _late), n in counted.items() if counted_as == what)

        return cls(
            count("start"), count("finish"), counted.get(("stay", IN_TIME), 0), counted.get(("stay", LATE), 0),
            count("refusal"), count("exception"), count("urgency"), count("nonconformity"),
        )  # fmt: skip

    @property
    def share(self) -> float | None:
        """The share of stages left in time, None without terms."""
        return self.in_time / (self.in_time + self.late) if self.in_time + self.late else None
