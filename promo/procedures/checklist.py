"""What is missing before a record may leave its stage: a pure and total function.

Page, gate, documents and tests all call :func:`checklist`. Any definition that the schema accepts and any facts give an
answer; the order of requirements does not matter; a file added never turns what is met into missing; an exception
changes only its own item; what an urgency left behind changes no item of the present stage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from promo.procedures.answers import fault
from promo.procedures.conditions import compare, elements, holds, is_set, matches
from promo.procedures.definitions import (
    Answer,
    Approvals,
    Count,
    Declaration,
    Definition,
    Each,
    Evidence,
    Fact,
    Requirement,
    Stage,
    Step,
)
from promo.procedures.items import (
    DUE_LATER,
    EXCEPTED,
    MET,
    MISSING,
    NOT_APPLICABLE,
    UNDONE,
    WAITING,
    Given,
    Item,
    Later,
    Reason,
    Waiver,
)

__all__ = ["Given", "Item", "Later", "Reason", "Waiver", "checklist", "leads_on", "missing", "ways"]


@dataclass(frozen=True)
class _Case:
    """Everything that is known, gathered."""

    facts: Mapping[str, Any]
    answers: Mapping[str, Any]
    evidence: Mapping[str, int]
    approvals: Sequence[Given]
    stage: Stage
    waivers: Sequence[Waiver] = ()


def checklist(
    definition: Definition,
    stage: str,
    facts: Mapping[str, Any],
    answers: Mapping[str, Any],
    evidence: Mapping[str, int],
    approvals: Sequence[Given] = (),
    waivers: Iterable[Waiver] = (),
    now: datetime | None = None,
    due_later: Sequence[Later] = (),
) -> list[Item]:
    """Return the items of a stage, in the order of its requirements; of a stage that does not exist, none.

    ``facts`` are by name, lists as dicts with ``evidence`` (categories); ``answers`` also hold what was declared
    (True); ``evidence`` counts the record's files by category. What an urgency left behind (``due_later``) is owed
    until it is met and shuts nothing before its day. An approval of an earlier stage that was reopened is asked again.
    """
    here = definition.stage(stage)
    if here is None:
        return []
    running = tuple(w for w in waivers if w.until is None or now is None or now < w.until)
    case = _Case(facts, answers, evidence, approvals, here, running)
    owed = _owed(definition, case, due_later, now)
    return _of_stage(case) + [*owed.values()] + [i for i in _reopened(definition, case) if i.key not in owed]


def _of_stage(case: _Case) -> list[Item]:
    """Return the items that a stage itself asks for."""
    return [item for requirement in case.stage.requires for item in _items(requirement, case)]


def _except(item: Item, case: _Case) -> Item:
    if not item.shuts or not item.waivable:
        return item
    waiver = next((w for w in case.waivers if w.item == item.own and w.stage in (None, item.stage)), None)
    if waiver is None:
        return item
    params = {"until": waiver.day or waiver.until, "why": waiver.reason}
    return replace(item, state=EXCEPTED, reason=Reason("excepted", params))


def _owed(definition: Definition, case: _Case, due_later: Sequence[Later], now: datetime | None) -> dict[str, Item]:
    """Return what urgencies left behind in earlier stages and is not met yet, by its key here.

    It shuts the gate once its day is over, and wherever only an end is left to go to.
    """
    onward = [s for s in ways(definition, case.stage.key, case.facts, case.answers) if not s.cancelled]
    at_the_end = bool(onward) and all(s.final for s in onward)
    found: dict[str, Item] = {}
    for one in due_later:
        left = definition.stage(one.stage)
        if left is None or left.key == case.stage.key:
            continue
        over = now is not None and one.until is not None and now >= one.until
        for item in _of_stage(replace(case, stage=left)):
            if item.own in one.items and (item.shuts or item.state == EXCEPTED):
                key = f"{left.key}.{item.key}"
                found[key] = replace(_put_off(item, one, over=over, shut=over or at_the_end), key=key)
    return found


def _put_off(item: Item, later: Later, *, over: bool, shut: bool) -> Item:
    if item.state == EXCEPTED:
        return item
    reason = Reason("overdue" if over else "due_later", {"day": later.day, "why": item.reason})
    return replace(item, state=item.state if shut else DUE_LATER, reason=reason)


def _items(requirement: Requirement, case: _Case) -> list[Item]:
    if isinstance(requirement, Approvals):
        return _approvals(requirement, case)
    if not holds(requirement.when, case.facts, case.answers):
        state, reason = NOT_APPLICABLE, Reason("not_applicable")
    else:
        state, reason = _state(requirement, case)
    item = Item(
        key=requirement.key,
        type=type(requirement).__name__.lower(),
        state=state,
        label=requirement.label,
        reason=reason,
        where=_where(requirement),
        who=_who(requirement, case.stage),
        waivable=requirement.waivable,
        guidance=requirement.guidance,
        requirement=requirement.key,
        stage=case.stage.key,
    )
    return [_except(item, case)]


def _who(requirement: Requirement, stage: Stage) -> str:
    by = requirement.by if isinstance(requirement, Declaration) and requirement.by != "officer" else None
    return by or requirement.responsible or stage.responsible


def _where(requirement: Requirement) -> dict[str, Any]:
    match requirement:
        case Fact():
            return {"field": requirement.name}
        case Answer():
            return {"answer": requirement.name}
        case Evidence():
            return {"evidence": requirement.category}
        case Declaration():
            return {"declaration": requirement.name}
        case Count() | Each():
            return {"tab": requirement.list}
    return {}


def _state(requirement: Requirement, case: _Case) -> tuple[str, Reason]:
    """Return how a requirement that applies stands, and why."""
    match requirement:
        case Fact():
            return _fact(requirement, case.facts.get(requirement.name))
        case Answer():
            wrong = fault(requirement, case.answers.get(requirement.name))
            limits = {"min": requirement.min, "max": requirement.max}
            return (MET, Reason("answered")) if wrong is None else (MISSING, Reason(wrong, limits))
        case Evidence():
            there = _files(case.evidence.get(requirement.category))
            params = {"there": there, "wanted": requirement.min}
            return (
                (MET, Reason("attached", params))
                if there >= requirement.min
                else (MISSING, Reason("not_attached", params))
            )
        case Declaration():
            done = case.answers.get(requirement.name) is True
            return (MET, Reason("declared")) if done else (MISSING, Reason("not_declared"))
        case Count():
            return _count(requirement, case)
        case Each():
            return _each(requirement, case)
    return MET, Reason("nothing_asked")


def _files(value: Any) -> int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    return len(value) if isinstance(value, (list, tuple, set, frozenset, dict)) else 0


def _fact(requirement: Fact, value: Any) -> tuple[str, Reason]:
    params = {"op": requirement.op, "wanted": requirement.value, "value": value}
    if compare(value, requirement.op, requirement.value):
        return MET, Reason("filled", params)
    return MISSING, Reason("not_as_required" if is_set(value) else "not_filled", params)


def _count(requirement: Count, case: _Case) -> tuple[str, Reason]:
    there = sum(1 for e in elements(case.facts, requirement.list) if matches(e, requirement.where))
    params = {"there": there, "min": requirement.min, "max": requirement.max, "list": requirement.list}
    if requirement.min is not None and there < requirement.min:
        return MISSING, Reason("too_few", params)
    if requirement.max is not None and there > requirement.max:
        return MISSING, Reason("too_many", params)
    return MET, Reason("counted", params)


def _each(requirement: Each, case: _Case) -> tuple[str, Reason]:
    chosen = [e for e in elements(case.facts, requirement.list) if matches(e, requirement.where)]
    if not chosen:
        return NOT_APPLICABLE, Reason("none_listed", {"list": requirement.list})
    lacking = [e for e in chosen if not all(_part_holds(part, e) for part in requirement.requires)]
    params = {
        "lacking": len(lacking),
        "total": len(chosen),
        "ids": [e.get("id") for e in lacking],
        "titles": [str(e.get("title") or "") for e in lacking[:5]],
        "list": requirement.list,
    }
    return (MISSING, Reason("some_lack", params)) if lacking else (MET, Reason("all_have", params))


def _part_holds(part: Fact | Evidence, element: Mapping[str, Any]) -> bool:
    """Whether one element has what a part asks; the conditions of parts speak of the element."""
    if not holds(part.when, element, {}):
        return True
    if isinstance(part, Evidence):
        attached = element.get("evidence")
        return isinstance(attached, (list, tuple, set, frozenset, dict)) and part.category in list(attached)
    return compare(element.get(part.name), part.op, part.value)


def _approvals(requirement: Approvals, case: _Case) -> list[Item]:
    """Return one item for each step, in their order; a step is asked when those before it are approved or excepted."""
    applies = holds(requirement.when, case.facts, case.answers)
    items: list[Item] = []
    before = True  # all steps before this one are approved, excepted or do not apply
    for step in requirement.steps:
        if not applies or not holds(step.when, case.facts, case.answers):
            items.append(step_item(requirement, step, case.stage, NOT_APPLICABLE, Reason("not_applicable")))
            continue
        given = last_given(case.approvals, case.stage.key, requirement.key, step.function)
        state, reason = standing(given)
        if given is None and not before:
            reason = Reason("comes_after")
        item = _except(step_item(requirement, step, case.stage, state, reason), case)
        items.append(item)
        before = before and not item.shuts
    return items


def step_item(requirement: Approvals, step: Step, stage: Stage, state: str, reason: Reason) -> Item:
    """Return the item of one step of an approval."""
    return Item(
        key=f"{requirement.key}.{step.function}",
        type="approval",
        state=state,
        label=step.label or requirement.label,
        reason=reason,
        where={"approval": step.function, "stage": stage.key, "requirement": requirement.key},
        who=step.function,
        waivable=requirement.waivable,
        guidance=requirement.guidance,
        requirement=requirement.key,
        function=step.function,
        stage=stage.key,
    )


def last_given(approvals: Sequence[Given], stage: str, requirement: str, function: str) -> Given | None:
    """Return the approval that counts for a step: the last one."""
    found = None
    for given in approvals:
        if (given.stage, given.requirement, given.function) == (stage, requirement, function):
            found = given
    return found


def standing(given: Given | None) -> tuple[str, Reason]:
    """Return how a step stands after the request that counts for it, and why."""
    if given is None or given.state == "recalled":
        return MISSING, Reason("not_asked")
    params = {"by": given.by, "at": given.at, "why": given.reason, "step": given.step, "entered": given.entered}
    if given.state == "approved":
        return MET, Reason("approved" if given.entered is None else "approved_on_paper", params)
    if given.state in ("waiting", "nobody"):
        return WAITING, Reason(given.state, params)
    return MISSING, Reason(given.state if given.state in UNDONE else "returned", params)


def _reopened(definition: Definition, case: _Case) -> list[Item]:
    """Return the approvals of other stages that were reopened because what they covered has changed."""
    found: list[Item] = []
    for stage in definition.stages:
        if stage.key == case.stage.key:
            continue
        for requirement in stage.approvals():
            if not holds(requirement.when, case.facts, case.answers):
                continue
            for step in requirement.steps:
                if not holds(step.when, case.facts, case.answers):
                    continue
                given = last_given(case.approvals, stage.key, requirement.key, step.function)
                if given is None:
                    continue
                state, reason = standing(given)
                if state != MET and given.state in ("waiting", "nobody", "returned", *UNDONE):
                    item = _except(step_item(requirement, step, stage, state, reason), case)
                    found.append(replace(item, key=f"{stage.key}.{item.key}"))
    return found


def missing(items: Iterable[Item], *, final: bool = False) -> list[Item]:
    """Return the items that keep the gate shut; the one to a ``final`` stage also by what is owed later."""
    return [item for item in items if item.shuts or (final and item.state == DUE_LATER)]


def ways(definition: Definition, stage: str, facts: Mapping[str, Any], answers: Mapping[str, Any]) -> list[Stage]:
    """Return the stages that one may go to from here, in their order, cancelling included."""
    here = definition.stage(stage)
    if here is None:
        return []
    open_ways = (w.to for w in here.ways if holds(w.when, facts, answers))
    return [s for s in (definition.stage(to) for to in dict.fromkeys(open_ways)) if s is not None]


def cancels(here: Stage | None, target: Stage) -> bool:
    """Whether going there cancels: not where it was cancelled already."""
    return target.cancelled and not (here is not None and here.cancelled)


def leads_on(definition: Definition, stage: str, facts: Mapping[str, Any], answers: Mapping[str, Any]) -> Stage | None:
    """Return the one stage that leads on from here, or None when there are several or none (cancelling apart)."""
    here = definition.stage(stage)
    onward = [s for s in ways(definition, stage, facts, answers) if not cancels(here, s)]
    return onward[0] if len(onward) == 1 else None
