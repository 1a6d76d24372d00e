"""What a procedure is: frozen classes made from plain data that the schema accepts.

``build`` trusts its data: they come from ``library.parse``, which validated them, or from a stored version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Texts = Mapping[str, str]
Scalar = str | int | float | bool


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
    minor: bool = False
    responsible: str | None = None
    references: tuple[str, ...] = ()
    block: str | None = None


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
    """Approvals one after the other. The author never approves; with four eyes nobody approves two steps in a row."""

    steps: tuple[Step, ...] = ()
    four_eyes: bool = True
    covers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deadline:
    """So many working or calendar days before or after a fact (a date) or a stage."""

    days: int
    working: bool
    before: bool
    anchor: str
    calendar: str = "post"
    label: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class Way:
    """A stage that one may go to from another, and when."""

    to: str
    when: Condition | None = None


@dataclass(frozen=True)
class Stage:
    """A stage: what is required to leave it, by when, and where it leads."""

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
    tells: tuple[str, ...] = ()

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
    references: tuple[str, ...] = ()
    responsibilities: tuple[tuple[str, Texts], ...] = ()
    indicators: tuple[Mapping[str, Any], ...] = ()
    changes: Texts = field(default_factory=dict)
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


_by_hash: dict[str, Definition] = {}


def known(digest: str) -> Definition | None:
    """Return the definition of a content hash when this process has built it already."""
    return _by_hash.get(digest)


def stored(digest: str, data: Mapping[str, Any]) -> Definition:
    """Return the definition of a stored version, built once for each content hash (an approved text never changes)."""
    if digest not in _by_hash:
        if len(_by_hash) > 500:
            _by_hash.clear()
        _by_hash[digest] = build(data)
    return _by_hash[digest]


def build(data: Mapping[str, Any]) -> Definition:
    """Make the classes from data that the schema accepts, with blocks already included."""
    about = data["applies_to"]
    return Definition(
        code=data["code"],
        title=data["title"],
        kinds=tuple(listed(about["kind"])),
        types=tuple(about.get("types", ())),
        pillars=tuple(about.get("pillars", ())),
        stages=tuple(_stage(s) for s in data["stages"]),
        purpose=data.get("purpose", {}),
        references=tuple(data.get("references", ())),
        responsibilities=tuple((r["function"], r["text"]) for r in data.get("responsibilities", ())),
        indicators=tuple(data.get("indicators", ())),
        changes=data.get("changes", {}),
        digest=content_hash(data),
    )


def listed(value: Any) -> list[Any]:
    """Return a list of one for what may stand alone."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _stage(data: Mapping[str, Any]) -> Stage:
    return Stage(
        key=data["key"],
        title=data["title"],
        guidance=data.get("guidance", {}),
        responsible=data.get("responsible", "officer"),
        deadlines=tuple(_deadline(d) for d in listed(data.get("deadline", []))),
        requires=tuple(requirement(r) for r in data.get("requires", ()) if "include" not in r),
        ways=tuple(
            Way(w) if isinstance(w, str) else Way(w["to"], condition(w.get("when"))) for w in data.get("next", ())
        ),
        final=bool(data.get("final") or data.get("cancelled")),
        cancelled=bool(data.get("cancelled")),
        records=tuple(data.get("records", ())),
        tells=tuple(data.get("tells", ())),
    )


def _deadline(data: Mapping[str, Any]) -> Deadline:
    working = "working_days" in data
    return Deadline(
        days=data["working_days"] if working else data["calendar_days"],
        working=working,
        before="before" in data,
        anchor=data.get("before") or data["after"],
        calendar=data.get("calendar", "post"),
        label=data.get("label", {}),
    )


def condition(data: Mapping[str, Any] | None) -> Condition | None:
    """Make a condition from its data; None stays None."""
    if data is None:
        return None
    for joint in ("all", "any"):
        if joint in data:
            return Condition(joint, parts=tuple(c for d in data[joint] if (c := condition(d)) is not None))
    if "not" in data:
        inner = condition(data["not"])
        return Condition("not", parts=(inner,) if inner else ())
    kind = "fact" if "fact" in data else "answer"
    return Condition(kind, data[kind], *_comparison(data))


def _comparison(data: Mapping[str, Any]) -> tuple[str, Any]:
    return data.get("op", "eq" if "value" in data else "set"), data.get("value")


def _where(data: Mapping[str, Any] | None) -> tuple[tuple[str, str, Any], ...]:
    found = []
    for name, wanted in (data or {}).items():
        if isinstance(wanted, Mapping):
            found.append((name, *_comparison(wanted)))
        else:
            found.append((name, "in" if isinstance(wanted, list) else "eq", wanted))
    return tuple(found)


def requirement(data: Mapping[str, Any]) -> Requirement:
    """Make a requirement from its data; the key that distinguishes its type is the first that is there."""
    kind = next(k for k in _MAKERS if k in data)
    name = data[kind]
    shared: dict[str, Any] = {
        "key": data.get("key") or (kind if kind == "approvals" else f"{kind}.{name}"),
        "label": data.get("label", {}),
        "guidance": data.get("guidance", {}),
        "when": condition(data.get("when")),
        "waivable": data.get("waivable", True),
        "minor": data.get("minor", False),
        "responsible": data.get("responsible"),
        "references": tuple(data.get("references", ())),
        "block": data.get("block"),
    }
    return _MAKERS[kind](data, shared)


def _answer(d: Mapping[str, Any], shared: dict[str, Any]) -> Answer:
    op, value = _comparison(d)
    choices = tuple((c["value"], c["label"]) for c in d.get("choices", ()))
    return Answer(
        **shared,
        name=d["answer"],
        type=d["type"],
        choices=choices,
        min=d.get("min"),
        max=d.get("max"),
        op=op,
        value=value,
    )


def _fact(d: Mapping[str, Any], shared: dict[str, Any]) -> Fact:
    op, value = _comparison(d)
    return Fact(**shared, name=d["fact"], op=op, value=value)


def _each(d: Mapping[str, Any], shared: dict[str, Any]) -> Each:
    parts = tuple(requirement(part) for part in d["requires"])
    return Each(**shared, list=d["each"], where=_where(d.get("where")), requires=parts)  # type: ignore[arg-type]


def _approvals(d: Mapping[str, Any], shared: dict[str, Any]) -> Approvals:
    steps = tuple(Step(s["function"], condition(s.get("when")), s.get("label", {})) for s in d["approvals"])
    return Approvals(**shared, steps=steps, four_eyes=d.get("four_eyes", True), covers=tuple(d.get("covers", ())))


_MAKERS: dict[str, Any] = {
    "fact": _fact,
    "answer": _answer,
    "evidence": lambda d, s: Evidence(**s, category=d["evidence"], min=d.get("min", 1)),
    "count": lambda d, s: Count(**s, list=d["count"], min=d.get("min"), max=d.get("max"), where=_where(d.get("where"))),
    "each": _each,
    "declaration": lambda d, s: Declaration(**s, name=d["declaration"], by=d.get("by", "officer")),
    "approvals": _approvals,
}
