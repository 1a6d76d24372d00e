"""What a procedure is: frozen classes; ``building.py`` makes them from plain data that the schema accepts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Texts = Mapping[str, str]
Scalar = str | int | float | bool
MONEY, PERSONAL_DATA = "money", "personal_data"  # what a requirement may protect
CANCELLED = "cancelled"
WAIVES = "head_of_mission"  # the function that authorises an exception, where a requirement names no other


def has_budget(facts: Mapping[str, Any]) -> bool:
    """Whether a record's facts give it a budget of more than nothing."""
    budget = facts.get("budget_usd")
    return isinstance(budget, (int, float, Decimal)) and not isinstance(budget, bool) and budget > 0


@dataclass(frozen=True)
class Condition:
    """A comparison (``fact`` or ``answer`` with ``op`` and ``value``), or ``all``, ``any``, ``not`` of conditions."""

    kind: str
    name: str = ""
    op: str = "set"
    value: Any = None
    parts: tuple[Condition, ...] = ()

    def walk(self) -> Iterator[Condition]:
        """Yield this and every nested condition."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True)
class Requirement:
    """What every requirement has; its subclasses are the types of requirement."""

    key: str
    label: Texts = field(default_factory=dict)
    guidance: Texts = field(default_factory=dict)
    when: Condition | None = None
    waivable: bool = True
    waived_by: str = WAIVES
    protects: str | None = None
    minor: bool = False
    responsible: str | None = None
    references: tuple[str, ...] = ()
    block: str | None = None

    def protected(self, facts: Mapping[str, Any]) -> bool:
        """Whether no urgency goes past it: personal data always, money where the record has a budget."""
        return self.protects == PERSONAL_DATA or (self.protects == MONEY and has_budget(facts))


@dataclass(frozen=True)
class Fact(Requirement):
    """A field of the record that is set, or compares with a value."""

    name: str = ""
    op: str = "set"
    value: Any = None


@dataclass(frozen=True)
class Answer(Requirement):
    """A field that the procedure itself adds to the record."""

    name: str = ""
    type: str = "text"
    choices: tuple[tuple[str, Texts], ...] = ()
    min: float | None = None
    max: float | None = None
    op: str = "set"
    value: Any = None


@dataclass(frozen=True)
class Evidence(Requirement):
    """At least ``min`` files of a category."""

    category: str = ""
    min: int = 1


@dataclass(frozen=True)
class Count(Requirement):
    """How many elements of a list (participants, funds) are as ``where`` says."""

    list: str = ""
    min: int | None = None
    max: int | None = None
    where: tuple[tuple[str, str, Any], ...] = ()


@dataclass(frozen=True)
class Each(Requirement):
    """What each element of a list must have: fields of its own, files of its own."""

    list: str = ""
    where: tuple[tuple[str, str, Any], ...] = ()
    requires: tuple[Fact | Evidence, ...] = ()


@dataclass(frozen=True)
class Declaration(Requirement):
    """A sentence that somebody declares; ``by`` is ``officer`` or a function."""

    name: str = ""
    by: str = "officer"


@dataclass(frozen=True)
class Step:
    """One approval in its order: the function that approves, and when it is asked."""

    function: str
    when: Condition | None = None
    label: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class Approvals(Requirement):
    """Approvals one after the other. The author never approves; with four eyes nobody approves two steps in a row.

    ``together``: whoever approves may approve several such requests at once.
    """

    steps: tuple[Step, ...] = ()
    four_eyes: bool = True
    together: bool = False
    covers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deadline:
    """So many working or calendar days before or after a fact (a date) or a stage, where the facts are as it says."""

    days: int
    working: bool
    before: bool
    anchor: str
    calendar: str = "post"
    label: Texts = field(default_factory=dict)
    when: Condition | None = None


@dataclass(frozen=True)
class Way:
    """A stage that one may go to from another, and when."""

    to: str
    when: Condition | None = None


@dataclass(frozen=True)
class Stage:
    """A stage: what is required to leave it, by when, and where it leads.

    One that cancels is entered at once; it may still ask for what is owed then, and lead on to the end of it.
    """

    key: str
    title: Texts
    guidance: Texts = field(default_factory=dict)
    responsible: str = "officer"
    deadlines: tuple[Deadline, ...] = ()
    requires: tuple[Requirement, ...] = ()
    ways: tuple[Way, ...] = ()
    final: bool = False
    cancelled: bool = False
    records: tuple[Texts, ...] = ()
    outputs: tuple[Texts, ...] = ()
    references: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """What the status of a record in it is called: whatever cancels is *cancelled*, for lists and sums."""
        return CANCELLED if self.cancelled else self.key

    def approvals(self) -> Iterator[Approvals]:
        """Yield its requirements of approvals."""
        return (r for r in self.requires if isinstance(r, Approvals))


@dataclass(frozen=True)
class Definition:
    """A whole procedure."""

    code: str
    title: Texts
    kinds: tuple[str, ...]
    types: tuple[str, ...] = ()
    pillars: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    purpose: Texts = field(default_factory=dict)
    inputs: tuple[Texts, ...] = ()
    outputs: tuple[Texts, ...] = ()
    references: tuple[str, ...] = ()
    responsibilities: tuple[tuple[str, Texts], ...] = ()
    indicators: tuple[Mapping[str, Any], ...] = ()
    changes: Texts = field(default_factory=dict)
    review_months: int = 12
    digest: str = ""

    def stage(self, key: str) -> Stage | None:
        """Return the stage with that key, or None."""
        return next((s for s in self.stages if s.key == key), None)

    @property
    def first(self) -> Stage:
        """Where a run begins."""
        return self.stages[0]

    def requirement(self, key: str) -> tuple[Stage, Requirement] | None:
        """Return the requirement with that key and its stage, or None."""
        return next(((s, r) for s in self.stages for r in s.requires if r.key == key), None)

    def functions(self) -> set[str]:
        """Return the functions that approve somewhere in it."""
        return {step.function for s in self.stages for r in s.approvals() for step in r.steps}


def content_hash(data: Any) -> str:
    """Return the SHA-256 of a definition's canonical JSON: the same for YAML and JSON, whatever the order of keys."""
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
