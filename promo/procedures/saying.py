"""How a difference is said: a sentence that is of substance or editorial, and the ways most of them are put."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core.errors import Text
from promo.procedures import words
from promo.procedures.phrases import Phrases, exactly

LANGUAGES: Mapping[str, Text] = {"es": _l("Spanish"), "en": _l("English")}
Data = Mapping[str, Any]
Names = tuple[Callable[[str], str], Callable[[str], str]]


@dataclass(frozen=True)
class Rewritten:
    """A text in one language, before and now; empty where there was or is none."""

    language: str
    before: str
    now: str


@dataclass(frozen=True)
class Sentence:
    """One difference in plain words. What is not of substance is editorial: it changes nothing that people do."""

    text: str
    substance: bool
    rewritten: tuple[Rewritten, ...] = ()


@dataclass(frozen=True)
class Sides:
    """The former and the present definition, each speaking for itself."""

    before: Phrases
    now: Phrases

    @property
    def functions(self) -> Names:
        """How each calls a function."""
        return self.before.function, self.now.function


Teller = Callable[[Any, Any, Sides], Iterator[Sentence]]


def same(one: Any, other: Any) -> bool:
    """Whether two values are written alike: ``true`` is not ``1``, and ``1`` is not ``1.0``."""
    return exactly(one) == exactly(other)


def said(text: str, *, substance: bool = True) -> Sentence:
    """Make a sentence."""
    return Sentence(text, substance)


def begun(whole: str, text: str, *, substance: bool = True) -> Sentence:
    """Make a sentence of a clause: after the name of what it is about, or alone with a capital."""
    return Sentence(f"{whole}: {text}" if whole else text[:1].upper() + text[1:], substance)


def rewritten(label: str, before: Data | None, now: Data | None, *, substance: bool = False) -> Iterator[Sentence]:
    """Tell a text that was changed in one or both languages."""
    old, new = before or {}, now or {}
    changed = [lang for lang in LANGUAGES if old.get(lang) != new.get(lang)]
    if changed:
        pairs = tuple(Rewritten(str(LANGUAGES[x]), old.get(x, ""), new.get(x, "")) for x in changed)
        yield Sentence(label, substance, pairs)


def changed(
    pattern: Text, what: str, before: tuple[str, Any], now: tuple[str, Any], *, substance: bool = True
) -> Sentence:
    """Say what something is now and was before, each in words and as the definition has it.

    Where the words are the same (a number and a text of the same digits) both are shown as they are written.
    """
    old, new = before[0], now[0]
    if old == new:
        old, new = f"{old} [{exactly(before[1])}]", f"{new} [{exactly(now[1])}]"
    return Sentence(str(pattern) % {"what": what, "before": old, "now": new}, substance)


def come_and_gone(
    came: Text,
    went: Text,
    before: Sequence[str],
    now: Sequence[str],
    names: Names = (str, str),
    *,
    substance: bool = True,
) -> Iterator[Sentence]:
    """Tell what came into a list and what went out of it; ``names`` say what was and what is called how."""
    old, new = Counter(before), Counter(now)
    yield from (said(str(came) % {"what": names[1](one)}, substance=substance) for one in (new - old))
    yield from (said(str(went) % {"what": names[0](one)}, substance=substance) for one in (old - new))


def keyed(items: Sequence[Data], key: Callable[[Data], str]) -> dict[tuple[str, int], Data]:
    """Return items by their key; a key that stands twice is counted."""
    seen: Counter[str] = Counter()
    found = {}
    for item in items:
        name = key(item)
        found[(name, seen[name])] = item
        seen[name] += 1
    return found


def order_changed(before: Mapping[Any, Any], now: Mapping[Any, Any]) -> bool:
    """Whether what stayed stands in another order."""
    return [k for k in before if k in now] != [k for k in now if k in before]


def texts_changed(
    came: Text, went: Text, other: Text, before: Sequence[Data], now: Sequence[Data], *, substance: bool = True
) -> Iterator[Sentence]:
    """Tell a list of texts in two languages: what came, what went; as many of each are taken as written anew."""
    known, kept = set(map(exactly, before)), set(map(exactly, now))
    new, gone = [t for t in now if exactly(t) not in known], [t for t in before if exactly(t) not in kept]
    if len(new) == len(gone):
        for old, text in zip(gone, new, strict=True):
            yield from rewritten(str(other) % {"what": words.pick(text)}, old, text)
        return
    yield from (said(str(came) % {"what": words.pick(t)}, substance=substance) for t in new)
    yield from (said(str(went) % {"what": words.pick(t)}, substance=substance) for t in gone)


def unmeant(what: str) -> Sentence:
    """Say that something is written differently and means the same."""
    return said(_("%(what)s: the file says it in another way; nothing changes for people.", what=what), substance=False)


def unknown(what: str, key: str, before: Any, now: Any) -> Sentence:
    """Say that a value changed for which there are no words."""
    return said(
        _("%(what)s: “%(field)s” is now %(now)s (before: %(before)s).", what=what, field=key, now=exactly(now),
          before=exactly(before))
    )  # fmt: skip


def told(before: Data, now: Data, sides: Sides, tellers: Mapping[str, Teller], what: str) -> Iterator[Sentence]:
    """Tell each key that differs: by its teller, else as the definition writes it."""
    for key in [*tellers, *sorted({*before, *now} - tellers.keys())]:
        old, new = before.get(key), now.get(key)
        if same(old, new) and (key in before) == (key in now):
            continue
        if key in tellers:
            yield from list(tellers[key](old, new, sides)) or [unmeant(what)]
        else:
            yield unknown(what, key, old, new)


def text(label: Text) -> Teller:
    """Make the teller of a text in two languages."""
    return lambda before, now, _sides: rewritten(str(label), before, now)


def texts(came: Text, went: Text, other: Text, *, substance: bool = True) -> Teller:
    """Make the teller of a list of such texts."""
    return lambda before, now, _sides: texts_changed(came, went, other, before or [], now or [], substance=substance)


def references(came: Text, went: Text) -> Teller:
    """Make the teller of what something refers to."""
    return lambda before, now, _sides: come_and_gone(came, went, before or [], now or [], substance=False)
