"""The sentences of a definition in the reader's language: conditions, comparisons, terms, what a requirement asks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from babel.numbers import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from promo.core import money
from promo.core.errors import Text
from promo.core.fields import Choices, Field, Rows
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
)

Functions = Mapping[str, Mapping[str, str]]
OPS: Mapping[str, Text] = {
    "set": _l("is filled in"), "unset": _l("is empty"), "eq": _l("is %(value)s"), "ne": _l("is not %(value)s"),
    "lt": _l("is less than %(value)s"), "le": _l("is at most %(value)s"), "gt": _l("is more than %(value)s"),
    "ge": _l("is at least %(value)s"), "in": _l("is one of %(value)s"), "not_in": _l("is none of %(value)s"),
    "contains": _l("contains %(value)s"),
}  # fmt: skip
LIST_OPS: Mapping[str, Text] = {"set": _l("is not empty"), "unset": _l("has nothing in it")}
TYPES: Mapping[type[Requirement], Text] = {
    Fact: _l("Field"), Answer: _l("Question"), Evidence: _l("Document"), Declaration: _l("Declaration"),
    Count: _l("Count"), Each: _l("For each one"), Approvals: _l("Approval"),
}  # fmt: skip
ANSWERS: Mapping[str, Text] = {
    "text": _l("a line of text"), "long": _l("a text"), "integer": _l("a whole number"), "decimal": _l("a number"),
    "date": _l("a date"), "yes_no": _l("yes or no"), "choice": _l("one of a list"),
    "choices": _l("one or more of a list"), "link": _l("an address on the web"),
}  # fmt: skip
PROTECTED: Mapping[str, Text] = {"money": _l("money"), "personal_data": _l("personal data")}
NO_BREAK = "\u00a0"
SMALLEST = Decimal("1e-9")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


def number(value: float | int | Decimal) -> str:
    """Write a number with the reader's separators, and nothing of it lost; one beyond all sense as it is."""
    exact = Decimal(str(value))
    if abs(exact) >= money.LIMIT or exact != exact.quantize(SMALLEST):
        return str(value)
    locale = "en_GB" if words.language() == "en" else "es_PE"
    return format_decimal(exact, locale=locale, decimal_quantization=False)


def amount(value: float | int) -> str:
    """Write an amount in US dollars, without cents where it has none."""
    exact = Decimal(str(value))
    if abs(exact) >= money.LIMIT or exact != money.quantize(exact, money.USD):
        return f"US${NO_BREAK}{number(value)}"
    shown = money.show(exact, money.USD, words.language(), cents=exact != exact.to_integral_value())
    return shown.replace(" ", NO_BREAK)


