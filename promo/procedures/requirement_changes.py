"""What changed of one requirement, in sentences: each key of its data that differs is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core.errors import Text
from promo.procedures import words
from promo.procedures.building import requirement
from promo.procedures.definitions import Answer, Approvals, Declaration, Requirement, Step
from promo.procedures.phrases import ANSWERS, PROTECTED, TYPES, Phrases, amount, number
from promo.procedures.saying import (
    Data,
    Sentence,
    Sides,
    begun,
    changed,
    come_and_gone,
    keyed,
    order_changed,
    rewritten,
    said,
    same,
    unknown,
    unmeant,
)


@dataclass(frozen=True)
class Change:
    """A requirement before and now: its data, what was made of them, and what it is called."""

    before: Data
    now: Data
    old: Any
    new: Any
    sides: Sides
    what: str

    def of(self, key: str) -> tuple[Any, Any]:
        """Return a key's value before and now."""
        return self.before.get(key), self.now.get(key)

    def told(self, pattern: Text, old: str, new: str, key: str, *, substance: bool = True) -> Iterator[Sentence]:
        """Say what a key means now and meant before."""
        before, now = self.of(key)
        yield changed(pattern, self.what, (old, before), (new, now), substance=substance)


def key_of(data: Data) -> str:
    """Return the key of a requirement, given or made."""
    return requirement(data).key


def full(data: Data, phrases: Phrases) -> str:
    """Write a whole requirement on a line: *«Budget sheet» (Document; if Budget is more than US$ 2,000)*."""
    made = requirement(data)
    more = [str(TYPES[type(made)]), *phrases.asks(made)]
    if isinstance(made, Approvals) and made.label:
        more.append(route(made.steps, phrases))
    if made.when:
        more.append(phrases.condition(made.when))
    if not made.waivable:
        more.append(_("no exceptions"))
    return f"«{phrases.label(made)}» ({'; '.join(more)})"


def requirement_changes(before: Data, now: Data, sides: Sides, whole: str = "") -> Iterator[Sentence]:
    """Tell every difference between two forms of one requirement; ``whole`` names that whose elements it is about."""
    old, new = requirement(before), requirement(now)
    what = f"«{sides.now.label(new)}»"
    change = Change(before, now, old, new, sides, f"{whole}: {what}" if whole else what)
    for names, tell in _TELLERS.items():
        if all(same(before.get(name), now.get(name)) and (name in before) == (name in now) for name in names):
            continue
        found = list(tell(change))
        yield from found or [unmeant(change.what)]
    handled = {name for names in _TELLERS for name in names}
    for key in sorted({*before, *now} - handled):
        if not same(before.get(key), now.get(key)):
            yield unknown(change.what, key, before.get(key), now.get(key))


def _texts(label: Text, key: str, *, binding: bool = False) -> Callable[[Change], Iterator[Sentence]]:
    """Make the teller of a text in two languages; what people declare or answer binds them."""

    def tell(change: Change) -> Iterator[Sentence]:
        substance = binding and isinstance(change.new, Answer | Declaration)
        yield from rewritten(str(label) % {"what": change.what}, *change.of(key), substance=substance)

    return tell


def _when(change: Change) -> Iterator[Sentence]:
    if repr(change.old.when) != repr(change.new.when):
        old, new = _when_words(change.old, change.sides.before), _when_words(change.new, change.sides.now)
        yield from change.told(_l("%(what)s is required %(now)s (before: %(before)s)."), old, new, "when")


def _when_words(made: Requirement, phrases: Phrases) -> str:
    return phrases.condition(made.when) if made.when else _("always")


def _compared(change: Change) -> Iterator[Sentence]:
    if repr((change.old.op, change.old.value)) == repr((change.new.op, change.new.value)):
        return
    kind = "answer" if isinstance(change.new, Answer) else "fact"
    old = change.sides.before.compared(change.old.name, change.old.op, change.old.value, kind)
    new = change.sides.now.compared(change.new.name, change.new.op, change.new.value, kind)
    pattern = _l("%(what)s is met when it %(now)s (before: when it %(before)s).")
    yield from change.told(pattern, old, new, "value" if change.old.op == change.new.op else "op")


