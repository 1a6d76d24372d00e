"""What the checklist is made of: its items, and what is known of approvals, exceptions and urgencies. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from promo.procedures.definitions import Texts

MET, MISSING, WAITING, NOT_APPLICABLE, EXCEPTED = "met", "missing", "waiting", "not_applicable", "excepted"
DUE_LATER = "due_later"  # left behind by an urgency: to be regularised, but not yet
SHUTS = frozenset({MISSING, WAITING})
UNDONE = ("reopened", "annulled", "disputed")  # an approval that was given, and no longer stands


@dataclass(frozen=True)
class Reason:
    """Why an item is as it is: a code (its words are in ``words.py``) and what to put into them."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """One line of the checklist. ``where`` is the place that mends it, such as ``{"field": "objective"}``.

    ``stage`` is the one that asks for it: the present one, or an earlier one whose item is still owed.
    """

    key: str
    type: str
    state: str
    label: Texts
    reason: Reason
    where: Mapping[str, Any]
    who: str
    waivable: bool
    guidance: Texts = field(default_factory=dict)
    requirement: str = ""
    function: str | None = None
    stage: str = ""

    @property
    def shuts(self) -> bool:
        """Whether it keeps the gate shut."""
        return self.state in SHUTS

    @property
    def own(self) -> str:
        """Its key among the items of its own stage, wherever it is shown."""
        return f"{self.requirement}.{self.function}" if self.function else self.requirement


@dataclass(frozen=True)
class Given:
    """An approval as the checklist needs it: which step of which stage, and how it stands.

    ``state`` is waiting, nobody, approved, returned, recalled, reopened, annulled or disputed; of several for one step
    the last one counts. ``by``, ``at`` and ``reason`` are of whoever did that last; ``entered`` is who entered an
    approval given on paper.
    """

    stage: str
    requirement: str
    function: str
    state: str
    by: str | None = None
    at: date | datetime | None = None
    reason: str | None = None
    step: str | None = None
    entered: str | None = None


@dataclass(frozen=True)
class Waiver:
    """An authorised exception for one item of a stage (None: of any), until a moment (None: without end).

    ``day`` is the last day on which it holds, for people.
    """

    item: str
    until: datetime | None = None
    reason: str | None = None
    stage: str | None = None
    day: date | None = None


@dataclass(frozen=True)
class Later:
    """What an urgency left behind: these items of a stage may be missing until a moment, then they shut the gate.

    ``day`` is the last day on which they may, for people.
    """

    stage: str
    items: frozenset[str]
    until: datetime | None = None
    day: date | None = None
