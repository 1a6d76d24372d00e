"""What an address of conformance asks for, read once: the page, the workbook and the PDF show the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from promo.conformance import forms, measures, queries
from promo.conformance.measures import PostLine, StageLine, Value
from promo.conformance.queries import LONGEST, Cell
from promo.core import clock
from promo.core.access import Viewer
from promo.procedures import words
from promo.procedures.case import definition_of, function_names
from promo.procedures.diagram import Diagram, Key, Taken, diagram
from promo.procedures.phrases import Phrases


@dataclass(frozen=True)
class Paths:
    """The ways of a procedure as pictures: those intended, those really taken; what the second can't show, by title."""

    intended: Diagram
    taken: Diagram
    gone: list[str]


class Reading:
    """An address as somebody's page: what was asked, what was counted."""

    def __init__(self, session: Session, viewer: Viewer, code: str, args: Mapping[str, str]) -> None:
        self.session, self.viewer, self.code = session, viewer, code
        self.versions = queries.versions(session, viewer, code)
        posts = [p for p, _name in queries.posts(session, viewer)]
        self.asked = forms.read(args, viewer, self.versions, posts, clock.today(viewer.timezone))
        self.definition = definition_of(self.asked.version)
        self.title = words.pick(self.definition.title)
        self.moves = measures.has_stages(self.definition)

    @cached_property
    def cells(self) -> list[Cell]:
        """What was counted."""
        return queries.cells(self.session, self.viewer, self.asked.scope)

    @cached_property
    def functions(self) -> Mapping[str, Mapping[str, str]]:
        """The names of the functions."""
        return function_names(self.session)

    @cached_property
    def values(self) -> list[Value]:
        """Every figure."""
        return measures.values(self.cells)

    @cached_property
    def stages(self) -> list[StageLine]:
        """A line for each stage that was left."""
        return measures.stage_lines(self.cells, self.definition)

    def refusals(self, most: int = 10) -> list[tuple[str, str, int]]:
        """Return (stage, item, how often) of what case files were refused for, the most frequent first."""
        return measures.refusals_by_item(self.cells, most)

    def posts(self) -> list[tuple[int, str, PostLine]]:
        """Return (id, name, line) of each post; those that are late most often first."""
        found = queries.by_post(self.session, self.viewer, self.asked.scope)
        names = queries.post_names(self.session, self.viewer, list(found))
        lines = [(post, names.get(post, str(post)), PostLine.of(counted)) for post, counted in found.items()]
        return sorted(lines, key=lambda one: (one[2].share is None, one[2].share, one[1]))

    def paths(self) -> Paths:
        """Draw the ways intended and those taken."""
        said = Phrases(self.definition, self.functions).condition
        intended = diagram(self.definition, self.functions, said, links=False, name="intended")
        taken = diagram(self.definition, self.functions, said, taken=self._taken(), links=False, name="taken")
        known = {stage.key for stage in self.definition.stages}
        gone = [words.stage_title(self.definition, line.key) for line in self.stages if line.key not in known]
        return Paths(intended, taken, gone)

    def _taken(self) -> dict[Key, Taken]:
        """Return how often each stage was reached, how long half of the stays took at most, how often each way led."""
        reached = measures.reached(self.cells, self.stages, self.definition)
        medians = {line.key: in_words(measures.percentile(line.days, 0.5)) for line in self.stages}
        stages = self.definition.stages
        found: dict[Key, Taken] = {one.key: Taken(reached[one.key], medians.get(one.key, "")) for one in stages}
        return found | {(line.key, to): Taken(n) for line in self.stages for to, n in line.ways.items()}

    def words(self) -> list[tuple[str, Any]]:
        """Return what it is of, in words: procedure, versions, period, posts."""
        scope = self.asked.scope
        numbers = ", ".join(str(v.number) for v in self.versions if v.id in scope.versions)
        names = queries.post_names(self.session, self.viewer, scope.posts or ())
        return [
            (_("Procedure"), f"{self.code} {self.title}"),
            (_("Versions"), numbers),
            (_("Period"), self.asked.title),
            (_("Post"), ", ".join(names.values()) if scope.posts is not None else _("All posts")),
        ]


def percent(share: float | None) -> str:
    """Write a share as people do: ``93 %``; a dash for none."""
    return "–" if share is None else f"{share * 100:.0f} %"


def in_days(days: int | None) -> str:
    """Write a number of working days; a dash for none."""
    if days is None:
        return "–"
    return _("%(days)s or more", days=days) if days >= LONGEST else str(days)


def in_words(median: int | None) -> str:
    """Write within how many working days half of the stays ended; nothing for none."""
    if median is None:
        return ""
    return ngettext("median %(days)s day", "median %(days)s days", median, days=in_days(median))