def _bound(pattern: Text, name: str) -> Callable[[Change], Iterator[Sentence]]:
    def tell(change: Change) -> Iterator[Sentence]:
        old, new = getattr(change.old, name), getattr(change.new, name)
        write = amount if str(getattr(change.new, "name", "")).endswith("_usd") else number
        if old != new:
            words_of = [write(one) if one is not None else _("none") for one in (old, new)]
            yield from change.told(pattern, words_of[0], words_of[1], name)

    return tell


def _switch(name: str, on: Text, off: Text, *, substance: bool = True) -> Callable[[Change], Iterator[Sentence]]:
    def tell(change: Change) -> Iterator[Sentence]:
        if getattr(change.old, name) != getattr(change.new, name):
            pattern = on if getattr(change.new, name) else off
            yield said(str(pattern) % {"what": change.what}, substance=substance)

    return tell


def _function(name: str, pattern: Text) -> Callable[[Change], Iterator[Sentence]]:
    def tell(change: Change) -> Iterator[Sentence]:
        old, new = getattr(change.old, name), getattr(change.new, name)
        if old != new:
            nobody = _("whoever is responsible for the stage")
            before = change.sides.before.function(old) if old else nobody
            yield from change.told(pattern, before, change.sides.now.function(new) if new else nobody, name)

    return tell


def _protects(change: Change) -> Iterator[Sentence]:
    old, new = (str(PROTECTED.get(made.protects, "")) for made in (change.old, change.new))
    if not new:
        yield said(
            _("%(what)s: an urgency may now go past it (it protected %(before)s).", what=change.what, before=old)
        )
    else:
        yield said(_("%(what)s now protects %(now)s: no urgency goes past it.", what=change.what, now=new))


def _references(change: Change) -> Iterator[Sentence]:
    old, new = (value or [] for value in change.of("references"))
    for sentence in come_and_gone(_l("it now refers to %(what)s."), _l("it no longer refers to %(what)s."), old, new):
        yield begun(change.what, sentence.text, substance=False)


def _block(change: Change) -> Iterator[Sentence]:
    old, new = change.of("block")
    if new:
        yield said(
            _("%(what)s now comes from the shared block %(block)s.", what=change.what, block=new), substance=False
        )
    else:
        yield said(
            _("%(what)s no longer comes from the shared block %(block)s.", what=change.what, block=old), substance=False
        )


def _type(change: Change) -> Iterator[Sentence]:
    old, new = (str(ANSWERS[made.type]) for made in (change.old, change.new))
    yield from change.told(_l("%(what)s is now answered by %(now)s (before: %(before)s)."), old, new, "type")


def _choices(change: Change) -> Iterator[Sentence]:
    old, new = (keyed(value or [], lambda c: c["value"]) for value in change.of("choices"))
    for key in [k for k in new if k not in old]:
        yield said(_("%(what)s may now be answered by «%(one)s».", what=change.what, one=words.pick(new[key]["label"])))
    for key in [k for k in old if k not in new]:
        yield said(
            _("%(what)s may no longer be answered by «%(one)s».", what=change.what, one=words.pick(old[key]["label"]))
        )
    for key in [k for k in new if k in old]:
        label = _("%(what)s: an answer to choose is written differently.", what=change.what)
        yield from rewritten(label, old[key]["label"], new[key]["label"])
    if order_changed(old, new):
        yield said(_("%(what)s: the answers to choose stand in another order.", what=change.what), substance=False)


def _where(change: Change) -> Iterator[Sentence]:
    if repr(change.old.where) == repr(change.new.where):
        return
    old, new = (
        "".join(phrases.where(made)) or _("of all")
        for made, phrases in ((change.old, change.sides.before), (change.new, change.sides.now))
    )
    yield from change.told(_l("%(what)s is now asked %(now)s (before: %(before)s)."), old, new, "where")


def _steps(change: Change) -> Iterator[Sentence]:
    bare = [[(s.function, repr(s.when)) for s in made.steps] for made in (change.old, change.new)]
    if bare[0] != bare[1]:
        old, new = route(change.old.steps, change.sides.before), route(change.new.steps, change.sides.now)
        yield from change.told(_l("%(what)s is now decided by %(now)s (before: %(before)s)."), old, new, "approvals")
    for old_step, new_step in zip(change.old.steps, change.new.steps, strict=False):
        label = _("%(what)s: the words of a step are written differently.", what=change.what)
        yield from rewritten(label, old_step.label, new_step.label)


