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
    """Somebody else changed the same parts of a draft since the form was opened; both texts are kept."""

    def __init__(self, clashes: Sequence[Clash], by: str, edition: int) -> None:
        super().__init__(", ".join(c.name for c in clashes))
        self.clashes, self.by, self.edition = list(clashes), by, edition


@dataclass
class Merged:
    """An element with what was typed, and the parts in which it clashes with what is stored."""

    data: dict[str, Any]
    clashes: list[Clash] = field(default_factory=list)


def merge(parts: Sequence[Part], raw: Mapping[str, Raw], base: Data, now: Data) -> Merged:
    """Return what is stored *now* with what was typed over what its writer had seen (*base*).

    A part that only one of the two changed takes that change; one that both changed in different ways clashes. Raises
    :class:`Wrong` with what can't be read.
    """
    merged, errors = Merged(dict(now)), Errors()
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
        if stored == before:
            merged.data = part.put(merged.data, value)
        else:
            merged.clashes.append(Clash(part.name, part.label, part.say(value), part.say(stored)))
    if errors:
        raise Wrong(errors)
    return merged
