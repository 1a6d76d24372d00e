"""A version as a document that people read: stages, what each requires, by when, who is responsible, who approves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from promo.core.errors import Text
from promo.core.records import Kind, kinds
from promo.procedures import words
from promo.procedures.definitions import (
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
)
from promo.procedures.models import ProcedureVersion

Functions = Mapping[str, Mapping[str, str]]
OPS: Mapping[str, Text] = {
    "set": _l("is filled in"), "unset": _l("is empty"), "eq": _l("is %(value)s"), "ne": _l("is not %(value)s"),
    "lt": _l("is less than %(value)s"), "le": _l("is at most %(value)s"), "gt": _l("is more than %(value)s"),
    "ge": _l("is at least %(value)s"), "in": _l("is one of %(value)s"), "not_in": _l("is none of %(value)s"),
    "contains": _l("contains %(value)s"),
}  # fmt: skip


@dataclass
class Row:
    """One requirement in words: what, of what kind, when it applies, its notes."""

    what: str
    type: str
    when: str = ""
    guidance: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass
class Part:
    """One stage in words."""

    key: str
    title: str
    guidance: str
    responsible: str
    deadlines: list[str]
    rows: list[Row]
    onward: list[str]
    records: list[str]
    tells: list[str]
    final: bool
    cancelled: bool


@dataclass
class Document:
    """A whole version in the reader's language."""

    code: str
    title: str
    purpose: str
    scope: str
    references: list[str]
    responsibilities: list[tuple[str, str]]
    stages: list[Part]
    indicators: list[tuple[str, str]]
    changes: str

    @property
    def bar(self) -> list[dict[str, str]]:
        """The stages in their order, for the bar."""
        return [{"label": part.title, "state": "next"} for part in self.stages if not part.cancelled]


def document(version: ProcedureVersion, definition: Definition, functions: Functions) -> Document:
    """Return a version as people read it."""
    kind = next((k for k in kinds() if k.name in definition.kinds), None)
    return Document(
        code=definition.code,
        title=words.pick(definition.title),
        purpose=words.pick(definition.purpose) if definition.purpose else "",
        scope=_scope(definition),
        references=list(definition.references),
        responsibilities=[(words.function_label(f, functions), words.pick(t)) for f, t in definition.responsibilities],
        stages=[_part(definition, stage, kind, functions) for stage in definition.stages],
        indicators=[_indicator(i) for i in definition.indicators],
        changes=words.pick(definition.changes) if definition.changes else "",
    )


def _scope(definition: Definition) -> str:
    known = {k.name: k for k in kinds()}
    found = [str(known[name].plural) if name in known else name for name in definition.kinds]
    types = {value: str(label) for k in known.values() for value, label in k.types}
    more = [types.get(t, t) for t in definition.types]
    return " · ".join([", ".join(found), *([", ".join(more)] if more else [])])


def _indicator(data: Mapping[str, Any]) -> tuple[str, str]:
    label = words.pick(data["label"]) if "label" in data else str(data["key"])
    target = data.get("target")
    if target is None:
        return label, ""
    shown = f"{target * 100:.0f} %" if data.get("unit") == "share" else f"{target:g}"
    return label, _("target %(target)s", target=shown)


def _part(definition: Definition, stage: Stage, kind: Kind | None, functions: Functions) -> Part:
    onward = [(definition.stage(w.to), w.when) for w in stage.ways]
    return Part(
        key=stage.key,
        title=words.pick(stage.title),
        guidance=words.pick(stage.guidance) if stage.guidance else "",
        responsible=words.function_label(stage.responsible, functions),
        deadlines=[deadline_words(d, definition, kind) for d in stage.deadlines],
        rows=[row for r in stage.requires for row in _rows(r, definition, kind, functions)],
        onward=[words.pick(s.title) + _if(when, definition, kind) for s, when in onward if s is not None],
        records=[words.pick(t) for t in stage.records],
        tells=[words.function_label(f, functions) for f in stage.tells],
        final=stage.final,
        cancelled=stage.cancelled,
    )


def _if(when: Condition | None, definition: Definition, kind: Kind | None) -> str:
    return f" ({condition_words(when, definition, kind)})" if when else ""


