"""What one field of an editing form stands for: how it is shown, read, stored, and said to two who wrote at once.

An *element* (a stage, a requirement, a deadline) is a list of parts. *Raw* is what stands in a form's fields, as texts;
a *value* is what is stored. Raw keeps what can't be read, so that a refused form comes back as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core.errors import Text
from promo.core.fields import CONTROLLED
from promo.procedures.validation import HIDDEN

Raw = Any
Data = Mapping[str, Any]
Errors = dict[str, Text]
Choices = Sequence[tuple[str, Text]]
MANY_ROWS = 100
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
_ROW = re.compile("-([0-9]{1,4})(?=-)")
_NAME = re.compile("[A-Za-z][A-Za-z0-9_.:-]{0,79}")
_KEY = re.compile("[a-z][a-z0-9_]{0,59}")


class Posted:
    """What was posted, with the numbers of the rows that stand under each name."""

    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        self._values = values
        self._numbers: dict[str, set[int]] = {}
        for name in values:
            for found in _ROW.finditer(name):
                self._numbers.setdefault(name[: found.start()], set()).add(int(found[1]))

    def get(self, name: str) -> str:
        """Return the first value of that name; nothing when there is none."""
        return next(iter(self._values.get(name, ())), "")

    def getlist(self, name: str) -> Sequence[str]:
        """Return every value of that name."""
        return self._values.get(name, ())

    def has(self, name: str) -> bool:
        """Whether a field of that name was posted."""
        return name in self._values

    def numbers(self, name: str) -> list[int]:
        """Return the numbers of the rows under a name, in their order."""
        return sorted(self._numbers.get(name, ()))[:MANY_ROWS]


class Wrong(Exception):
    """What was typed can't be read; a message for each field."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


def clean(text: Any) -> str:
    """Return a typed text without blanks around it, its lines ended in one way."""
    return str(text or "").replace("\r\n", "\n").replace("\r", "\n").strip()


def readable(text: str, longest: int, name: str) -> str:
    """Return a text that may be stored; raises :class:`Wrong`."""
    if HIDDEN.search(text):
        raise Wrong({name: CONTROLLED})
    if len(text) > longest:
        raise Wrong({name: _l("At most %(limit)s characters, please.", limit=longest)})
    return text


def number(text: str, name: str) -> int | float:
    """Return a typed number, which may have spaces or commas between its thousands; raises :class:`Wrong`."""
    plain = re.sub(r"[\s,\u00a0\u202f]", "", text)
    if not _NUMBER.fullmatch(plain):
        raise Wrong({name: _l("Write a number.")})
    return float(plain) if "." in plain else int(plain)


def written(value: Any) -> str:
    """Return a number as it is typed; nothing for none."""
    return "" if value is None else f"{value:.15g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Part:
    """One field. ``name`` is that of the form's field and of what it stands for."""

    name: str
    label: Text

    def show(self, data: Data) -> Raw:
        """Return what stands in the field for what is stored."""
        return clean(data.get(self.name))

    def typed(self, form: Posted, prefix: str = "") -> Raw:
        """Return what was typed."""
        return clean(form.get(prefix + self.name))

    def parse(self, raw: Raw, prefix: str = "") -> Any:
        """Return the value; raises :class:`Wrong`."""
        return readable(raw, 300, prefix + self.name)

    def put(self, data: Data, value: Any) -> dict[str, Any]:
        """Return the data with another value; an empty one is left out."""
        rest = {k: v for k, v in data.items() if k != self.name}
        return rest if value in (None, "", []) else {**data, self.name: value}

    def value(self, data: Data) -> Any:
        """Return what is stored in the form in which it would be read again."""
        raw = self.show(data)
        try:
            return self.parse(raw)
        except Wrong:
            return raw

    def say(self, value: Any) -> str:
        """Say a value in words."""
        return str(value) if value not in (None, "", []) else "–"


@dataclass(frozen=True)
class TextIn(Part):
    """A text in one language; both languages of a text stand together, an empty one as an empty text."""

    key: str = ""
    language: str = "es"
    longest: int = 4000

    def show(self, data: Data) -> Raw:
        """Return the text in this language."""
        return clean((data.get(self.key) or {}).get(self.language))

    def parse(self, raw: Raw, prefix: str = "") -> Any:
        """Return the text."""
        return readable(raw, self.longest, prefix + self.name)

    def put(self, data: Data, value: Any) -> dict[str, Any]:
        """Return the data with another text; a text that is empty in both languages is left out, but for a title."""
        texts = {"es": "", "en": "", **(data.get(self.key) or {}), self.language: value}
        if self.key != "title" and not any(texts.values()):
            return {k: v for k, v in data.items() if k != self.key}
        return {**data, self.key: texts}


def texts(key: str, es: Text, en: Text, longest: int = 4000) -> tuple[TextIn, TextIn]:
    """Return the parts of a text in both languages."""
    return TextIn(f"{key}_es", es, key, "es", longest), TextIn(f"{key}_en", en, key, "en", longest)


