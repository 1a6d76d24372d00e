"""What keeps a draft from being handed in, each with the very place in the editor that mends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core.errors import Reason, Text
from promo.drafts.parts import Data
from promo.drafts.vocabulary import Vocabulary
from promo.drafts.words import called
from promo.procedures import words
from promo.procedures.source import Problem
from promo.procedures.validation import TYPES, name_of, problems_of

FIELDS: dict[str, Text] = {
    "title": _l("Title"), "purpose": _l("What it is for"), "guidance": _l("Guidance"), "label": _l("Wording"),
    "deadline": _l("Terms"), "next": _l("Leads to"), "responsible": _l("Responsible"), "when": _l("Asked"),
    "approvals": _l("Steps"), "choices": _l("Choices"), "records": _l("What stays as proof"),
    "where": _l("Only those that are"),
    "responsibilities": _l("Who does what"), "indicators": _l("Indicators"), "changes": _l("What changes"),
    "references": _l("Refers to"), "applies_to": _l("For"), "requires": _l("What it requires"), "tells": _l("Is told"),
    "inputs": _l("What it needs"), "outputs": _l("What comes of it"), "min": _l("At least"), "max": _l("At most"),
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One thing to mend: where in words, what is wrong, and the address of the field. ``stage`` is its stage's key."""

    where: str
    message: Text
    url: str
    stage: str | None = None
    requirement: str | None = None

    @property
    def words(self) -> str:
        """Where and what, in a line."""
        return f"{self.where}: {self.message}" if self.where else str(self.message)


def faults(draft_id: int, data: Data, offered: Vocabulary) -> list[Fault]:
    """List what is wrong with a draft, in the order of its text."""
    found = problems_of(data, vocabulary=offered.checked())
    if not data["stages"]:
        found = [p for p in found if p.at != ("stages",)]
        found.append(Problem("stages", None, _l("There is no stage yet."), at=("stages",)))
    made = [_fault(draft_id, data, problem, offered) for problem in sorted(found, key=_order)]
    return list(dict.fromkeys(made))


def _order(problem: Problem) -> tuple[Any, ...]:
    first = problem.at[0] if problem.at else ""
    return (first == "stages", *((step if isinstance(step, int) else -1) for step in problem.at))


def _fault(draft_id: int, data: Data, problem: Problem, offered: Vocabulary) -> Fault:
    at, message = problem.at, problem.message
    if len(at) < 2 or at[0] != "stages" or not isinstance(at[1], int):
        page = "stages" if at[:1] == ("stages",) else "about"
        return Fault(_field(at), message, f"/drafts/{draft_id}/{page}#{_anchor(at)}")
    stage = data["stages"][at[1]]
    title = words.pick(stage["title"]) or stage["key"]
    if len(at) > 3 and at[2] == "requires" and isinstance(at[3], int):
        requirement = stage["requires"][at[3]]
        name = name_of(requirement)
        where = " › ".join(t for t in (title, called(requirement, offered), _field(at[4:])) if t)
        page = f"edit_requirement/{quote(stage['key'])}/{quote(name)}"
        return Fault(where, message, f"/drafts/{draft_id}/{page}#r-{_anchor(at[4:])}", stage["key"], name)
    where = " › ".join(t for t in (title, _field(at[2:])) if t)
    anchor = _anchor(at[2:]) if at[2:] else "stage"
    return Fault(where, message, f"/drafts/{draft_id}/stages?stage={quote(stage['key'])}#{anchor}", stage["key"])


def _field(at: Sequence[str | int]) -> str:
    """Return what the field is called, and which of several it is."""
    first = str(at[0]) if at else ""
    label = str(FIELDS[first]) if first in FIELDS else ""
    number = at[1] if len(at) > 1 and isinstance(at[1], int) and label else None
    return _("%(field)s, line %(number)s", field=label, number=number + 1) if number is not None else label


def _anchor(at: Sequence[str | int]) -> str:
    """Return the id of the field: as the form calls it."""
    if not at:
        return "requirement"
    steps = [str(step) for step in at if step not in ("applies_to", "text")]
    if steps and steps[0] in TYPES and len(steps) == 1:
        return steps[0]
    if steps[-1] in ("es", "en"):
        text = "text" if (len(steps) > 1 and steps[-2].isdigit()) or "text" in at else ""
        steps = [*steps[:-1], text] if text else steps[:-1]
        return "-".join(steps) + f"_{at[-1]}"
    if steps[0] == "next" and len(steps) == 2:
        steps.append("to")
    if steps[0] in ("title", "purpose", "guidance", "label", "changes") and len(steps) == 1:
        return f"{steps[0]}_en"
    return "-".join(steps)


def reasons(found: Sequence[Fault]) -> list[Reason]:
    """Return the faults as the reasons of a refusal."""
    return [Reason(words.lazily(lambda f=fault: f.words), link=fault.url) for fault in found]  # type: ignore[misc]