def route(steps: Sequence[Step], phrases: Phrases) -> str:
    """Write who approves after whom, and when: *Head of mission → Line director (if …)*."""
    return " → ".join(
        phrases.function(s.function) + (f" ({phrases.condition(s.when)})" if s.when else "") for s in steps
    )


def _covers(change: Change) -> Iterator[Sentence]:
    old, new = (value or [] for value in change.of("covers"))
    came, went = _l("it now covers «%(what)s»."), _l("it no longer covers «%(what)s».")
    for sentence in come_and_gone(came, went, old, new, (change.sides.before.fact, change.sides.now.fact)):
        yield begun(change.what, sentence.text)


def _parts(change: Change) -> Iterator[Sentence]:
    old, new = (keyed(made["requires"], key_of) for made in (change.before, change.now))
    yield from parts_changed(old, new, change.sides, change.what)


def parts_changed(
    old: dict[tuple[str, int], Data], new: dict[tuple[str, int], Data], sides: Sides, whole: str = ""
) -> Iterator[Sentence]:
    """Tell which requirements came, went and changed."""
    for key, now in new.items():
        if key not in old or _kind(old[key]) != _kind(now):
            yield begun(whole, _("it now requires %(what)s.", what=full(now, sides.now)))
        elif not same(old[key], now):
            yield from requirement_changes(old[key], now, sides, whole)
    for key, before in old.items():
        if key not in new or _kind(new[key]) != _kind(before):
            yield begun(whole, _("it no longer requires %(what)s.", what=full(before, sides.before)))
    if order_changed(old, new):
        yield begun(whole, _("what is required stands in another order."), substance=False)


def _kind(data: Data) -> tuple[type, Any]:
    """Return what a requirement is about: another question or file under the same key is another requirement."""
    made = requirement(data)
    about = getattr(made, "name", None) or getattr(made, "category", None) or getattr(made, "list", None)
    return type(made), about


_WAIVABLE = (_l("%(what)s: an exception can now be authorised."), _l("%(what)s: no exception is possible any longer."))
_MINOR = (
    _l("%(what)s may now change without the approval being asked again."),
    _l("A change of %(what)s now reopens the approval."),
)
_FOUR_EYES = (
    _l("%(what)s: nobody may approve two steps in a row any longer."),
    _l("%(what)s: one person may now approve two steps in a row."),
)
_TOGETHER = (
    _l("%(what)s: several requests may now be approved at once."),
    _l("%(what)s: each request is approved for itself again."),
)
_TELLERS: dict[tuple[str, ...], Callable[[Change], Iterator[Sentence]]] = {
    ("key",): lambda _change: iter(()),  # given or made, it is the same key
    ("label",): _texts(_l("%(what)s is worded differently."), "label", binding=True),
    ("guidance",): _texts(_l("The guidance of %(what)s is written differently."), "guidance"),
    ("when",): _when,
    ("op", "value"): _compared,
    ("type",): _type,
    ("choices",): _choices,
    ("min",): _bound(_l("%(what)s: the least is now %(now)s (before: %(before)s)."), "min"),
    ("max",): _bound(_l("%(what)s: the most is now %(now)s (before: %(before)s)."), "max"),
    ("where",): _where,
    ("requires",): _parts,
    ("by",): _function("by", _l("%(what)s is now declared by %(now)s (before: %(before)s).")),
    ("approvals",): _steps,
    ("four_eyes",): _switch("four_eyes", *_FOUR_EYES),
    ("together",): _switch("together", *_TOGETHER),
    ("covers",): _covers,
    ("waivable",): _switch("waivable", *_WAIVABLE),
    ("waived_by",): _function(
        "waived_by", _l("An exception from %(what)s is now authorised by %(now)s (before: %(before)s).")
    ),
    ("protects",): _protects,
    ("minor",): _switch("minor", *_MINOR),
    ("responsible",): _function("responsible", _l("%(what)s is now seen to by %(now)s (before: %(before)s).")),
    ("references",): _references,
    ("block",): _block,
}
