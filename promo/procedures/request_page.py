"""A request of approval as its approver sees it: what it covers, what changed, who else, what the route was."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from promo.core import money
from promo.core.calendars import Doubt
from promo.procedures import words
from promo.procedures.approvals import latest_state
from promo.procedures.case import Case
from promo.procedures.conditions import holds
from promo.procedures.deadlines import binding
from promo.procedures.definitions import Answer, Approvals, Declaration, Evidence, Stage
from promo.procedures.departures import URGENCY
from promo.procedures.marks import Mark, of_records
from promo.procedures.models import Approval, ApprovalSeen
from promo.procedures.sights import difference
from promo.procedures.subjects import subject_of
from promo.reference import queries as reference

DEPARTS = ("excepted", "due_later", "overdue")  # what an approver should know of the rest of the checklist
_DAY = re.compile(r"\d{4}-\d\d-\d\d(T.*)?\Z")


@dataclass(frozen=True)
class Shown:
    """One covered field: its label, what it says, and what it said when last seen."""

    label: str
    value: str
    changed: bool = False
    before: str = ""


@dataclass
class RequestPage:
    """Everything on the right of the approvals page."""

    id: int
    record_id: int
    title: str
    reference: str
    kind: str
    stage: str
    asker: str
    function: str
    digest: str
    fields: list[Shown] = field(default_factory=list)
    files: list[tuple[str, list[tuple[int, str]], bool]] = field(default_factory=list)
    steps: list[tuple[str, str, bool]] = field(default_factory=list)
    route: str = ""
    due_on: date | None = None
    doubt: Doubt | None = None
    subject: str = ""
    delegated: str = ""
    marks: list[Mark] = field(default_factory=list)
    verbs: tuple[str, str] | None = None
    departures: list[tuple[str, str]] = field(default_factory=list)


def request_page(session: Session, request: Approval, case: Case, seen: ApprovalSeen | None) -> RequestPage:
    """Return a request for its page; ``seen`` is what the viewer saw of it last (None: never)."""
    base = _seen_before(request, seen)
    changed = difference(base, request.snapshot)
    stage = case.definition.stage(request.stage)
    page = RequestPage(
        id=request.id,
        record_id=case.record.id,
        title=case.record.title,
        reference=case.record.reference,
        kind=case.kind.name,
        stage=words.pick(stage.title) if stage else request.stage,
        asker=case.names.get(request.asked_by_id or 0, ""),
        function=words.function_label(request.function, case.functions),
        digest=request.digest,
        fields=_fields(session, case, stage, request.snapshot, changed),
        files=_files(stage, request.snapshot, changed),
        route=words.route_words(request.route_why),
        delegated=_delegated(case, request),
        marks=of_records(session, [case.record.id]).get(case.record.id, []),
        departures=[
            (words.item_label(item, case.kind, case.functions), words.reason_text(item.reason))
            for item in case.items
            if item.reason.code in DEPARTS and request.subject != URGENCY  # its own page says it
        ],
    )
    if (due := binding(case.dues())) is not None:
        page.due_on, page.doubt = due.on, case.doubt(due)
    if (subject := subject_of(request)) is not None:
        page.subject = str(subject.label)
        page.verbs = (str(subject.verbs[0]), str(subject.verbs[1])) if subject.verbs else None
        page.fields = [Shown(label, value) for label, value in subject.shown(session, case, request)]
    elif stage is not None:
        approvals = next((a for a in stage.approvals() if a.key == request.requirement), None)
        page.steps = _steps(case, request, approvals) if approvals else []
    return page


def _delegated(case: Case, request: Approval) -> str:
    """Say who delegated a request, and why."""
    if request.delegated_by_id is None:
        return ""
    by = case.names.get(request.delegated_by_id, "")
    return f"{by}: {request.delegate_reason}" if request.delegate_reason else by


def _seen_before(request: Approval, seen: ApprovalSeen | None) -> dict[str, Any] | None:
    """Return what the viewer saw before the last change: the difference stays marked until they decide."""
    if seen is None:
        return None
    return seen.before if seen.snapshot == request.snapshot else seen.snapshot


def _fields(
    session: Session, case: Case, stage: Stage | None, shown: dict[str, Any], changed: dict[str, Any]
) -> list[Shown]:
    """Return what is covered: what changed first, else in the order in which the stage asks for it."""
    found: list[tuple[str, Shown]] = []
    for part, values in (("facts", shown.get("facts", {})), ("answers", shown.get("answers", {}))):
        for name, value in values.items():
            key = f"{part}.{name}"
            names = _names(session, case, part, name)
            text = show(name, value, names)
            if text or key in changed:
                before = show(name, changed[key], names) if key in changed else ""
                found.append((name, Shown(_label(case, part, name), text, key in changed, before)))
    asked = [str(getattr(r, "name", r.key)) for r in stage.requires] if stage else []
    order = {name: place for place, name in enumerate(["title", *asked])}
    found.sort(key=lambda pair: (not pair[1].changed, order.get(pair[0], len(order))))
    return [field for _name, field in found]


def _label(case: Case, part: str, name: str) -> str:
    if part == "facts":
        fact, _dot, key = name.partition(".")
        found = case.definition.requirement(key) if key else None
        return words.pick(found[1].label) if found and found[1].label else words.fact_label(case.kind, fact)
    for stage in case.definition.stages:
        for r in stage.requires:
            if isinstance(r, (Answer, Declaration)) and r.name == name and r.label:
                return words.pick(r.label)
    return name.replace("_", " ").capitalize()


def show(name: str, value: Any, names: Mapping[str, str]) -> str:
    """Write a covered value for people: dates, amounts, numbers, lists; ``names`` are what codes are called."""
    if isinstance(value, list):
        return ", ".join(show(name, v, names) for v in value)
    if isinstance(value, dict):
        return str(value.get("title") or value.get("name") or value.get("id") or "")
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = str(value)
    if text in names:
        return names[text]
    if _DAY.match(text):
        return _day(text)
    return _number(text, usd=name.endswith("_usd"))


def _day(text: str) -> str:
    try:
        return words.short_date(date.fromisoformat(text[:10]))
    except ValueError:
        return text


def _number(text: str, *, usd: bool = False) -> str:
    if not re.fullmatch(r"-?\d{1,15}(\.\d+)?", text):
        return text
    number = Decimal(text)
    if usd:
        return money.show(number, money.USD, words.language())
    return format_decimal(number, locale="en_GB" if words.language() == "en" else "es_PE")


def _names(session: Session, case: Case, part: str, name: str) -> Mapping[str, str]:
    """Return what the codes of an answer or of a fact are called in the reader's language."""
    if part == "answers":
        asked = [r for s in case.definition.stages for r in s.requires if isinstance(r, Answer) and r.name == name]
        return {value: words.pick(label) for r in asked for value, label in r.choices}
    if name in ("act_type", "type"):
        return {str(value): str(label) for value, label in case.kind.types}
    if name in _CODES:
        return _CODES[name](session, words.language())
    described = next((f for f in case.kind.fields() if f.name == name), None)
    return {str(value): str(label) for value, label in (described.choices or ())} if described else {}


