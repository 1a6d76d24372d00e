"""What the schema can't say of a definition: that it can be followed from its first stage to an end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from promo.core.errors import Text
from promo.procedures import words
from promo.procedures.definitions import (
    Answer,
    Approvals,
    Count,
    Declaration,
    Definition,
    Requirement,
    Stage,
)
from promo.procedures.source import Path
from promo.procedures.vocabulary import Facts, wrong_answers, wrong_facts


@dataclass(frozen=True)
class Fault:
    """One thing that does not hold together, at a path of the definition's data."""

    path: Path
    message: Text


def faults(
    definition: Definition,
    facts: Mapping[str, Facts] | None = None,
    functions: Collection[str] | None = None,
) -> list[Fault]:
    """List what is wrong with a definition that the schema accepts.

    ``facts`` are those that each kind offers, by name; ``functions`` are those that people hold. None: unchecked.
    """
    found = [*_stages(definition), *_ways(definition), *_keys(definition), *_deadlines(definition)]
    found.extend(Fault(path, said) for path, said in wrong_answers(definition))
    if facts is not None:
        found.extend(_facts(definition, facts))
    if functions is not None:
        found.extend(_functions(definition, functions))
    return found


def _called(stage: Stage | None, key: str = "") -> Text:
    """Return what a stage is called by whoever reads it; its key when there is none."""
    return words.lazily(lambda: words.pick(stage.title) or stage.key) if stage else key


def _lacks(kind: str, name: str) -> Text:
    called = words.lazily(lambda: words.kind_label(kind))
    return _l("“%(kind)s” has no fact “%(name)s”.", kind=called, name=name)


def _unheld(function: str) -> Text:
    return _l("Nobody can hold “%(function)s”.", function=function)


def _stages(definition: Definition) -> Iterator[Fault]:
    seen: set[str] = set()
    for i, stage in enumerate(definition.stages):
        if stage.key in seen:
            yield Fault(("stages", i, "key"), _l("Two stages are called “%(key)s”.", key=stage.key))
        seen.add(stage.key)
        if stage.final and stage.ways:
            yield Fault(("stages", i, "next"), _l("A final stage leads nowhere."))
        if not stage.final and not stage.ways:
            yield Fault(("stages", i), _l("The stage leads nowhere and is not final."))
        if stage.cancelled and any((known := definition.stage(w.to)) and not known.cancelled for w in stage.ways):
            yield Fault(("stages", i, "next"), _l("What was cancelled can't go on: plan it anew."))
        if stage.final and stage.requires and len(definition.stages) > 1:
            said = _l("Nothing can be required in a final stage: it is never left.")
            yield Fault(("stages", i, "requires"), said)


def _ways(definition: Definition) -> Iterator[Fault]:
    known = {s.key: s for s in definition.stages}
    for i, stage in enumerate(definition.stages):
        targets = [w.to for w in stage.ways]
        for j, target in enumerate(targets):
            if target not in known:
                yield Fault(("stages", i, "next", j), _l("There is no stage “%(key)s”.", key=target))
            if target == stage.key or (targets.count(target) > 1 and targets.index(target) != j):
                yield Fault(
                    ("stages", i, "next", j), _l("“%(key)s” can't stand here.", key=_called(known.get(target), target))
                )
    reached = _closure({definition.first.key}, {k: [w.to for w in s.ways] for k, s in known.items()})
    back: dict[str, list[str]] = {k: [] for k in known}
    for stage in definition.stages:
        for way in stage.ways:
            back.get(way.to, []).append(stage.key)
    ending = _closure({s.key for s in definition.stages if s.final and not s.cancelled}, back)
    ended = _closure({s.key for s in definition.stages if s.final}, back)
    for i, stage in enumerate(definition.stages):
        if stage.key not in reached:
            yield Fault(("stages", i), _l("No stage leads to “%(stage)s”.", stage=_called(stage)))
        if stage.key not in (ended if stage.cancelled else ending):
            yield Fault(("stages", i), _l("From “%(stage)s” no way leads to an end.", stage=_called(stage)))


def _closure(start: set[str], ways: Mapping[str, list[str]]) -> set[str]:
    reached, todo = set(start), list(start)
    while todo:
        for key in ways.get(todo.pop(), []):
            if key in ways and key not in reached:
                reached.add(key)
                todo.append(key)
    return reached


def _keys(definition: Definition) -> Iterator[Fault]:
    names: Counter[str] = Counter()
    for i, stage in enumerate(definition.stages):
        keys: Counter[str] = Counter()
        for j, requirement in enumerate(stage.requires):
            path: Path = ("stages", i, "requires", j)
            keys[requirement.key] += 1
            if keys[requirement.key] == 2:
                said = _l("Two requirements are called “%(key)s”: give each a key of its own.", key=requirement.key)
                yield Fault(path, said)
            if isinstance(requirement, (Answer, Declaration)):
                names[requirement.name] += 1
                if names[requirement.name] == 2:
                    yield Fault(path, _l("“%(name)s” is asked twice.", name=requirement.name))
            if isinstance(requirement, Count) and (requirement.min or 0) > (requirement.max or 10**9):
                yield Fault((*path, "min"), _l("The least is more than the most."))
            if isinstance(requirement, Answer) and _upside_down(requirement):
                yield Fault((*path, "min"), _l("The least is more than the most."))


def _upside_down(answer: Answer) -> bool:
    return answer.min is not None and answer.max is not None and answer.min > answer.max


def _deadlines(definition: Definition) -> Iterator[Fault]:
    order = {s.key: n for n, s in enumerate(definition.stages)}
    for i, stage in enumerate(definition.stages):
        for deadline in stage.deadlines:
            at = order.get(deadline.anchor)
            if at is None:
                continue
            if deadline.before:
                said = _l("A deadline before a stage has no date: count from a fact.")
                yield Fault(("stages", i, "deadline"), said)
            elif at > i:
                later = definition.stages[at]
                said = _l("The deadline counts from “%(stage)s”, which comes later.", stage=_called(later))
                yield Fault(("stages", i, "deadline"), said)


def _facts(definition: Definition, facts: Mapping[str, Facts]) -> Iterator[Fault]:
    for kind in definition.kinds:
        if kind in facts:
            yield from (Fault(path, said) for path, said in wrong_facts(definition, kind, facts[kind]))
        else:
            yield Fault(("applies_to", "kind"), _l("There is no kind “%(kind)s”.", kind=kind))


def _functions(definition: Definition, functions: Collection[str]) -> Iterator[Fault]:
    known = {*functions, "officer"}
    for i, stage in enumerate(definition.stages):
        if stage.responsible not in known:
            yield Fault(("stages", i, "responsible"), _unheld(stage.responsible))
        for function in stage.tells:
            if function not in known:
                yield Fault(("stages", i, "tells"), _unheld(function))
        for j, requirement in enumerate(stage.requires):
            for function in _named(requirement):
                if function not in known:
                    yield Fault(("stages", i, "requires", j), _unheld(function))


def _named(requirement: Requirement) -> list[str]:
    named = [requirement.waived_by, *([requirement.responsible] if requirement.responsible else [])]
    if isinstance(requirement, Declaration):
        named.append(requirement.by)
    if isinstance(requirement, Approvals):
        named.extend(step.function for step in requirement.steps)
    return named
