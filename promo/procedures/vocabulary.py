"""What a definition may say of facts and answers: which comparisons each type has, and with which values. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.errors import Text
from promo.core.fields import Field, Rows
from promo.procedures.definitions import (
    Answer,
    Approvals,
    Condition,
    Count,
    Declaration,
    Definition,
    Each,
    Fact,
    Requirement,
    Stage,
)
from promo.procedures.source import Path

Facts = Mapping[str, Field]
Comparison = tuple[Path, str, str, Any]  # where it stands, of what, by which operator, with which value

_SET = ("set", "unset")
_SAME = (*_SET, "eq", "ne")
_CHOSEN = (*_SAME, "in", "not_in")
_NUMBER = (*_CHOSEN, "lt", "le", "gt", "ge")
_DAY = (*_SAME, "lt", "le", "gt", "ge")
OPERATORS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("text", "long", "link"), (*_CHOSEN, "contains")),
    **dict.fromkeys(("integer", "decimal"), _NUMBER),
    **dict.fromkeys(("date", "moment"), _DAY),
    "yes_no": _SAME,
    **dict.fromkeys(("choice", "country", "status", "entity"), _CHOSEN),
    **dict.fromkeys(("codes", "choices"), (*_SET, "contains")),
}
DAYS = ("date", "moment")
_SEVERAL = ("in", "not_in", "contains")  # these take one value or a list


def operators(fact: Field) -> tuple[str, ...]:
    """Return how a fact may be compared: what names another row (a person, a fair) is only there or not."""
    return OPERATORS.get(fact.type, _SET)


def comparison_fault(fact: Field, op: str, value: Any) -> Text | None:
    """Say what is wrong with a comparison of a fact, or nothing."""
    if op not in operators(fact):
        return _l("“%(fact)s” can't be compared by “%(op)s”.", fact=fact.label, op=op)
    if op in _SET:
        return None
    if value is None:
        return _l("Say with what “%(fact)s” is compared.", fact=fact.label)
    several = list(value) if isinstance(value, (list, tuple)) else [value]
    if isinstance(value, (list, tuple)) and op not in _SEVERAL:
        return _l("“%(fact)s” is compared with one value by “%(op)s”.", fact=fact.label, op=op)
    wrong = next((v for v in several if not _fits(fact, v)), None)
    if not several or wrong is not None:
        return _l("“%(fact)s” can't be “%(value)s”.", fact=fact.label, value=_short(wrong))
    return None


def _fits(fact: Field, value: Any) -> bool:
    if fact.type in ("integer", "decimal"):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if fact.type == "yes_no":
        return isinstance(value, bool)
    if not isinstance(value, str):
        return False
    if fact.type in DAYS:
        return _is_day(value)
    return fact.choices is None or value in dict(fact.choices)


def _is_day(value: str) -> bool:
    try:
        datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _short(value: Any) -> str:
    text = {None: "–", True: "true", False: "false"}.get(value) or str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def wrong_facts(definition: Definition, kind: str, facts: Facts) -> Iterator[tuple[Path, Text]]:
    """Yield what a definition says of facts that a kind of record lacks, or of what they can't be, with its place."""
    for i, stage in enumerate(definition.stages):
        for j, requirement in enumerate(stage.requires):
            yield from _wrong_requirement(requirement, ("stages", i, "requires", j), kind, facts)
        for path, anchor in _anchors(stage, ("stages", i, "deadline")):
            if anchor in facts and facts[anchor].type not in DAYS:
                yield path, _l("“%(name)s” is no date to count from.", name=facts[anchor].label)
            elif anchor not in facts and definition.stage(anchor) is None:
                yield path, _l("“%(name)s” is neither a fact nor a stage.", name=anchor)
    for path, condition in conditions(definition):
        if condition.kind == "fact":
            yield from _wrong_comparison((path, condition.name, condition.op, condition.value), kind, facts)


