"""What a draft may speak of, with its names for people: facts, questions, lists, functions, files, blocks, stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.core.fields import Field
from promo.core.records import PILLARS, Kind, kinds
from promo.drafts.conditions import Offered
from promo.drafts.parts import Choices, Data
from promo.procedures import validation, words
from promo.procedures.building import listed
from promo.procedures.case import fact_names, function_names
from promo.reference import queries as reference

TYPES: Mapping[str, str] = {  # of a described field → how it is compared
    "integer": "number", "decimal": "number", "money": "number", "date": "date", "moment": "date", "yes_no": "yes_no",
    "choice": "choice", "country": "choice", "entity": "choice", "choices": "codes",
}  # fmt: skip
CODES = ("countries", "sectors", "posts_involved")
LISTS = ("participants", "outcomes", "activities")
CALENDARS: Choices = (("post", _l("of the post")), ("peru", _l("of Peru")))


@dataclass(frozen=True)
class Vocabulary:
    """Everything that the editor offers for one draft, in the reader's language."""

    data: Data
    kinds: tuple[Kind, ...]
    facts: Mapping[str, Offered]
    functions: Mapping[str, str]
    function_texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def answers(self) -> dict[str, Offered]:
        """The questions that the draft asks somewhere, by name; those of the blocks that it includes too."""
        found: dict[str, Offered] = {}
        for requirement in _requirements(validation.whole(self.data)):
            if "answer" in requirement:
                found[requirement["answer"]] = _answer(requirement)
            elif "declaration" in requirement:
                name = requirement["declaration"]
                label = words.pick(requirement.get("label") or {}) or name.replace("_", " ").capitalize()
                found[name] = Offered(name, label, "yes_no")
        return found

    @cached_property
    def offered(self) -> dict[str, Offered]:
        """Facts and answers under the names that a condition's lines bear."""
        facts = {f"fact:{name}": one for name, one in self.facts.items()}
        return facts | {f"answer:{name}": one for name, one in self.answers.items()}

    @cached_property
    def groups(self) -> list[tuple[str, Choices]]:
        """What a condition's line may be about, in two groups."""
        facts = [(f"fact:{n}", f.label) for n, f in self.facts.items()]
        answers = [(f"answer:{n}", a.label) for n, a in self.answers.items()]
        groups: list[tuple[str, Choices]] = [(str(_l("Fields")), facts)]
        return [*groups, (str(_l("Questions of the procedure")), answers)] if answers else groups

    @property
    def dates(self) -> Choices:
        """The facts that are dates, for deadlines."""
        return [(name, one.label) for name, one in self.facts.items() if one.type == "date"]

    @property
    def lists(self) -> Choices:
        """The lists of other things that hang on the record."""
        return [(name, one.label) for name, one in self.facts.items() if one.type == "list"]

    @property
    def plain(self) -> Choices:
        """The facts that a field may be asked for."""
        return [(name, one.label) for name, one in self.facts.items() if one.type != "list"]

    @property
    def holders(self) -> Choices:
        """Who may be responsible: the officer in charge, or a function."""
        return [("officer", words.function_label("officer", {})), *self.functions.items()]

    @property
    def stages(self) -> Choices:
        """The draft's stages."""
        return [(s["key"], words.pick(s["title"]) or s["key"]) for s in self.data["stages"]]

    @property
    def evidence(self) -> Choices:
        """The categories of files."""
        return sorted(((key, str(label)) for key, label in words.EVIDENCE.items()), key=lambda pair: pair[1])

    @property
    def blocks(self) -> Choices:
        """The shared blocks of requirements."""
        return [(name, f"{name} · {words.pick(b['title'])}") for name, b in validation.library_blocks().items()]

    @property
    def act_types(self) -> Choices:
        """The types of record of the draft's kinds."""
        return list({value: str(label) for kind in self.kinds for value, label in kind.types}.items())

    @property
    def pillars(self) -> Choices:
        """The pillars."""
        return PILLARS

    @property
    def work(self) -> Choices:
        """The kinds of record that may stand under a procedure."""
        return [(kind.name, str(kind.plural)) for kind in kinds() if kind.work]

    def checked(self) -> validation.Vocabulary:
        """Return it as soundness asks for it."""
        return validation.Vocabulary({k.name: fact_names(k) for k in kinds()}, set(self.functions))


def vocabulary(session: Session, data: Data) -> Vocabulary:
    """Return what a draft may speak of."""
    wanted = listed(data["applies_to"]["kind"])
    chosen = tuple(kind for kind in kinds() if kind.name in wanted)
    texts = function_names(session)
    functions = sorted(((code, words.pick(names)) for code, names in texts.items()), key=lambda pair: pair[1])
    return Vocabulary(data, chosen, facts_of(session, chosen), dict(functions), texts)


def facts_of(session: Session, chosen: Iterable[Kind]) -> dict[str, Offered]:
    """Return the facts that every one of these kinds has, by the name that people read."""
    found: dict[str, Offered] | None = None
    codes = Codes(session)
    for kind in chosen:
        own = {name: _fact(codes, kind, name) for name in fact_names(kind)}
        found = own if found is None else {n: _both(one, own[n]) for n, one in found.items() if n in own}
    return dict(sorted((found or {}).items(), key=lambda pair: pair[1].label.casefold()))


class Codes:
    """The choices that stand in tables, in the reader's language, each read once."""

    def __init__(self, session: Session) -> None:
        self.session, self.locale = session, words.language()

    @cached_property
    def countries(self) -> Choices:
        """The countries."""
        return reference.country_choices(self.session, self.locale)

    @cached_property
    def entity(self) -> Choices:
        """Who carries an act out."""
        return reference.entity_choices(self.session, self.locale)

    @cached_property
    def sectors(self) -> Choices:
        """The sectors."""
        return list(reference.sector_names(self.session, self.locale).items())

    @cached_property
    def posts_involved(self) -> Choices:
        """The posts."""
        return [(post.code, post.name(self.locale)) for post in reference.posts(self.session, self.locale)]


def _fact(codes: Codes, kind: Kind, name: str) -> Offered:
    label = words.fact_label(kind, name)
    known = next((f for f in kind.fields() if f.name == name), None)
    if known is not None:
        return Offered(name, label, TYPES.get(known.type, "text"), _choices(codes, known))
    if name in LISTS:
        return Offered(name, label, "list")
    return Offered(name, label, "codes" if name in CODES else "text", getattr(codes, name) if name in CODES else ())


def _choices(codes: Codes, known: Field) -> Choices:
    if known.choices:
        return [(value, str(label)) for value, label in known.choices]
    return {"country": lambda: codes.countries, "entity": lambda: codes.entity}.get(known.type, tuple)()


def _both(one: Offered, other: Offered) -> Offered:
    """Return a fact of two kinds: with the choices of either."""
    choices = list({**dict(one.choices), **dict(other.choices)}.items())
    return Offered(one.name, one.label, one.type, choices, one.items)


def _requirements(data: Data) -> Iterable[Data]:
    return (r for stage in data["stages"] for r in stage.get("requires", ()))


def _answer(requirement: Data) -> Offered:
    name = requirement["answer"]
    choices: list[tuple[str, Any]] = [(c["value"], words.pick(c["label"])) for c in requirement.get("choices", ())]
    return Offered(name, words.pick(requirement.get("label") or {}) or name, answer_type(requirement["type"]), choices)


def answer_type(type_: str) -> str:
    """Return how an answer of a type is compared."""
    return {"choices": "codes", "choice": "choice"}.get(type_) or TYPES.get(type_, "text")
