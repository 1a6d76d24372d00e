"""Every term, amount and function of a procedure, as the lines of one table; each knows where it stands in the text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core.errors import Text
from promo.drafts import conditions
from promo.drafts.conditions import Offered
from promo.drafts.parts import Choice, Data, Number, Part, TextIn
from promo.drafts.places import at, put
from promo.drafts.rows import DIRECTIONS, UNITS, deadline, flat_deadline
from promo.drafts.vocabulary import CALENDARS, Vocabulary
from promo.drafts.words import called, type_of
from promo.procedures import words
from promo.procedures.building import listed
from promo.procedures.validation import name_of

SECTIONS: Mapping[str, Text] = {
    "terms": _l("Terms"),
    "amounts": _l("Amounts and numbers"),
    "functions": _l("Functions"),
}
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Term:
    """A line: its section, the stage it stands in, what it is, its cells, and the place of what they hold.

    ``name`` is the same as long as stage and requirement are, wherever they are moved.
    """

    name: str
    section: str
    stage: str
    what: str
    place: Place
    parts: tuple[Part, ...]
    note: str = ""
    block: str = ""
    absent: str = ""  # what holds where nothing is written

    def flat(self, data: Data) -> dict[str, Any]:
        """Return what the cells hold."""
        found = at(data, self.place)
        if self.section == "terms":
            return flat_deadline(found)
        return {self.parts[0].name: self.absent if found is None else found}

    def put(self, data: Data, flat: Data) -> Any:
        """Return the text with other cells."""
        if self.section == "terms":
            return put(data, self.place, deadline(flat))
        value = flat.get(self.parts[0].name, self.absent)
        if at(data, self.place) is None:
            holder = at(data, self.place[:-1])
            return put(data, self.place[:-1], {**holder, self.place[-1]: value})
        return put(data, self.place, value)

    def say(self, data: Data) -> str:
        """Say the cells in words."""
        flat = self.flat(data)
        return " ".join(str(p.say(p.value(flat))) for p in self.parts if not isinstance(p, TextIn))


def terms(data: Data, offered: Vocabulary) -> list[Term]:
    """Return every term, amount and function, section by section, in the order of the text."""
    found = [term for index, stage in enumerate(data["stages"]) for term in _of_stage(index, stage, offered)]
    found += _responsibilities(data, offered)
    return sorted(found, key=lambda term: list(SECTIONS).index(term.section))


def _of_stage(index: int, stage: Data, offered: Vocabulary) -> Iterator[Term]:
    key, title = stage["key"], words.pick(stage["title"]) or stage["key"]
    here: Place = ("stages", index)
    yield from _deadlines(here, stage, title, offered)
    yield _function(f"{key}/responsible", title, _("Responsible"), (*here, "responsible"), offered.holders, "officer")
    for k, way in enumerate(stage.get("next", ())):
        if isinstance(way, Mapping) and "when" in way:
            leads = _("Leads to «%(stage)s»", stage=dict(offered.stages).get(way["to"], way["to"]))
            place: Place = (*here, "next", k, "when")
            yield from _numbers(f"{key}/next.{way['to']}", title, leads, place, way["when"], offered)
    for k, _told in enumerate(stage.get("tells", ())):
        yield _function(f"{key}/tells.{k}", title, _("Is told"), (*here, "tells", k), list(offered.functions.items()))
    for r, requirement in enumerate(stage.get("requires", ())):
        yield from _of_requirement(f"{key}/{name_of(requirement)}", title, (*here, "requires", r), requirement, offered)


def _deadlines(here: Place, stage: Data, title: str, offered: Vocabulary) -> Iterator[Term]:
    written = stage.get("deadline", [])
    parts: tuple[Part, ...] = (
        Number("days", _l("Days"), 0, 2000, needed=True), Choice("unit", _l("Counted in"), UNITS),
        Choice("direction", _l("Before or after"), DIRECTIONS),
        Choice("anchor", _l("What"), [*offered.dates, *offered.stages], needed=True),
        Choice("calendar", _l("Calendar"), CALENDARS),
    )  # fmt: skip
    for d, one in enumerate(listed(written)):
        place = (*here, "deadline", d) if isinstance(written, list) else (*here, "deadline")
        what = words.pick(one.get("label") or {}) or _("To finish the stage")
        yield Term(f"{stage['key']}/deadline.{d}", "terms", title, what, place, parts)


def _function(
    name: str, stage: str, what: str, place: Place, choices: Sequence[tuple[str, Text]], absent: str = "",
    note: str = "", block: str = "",
) -> Term:  # fmt: skip
    part = Choice("function", _l("Function"), choices, needed=True)
    return Term(name, "functions", stage, what, place, (part,), note, block, absent)


def _number(
    name: str, stage: str, what: str, place: Place, note: str, block: str = "", *, whole: bool = False
) -> Term:  # fmt: skip
    part = Number("number", _l("Number"), whole=whole, needed=True)
    return Term(name, "amounts", stage, what, place, (part,), note, block)


def _of_requirement(name: str, stage: str, place: Place, r: Data, offered: Vocabulary) -> Iterator[Term]:
    type_, what, block = type_of(r), called(r, offered), r.get("block", "")
    if "when" in r:
        yield from _numbers(f"{name}/when", stage, what, (*place, "when"), r["when"], offered, block)
    if type_ in ("fact", "answer") and is_number(r.get("value")):
        note = _("It must be: %(how)s", how=_op(r, offered.facts.get(str(r[type_]))))
        yield _number(f"{name}/value", stage, what, (*place, "value"), note, block)
    for limit, said in (("min", _("at least")), ("max", _("at most"))):
        if is_number(r.get(limit)):
            yield _number(f"{name}/{limit}", stage, what, (*place, limit), said, block, whole=type_ != "answer")
    for who, said in (("responsible", _("Who does it")), ("by", _("Who declares"))):
        if who in r or (who == "by" and type_ == "declaration"):
            yield _function(f"{name}/{who}", stage, what, (*place, who), offered.holders, "officer", said, block)
    for k, step in enumerate(r["approvals"] if type_ == "approvals" else ()):
        note = _("step %(number)s", number=k + 1)
        choices = list(offered.functions.items())
        yield _function(f"{name}/step.{k}", stage, what, (*place, "approvals", k, "function"), choices, "", note, block)
        if "when" in step:
            who = f"{what} · {words.function_label(step['function'], offered.function_texts)}"
            at_ = (*place, "approvals", k, "when")
            yield from _numbers(f"{name}/step.{k}/when", stage, who, at_, step["when"], offered, block)


def _numbers(
    name: str, stage: str, what: str, place: Place, condition: Data, offered: Vocabulary, block: str = ""
) -> Iterator[Term]:
    """Yield the numbers with which a condition compares."""
    for joint in ("all", "any"):
        for k, part in enumerate(condition.get(joint, ())):
            yield from _numbers(f"{name}.{joint}.{k}", stage, what, (*place, joint, k), part, offered, block)
    if "not" in condition:
        yield from _numbers(f"{name}.not", stage, what, (*place, "not"), condition["not"], offered, block)
    if is_number(condition.get("value")):
        kind = "fact" if "fact" in condition else "answer"
        about = offered.offered.get(f"{kind}:{condition[kind]}")
        label = about.label if about else condition[kind]
        note = _("when %(what)s: %(how)s", what=label, how=_op(condition, about))
        yield _number(f"{name}.{condition[kind]}", stage, what, (*place, "value"), note, block)


def is_number(value: Any) -> bool:
    """Whether a value is a number (yes and no are none)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _op(data: Data, about: Offered | None) -> str:
    op = conditions.shown_comparison(data)["op"]
    names = conditions.NAMES.get(about.type if about else "", conditions.OPS)
    return str(names.get(op, op))


def _responsibilities(data: Data, offered: Vocabulary) -> Iterator[Term]:
    for k, one in enumerate(data.get("responsibilities", ())):
        what = words.pick(one.get("text") or {}) or _("Who does what")
        place: Place = ("responsibilities", k, "function")
        yield _function(f"/responsibilities.{k}", "", what, place, offered.holders)


@dataclass(frozen=True)
class Compared:
    """A line with what is in force, where that is something else; ``fixed`` where a shared block says it."""

    term: Term
    in_force: str
    changed: bool
    fixed: bool
    shown: str


def compared(data: Data, whole: Data, in_force: Data | None, offered: Vocabulary) -> list[Compared]:
    """Return the lines of a draft, blocks included, each beside what is in force."""
    own = {term.name: term for term in terms(data, offered)}
    former = {term.name: term.say(in_force) for term in terms(in_force, offered)} if in_force else {}
    found = []
    for term in terms(whole, offered):
        mine = own.get(term.name)
        shown = term.say(whole)
        before = former.get(term.name)
        changed = in_force is not None and before != shown
        found.append(Compared(mine or term, before or "", changed, mine is None, shown))
    return found
