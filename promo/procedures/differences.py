"""What is different between two versions of a procedure, in plain words: every difference is told, by stage.

``differences`` is pure: data of two definitions in, sentences in the reader's language out. Each says whether it is of
substance (people do something else) or editorial (they read something else).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core.records import PILLARS, kinds
from promo.procedures import words
from promo.procedures.building import build, listed
from promo.procedures.document import indicator_value
from promo.procedures.phrases import Functions, Phrases
from promo.procedures.saying import (
    Data,
    Sentence,
    Sides,
    Teller,
    changed,
    come_and_gone,
    keyed,
    order_changed,
    references,
    rewritten,
    said,
    same,
    text,
    texts,
    told,
)
from promo.procedures.stage_changes import stage_changes, stage_contents

Stages = Mapping[tuple[str, int], Data]


@dataclass(frozen=True)
class Group:
    """The differences of one stage, or of the procedure as a whole (``stage`` is empty)."""

    title: str
    stage: str
    sentences: list[Sentence]


def differences(before: Data, now: Data, functions: Functions) -> list[Group]:
    """Return what changed from one definition to another; nothing when they are the same.

    Both are data that the schema accepts, with blocks included, as versions keep them; ``functions`` are the names of
    all functions by code.
    """
    sides = Sides(Phrases(build(before), functions), Phrases(build(now), functions))
    old, new = (keyed(data["stages"], lambda stage: stage["key"]) for data in (before, now))
    whole = [*_whole(before, now, sides), *_stages(old, new, sides)]
    groups = [Group(_("The procedure as a whole"), "", whole)]
    for number, (key, stage) in enumerate(new.items(), 1):
        if key in old:
            title = f"{number}. {words.pick(stage['title'])}"
            groups.append(Group(title, key[0], list(stage_changes(old[key], stage, sides))))
    return [group for group in groups if group.sentences]


def of_substance(groups: list[Group]) -> bool:
    """Whether anything of substance changed."""
    return any(sentence.substance for group in groups for sentence in group.sentences)


def _whole(before: Data, now: Data, sides: Sides) -> Iterator[Sentence]:
    bare = [{key: value for key, value in data.items() if key != "stages"} for data in (before, now)]
    return told(bare[0], bare[1], sides, _TELLERS, _("The procedure"))


def _stages(old: Stages, new: Stages, sides: Sides) -> Iterator[Sentence]:
    """Tell which stages came, went and moved; what changed within those that stayed has groups of its own."""
    for key, stage in new.items():
        if key not in old:
            title = words.pick(stage["title"])
            yield said(_("The stage «%(stage)s» is new.", stage=title))
            yield from stage_contents(stage, f"«{title}»", sides.now)
    for key in (k for k in old if k not in new):
        yield said(_("The stage «%(stage)s» is no longer there.", stage=words.pick(old[key]["title"])))
    if order_changed(old, new):
        order = " → ".join(words.pick(stage["title"]) for key, stage in new.items() if key in old)
        yield said(_("The stages stand in another order: %(order)s.", order=order))


def _code(before: str, now: str, _sides: Sides) -> Iterator[Sentence]:
    yield said(_("The code is now %(now)s (before: %(before)s).", now=now, before=before))


def _applies_to(before: Data, now: Data, _sides: Sides) -> Iterator[Sentence]:
    labels = {k.name: str(k.plural) for k in kinds()} | {v: str(t) for k in kinds() for v, t in k.types}
    labels |= {name: str(label) for name, label in PILLARS}

    def name(one: str) -> str:
        return labels.get(one, one)

    for key in ("kind", "types", "pillars"):
        old, new = (listed(data.get(key, [])) for data in (before, now))
        if old and not new:
            yield said(_("It no longer keeps to %(what)s: it applies to all.", what=", ".join(map(name, old))))
        elif new and not old:
            yield said(_("It now applies to %(what)s only.", what=", ".join(map(name, new))))
        else:
            came, went = _l("It now applies to %(what)s as well."), _l("It no longer applies to %(what)s.")
            yield from come_and_gone(came, went, old, new, (name, name))


def _responsibilities(before: Any, now: Any, sides: Sides) -> Iterator[Sentence]:
    old, new = (keyed(value or [], lambda line: line["function"]) for value in (before, now))
    for key, line in new.items():
        name = sides.now.function(key[0])
        if key not in old:
            yield said(_("«%(function)s» now has a task: %(task)s", function=name, task=words.pick(line["text"])))
        else:
            label = _("The task of «%(function)s» is written differently.", function=name)
            yield from rewritten(label, old[key]["text"], line["text"])
    for key in (k for k in old if k not in new):
        yield said(_("«%(function)s» no longer has a task.", function=sides.before.function(key[0])))
    if order_changed(old, new):
        yield said(_("The responsibilities stand in another order."), substance=False)


def _indicators(before: Any, now: Any, sides: Sides) -> Iterator[Sentence]:
    old, new = (keyed(value or [], lambda indicator: indicator["key"]) for value in (before, now))
    for key, indicator in new.items():
        if key not in old:
            yield said(_("The indicator «%(name)s» is new.", name=_indicator_name(indicator)))
        elif not same(old[key], indicator):
            yield from _indicator(old[key], indicator, sides)
    for key in (k for k in old if k not in new):
        yield said(_("The indicator «%(name)s» is no longer there.", name=_indicator_name(old[key])))
    if order_changed(old, new):
        yield said(_("The indicators stand in another order."), substance=False)


def _indicator_name(data: Data) -> str:
    return words.pick(data["label"]) if "label" in data else words.readable(str(data["key"]))


def _target(data: Data) -> tuple[str, Any]:
    written = [data.get("target"), data.get("unit")]
    return (indicator_value(data["target"], data.get("unit")) if "target" in data else _("none")), written


def _indicator(before: Data, now: Data, sides: Sides) -> Iterator[Sentence]:
    what = _("The indicator «%(name)s»", name=_indicator_name(now))
    old, new = _target(before), _target(now)
    if not same(old[1], new[1]):
        yield changed(_l("%(what)s: its target is now %(now)s (before: %(before)s)."), what, old, new)
    rest = [{k: v for k, v in data.items() if k not in ("target", "unit")} for data in (before, now)]
    tellers = {
        "label": text(_("The indicator «%(name)s» is named differently.", name=_indicator_name(now))),
        "formula": text(
            _("The formula of the indicator «%(name)s» is written differently.", name=_indicator_name(now))
        ),
    }
    yield from told(rest[0], rest[1], sides, tellers, what)


def _review(_before: Any, _now: Any, sides: Sides) -> Iterator[Sentence]:
    old, new = sides.before.definition.review_months, sides.now.definition.review_months
    if old != new:
        yield said(_("It is now reviewed every %(now)s months (before: %(before)s).", now=new, before=old))


_TELLERS: Mapping[str, Teller] = {
    "code": _code,
    "title": text(_l("The procedure has another name.")),
    "purpose": text(_l("The purpose is written differently.")),
    "applies_to": _applies_to,
    "inputs": texts(
        _l("It now begins from «%(what)s»."),
        _l("It no longer begins from «%(what)s»."),
        _l("What it begins from is worded differently: «%(what)s»."),
    ),
    "outputs": texts(
        _l("It now brings forth «%(what)s»."),
        _l("It no longer brings forth «%(what)s»."),
        _l("What it brings forth is worded differently: «%(what)s»."),
    ),
    "references": references(_l("It now refers to %(what)s."), _l("It no longer refers to %(what)s.")),
    "responsibilities": _responsibilities,
    "indicators": _indicators,
    "changes": text(_l("The note on what changed is written differently.")),
    "review_months": _review,
}
