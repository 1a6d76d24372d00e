"""From plain data to the classes of a definition.

``build`` trusts its data: they come from ``validation.parse``, which checked them, or from a stored version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from promo.procedures.definitions import (
    WAIVES,
    Answer,
    Approvals,
    Condition,
    Count,
    Deadline,
    Declaration,
    Definition,
    Each,
    Evidence,
    Fact,
    Requirement,
    Stage,
    Step,
    Way,
    content_hash,
)

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
        inputs=tuple(data.get("inputs", ())),
        outputs=tuple(data.get("outputs", ())),
        references=tuple(data.get("references", ())),
        responsibilities=tuple((r["function"], r["text"]) for r in data.get("responsibilities", ())),
        indicators=tuple(data.get("indicators", ())),
        changes=data.get("changes", {}),
        review_months=data.get("review_months", 12),
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
        deadlines=tuple(deadline(d) for d in listed(data.get("deadline", []))),
        requires=tuple(requirement(r) for r in data.get("requires", ()) if "include" not in r),
        ways=tuple(
            Way(w) if isinstance(w, str) else Way(w["to"], condition(w.get("when"))) for w in data.get("next", ())
        ),
        final=bool(data.get("final") or (data.get("cancelled") and not data.get("next"))),
        cancelled=bool(data.get("cancelled")),
        records=tuple(data.get("records", ())),
        outputs=tuple(data.get("outputs", ())),
        references=tuple(data.get("references", ())),
        tells=tuple(data.get("tells", ())),
    )


def deadline(data: Mapping[str, Any]) -> Deadline:
    """Make a deadline from its data."""
    working = "working_days" in data
    return Deadline(
        days=data["working_days"] if working else data["calendar_days"],
        working=working,
        before="before" in data,
        anchor=data.get("before") or data["after"],
        calendar=data.get("calendar", "post"),
        label=data.get("label", {}),
        when=condition(data.get("when")),
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
        "waived_by": data.get("waived_by", WAIVES),
        "protects": data.get("protects"),
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
    return Approvals(
        **shared,
        steps=steps,
        four_eyes=d.get("four_eyes", True),
        together=d.get("together", False),
        covers=tuple(d.get("covers", ())),
    )


_MAKERS: dict[str, Any] = {
    "fact": _fact,
    "answer": _answer,
    "evidence": lambda d, s: Evidence(**s, category=d["evidence"], min=d.get("min", 1)),
    "count": lambda d, s: Count(**s, list=d["count"], min=d.get("min"), max=d.get("max"), where=_where(d.get("where"))),
    "each": _each,
    "declaration": lambda d, s: Declaration(**s, name=d["declaration"], by=d.get("by", "officer")),
    "approvals": _approvals,
}