def deadline_words(deadline: Deadline, definition: Definition, kind: Kind | None) -> str:
    """Write a deadline: *90 working days before «Starts on», on the post's calendar*."""
    if deadline.working:
        count = ngettext("%(num)s working day", "%(num)s working days", deadline.days)
    else:
        count = ngettext("%(num)s calendar day", "%(num)s calendar days", deadline.days)
    stage = definition.stage(deadline.anchor)
    anchor = words.pick(stage.title) if stage else words.fact_label(kind, deadline.anchor)
    if deadline.before:
        said = _("%(count)s before «%(anchor)s»", count=count, anchor=anchor)
    else:
        said = _("%(count)s after «%(anchor)s»", count=count, anchor=anchor)
    calendar = _("Peru's calendar") if deadline.calendar == "peru" else _("the post's calendar")
    return f"{said}, {calendar}"


def condition_words(condition: Condition, definition: Definition, kind: Kind | None) -> str:
    """Write a condition: *if Budget is more than 2000 and Capacity is at most 30*."""
    return _("if %(condition)s", condition=_said(condition, definition, kind))


def _said(condition: Condition, definition: Definition, kind: Kind | None) -> str:
    parts = [_said(p, definition, kind) for p in condition.parts]
    if condition.kind == "all":
        return _(" and ").join(parts)
    if condition.kind == "any":
        return _(" or ").join(parts)
    if condition.kind == "not":
        return _("not (%(condition)s)", condition=_(" or ").join(parts))
    name = condition.name
    if condition.kind == "fact":
        label = words.fact_label(kind, name)
    else:
        asked = [r for s in definition.stages for r in s.requires if getattr(r, "name", None) == name]
        label = words.pick(asked[0].label) if asked and asked[0].label else name
    return f"{label} {compared(condition.op, condition.value)}"


def compared(op: str, value: Any) -> str:
    """Write a comparison: *is at least 10*."""
    shown = ", ".join(str(v) for v in value) if isinstance(value, (list, tuple)) else str(value)
    return str(OPS[op]) % {"value": {"True": _("yes"), "False": _("no")}.get(shown, shown)}


def _rows(r: Requirement, definition: Definition, kind: Kind | None, functions: Functions) -> list[Row]:
    when = condition_words(r.when, definition, kind) if r.when else ""
    if isinstance(r, Approvals):
        return _approval_rows(r, when, definition, kind, functions)
    what, type_, notes = _what(r, kind, functions)
    if not r.waivable:
        notes.append(_("no exceptions"))
    return [Row(what, type_, when, words.pick(r.guidance) if r.guidance else "", notes)]


def _approval_rows(
    r: Approvals, when: str, definition: Definition, kind: Kind | None, functions: Functions
) -> list[Row]:
    rows = []
    for number, step in enumerate(r.steps, 1):
        own = condition_words(step.when, definition, kind) if step.when else ""
        notes = [_("step %(number)s", number=number)] if len(r.steps) > 1 else []
        notes += [_("nobody approves two steps in a row")] if r.four_eyes and len(r.steps) > 1 else []
        notes += [_("no exceptions")] if not r.waivable else []
        said = "; ".join(w for w in (when, own) if w)
        rows.append(Row(words.function_label(step.function, functions), _("Approval"), said, "", notes))
    return rows


def _what(r: Requirement, kind: Kind | None, functions: Functions) -> tuple[str, str, list[str]]:
    label = words.pick(r.label) if r.label else ""
    match r:
        case Fact():
            notes = [compared(r.op, r.value)] if r.op != "set" else []
            return label or words.fact_label(kind, r.name), _("Field"), notes
        case Answer():
            notes = [compared(r.op, r.value)] if r.op != "set" else []
            if r.min is not None and r.max is not None:
                notes.append(_("from %(least)s to %(most)s", least=f"{r.min:g}", most=f"{r.max:g}"))
            return label, _("Question"), notes
        case Evidence():
            notes = [_("at least %(least)s", least=r.min)] if r.min > 1 else []
            return label or words.evidence_label(r.category), _("Document"), notes
        case Declaration():
            notes = [_("by %(who)s", who=words.function_label(r.by, functions))]
            return label or r.name.replace("_", " ").capitalize(), _("Declaration"), notes
        case Count():
            notes = [_("at least %(least)s", least=r.min)] if r.min is not None else []
            notes += [_("at most %(most)s", most=r.max)] if r.max is not None else []
            return label or words.fact_label(kind, r.list), _("Count"), notes
        case Each():
            parts = [_what(part, kind, functions)[0] for part in r.requires]
            return label or words.fact_label(kind, r.list), _("For each one"), parts
    return label, "", []
