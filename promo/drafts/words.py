"""What the editor says of a requirement in a line: its sign, what it is called, when it is asked, what else holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core.errors import Text
from promo.drafts import conditions
from promo.drafts.comparisons import PartRows, where_words
from promo.drafts.conditions import Offered
from promo.drafts.parts import Data
from promo.drafts.vocabulary import Vocabulary, answer_type
from promo.procedures import validation, words
from promo.procedures.validation import TYPES, name_of

KINDS: Mapping[str, tuple[Text, str]] = {  # of requirement: what each is called, and its sign
    "fact": (_l("Field"), "list-check"),
    "answer": (_l("Question"), "message-circle"),
    "evidence": (_l("Document"), "file-text"),
    "count": (_l("Count"), "users"),
    "each": (_l("For each one"), "users-group"),
    "declaration": (_l("Declaration"), "rosette-discount-check"),
    "approvals": (_l("Approval"), "clipboard-check"),
    "include": (_l("Shared block"), "book-2"),
}
VERBS: Mapping[str, Text] = {  # of changes, for the button that undoes the last one
    "edit_stage": _l("Change of «%(what)s»"), "add_stage": _l("Added «%(what)s»"),
    "move_stage": _l("Moved «%(what)s»"), "remove_stage": _l("Removed «%(what)s»"),
    "edit_requirement": _l("Change of «%(what)s»"), "add_requirement": _l("Added «%(what)s»"),
    "move_requirement": _l("Moved «%(what)s»"), "remove_requirement": _l("Removed «%(what)s»"),
    "duplicate_requirement": _l("Copy of «%(what)s»"), "edit_terms": _l("Terms, amounts and functions"),
    "edit_about": _l("What it is for and whom it concerns"), "import_": _l("Import"), "undo": _l("Undone"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A requirement in a line."""

    name: str
    type: str
    kind: str
    icon: str
    label: str
    notes: list[str] = field(default_factory=list)
    when: str = ""


def type_of(requirement: Data) -> str:
    """Return the type of a requirement: the key that tells it from the others."""
    return next(t for t in TYPES if t in requirement)


def called(requirement: Data, offered: Vocabulary) -> str:
    """Return what a requirement is called: by its own wording, else by what it asks for."""
    if requirement.get("label") and words.pick(requirement["label"]):
        return words.pick(requirement["label"])
    type_ = type_of(requirement)
    about = requirement[type_]
    if type_ == "evidence":
        return words.evidence_label(about)
    if type_ == "approvals":
        return _("Approval")
    if type_ == "include":
        block = validation.library_blocks().get(about)
        return f"{about} · {words.pick(block['title'])}" if block else about
    if type_ in ("answer", "declaration"):
        return str(about).replace("_", " ").capitalize()
    known = offered.facts.get(about)
    return known.label if known else about


def line(requirement: Data, offered: Vocabulary) -> Line:
    """Return a requirement in a line."""
    type_ = type_of(requirement)
    label, icon = KINDS[type_]
    when = requirement.get("when")
    return Line(
        name=name_of(requirement),
        type=type_,
        kind=str(label),
        icon=icon,
        label=called(requirement, offered),
        notes=[note for note in (*_notes(requirement, type_, offered), *_flags(requirement)) if note],
        when=conditions.words(when, offered.offered) if when else "",
    )


def _notes(r: Data, type_: str, offered: Vocabulary) -> list[str]:
    if type_ == "fact":
        return [_compared(r, offered.facts.get(r["fact"]))]
    if type_ == "answer":
        return [_compared(r, Offered("", "", answer_type(r["type"]))), _span(r)]
    if type_ == "evidence":
        return [_("at least %(least)s", least=r["min"])] if r.get("min", 1) > 1 else []
    if type_ in ("count", "each"):
        about = offered.facts.get(r[type_])
        items = about.items if about else {}
        parts = PartRows("requires", "", items).say(r["requires"]) if type_ == "each" else _span(r)
        return [where_words(r.get("where", {}), items), parts]
    if type_ == "declaration":
        return [_("by %(who)s", who=words.function_label(r.get("by", "officer"), offered.function_texts))]
    if type_ == "approvals":
        return [" → ".join(_step(step, offered) for step in r["approvals"])]
    return []


def _step(step: Data, offered: Vocabulary) -> str:
    who = words.function_label(step["function"], offered.function_texts)
    when = step.get("when")
    return f"{who} ({conditions.words(when, offered.offered)})" if when else who


def _compared(r: Data, known: Offered | None) -> str:
    if "op" not in r and "value" not in r:
        return ""
    about = known or Offered("", "", "text")
    return conditions.compared(conditions.shown_comparison(r), Offered("", "", about.type, about.choices))


def _span(r: Data) -> str:
    said = [_("at least %(least)s", least=f"{r['min']:g}")] if "min" in r else []
    return ", ".join([*said, *([_("at most %(most)s", most=f"{r['max']:g}")] if "max" in r else [])])


def _flags(r: Data) -> list[str]:
    flags = [_("no exceptions")] if r.get("waivable") is False else []
    flags += [_("minor")] if r.get("minor") else []
    return [*flags, _("from %(block)s", block=r["block"])] if r.get("block") else flags
