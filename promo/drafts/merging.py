"""What somebody typed, laid over what somebody else has stored meanwhile: part by part, so that neither is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from promo.core.errors import PromoError, Text
from promo.drafts.parts import Data, Errors, Part, Raw, Wrong


@dataclass(frozen=True)
class Clash:
    """A part that two people changed: what each wrote, in words."""

    name: str
    label: Text
    mine: str
    theirs: str


class Clashes(PromoError):
    """Somebody else changed the same parts of a draft since the form was opened; both texts are kept.

    ``edition`` is the one with which what was typed clashes: the choice is between these two texts.
    """

    def __init__(self, clashes: Sequence[Clash], by: str, edition: int) -> None:
        super().__init__(", ".join(c.name for c in clashes))
        self.clashes, self.by, self.edition = list(clashes), by, edition


@dataclass
class Merged:
    """An element with what was typed, and the parts in which it clashes with what is stored."""

    data: dict[str, Any]
    clashes: list[Clash] = field(default_factory=list)


@dataclass(frozen=True)
class Chosen:
    """What the writer chose where two texts clashed (``mine`` or ``theirs``, by part), and what they chose between."""

    by_part: Mapping[str, str] = field(default_factory=dict)
    shown: Data | None = None

    def of(self, part: Part, stored: Any) -> str:
        """Return the choice for a part; nothing when there is none, or what is stored is no longer what was shown."""
        choice = self.by_part.get(part.name, "")
        return choice if choice and self.shown is not None and part.value(self.shown) == stored else ""


def merge(parts: Sequence[Part], raw: Mapping[str, Raw], base: Data, now: Data, chosen: Chosen | None = None) -> Merged:
    """Return what is stored *now* with what was typed over what its writer had seen (*base*).

    A part that only one of the two changed takes that change; one that both changed in different ways is as the writer
    has ``chosen``, else it clashes. Raises :class:`Wrong` with what can't be read.
    """
    merged, errors, choices = Merged(dict(now)), Errors(), chosen or Chosen()
    for part in parts:
        typed = raw[part.name]
        if typed == part.show(base):
            continue
        try:
            value = part.parse(typed)
        except Wrong as wrong:
            errors |= wrong.errors
            continue
        before, stored = part.value(base), part.value(now)
        if value in (before, stored):
            continue
        choice = choices.of(part, stored)
        if stored == before or choice == "mine":
            merged.data = part.put(merged.data, value)
        elif choice != "theirs":
            merged.clashes.append(Clash(part.name, part.label, part.say(value), part.say(stored)))
    if errors:
        raise Wrong(errors)
    return merged
