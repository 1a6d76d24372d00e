"""What an approval covers: the fields, answers and files of its stage, as plain data with a digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from promo.procedures.case import Case
from promo.procedures.conditions import elements, holds, matches
from promo.procedures.definitions import (
    Answer,
    Approvals,
    Condition,
    Count,
    Declaration,
    Each,
    Evidence,
    Fact,
    Stage,
)

ALWAYS_SHOWN = ("title",)


def plain(value: Any) -> Any:
    """Return a value as JSON has it, the same before and after a visit to the database."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float, Decimal)):
        number = Decimal(str(value))
        return format(number.normalize(), "f") if number.is_finite() else str(number)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in sorted(value.items(), key=lambda pair: str(pair[0]))}
    if isinstance(value, (list, tuple, set, frozenset)):
        found = [plain(v) for v in value]
        return sorted(found, key=lambda v: json.dumps(v, sort_keys=True, default=str))
    return str(value)


def snapshot(case: Case, stage: Stage, approvals: Approvals) -> dict[str, Any]:
    """Return what an approval covers: fields, answers and files that its stage asks for, minor ones left out."""
    facts: dict[str, Any] = {name: case.facts.get(name) for name in (*ALWAYS_SHOWN, *approvals.covers)}
    for step in approvals.steps:
        facts |= {name: case.facts.get(name) for name in _named(step.when) | _named(approvals.when)}
    answers: dict[str, Any] = {}
    categories: set[str] = set()
    for requirement in stage.requires:
        if requirement.minor or not holds(requirement.when, case.facts, case.values):
            continue
        match requirement:
            case Fact(name=name):
                facts[name] = case.facts.get(name)
            case Answer(name=name) | Declaration(name=name):
                answers[name] = case.values.get(name)
            case Evidence(category=category):
                categories.add(category)
            case Count(list=name, where=where) | Each(list=name, where=where):
                facts[f"{name}.{requirement.key}"] = [e for e in elements(case.facts, name) if matches(e, where)]
    papers = {a.act_file_id for a in case.approvals}  # a document that says it was approved is not what was approved
    files = [
        {"id": f.id, "category": f.category, "name": f.name, "digest": f.digest}
        for f in case.files
        if f.category in categories and f.id not in papers
    ]
    return {"facts": plain(facts), "answers": plain(answers), "files": files}


def _named(condition: Condition | None) -> set[str]:
    return {c.name for c in condition.walk() if c.kind == "fact"} if condition else set()


def digest_of(shown: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what was shown."""
    text = json.dumps(shown, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