@dataclass(frozen=True)
class Phrases:
    """How one definition speaks: of its own stages and questions, of the fields of its kind, of functions by name."""

    definition: Definition
    functions: Functions

    @cached_property
    def kind(self) -> Kind | None:
        """The first registered kind that the procedure is for."""
        return next((k for k in kinds() if k.name in self.definition.kinds), None)

    def function(self, code: str) -> str:
        """Return what a function (or ``officer``) is called."""
        return words.function_label(code, self.functions)

    def fact(self, name: str) -> str:
        """Return what a field of the record is called."""
        return words.fact_label(self.kind, name)

    def stage(self, key: str) -> str:
        """Return the title of a stage."""
        found = self.definition.stage(key)
        return words.pick(found.title) if found else key

    def question(self, name: str) -> str:
        """Return the words of a question or declaration by its name."""
        found = self._asked(name)
        return words.pick(found.label) if found is not None and found.label else name

    def _asked(self, name: str) -> Requirement | None:
        asked = (r for s in self.definition.stages for r in s.requires if isinstance(r, (Answer, Declaration)))
        return next((r for r in asked if r.name == name), None)

    def deadline(self, deadline: Deadline) -> str:
        """Write a deadline: *90 working days before «Starts on», on the post's calendar*."""
        if deadline.working:
            count = ngettext("%(num)s working day", "%(num)s working days", deadline.days)
        else:
            count = ngettext("%(num)s calendar day", "%(num)s calendar days", deadline.days)
        known = self.definition.stage(deadline.anchor)
        anchor = words.pick(known.title) if known else self.fact(deadline.anchor)
        if deadline.before:
            said = _("%(count)s before «%(anchor)s»", count=count, anchor=anchor)
        else:
            said = _("%(count)s after «%(anchor)s»", count=count, anchor=anchor)
        calendar = _("Peru's calendar") if deadline.calendar == "peru" else _("the post's calendar")
        named = f"{words.pick(deadline.label)}: " if deadline.label else ""
        when = f" ({self.condition(deadline.when)})" if deadline.when else ""
        return f"{named}{said}, {calendar}{when}"

    def condition(self, condition: Condition) -> str:
        """Write a condition: *if Budget is more than US$ 2,000 and Capacity is at most 30*."""
        return _("if %(condition)s", condition=self._said(condition))

    def _said(self, condition: Condition, inside: bool = False) -> str:
        if condition.kind in ("all", "any"):
            joint = _(" and ") if condition.kind == "all" else _(" or ")
            said = joint.join(self._said(part, True) for part in condition.parts)
            return f"({said})" if inside and len(condition.parts) > 1 else said
        if condition.kind == "not":
            return _("not (%(condition)s)", condition="".join(self._said(part) for part in condition.parts))
        label = self.fact(condition.name) if condition.kind == "fact" else self.question(condition.name)
        return f"«{label}» {self.compared(condition.name, condition.op, condition.value, condition.kind)}"

    def compared(self, name: str, op: str, value: Any, kind: str = "fact") -> str:
        """Write a comparison: *is at least 10*; ``kind`` is fact, answer, or the list of which it is an element's."""
        if op in ("set", "unset"):
            return str((LIST_OPS if kind == "fact" and self._is_list(name) else OPS)[op])
        values = value if isinstance(value, (list, tuple)) else [value]
        return str(OPS[op]) % {"value": ", ".join(self._value(name, one, kind) for one in values) or "–"}

    def _value(self, name: str, value: Any, kind: str) -> str:
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, (int, float)):
            return amount(value) if name.endswith("_usd") else number(value)
        if value is None:
            return "–"
        chosen = dict(self._choices(name, kind)).get(value)
        if chosen is not None:
            return str(chosen)
        return words.short_date(date.fromisoformat(value)) if _is_day(value) else f"«{value}»"

    def _choices(self, name: str, kind: str) -> Choices:
        if kind == "answer":
            asked = self._asked(name)
            return [(v, words.pick(t)) for v, t in asked.choices] if isinstance(asked, Answer) else []
        if kind != "fact":
            return next((f.choices for f in self._elements(kind) if f.name == name and f.choices), [])
        if name == "act_type":
            return [pair for k in kinds() for pair in k.types]
        if name == "stages_passed":
            return [(s.key, f"«{words.pick(s.title)}»") for s in self.definition.stages]
        fields = self.kind.fields() if self.kind else ()
        return next((f.choices for f in fields if f.name == name and f.choices), [])

    def _is_list(self, name: str) -> bool:
        return self.kind is not None and isinstance(self.kind.offered.get(name), Rows)

    def _elements(self, name: str) -> tuple[Field, ...]:
        """Return the fields of the elements of one of the kind's lists."""
        found = self.kind.offered.get(name) if self.kind else None
        return found.keys if isinstance(found, Rows) else ()

    def label(self, r: Requirement) -> str:
        """Return what a requirement is called: by its own label, else by what it asks for."""
        if r.label:
            return words.pick(r.label)
        match r:
            case Fact():
                return self.fact(r.name)
            case Evidence():
                return words.evidence_label(r.category)
            case Declaration():
                return words.readable(r.name)
            case Count() | Each():
                return self.fact(r.list)
            case Approvals():
                return " → ".join(self.function(step.function) for step in r.steps)
        return words.readable(r.key)

    def asks(self, r: Requirement) -> list[str]:
        """Say what a requirement wants besides being there: how many, of which kind, between which bounds."""
        match r:
            case Fact():
                return self._wanted(r.name, r.op, r.value, "fact")
            case Answer():
                wanted = self._wanted(r.name, r.op, r.value, "answer")
                return [str(ANSWERS[r.type]), *self._choice_words(r), *self._between(r), *wanted]
            case Evidence() if r.min > 1:
                return [_("at least %(least)s", least=r.min)]
            case Count():
                return [*self._counted(r), *self.where(r)]
            case Each():
                return [*self.where(r), *self._parts(r)]
        return []

    def _wanted(self, name: str, op: str, value: Any, kind: str) -> list[str]:
        return [self.compared(name, op, value, kind)] if op != "set" else []

    def _choice_words(self, r: Answer) -> list[str]:
        return [", ".join(words.pick(label) for _value, label in r.choices)] if r.type in ("choice", "choices") else []

    def _between(self, r: Answer) -> list[str]:
        write = amount if r.name.endswith("_usd") else number
        if r.min is not None and r.max is not None:
            return [_("from %(least)s to %(most)s", least=write(r.min), most=write(r.max))]
        least = [_("at least %(least)s", least=write(r.min))] if r.min is not None else []
        return least or ([_("at most %(most)s", most=write(r.max))] if r.max is not None else [])

    def _counted(self, r: Count) -> list[str]:
        least = [_("at least %(least)s", least=number(r.min))] if r.min is not None else []
        return least + ([_("at most %(most)s", most=number(r.max))] if r.max is not None else [])

    def where(self, r: Count | Each) -> list[str]:
        """Say which elements of a list count."""
        labels = {field.name: str(field.label) for field in self._elements(r.list)}
        said = [
            f"«{labels.get(name) or words.readable(name)}» {self.compared(name, op, value, r.list)}"
            for name, op, value in r.where
        ]
        return [_("of those whose %(condition)s", condition=_(" and ").join(said))] if said else []

    def _parts(self, r: Each) -> Iterator[str]:
        for part in r.requires:
            more = [*self.asks(part), *([self.condition(part.when)] if part.when else [])]
            yield f"{self.label(part)} ({'; '.join(more)})" if more else self.label(part)


def exactly(value: Any) -> str:
    """Write a value as the definition has it, where its words alone would not show a difference."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _is_day(value: Any) -> bool:
    if not isinstance(value, str) or not _DAY.match(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