def wrong_answers(definition: Definition) -> Iterator[tuple[Path, Text]]:
    """Yield what a definition says of answers that nothing asks for, or of what they can't be, with its place."""
    known: dict[str, Field] = {}
    for i, stage in enumerate(definition.stages):
        for j, requirement in enumerate(stage.requires):
            if isinstance(requirement, Declaration):
                known[requirement.name] = Field(requirement.name, "yes_no", requirement.name)
            if not isinstance(requirement, Answer):
                continue
            known[requirement.name] = question = _question(requirement)
            if wrong := comparison_fault(question, requirement.op, requirement.value):
                yield ("stages", i, "requires", j, "value"), wrong
    for path, condition in conditions(definition):
        if condition.kind == "answer" and condition.name not in known:
            yield path, _l("Nothing asks for the answer “%(name)s”.", name=condition.name)
        elif condition.kind == "answer" and (
            wrong := comparison_fault(known[condition.name], condition.op, condition.value)
        ):
            yield path, wrong


def _question(answer: Answer) -> Field:
    return Field(answer.name, answer.type, answer.name, choices=answer.choices or None)


def _anchors(stage: Stage, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield from what a stage's deadlines count, with the place."""
    for k, deadline in enumerate(stage.deadlines):
        yield (path if len(stage.deadlines) == 1 else (*path, k)), deadline.anchor


def _wrong_requirement(requirement: Requirement, path: Path, kind: str, facts: Facts) -> Iterator[tuple[Path, Text]]:
    for place, name in _named(requirement, path):
        if name not in facts:
            yield place, _lacks(kind, name)
    if isinstance(requirement, Fact) and requirement.name in facts:
        yield from _wrong_comparison((path, requirement.name, requirement.op, requirement.value), kind, facts)
    if not isinstance(requirement, (Count, Each)) or requirement.list not in facts:
        return
    rows = facts[requirement.list]
    if not isinstance(rows, Rows):
        yield path, _l("“%(fact)s” is no list to count.", fact=rows.label)
        return
    keys = {key.name: key for key in rows.keys}
    for comparison in _of_elements(requirement, path):
        if comparison[1] not in keys:
            yield comparison[0], _l("What “%(list)s” lists has no “%(name)s”.", list=rows.label, name=comparison[1])
        else:
            yield from _wrong_comparison(comparison, kind, keys)


def _wrong_comparison(comparison: Comparison, kind: str, facts: Facts) -> Iterator[tuple[Path, Text]]:
    path, name, op, value = comparison
    if name not in facts:
        yield path, _lacks(kind, name)
    elif wrong := comparison_fault(facts[name], op, value):
        yield path, wrong


def _lacks(kind: str, name: str) -> Text:
    return _l("Records of kind “%(kind)s” have no fact “%(name)s”.", kind=kind, name=name)


def _named(requirement: Requirement, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the facts of the record that a requirement names, with the place."""
    match requirement:
        case Fact(name=name) | Count(list=name) | Each(list=name):
            yield path, name
        case Approvals(covers=covers):
            yield from (((*path, "covers", k), name) for k, name in enumerate(covers))


def _of_elements(requirement: Count | Each, path: Path) -> Iterator[Comparison]:
    """Yield what a requirement compares of the elements of its list: in ``where``, and in what each of them needs."""
    yield from (((*path, "where", name), name, op, value) for name, op, value in requirement.where)
    for k, part in enumerate(requirement.requires if isinstance(requirement, Each) else ()):
        at: Path = (*path, "requires", k)
        if isinstance(part, Fact):
            yield at, part.name, part.op, part.value
        yield from (((*at, "when"), c.name, c.op, c.value) for c in leaves(part.when) if c.kind == "fact")


def conditions(definition: Definition) -> Iterator[tuple[Path, Condition]]:
    """Yield every comparison of a record's facts and answers with the place where it stands."""
    for i, stage in enumerate(definition.stages):
        for deadline in stage.deadlines:
            yield from ((("stages", i, "deadline"), c) for c in leaves(deadline.when))
        for j, way in enumerate(stage.ways):
            yield from ((("stages", i, "next", j), c) for c in leaves(way.when))
        for j, requirement in enumerate(stage.requires):
            path: Path = ("stages", i, "requires", j)
            yield from ((path, c) for c in leaves(requirement.when))
            if isinstance(requirement, Approvals):
                for k, step in enumerate(requirement.steps):
                    yield from (((*path, "approvals", k), c) for c in leaves(step.when))


def leaves(condition: Condition | None) -> list[Condition]:
    """Return the comparisons that a condition is made of."""
    return [] if condition is None else [c for c in condition.walk() if c.kind in ("fact", "answer")]