_CODES: Mapping[str, Callable[[Session, str], Mapping[str, str]]] = {
    "country": reference.country_names,
    "countries": reference.country_names,
    "executing_entity": lambda session, locale: dict(reference.entity_choices(session, locale)),
    "sectors": reference.sector_names,
    "posts_involved": reference.post_names,
}


def _files(
    stage: Stage | None, shown: dict[str, Any], changed: dict[str, Any]
) -> list[tuple[str, list[tuple[int, str]], bool]]:
    by: dict[str, list[tuple[int, str]]] = {}
    for file in shown.get("files", []):
        by.setdefault(file["category"], []).append((file["id"], file["name"]))
    asked = {r.category: r.label for r in stage.requires if isinstance(r, Evidence) and r.label} if stage else {}
    labels = {c: words.pick(asked[c]) if c in asked else words.evidence_label(c) for c in by}
    return [(labels[c], files, f"files.{c}" in changed) for c, files in by.items()]


def _steps(case: Case, request: Approval, approvals: Approvals) -> list[tuple[str, str, bool]]:
    """Return the chain of approvals: function, how it stands, whether it is this one."""
    return [
        (
            words.function_label(step.function, case.functions),
            latest_state(case, request.stage, approvals.key, step.function) or "",
            step.function == request.function,
        )
        for step in approvals.steps
        if holds(step.when, case.facts, case.values)
    ]
