"""A version as a document that people read: stages, what each requires, by when, who is responsible, who approves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from promo.core.records import PILLARS, kinds
from promo.procedures import words
from promo.procedures.definitions import WAIVES, Approvals, Declaration, Definition, Requirement, Stage
from promo.procedures.diagram import Diagram, diagram
from promo.procedures.phrases import PROTECTED, TYPES, Functions, Phrases, amount, number


@dataclass
class Row:
    """One requirement in words: what, of what kind, when it applies, who sees to it, and what else is to be known."""

    what: str
    type: str
    when: str
    who: str
    guidance: str = ""
    notes: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)


@dataclass
class Part:
    """One stage in words."""

    key: str
    number: int
    title: str
    guidance: str
    responsible: str
    deadlines: list[str]
    rows: list[Row]
    onward: list[str]
    records: list[str]
    outputs: list[str]
    references: list[str]
    tells: list[str]
    final: bool
    cancelled: bool

    @property
    def mark(self) -> str:
        """What is particular to the stage: that it ends or cancels."""
        return _("cancels") if self.cancelled else _("end") if self.final else ""


@dataclass
class Indicator:
    """What is measured, how it is counted, what it should be."""

    label: str
    formula: str
    target: str


@dataclass
class Document:
    """A whole version in the reader's language."""

    code: str
    title: str
    purpose: str
    scope: list[tuple[str, str]]
    inputs: list[str]
    outputs: list[str]
    references: list[str]
    responsibilities: list[tuple[str, str]]
    stages: list[Part]
    indicators: list[Indicator]
    exceptions: str
    review_months: int
    diagram: Diagram

    @property
    def bar(self) -> list[dict[str, str]]:
        """The stages in their order, for the bar."""
        return [{"label": part.title, "state": "next"} for part in self.stages if not part.cancelled]

    @property
    def records(self) -> list[tuple[str, str]]:
        """What stays as proof, each with its stage."""
        return [(record, part.title) for part in self.stages for record in part.records]


def document(definition: Definition, functions: Functions, *, links: bool = True) -> Document:
    """Return a version as people read it; the stages of its diagram lead to their sections where ``links`` says so."""
    said = Phrases(definition, functions)
    return Document(
        code=definition.code,
        title=words.pick(definition.title),
        purpose=_optional(definition.purpose),
        scope=_scope(definition),
        inputs=[words.pick(t) for t in definition.inputs],
        outputs=[words.pick(t) for t in definition.outputs],
        references=list(definition.references),
        responsibilities=[(said.function(f), words.pick(t)) for f, t in definition.responsibilities],
        stages=[_part(stage, number, said) for number, stage in enumerate(definition.stages, 1)],
        indicators=[_indicator(i) for i in definition.indicators],
        exceptions=_("%(who)s, where a line does not say otherwise", who=said.function(WAIVES)),
        review_months=definition.review_months,
        diagram=diagram(definition, functions, said.condition, links=links),
    )


def _optional(texts: Mapping[str, str]) -> str:
    return words.pick(texts) if texts else ""


def _scope(definition: Definition) -> list[tuple[str, str]]:
    known = {k.name: k for k in kinds()}
    types = {value: str(label) for k in known.values() for value, label in k.types}
    pillars = dict(PILLARS)
    found = [
        (_("Applies to"), [str(known[name].plural) if name in known else name for name in definition.kinds]),
        (_("Types"), [types.get(t, t) for t in definition.types]),
        (_("Pillars"), [str(pillars.get(p, p)) for p in definition.pillars]),
    ]
    return [(label, ", ".join(values)) for label, values in found if values]


def _indicator(data: Mapping[str, Any]) -> Indicator:
    label = words.pick(data["label"]) if "label" in data else words.readable(str(data["key"]))
    target = indicator_value(data["target"], data.get("unit")) if "target" in data else ""
    return Indicator(label, _optional(data.get("formula", {})), target)


def indicator_value(value: float, unit: str | None) -> str:
    """Write the target of an indicator in its unit: ``90 %``, ``US$ 2,000``, ``5 days``."""
    if unit == "share":
        return f"{number(Decimal(str(value)) * 100)} %"
    if unit == "usd":
        return amount(value)
    return _("%(count)s days", count=number(value)) if unit == "days" else number(value)


def _part(stage: Stage, number: int, said: Phrases) -> Part:
    return Part(
        key=stage.key,
        number=number,
        title=words.pick(stage.title),
        guidance=_optional(stage.guidance),
        responsible=said.function(stage.responsible),
        deadlines=[said.deadline(d) for d in stage.deadlines],
        rows=[row for r in stage.requires for row in _rows(r, stage, said)],
        onward=[said.stage(w.to) + (f" ({said.condition(w.when)})" if w.when else "") for w in stage.ways],
        records=[words.pick(t) for t in stage.records],
        outputs=[words.pick(t) for t in stage.outputs],
        references=list(stage.references),
        tells=[said.function(f) for f in stage.tells],
        final=stage.final,
        cancelled=stage.cancelled,
    )


def _rows(r: Requirement, stage: Stage, said: Phrases) -> Iterator[Row]:
    when = said.condition(r.when) if r.when else ""
    more: dict[str, Any] = {"guidance": _optional(r.guidance), "references": list(r.references)}
    if isinstance(r, Approvals):
        yield from _approval_rows(r, when, said, more)
        return
    who = r.by if isinstance(r, Declaration) else r.responsible or stage.responsible
    notes = [*said.asks(r), *_particulars(r, said)]
    yield Row(said.label(r), str(TYPES[type(r)]), when, said.function(who), notes=notes, **more)


def _particulars(r: Requirement, said: Phrases) -> list[str]:
    """Say who authorises an exception where it is not who usually does, what no urgency goes past, what is minor."""
    if not r.waivable:
        found = [_("no exceptions")]
    else:
        found = [_("exception: %(who)s", who=said.function(r.waived_by))] if r.waived_by != WAIVES else []
    if r.protects:
        found.append(_("no urgency goes past it: it protects %(what)s", what=PROTECTED[r.protects]))
    return found + ([_("may change without reopening the approval")] if r.minor else [])


def _approval_rows(r: Approvals, when: str, said: Phrases, more: dict[str, Any]) -> Iterator[Row]:
    several = len(r.steps) > 1
    for step_number, step in enumerate(r.steps, 1):
        own = said.condition(step.when) if step.when else ""
        notes = [_("step %(number)s", number=step_number)] if several else []
        if step_number == 1:
            notes += [_("nobody approves two steps in a row")] if r.four_eyes and several else []
            notes += [_("several may be approved at once")] if r.together else []
            notes += _particulars(r, said)
        name = _optional(step.label) or _optional(r.label) or _("Approval")
        condition = "; ".join(w for w in (when, own) if w)
        more = more if step_number == 1 else {}
        yield Row(name, str(TYPES[Approvals]), condition, said.function(step.function), notes=notes, **more)