@dataclass(frozen=True)
class Choice(Part):
    """One of several; ``absent`` is the choice that is not written down."""

    choices: Choices = ()
    absent: str = ""
    needed: bool = False

    def show(self, data: Data) -> Raw:
        """Return what is chosen."""
        return clean(data.get(self.name, self.absent))

    def parse(self, raw: Raw, prefix: str = "") -> Any:
        """Return what was chosen; one that is no longer offered stays, so that nothing is lost."""
        name = prefix + self.name
        if self.needed and not raw:
            raise Wrong({name: _l("Choose one.")})
        if raw and not _NAME.fullmatch(raw):
            raise Wrong({name: _l("Choose one of those offered.")})
        return raw

    def put(self, data: Data, value: Any) -> dict[str, Any]:
        """Return the data with another choice."""
        return super().put(data, None if value == self.absent and self.name not in data else value)

    def say(self, value: Any) -> str:
        """Say what is chosen."""
        return str(dict(self.choices).get(value, value)) or "–"


@dataclass(frozen=True)
class Key(Part):
    """A name for programs; empty, it is made from the label."""

    def parse(self, raw: Raw, prefix: str = "") -> Any:
        """Return the name."""
        if raw and not _KEY.fullmatch(raw):
            raise Wrong({prefix + self.name: _l("Small letters, digits and _ only, a letter first.")})
        return raw


@dataclass(frozen=True)
class Flag(Part):
    """Yes or no; ``absent`` is what holds when nothing is written down."""

    absent: bool = False

    def show(self, data: Data) -> Raw:
        """Return whether it is ticked."""
        return bool(data.get(self.name, self.absent))

    def typed(self, form: Posted, prefix: str = "") -> Raw:
        """Return whether it was ticked."""
        return bool(form.get(prefix + self.name))

    def parse(self, raw: Raw, prefix: str = "") -> Any:
        """Return it."""
        return raw

    def put(self, data: Data, value: Any) -> dict[str, Any]:
        """Return the data with it, written down only where it says something."""
        rest = {k: v for k, v in data.items() if k != self.name}
        return rest if value == self.absent else {**data, self.name: value}

    def say(self, value: Any) -> str:
        """Say yes or no."""
        return _("yes") if value else _("no")


@dataclass(frozen=True)
class Number(Part):
    """A number, whole unless it says otherwise, within limits."""

    least: float | None = None
    most: float | None = None
    whole: bool = True
    needed: bool = False

    def show(self, data: Data) -> Raw:
        """Return it as it is typed."""
        return written(data.get(self.name))

    def parse(self, raw: Raw, prefix: str = "") -> Any:
        """Return the number; None for nothing typed."""
        name = prefix + self.name
        if not raw:
            if self.needed:
                raise Wrong({name: _l("Fill this in.")})
            return None
        found = number(raw, name)
        if self.whole and found != int(found):
            raise Wrong({name: _l("Write a whole number.")})
        if self.least is not None and found < self.least:
            raise Wrong({name: _l("Must be at least %(least)s.", least=written(self.least))})
        if self.most is not None and found > self.most:
            raise Wrong({name: _l("Must be at most %(most)s.", most=written(self.most))})
        return int(found) if self.whole else found


@dataclass(frozen=True)
class Names(Part):
    """Any of several."""

    choices: Choices = ()

    def show(self, data: Data) -> Raw:
        """Return those that are ticked."""
        found = data.get(self.name, [])
        return [found] if isinstance(found, str) else list(found)

    def typed(self, form: Posted, prefix: str = "") -> Raw:
        """Return those that were ticked."""
        return list(dict.fromkeys(clean(v) for v in form.getlist(prefix + self.name) if clean(v)))[:MANY_ROWS]

    def parse(self, raw: Raw, prefix: str = "") -> Any:
        """Return them in the order in which they are offered."""
        order = [key for key, _label in self.choices]
        for one in raw:
            if not _NAME.fullmatch(one):
                raise Wrong({prefix + self.name: _l("Choose one of those offered.")})
        return sorted(raw, key=lambda one: order.index(one) if one in order else len(order))

    def say(self, value: Any) -> str:
        """Name them."""
        labels = dict(self.choices)
        return ", ".join(str(labels.get(one, one)) for one in value) or "–"


@dataclass(frozen=True)
class Lines(Part):
    """Short texts, one a line."""

    most: int = 30

    def show(self, data: Data) -> Raw:
        """Return them, one a line."""
        return "\n".join(data.get(self.name, []))

    def parse(self, raw: Raw, prefix: str = "") -> Any:
        """Return the lines that hold something."""
        name = prefix + self.name
        found = [readable(line.strip(), 300, name) for line in raw.split("\n") if line.strip()]
        if len(found) > self.most:
            raise Wrong({name: _l("There may be at most %(most)s.", most=self.most)})
        return found

    def say(self, value: Any) -> str:
        """Say them in a line."""
        return " · ".join(value) or "–"


def read(parts: Sequence[Part], raw: Mapping[str, Raw], prefix: str = "", data: Data | None = None) -> dict[str, Any]:
    """Return an element's data from its raw parts; raises :class:`Wrong` with every message at once."""
    found, errors = dict(data or {}), Errors()
    for part in parts:
        try:
            found = part.put(found, part.parse(raw[part.name], prefix))
        except Wrong as wrong:
            errors |= wrong.errors
    if errors:
        raise Wrong(errors)
    return found


def shown(parts: Sequence[Part], data: Data) -> dict[str, Raw]:
    """Return what stands in an element's fields."""
    return {part.name: part.show(data) for part in parts}


def posted(parts: Sequence[Part], form: Posted) -> dict[str, Raw]:
    """Return what was posted for an element."""
    return {part.name: part.typed(form) for part in parts}
