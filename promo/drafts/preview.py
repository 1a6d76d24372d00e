"""What an officer will see at a stage of a draft: the very checklist, drawn for a record that is made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from promo.calendars import queries as calendars
from promo.core import clock
from promo.core.access import Viewer
from promo.core.errors import Text
from promo.core.records import Record
from promo.drafts.conditions import Offered, scalar
from promo.drafts.parts import Data, Wrong
from promo.drafts.vocabulary import Vocabulary
from promo.procedures import checklist as pure
from promo.procedures.building import build
from promo.procedures.case import Case
from promo.procedures.definitions import (
    Answer,
    Approvals,
    Condition,
    Count,
    Declaration,
    Definition,
    Each,
    Evidence,
    Fact,
    Requirement,
    Stage,
)
from promo.procedures.models import ProcedureVersion, Run
from promo.procedures.record_panel import Panel, drawn
from promo.procedures.validation import whole
from promo.procedures.words import pick
from promo.reference import queries as reference

AHEAD = timedelta(days=200)  # until the day of the made-up act
FIT = ("number", "date", "yes_no", "choice", "codes")
MADE_UP = "…"  # stands for any text


@dataclass(frozen=True)
class Try:
    """A field of the form that makes the record up: what it is about, and what was typed."""

    name: str
    label: str
    about: Offered
    raw: str


@dataclass
class Preview:
    """The fields to try with, the stages, and the panel of the chosen one (None: there is no stage yet)."""

    tries: list[Try] = field(default_factory=list)
    stages: list[tuple[str, Text]] = field(default_factory=list)
    stage: str = ""
    filled: bool = False
    panel: Panel | None = None


def preview(
    session: Session, viewer: Viewer, version: ProcedureVersion, offered: Vocabulary, asked: Mapping[str, str]
) -> Preview:
    """Return what an officer would see of a draft at the stage asked for, with the facts that were typed."""
    data = whole(version.definition)
    made = Preview(stages=[(s["key"], pick(s["title"]) or s["key"]) for s in data["stages"]])
    if not data["stages"]:
        return made
    definition = build(data)
    stage = definition.stage(asked.get("stage", "")) or definition.first
    made.stage, made.filled = stage.key, asked.get("filled") == "1"
    made.tries = tries(stage, offered, asked, clock.today(viewer.timezone))
    facts, answers, evidence = _known(made.tries), {}, {}  # type: ignore[var-annotated]
    facts |= _lists(stage, asked)
    if made.filled:
        for requirement in stage.requires:
            _fill(requirement, facts, answers, evidence)
    kinds = [kind for kind in offered.kinds if kind.name in definition.kinds]
    if kinds:
        case = _case(session, viewer, version, definition, stage, kinds[0], facts)
        vars(case).update(
            calendars=calendars.both(session, case.post),
            functions=offered.function_texts,
            values=answers,
            items=pure.checklist(definition, stage.key, facts, answers, evidence, (), (), clock.now()),
        )
        made.panel = drawn(case, viewer, may_work=not stage.final, may_mend=False)
        made.panel.items = [
            replace(item, key="") for item in made.panel.items
        ]  # one of its lines may stand there twice
    return made


def _case(
    session: Session, viewer: Viewer, version: ProcedureVersion, definition: Definition, stage: Stage, kind: Any,
    facts: Data,
) -> Case:  # fmt: skip
    post = reference.post_by_id(session, viewer.post_id) or reference.headquarters(session)
    record = Record(id=0, kind=kind.name, title=MADE_UP, post_id=post.id, owner_id=viewer.person_id)
    moment = clock.now()
    run = Run(record_id=0, version=version, stage=stage.key, started_at=moment, stage_since=moment)
    run.finished_at = moment if stage.final else None
    behind = [s.key for s in definition.stages[: definition.stages.index(stage)] if not s.cancelled]
    left = dict.fromkeys(behind, moment)
    return Case(record, kind, run, definition, post, facts, [], [], [], {}, left, behind)


def tries(stage: Stage, offered: Vocabulary, asked: Mapping[str, str], today: date) -> list[Try]:
    """Return the fields that decide what a stage asks: facts of its conditions, dates of its terms, counts."""
    names: dict[str, str] = {}
    for deadline in stage.deadlines:
        names.setdefault(f"fact:{deadline.anchor}", (today + AHEAD).isoformat())
    for name in _spoken_of(stage):
        names.setdefault(name, "")
    found = []
    for name, usual in names.items():
        about = offered.offered.get(name)
        if about is not None and about.type in FIT:
            found.append(Try(f"try-{name}", about.label, about, asked.get(f"try-{name}", usual)))
    for requirement in stage.requires:
        if isinstance(requirement, Count):
            label = pick(requirement.label) if requirement.label else _counted(requirement, offered)
            name = f"try-count:{requirement.key}"
            found.append(Try(name, label, Offered("", label, "number"), asked.get(name, "")))
    return found


def _counted(requirement: Count, offered: Vocabulary) -> str:
    about = offered.facts.get(requirement.list)
    return about.label if about else requirement.list


def _spoken_of(stage: Stage) -> list[str]:
    """Return what a stage's conditions speak of, and the fields that it compares with something."""
    conditions: list[Condition | None] = [way.when for way in stage.ways]
    found = []
    for r in stage.requires:
        conditions.append(r.when)
        conditions += [step.when for step in r.steps] if isinstance(r, Approvals) else []
        found += [f"fact:{r.name}"] if isinstance(r, Fact) and r.op not in ("set", "unset") else []
    leaves = [c for condition in conditions if condition for c in condition.walk() if c.kind in ("fact", "answer")]
    return list(dict.fromkeys([f"{c.kind}:{c.name}" for c in leaves] + found))


