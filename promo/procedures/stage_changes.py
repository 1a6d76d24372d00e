"""What changed of one stage, in sentences: each key of its data that differs is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.procedures.building import condition, deadline, listed
from promo.procedures.phrases import Phrases
from promo.procedures.requirement_changes import full, key_of, parts_changed
from promo.procedures.saying import (
    Data,
    Sentence,
    Sides,
    Teller,
    begun,
    changed,
    come_and_gone,
    keyed,
    order_changed,
    references,
    said,
    same,
    text,
    texts,
    told,
)


def stage_changes(before: Data, now: Data, sides: Sides) -> Iterator[Sentence]:
    """Tell every difference between two forms of one stage."""
    return told(before, now, sides, _TELLERS, _("The stage"))


def stage_contents(stage: Data, name: str, phrases: Phrases) -> Iterator[Sentence]:
    """Tell what a new stage asks."""
    if "deadline" in stage:
        yield begun(name, _("the term is %(term)s.", term=_terms(stage["deadline"], phrases)))
    for data in stage.get("requires", ()):
        yield begun(name, _("it requires %(what)s.", what=full(data, phrases)))
    for way in _ways_of(stage.get("next")):
        lead = _("it leads to «%(stage)s» %(when)s.", stage=phrases.stage(way["to"]), when=_when(way, phrases))
        yield begun(name, lead)


def _terms(data: Any, phrases: Phrases) -> str:
    return " · ".join(phrases.deadline(deadline(one)) for one in listed(data or [])) or _("none")


def _ways_of(data: Any) -> list[dict[str, Any]]:
    return [{"to": way} if isinstance(way, str) else way for way in data or ()]


def _when(way: Data, phrases: Phrases) -> str:
    made = condition(way.get("when"))
    return phrases.condition(made) if made else _("always")


def _responsible(before: Any, now: Any, sides: Sides) -> Iterator[Sentence]:
    old, new = before or "officer", now or "officer"
    if old != new:
        pattern = _l("%(now)s is now responsible (before: %(before)s).")
        yield changed(pattern, "", (sides.before.function(old), old), (sides.now.function(new), new))


def _deadline(before: Any, now: Any, sides: Sides) -> Iterator[Sentence]:
    if not same(listed(before or []), listed(now or [])):
        pattern = _l("The term is now %(now)s (before: %(before)s).")
        yield changed(pattern, "", (_terms(before, sides.before), before), (_terms(now, sides.now), now))


def _requires(before: Any, now: Any, sides: Sides) -> Iterator[Sentence]:
    return parts_changed(keyed(before or [], key_of), keyed(now or [], key_of), sides)


def _ways(before: Any, now: Any, sides: Sides) -> Iterator[Sentence]:
    old, new = (keyed(_ways_of(value), lambda way: way["to"]) for value in (before, now))
    for key, way in new.items():
        stage = sides.now.stage(key[0])
        if key not in old:
            yield said(_("It may now lead to «%(stage)s» %(when)s.", stage=stage, when=_when(way, sides.now)))
        elif repr(condition(old[key].get("when"))) != repr(condition(way.get("when"))):
            pattern = _l("The way to «%(what)s» is now open %(now)s (before: %(before)s).")
            former, present = old[key].get("when"), way.get("when")
            yield changed(pattern, stage, (_when(old[key], sides.before), former), (_when(way, sides.now), present))
    for key in (k for k in old if k not in new):
        yield said(_("It no longer leads to «%(stage)s».", stage=sides.before.stage(key[0])))
    if order_changed(old, new):
        yield said(_("The ways onward stand in another order."), substance=False)


def _final(before: Any, now: Any, _sides: Sides) -> Iterator[Sentence]:
    if bool(before) != bool(now):
        yield said(_("The procedure now ends here.") if now else _("The procedure no longer ends here."))


def _cancelled(before: Any, now: Any, _sides: Sides) -> Iterator[Sentence]:
    if bool(before) != bool(now):
        yield said(_("Coming here now cancels.") if now else _("Coming here no longer cancels."))


def _tells(before: Any, now: Any, sides: Sides) -> Iterator[Sentence]:
    came, went = _l("«%(what)s» is now told when it is reached."), _l("«%(what)s» is no longer told.")
    return come_and_gone(came, went, before or [], now or [], sides.functions)


_TELLERS: Mapping[str, Teller] = {
    "title": text(_l("It has another name.")),
    "guidance": text(_l("The guidance is written differently.")),
    "responsible": _responsible,
    "deadline": _deadline,
    "requires": _requires,
    "next": _ways,
    "final": _final,
    "cancelled": _cancelled,
    "records": texts(
        _l("«%(what)s» now stays as proof."),
        _l("«%(what)s» no longer stays as proof."),
        _l("What stays as proof is worded differently: «%(what)s»."),
    ),
    "outputs": texts(
        _l("It now brings forth «%(what)s»."),
        _l("It no longer brings forth «%(what)s»."),
        _l("What it brings forth is worded differently: «%(what)s»."),
    ),
    "references": references(_l("It now refers to %(what)s."), _l("It no longer refers to %(what)s.")),
    "tells": _tells,
}
