"""When a procedure could not be followed: the sections of a pack and of its first page that others fill.

Exceptions, urgencies and nonconforming outputs have tables of their own; their feature registers here how they are
read and told, so that whoever puts evidence together needs to know none of them::

    register(Section("exceptions", _l("Authorised exceptions"), rows))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from promo.core.errors import Text


@dataclass(frozen=True)
class Departure:
    """One of them: of which record, at which stage and item of the checklist (if one), what, why, how it stands.

    ``data`` is everything of it that is plain JSON, for the pack.
    """

    record_id: int
    what: Text
    state: Text
    stage: str | None = None
    item: str | None = None
    reason: str | None = None
    asked_by_id: int | None = None
    asked_at: datetime | None = None
    decided_by_id: int | None = None
    decided_at: datetime | None = None
    until: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


Rows = Callable[[Session, Sequence[int]], Iterable[Departure]]


@dataclass(frozen=True)
class Section:
    """One kind of departure: its name in the pack, its title, and how those of some records are read."""

    name: str
    title: Text
    rows: Rows


_sections: dict[str, Section] = {}


def register(section: Section) -> Section:
    """Add a kind of departure. Called once, when its feature is loaded."""
    _sections[section.name] = section
    return section


def sections() -> list[Section]:
    """Return every kind of departure, in the order of their registration."""
    return list(_sections.values())