def _known(found: list[Try]) -> dict[str, Any]:
    """Return the facts that were typed; what can't be read is not known."""
    facts: dict[str, Any] = {}
    for one in found:
        kind, _colon, name = one.name.removeprefix("try-").partition(":")
        if kind != "fact" or not one.raw:
            continue
        try:
            value = scalar(one.raw, one.about, one.name)
        except Wrong:
            continue
        value = date.fromisoformat(value) if one.about.type == "date" else value
        facts[name] = [value] if one.about.type == "codes" else value
    return facts


def _lists(stage: Stage, asked: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Return lists with as many elements as were typed, each as its requirement counts it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for requirement in stage.requires:
        if isinstance(requirement, Count):
            typed = asked.get(f"try-count:{requirement.key}", "")
            count = min(int(typed), 200) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
            found.setdefault(requirement.list, []).extend(_element(requirement.where) for _n in range(count))
    return found


def _element(where: tuple[tuple[str, str, Any], ...]) -> dict[str, Any]:
    """Return an element of a list that is as ``where`` says, as far as that can be made up."""
    element: dict[str, Any] = {"id": 0, "title": MADE_UP, "evidence": []}
    for name, _op, wanted in where:
        element[name] = wanted[0] if isinstance(wanted, (list, tuple)) and wanted else wanted
    return element


def _fill(r: Requirement, facts: dict[str, Any], answers: dict[str, Any], evidence: dict[str, int]) -> None:
    """Make up what meets a requirement, approvals apart."""
    match r:
        case Fact():
            facts.setdefault(r.name, MADE_UP if r.value is None else r.value)
        case Answer():
            answers[r.name] = _answer(r)
        case Declaration():
            answers[r.name] = True
        case Evidence():
            evidence[r.category] = max(r.min, evidence.get(r.category, 0))
        case Count():
            rows = facts.setdefault(r.list, [])
            rows += [_element(r.where) for _n in range(max((r.min or 0) - len(rows), 0))]
        case Each():
            for element in facts.get(r.list, []):
                element["evidence"] += [p.category for p in r.requires if isinstance(p, Evidence)]
                element |= {p.name: MADE_UP if p.value is None else p.value for p in r.requires if isinstance(p, Fact)}


def _answer(r: Answer) -> Any:
    if r.value is not None:
        return r.value
    least = r.min or 0
    usual: dict[str, Any] = {
        "integer": int(least), "decimal": least, "yes_no": True, "date": clock.today().isoformat(),
        "link": "https://promo.example", "choice": r.choices[0][0] if r.choices else "",
    }  # fmt: skip
    return [r.choices[0][0]] if r.type == "choices" and r.choices else usual.get(r.type, MADE_UP)
