"""The parts of each thing that a form edits: the procedure itself, a stage, a requirement of each type.

What the schema does not know is not offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.errors import Text
from promo.drafts.comparisons import ComparisonIn, PartRows, WhereRows
from promo.drafts.conditions import ConditionIn, Offered
from promo.drafts.parts import Choice, Choices, Data, Flag, Key, Lines, Names, Number, Part, Raw, texts
from promo.drafts.rows import (
    DIRECTIONS,
    UNITS,
    DeadlineRows,
    Duties,
    KeyedRows,
    Rows,
    TextRows,
    WayRows,
    flat_deadline,
)
from promo.drafts.vocabulary import CALENDARS, Vocabulary, answer_type
from promo.procedures import words
from promo.procedures.validation import schema

ENDS: Choices = (("", _l("goes on")), ("final", _l("ends well")), ("cancelled", _l("ends cancelled")))
ANSWER_TYPES: Choices = (
    ("text", _l("A line of text")), ("long", _l("A longer text")), ("integer", _l("A whole number")),
    ("decimal", _l("A number or amount")), ("date", _l("A date")), ("yes_no", _l("Yes or no")),
    ("choice", _l("One of several")), ("choices", _l("Any of several")), ("link", _l("A link")),
)  # fmt: skip
UNITS_OF_INDICATORS: Choices = (
    ("share", _l("share")), ("count", _l("count")), ("days", _l("days")), ("usd", _l("US dollars")),
)  # fmt: skip
PROTECTS: Choices = (("money", _l("Money, where there is a budget")), ("personal_data", _l("Personal data")))


@dataclass(frozen=True)
class End(Choice):
    """Whether a stage is an end, and of which kind."""

    def show(self, data: Data) -> Raw:
        """Return which kind of end."""
        return "cancelled" if data.get("cancelled") else "final" if data.get("final") else ""

    def put(self, data: Data, value: Any) -> dict[str, Any]:
        """Return the stage with it."""
        rest = {k: v for k, v in data.items() if k not in ("final", "cancelled")}
        return {**rest, value: True} if value else rest


@dataclass(frozen=True)
class Scope(Names):
    """What a procedure applies to: kinds, types or pillars."""

    def show(self, data: Data) -> Raw:
        """Return those named."""
        return super().show(data["applies_to"])

    def put(self, data: Data, value: Any) -> dict[str, Any]:
        """Return the procedure with others; a kind alone stands without a list."""
        wanted = value[0] if self.name == "kind" and len(value) == 1 else value
        about = {k: v for k, v in data["applies_to"].items() if k != self.name}
        return {**data, "applies_to": {**about, self.name: wanted} if wanted else about}


@cache
def known(type_: str | None = None) -> frozenset[str]:
    """Return the keys that the schema knows of a type of requirement, of ``stage``, or of the whole (None)."""
    if type_ is None:
        return frozenset(schema()["properties"])
    parts = schema()["$defs"]
    return frozenset(
        (parts[type_] if type_ == "stage" else parts["requirement"]["dependentSchemas"][type_])["properties"]
    )


def _two(key: str, label: tuple[Text, Text], longest: int = 4000) -> tuple[Part, ...]:
    return texts(key, *label, longest=longest)


TITLE = (_l("Title in Spanish"), _l("Title in English"))
GUIDANCE = (_l("Guidance in Spanish"), _l("Guidance in English"))
LABEL = (_l("Wording in Spanish"), _l("Wording in English"))
PURPOSE = (_l("What it is for, in Spanish"), _l("What it is for, in English"))
CHANGES = (_l("What changes, in Spanish"), _l("What changes, in English"))
SPANISH_ENGLISH = (_l("In Spanish"), _l("In English"))


def _text_rows(name: str, label: Text) -> TextRows:
    return TextRows(name, label, _two("text", SPANISH_ENGLISH), 20)


def _called(row: Data) -> str:
    return words.pick(row.get("label") or {}) or str(row.get("key", ""))


def about_parts(offered: Vocabulary) -> list[Part]:
    """Return the parts of the procedure itself, but for its code and stages."""
    responsibility = (Choice("function", _l("Who"), offered.holders, needed=True), *_two("text", SPANISH_ENGLISH))
    indicator = (
        *_two("label", SPANISH_ENGLISH), Number("target", _l("Target"), whole=False),
        Choice("unit", _l("Counted as"), UNITS_OF_INDICATORS), Key("key", _l("Code")), Key("measure", _l("Measure")),
    )  # fmt: skip
    found: list[Part] = [
        *_two("title", TITLE, 300), *_two("purpose", PURPOSE),
        Scope("kind", _l("For"), offered.work), Scope("types", _l("Types"), offered.act_types),
        Scope("pillars", _l("Pillars"), offered.pillars), Lines("references", _l("Refers to")),
        Duties("responsibilities", _l("Who does what"), responsibility, 30, lambda r: words.pick(r.get("text", {}))),
        _text_rows("inputs", _l("What it needs")), _text_rows("outputs", _l("What comes of it")),
        KeyedRows("indicators", _l("Indicators"), indicator, 60, _called),
        *_two("changes", CHANGES), Number("review_months", _l("Reviewed every (months)"), 1, 60),
    ]  # fmt: skip
    return [p for p in found if p.name not in ("inputs", "outputs") or p.name in known()]


def stage_parts(offered: Vocabulary) -> list[Part]:
    """Return the parts of a stage, but for what it requires."""
    anchors: Choices = [*offered.dates, *offered.stages]
    row = (
        Number("days", _l("Days"), 0, 2000, needed=True), Choice("unit", _l("Counted in"), UNITS),
        Choice("direction", _l("Before or after"), DIRECTIONS), Choice("anchor", _l("What"), anchors, needed=True),
        Choice("calendar", _l("Calendar"), CALENDARS), *_two("label", LABEL, 300),
    )  # fmt: skip
    way = (
        Choice("to", _l("Stage"), offered.stages, needed=True),
        ConditionIn("when", _l("Only when"), offered.offered),
    )
    found: list[Part] = [
        *_two("title", TITLE, 300), *_two("guidance", GUIDANCE),
        Choice("responsible", _l("Responsible"), offered.holders, "officer"),
        DeadlineRows("deadline", _l("Terms"), row, 5, lambda d: deadline_words(d, offered)),
        End("end", _l("Afterwards it"), ENDS),
        WayRows("next", _l("Leads to"), way, 20, lambda w: way_words(w, offered)),
        _text_rows("records", _l("What stays as proof")), _text_rows("outputs", _l("What comes of it")),
        Names("tells", _l("Is told"), list(offered.functions.items())), Lines("references", _l("Refers to")),
    ]  # fmt: skip
    return [p for p in found if p.name != "outputs" or p.name in known("stage")]


def deadline_words(one: Data, offered: Vocabulary) -> str:
    """Say a deadline in words."""
    flat = flat_deadline(one)
    anchors = dict([*offered.dates, *offered.stages])
    said = (flat["days"], dict(UNITS)[flat["unit"]], dict(DIRECTIONS)[flat["direction"]])
    return " ".join(str(s) for s in (*said, anchors.get(flat["anchor"], flat["anchor"])))


def way_words(way: Any, offered: Vocabulary) -> str:
    """Say where a way leads."""
    key = way if isinstance(way, str) else way["to"]
    return str(dict(offered.stages).get(key, key))


def requirement_parts(offered: Vocabulary, type_: str, name: str = "", answers: str = "text") -> list[Part]:
    """Return the parts of a requirement of a type.

    ``name`` is the field or list that it is about and ``answers`` the type of its answer: they decide what fits.
    """
    condition = ConditionIn("when", _l("Asked"), offered.offered)
    if type_ == "include":
        return [Choice("include", _l("Shared block"), offered.blocks, needed=True), condition]
    found = [
        *_OWN[type_](offered, name, answers), *_two("label", LABEL, 1000), *_two("guidance", GUIDANCE), condition,
        Choice("responsible", _l("Who does it"), offered.holders),
        Flag("waivable", _l("An exception may be authorised"), True),
        Choice("waived_by", _l("Who authorises an exception"), offered.holders),
        Choice("protects", _l("Protects (no urgency goes past it)"), PROTECTS),
        Flag("minor", _l("Minor: changing it does not ask for the approvals again")),
        Lines("references", _l("Refers to")), Key("key", _l("Code")),
    ]  # fmt: skip
    return [part for part in found if part.name not in ("waived_by", "protects") or part.name in known(type_)]


def _fact(offered: Vocabulary, name: str, _answers: str) -> list[Part]:
    about = offered.facts.get(name) or Offered(name, name, "text")
    return [
        Choice("fact", _l("Field"), offered.plain, needed=True),
        ComparisonIn("comparison", _l("It must be"), about),
    ]


def _answer(offered: Vocabulary, name: str, answers: str) -> list[Part]:
    asked = offered.answers.get(name)
    about = Offered("", "", answer_type(answers), asked.choices if asked else ())
    choice = (*_two("label", SPANISH_ENGLISH, 300), Key("value", _l("Code")))
    return [
        Choice("type", _l("Kind of answer"), ANSWER_TYPES, needed=True),
        KeyedRows("choices", _l("Choices"), choice, 100, _called, key="value"),
        Number("min", _l("At least"), whole=False), Number("max", _l("At most"), whole=False),
        ComparisonIn("comparison", _l("It must be"), about), Key("answer", _l("Code of the answer")),
    ]  # fmt: skip


def _evidence(offered: Vocabulary, _name: str, _answers: str) -> list[Part]:
    kinds = Choice("evidence", _l("Kind of document"), offered.evidence, needed=True)
    return [kinds, Number("min", _l("How many at least"), 1, 100)]


def _of_list(offered: Vocabulary, name: str) -> tuple[Mapping[str, Offered], WhereRows]:
    about = offered.facts.get(name)
    items = about.items if about else {}
    return items, WhereRows("where", _l("Only those that are"), items)


def _count(offered: Vocabulary, name: str, _answers: str) -> list[Part]:
    return [
        Choice("count", _l("What is counted"), offered.lists, needed=True), _of_list(offered, name)[1],
        Number("min", _l("At least"), 0, 100_000), Number("max", _l("At most"), 0, 100_000),
    ]  # fmt: skip


def _each(offered: Vocabulary, name: str, _answers: str) -> list[Part]:
    items, where = _of_list(offered, name)
    parts = PartRows("requires", _l("Each must have"), items, _two("label", LABEL, 1000))
    return [Choice("each", _l("For each one of"), offered.lists, needed=True), where, parts]


def _declaration(offered: Vocabulary, _name: str, _answers: str) -> list[Part]:
    return [
        Choice("by", _l("Who declares"), offered.holders, "officer"),
        Key("declaration", _l("Code of the declaration")),
    ]


def _approvals(offered: Vocabulary, _name: str, _answers: str) -> list[Part]:
    step = (
        Choice("function", _l("Who approves"), list(offered.functions.items()), needed=True),
        ConditionIn("when", _l("Only when"), offered.offered), *_two("label", LABEL, 1000),
    )  # fmt: skip
    found: list[Part] = [
        Rows("approvals", _l("Steps"), step, 10, lambda s: words.function_label(s["function"], offered.function_texts)),
        Flag("four_eyes", _l("Nobody approves two steps in a row"), True),
        Flag("together", _l("Several may be approved at once")),
        Names("covers", _l("Covers only these fields (none: all that the stage asks for)"), offered.plain),
    ]
    return [part for part in found if part.name != "together" or part.name in known("approvals")]


_OWN: Mapping[str, Any] = {
    "fact": _fact, "answer": _answer, "evidence": _evidence, "count": _count, "each": _each,
    "declaration": _declaration, "approvals": _approvals,
}  # fmt: skip
