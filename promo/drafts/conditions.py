"""Conditions as people put them together: groups of lines, each a fact or an answer with a comparison.

Four ways to join lines say all that ``all``, ``any`` and ``not`` can say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core.errors import Text
from promo.drafts.parts import MANY_ROWS, Choices, Data, Errors, Part, Posted, Raw, Wrong, clean, number, readable
from promo.drafts.parts import written as as_typed
from promo.procedures.phrases import LIST_OPS
from promo.procedures.source import MAX_DEPTH

JOINTS: Choices = (
    ("all", _l("all of these")),
    ("any", _l("at least one of these")),
    ("none", _l("none of these")),
    ("not_all", _l("not all of these together")),
)
OPS: Mapping[str, Text] = {
    "set": _l("is filled in"), "unset": _l("is empty"), "eq": _l("is"), "ne": _l("is not"),
    "lt": _l("less than"), "le": _l("at most"), "gt": _l("more than"), "ge": _l("at least"),
    "in": _l("one of"), "not_in": _l("none of"), "contains": _l("contains"),
}  # fmt: skip
DATE_OPS: Mapping[str, Text] = {
    "lt": _l("before"), "le": _l("on or before"), "gt": _l("after"), "ge": _l("on or after"),
}  # fmt: skip
NAMES: Mapping[str, Mapping[str, Text]] = {"date": {**OPS, **DATE_OPS}, "list": {**OPS, **LIST_OPS}}
FITTING: Mapping[str, tuple[str, ...]] = {
    "number": ("gt", "ge", "lt", "le", "eq", "ne", "set", "unset"),
    "date": ("ge", "gt", "le", "lt", "eq", "set", "unset"),
    "yes_no": ("eq", "set", "unset"),
    "choice": ("eq", "ne", "in", "not_in", "set", "unset"),
    "codes": ("contains", "set", "unset"),
    "text": ("set", "unset", "eq", "ne", "contains"),
    "list": ("set", "unset"),
}
BARE = ("set", "unset")  # need no value
ORDERS = ("lt", "le", "gt", "ge")
SEVERAL = ("in", "not_in", "contains")
DEEPEST = 5  # groups within groups that the editor adds; deeper ones that were imported stay
YES_NO = (("yes", _l("Yes")), ("no", _l("No")))


@dataclass(frozen=True)
class Offered:
    """A fact or an answer that a condition may speak of. ``type`` is a key of :data:`FITTING`."""

    name: str
    label: str
    type: str
    choices: Choices = ()
    items: Mapping[str, Offered] = field(default_factory=dict)  # of a list: what each of its elements has

    def ops(self, besides: str = "") -> list[tuple[str, Text]]:
        """Return the comparisons that fit, in the order of use; one already chosen is among them."""
        fitting = FITTING[self.type]
        names = NAMES.get(self.type, OPS)
        return [
            (op, names[op]) for op in (*fitting, *((besides,) if besides in OPS and besides not in fitting else ()))
        ]


@dataclass(frozen=True)
class ConditionIn(Part):
    """A condition; nothing means always. ``offered`` are the facts (``fact:name``) and answers (``answer:name``)."""

    offered: Mapping[str, Offered] = field(default_factory=dict, compare=False)

    def show(self, data: Data) -> Raw:
        """Return the condition as groups and lines."""
        found = data.get(self.name)
        if found is None:
            return {}
        raw = shown(found)
        return raw if "joint" in raw else {"joint": "all", "parts": [raw]}

    def typed(self, form: Posted, prefix: str = "") -> Raw:
        """Return the groups and lines that were posted."""
        name = prefix + self.name
        return _typed(form, name, 1) if form.has(f"{name}-joint") else {}

    def parse(self, raw: Raw, prefix: str = "") -> Any:
        """Return the condition; lines in which nothing is chosen are left out."""
        errors = Errors()
        found = _parse(raw, self.offered, prefix + self.name, errors) if raw else None
        if errors:
            raise Wrong(errors)
        return found

    def say(self, value: Any) -> str:
        """Say the condition in words."""
        return words(value, self.offered) if value else _("always")


def shown(condition: Data) -> Raw:
    """Return a condition as a group, or as a line when it is a mere comparison."""
    for joint in ("all", "any"):
        if joint in condition:
            return {"joint": joint, "parts": [shown(part) for part in condition[joint]]}
    if "not" in condition:
        inner = shown(condition["not"])
        turned = {"any": "none", "all": "not_all"}.get(inner.get("joint", ""))
        return {"joint": turned, "parts": inner["parts"]} if turned else {"joint": "none", "parts": [inner]}
    kind = "fact" if "fact" in condition else "answer"
    return {"name": f"{kind}:{condition[kind]}", **shown_comparison(condition)}


def shown_comparison(data: Data) -> dict[str, Any]:
    """Return the comparison of a line: its operator, and its values as texts."""
    value = data.get("value")
    op = data.get("op", "eq" if "value" in data else "set")
    if isinstance(value, list):
        op = "in" if op == "eq" else op
    return {"op": op, "value": [_as_text(v) for v in (value if isinstance(value, list) else [value]) if v is not None]}


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return as_typed(value)


def _typed(form: Posted, name: str, level: int) -> Raw:
    parts: list[Raw] = []
    for index in form.numbers(name):
        inner = f"{name}-{index}"
        if form.has(f"{inner}-joint"):
            if level < MAX_DEPTH:
                parts.append(_typed(form, inner, level + 1))
        else:
            parts.append({"name": clean(form.get(f"{inner}-name")), **typed_comparison(form, f"{inner}-")})
    joint = form.get(f"{name}-joint")
    return {"joint": joint if joint in dict(JOINTS) else "all", "parts": parts}


def typed_comparison(form: Posted, prefix: str) -> dict[str, Any]:
    """Return what was posted of a comparison."""
    op = form.get(f"{prefix}op")
    values = [clean(v) for v in form.getlist(f"{prefix}value")[:MANY_ROWS]]
    return {"op": op if op in OPS else "", "value": [v for v in values if v]}


def _parse(raw: Raw, offered: Mapping[str, Offered], name: str, errors: Errors) -> Any:
    found = []
    for index, part in enumerate(raw.get("parts", ())):
        inner = f"{name}-{index}"
        parsed = (
            _parse(part, offered, inner, errors)
            if "joint" in part
            else _line(part, offered, f"{inner}-", errors)
        )  # fmt: skip
        if parsed is not None:
            found.append(parsed)
    return _joined(raw.get("joint", "all"), found)


def _joined(joint: str, parts: list[Any]) -> Any:
    if not parts:
        return None
    if joint == "none":
        return {"not": parts[0] if len(parts) == 1 else {"any": parts}}
    if joint == "not_all":
        return {"not": {"all": parts}}
    return parts[0] if len(parts) == 1 else {joint: parts}


def _line(raw: Raw, offered: Mapping[str, Offered], prefix: str, errors: Errors) -> Any:
    kind, _colon, name = str(raw.get("name", "")).partition(":")
    if not name or kind not in ("fact", "answer"):
        if raw.get("value"):
            errors[f"{prefix}name"] = _l("Choose what is compared.")
        return None
    known = offered.get(f"{kind}:{name}", Offered(name, name, "text"))
    try:
        return {kind: readable(name, 60, f"{prefix}name"), **comparison(raw, known, prefix)}
    except Wrong as wrong:
        errors |= wrong.errors
        return None


def comparison(raw: Raw, known: Offered, prefix: str) -> dict[str, Any]:
    """Return how a line compares, as it is stored; raises :class:`Wrong`."""
    op = raw.get("op") or known.ops()[0][0]
    if op in BARE:
        return {} if op == "set" else {"op": op}
    if known.type == "text" and op in ORDERS:
        known = replace(known, type="number")
    values = [scalar(text, known, f"{prefix}value") for text in _split(raw.get("value", []), known, op)]
    if not values:
        raise Wrong({f"{prefix}value": _l("Fill this in.")})
    if op in ("in", "not_in"):
        return {"op": op, "value": values}
    if len(values) > 1 and op == "contains":
        return {"op": op, "value": values}
    return {"value": values[0]} if op == "eq" else {"op": op, "value": values[0]}


def _split(values: Sequence[str], known: Offered, op: str) -> list[str]:
    """Return the values typed: several in one field are parted by commas where there is nothing to choose from."""
    if op in SEVERAL and known.type in ("text", "number") and op != "contains":
        return [part.strip() for text in values for part in text.split(",") if part.strip()]
    return list(values)


def scalar(text: str, known: Offered, name: str) -> Any:
    """Return one value as it is stored, by the type of what it is compared with; raises :class:`Wrong`."""
    if known.type == "number":
        return number(text, name)
    if known.type == "yes_no":
        if text not in ("yes", "no"):
            raise Wrong({name: _l("Choose one of those offered.")})
        return text == "yes"
    if known.type == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise Wrong({name: _l("Write a date.")}) from None
    return readable(text, 1000, name)


def words(condition: Any, offered: Mapping[str, Offered]) -> str:
    """Say a condition in words: *Budget more than 2000 and Capacity at most 30*."""
    raw = shown(condition)
    return _said(raw if "joint" in raw else {"joint": "all", "parts": [raw]}, offered, outer=True)


def _said(raw: Raw, offered: Mapping[str, Offered], *, outer: bool = False) -> str:
    if "joint" not in raw:
        known = offered.get(raw["name"]) or Offered(raw["name"], raw["name"].partition(":")[2], "text")
        return compared(raw, known)
    said = [_said(part, offered) for part in raw["parts"]]
    joined = (_(" and ") if raw["joint"] in ("all", "not_all") else _(" or ")).join(said)
    if raw["joint"] in ("none", "not_all"):
        return _("not (%(condition)s)", condition=joined)
    return joined if outer or len(said) == 1 else f"({joined})"


def compared(raw: Raw, known: Offered) -> str:
    """Say one line: *Budget more than 2000*."""
    names = NAMES.get(known.type, OPS)
    labels = {str(k): str(v) for k, v in (YES_NO if known.type == "yes_no" else known.choices)}
    values = ", ".join(labels.get(v, v) for v in raw["value"]) if raw["op"] not in BARE else ""
    return f"{known.label} {names.get(raw['op'], raw['op'])} {values}".strip()
