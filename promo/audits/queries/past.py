"""A record as it stood at a moment, from its events: what each field held, who had set it, which parts there were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from promo.core.audit import ROW, Entry, Was
from promo.core.fields import Field
from promo.procedures.models import Transition

Place = tuple[str | None, str | None, str]  # part, row key, field
NOW = 1 << 62  # later than every event


@dataclass(frozen=True)
class Cell:
    """What a field held, who had set it and when (None: before the trail begins)."""

    value: Any
    field: Field | None = None
    by: int | None = None
    at: datetime | None = None
    hidden: bool = False
    erased: bool = False


@dataclass(frozen=True)
class _Change:
    event: int
    entry: Entry
    was: Was


class Past:
    """The events of one record, oldest first."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self.changes: dict[Place, list[_Change]] = {}
        for entry in entries:
            for was in entry.changes:
                place = (was.part, was.row_key, was.name)
                self.changes.setdefault(place, []).append(_Change(entry.id, entry, was))

    def until(self, move: Transition) -> int:
        """Return the number of the event that told of a move: what stood there when the stage was left."""
        for change in self._row_changes(Transition.__tablename__, str(move.id)):
            return change.event
        return max((e.id for e in self.entries if e.at <= move.at), default=0)

    def cell(self, place: Place, until: int) -> Cell | None:
        """Return what a field held after an event; None when the trail does not know."""
        changes = self.changes.get(place, ())
        before = [c for c in changes if c.event <= until]
        if before:
            last = before[-1]
            was = last.was
            return Cell(was.new, was.field, last.entry.actor_id, last.entry.at, was.hidden, was.erased)
        if changes:
            was = changes[0].was
            return Cell(was.old, was.field, hidden=was.hidden, erased=was.erased)
        return None

    def own(self, until: int) -> Iterator[tuple[str, Cell]]:
        """Yield the record's own fields that the trail knows."""
        for part, _row, name in self.changes:
            if part is None and (cell := self.cell((None, None, name), until)) is not None:
                yield name, cell

    def knows(self, part: str) -> bool:
        """Whether the trail tells anything of a kind of part."""
        return any(place[0] == part for place in self.changes)

    def parts(self) -> list[str]:
        """Return the kinds of parts that the trail knows, in the order in which they came."""
        return list(dict.fromkeys(place[0] for place in self.changes if place[0] is not None))

    def rows(self, part: str, until: int) -> dict[str, dict[str, Cell]]:
        """Return the parts of one kind that were there after an event, by their keys."""
        found: dict[str, dict[str, Cell]] = {}
        for own, key, name in self.changes:
            if own == part and key is not None and name != ROW and self._there(part, key, until):
                cell = self.cell((part, key, name), until)
                if cell is not None:
                    found.setdefault(key, {})[name] = cell
        return found

    def _row_changes(self, part: str, key: str) -> list[_Change]:
        return self.changes.get((part, key, ROW), [])

    def _there(self, part: str, key: str, until: int) -> bool:
        changes = self._row_changes(part, key)
        before = [c for c in changes if c.event <= until]
        if before:
            return before[-1].was.new is not None
        return not changes or changes[0].was.old is not None
