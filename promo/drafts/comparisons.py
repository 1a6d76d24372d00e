"""How a field, an answer or an element of a list must be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.drafts.conditions import (
    ConditionIn,
    Offered,
    compared,
    comparison,
    shown_comparison,
    typed_comparison,
)
from promo.drafts.parts import Choices, Data, Errors, Part, Posted, Raw, Wrong, clean, read
from promo.drafts.rows import blank
from promo.procedures import words


@dataclass(frozen=True)
class ComparisonIn(Part):
    """How a field, or an answer, must be: its fields are ``op`` and ``value``."""

    known: Offered = field(default_factory=lambda: Offered("", "", "text"), compare=False)

    def show(self, data: Data) -> Raw:
        """Return operator and values."""
        return shown_comparison(data)

    def typed(self, form: Posted, prefix: str = "") -> Raw:
        """Return what was posted."""
        return typed_comparison(form, prefix)

    def parse(self, raw: Raw, prefix: str = "") -> Any:
        """Return it as it is stored."""
        return comparison({**raw, "op": raw.get("op") or "set"}, self.known, prefix)

    def put(self, data: Data, value: Any) -> dict[str, Any]:
        """Return the data with another comparison."""
        return {k: v for k, v in data.items() if k not in ("op", "value")} | value

    def say(self, value: Any) -> str:
        """Say it in words."""
        return compared(shown_comparison(value), self.known)


@dataclass(frozen=True)
class WhereRows(Part):
    """What an element of a list must be to count. ``items`` are what elements have, by name."""

    items: Mapping[str, Offered] = field(default_factory=dict, compare=False)

    @property
    def names(self) -> Choices:
        """What an element has, by its name for people."""
        return [(name, one.label) for name, one in self.items.items()]

    def show(self, data: Data) -> Raw:
        """Return a line for each condition."""
        return [
            {"name": name, **shown_comparison(wanted if isinstance(wanted, Mapping) else {"value": wanted})}
            for name, wanted in (data.get(self.name) or {}).items()
        ]

    def typed(self, form: Posted, prefix: str = "") -> Raw:
        """Return the lines that were posted."""
        at = [f"{prefix}{self.name}-{n}-" for n in form.numbers(prefix + self.name)]
        return [{"name": clean(form.get(f"{start}name")), **typed_comparison(form, start)} for start in at]

    def parse(self, raw: Raw, prefix: str = "") -> Any:
        """Return the conditions by name."""
        found: dict[str, Any] = {}
        errors = Errors()
        for index, row in enumerate(raw):
            start, name = f"{prefix}{self.name}-{index}-", row["name"]
            if not name:
                continue
            if name in found:
                errors[f"{start}name"] = _l("The same stands here twice.")
                continue
            try:
                found[name] = short(comparison(row, self.items.get(name) or Offered(name, name, "text"), start))
            except Wrong as wrong:
                errors |= wrong.errors
        if errors:
            raise Wrong(errors)
        return found

    def put(self, data: Data, value: Any) -> dict[str, Any]:
        """Return the data with other conditions."""
        return super().put(data, value or None)

    def say(self, value: Any) -> str:
        """Say them in words."""
        return where_words(value, self.items)


def short(compared_with: dict[str, Any]) -> Any:
    """Return a comparison as ``where`` writes it: a value alone, a list of several, else with its operator."""
    op = compared_with.get("op", "eq" if "value" in compared_with else "set")
    if op in ("eq", "in"):
        return compared_with["value"]
    return {"op": op, **({"value": compared_with["value"]} if "value" in compared_with else {})}


def where_words(where: Data, items: Mapping[str, Offered]) -> str:
    """Say which elements of a list are meant."""
    said = []
    for name, wanted in (where or {}).items():
        raw = shown_comparison(wanted if isinstance(wanted, Mapping) else {"value": wanted})
        said.append(compared(raw, items.get(name) or Offered(name, name.replace("_", " ").capitalize(), "text")))
    return _(" and ").join(said)


@dataclass(frozen=True)
class PartRows(Part):
    """What each element of a list must have: fields of its own, files of its own.

    Its lines hold ``what`` (``fact:name`` or ``evidence:category``), a comparison, label and condition; what they do
    not show of a part goes with it unseen.
    """

    items: Mapping[str, Offered] = field(default_factory=dict, compare=False)
    label_parts: tuple[Part, ...] = ()

    @property
    def condition(self) -> ConditionIn:
        """The part of a line that says when it is asked; it speaks of the element."""
        return ConditionIn("when", _l("Only when"), {f"fact:{name}": one for name, one in self.items.items()})

    @property
    def groups(self) -> list[tuple[str, Choices]]:
        """What the condition of a line may be about, as the builder of conditions wants it."""
        return [(str(_l("Of each one")), [(f"fact:{name}", one.label) for name, one in self.items.items()])]

    def show(self, data: Data) -> Raw:
        """Return the lines."""
        return [self._shown(part) for part in data.get(self.name, ())]

    def _shown(self, part: Data) -> Raw:
        kind = "fact" if "fact" in part else "evidence"
        rest = {k: v for k, v in part.items() if k not in (kind, "op", "value", "label", "when")}
        line = {"what": f"{kind}:{part[kind]}", "rest": json.dumps(rest, ensure_ascii=False) if rest else ""}
        labels = {p.name: p.show(part) for p in self.label_parts}
        return {**line, **shown_comparison(part), **labels, "when": self.condition.show(part)}

    def typed(self, form: Posted, prefix: str = "") -> Raw:
        """Return the lines that were posted."""
        return [self._typed(form, f"{prefix}{self.name}-{n}-") for n in form.numbers(prefix + self.name)]

    def _typed(self, form: Posted, start: str) -> Raw:
        line = {"what": clean(form.get(f"{start}what")), "rest": clean(form.get(f"{start}rest"))}
        labels = {p.name: p.typed(form, start) for p in self.label_parts}
        return {**line, **typed_comparison(form, start), **labels, "when": self.condition.typed(form, start)}

    def parse(self, raw: Raw, prefix: str = "") -> Any:
        """Return the parts."""
        found, errors = [], Errors()
        for index, line in enumerate(raw):
            if blank(line):
                continue
            try:
                found.append(self._part(line, f"{prefix}{self.name}-{index}-"))
            except Wrong as wrong:
                errors |= wrong.errors
        if errors:
            raise Wrong(errors)
        return found

    def _part(self, line: Raw, start: str) -> dict[str, Any]:
        kind, _colon, name = line["what"].partition(":")
        if kind not in ("fact", "evidence") or not name:
            raise Wrong({f"{start}what": _l("Choose one.")})
        part = {kind: name, **_rest(line["rest"], f"{start}what")}
        part = read((*self.label_parts, self.condition), line, start, part)
        if kind == "fact":
            known = self.items.get(name) or Offered(name, name, "text")
            part |= comparison({**line, "op": line.get("op") or "set"}, known, start)
        return part

    def say(self, value: Any) -> str:
        """Name what is asked of each."""
        return " · ".join(self.called(part) for part in value) or "–"

    def called(self, part: Data) -> str:
        """Return what one part is called."""
        if part.get("label"):
            return words.pick(part["label"])
        if "evidence" in part:
            return words.evidence_label(part["evidence"])
        known = self.items.get(part["fact"])
        return known.label if known else part["fact"]


def _rest(text: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Wrong({name: _l("Open the page again: the form is damaged.")})
    return found
