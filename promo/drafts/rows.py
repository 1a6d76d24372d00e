"""Several elements one below the other: texts, deadlines, ways on, choices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

from promo.drafts.parts import Data, Errors, Part, Posted, Raw, Wrong, read
from promo.drafts.places import key_for
from promo.procedures import words
from promo.procedures.building import listed

UNITS = (("working_days", _l("working days")), ("calendar_days", _l("calendar days")))
DIRECTIONS = (("before", _l("before")), ("after", _l("after")))


@dataclass(frozen=True)
class Rows(Part):
    """Several elements one below the other, each of the same parts. ``most`` is how many there may be."""

    parts: tuple[Part, ...] = ()
    most: int = 20
    words: Any = field(default=None, compare=False)  # of one row's data

    @property
    def named(self) -> dict[str, Part]:
        """The parts of a row, by name."""
        return {part.name: part for part in self.parts}

    def rows(self, data: Data) -> list[Data]:
        """Return the stored rows as data of an element each."""
        return list(data.get(self.name, []))

    def stored(self, rows: list[dict[str, Any]]) -> Any:
        """Return how the rows are stored."""
        return rows

    def show(self, data: Data) -> Raw:
        """Return each row's raw parts."""
        return [{part.name: part.show(row) for part in self.parts} for row in self.rows(data)]

    def typed(self, form: Posted, prefix: str = "") -> Raw:
        """Return the rows that were posted, in their order."""
        at = [f"{prefix}{self.name}-{n}-" for n in form.numbers(prefix + self.name)]
        return [{part.name: part.typed(form, start) for part in self.parts} for start in at]

    def parse(self, raw: Raw, prefix: str = "") -> Any:
        """Return the rows; those in which nothing was typed are left out."""
        found, errors = [], Errors()
        for index, row in enumerate(raw):
            if blank(row):
                continue
            try:
                found.append(self.row(read(self.parts, row, f"{prefix}{self.name}-{index}-")))
            except Wrong as wrong:
                errors |= wrong.errors
        if len(found) > self.most:
            errors[prefix + self.name] = _l("There may be at most %(most)s.", most=self.most)
        if errors:
            raise Wrong(errors)
        return found

    def row(self, data: dict[str, Any]) -> Any:
        """Return what one row means, from its parts' data."""
        return data

    def put(self, data: Data, value: Any) -> dict[str, Any]:
        """Return the data with other rows."""
        return super().put(data, self.stored(value) if value else None)

    def say(self, value: Any) -> str:
        """Say each row."""
        return " · ".join(self.words(one) if self.words else str(one) for one in value) or "–"


def blank(raw: Raw) -> bool:
    """Whether nothing at all was typed; what is only chosen, in a select or by a tick, does not count."""
    if isinstance(raw, dict):
        return all(blank(v) for k, v in raw.items() if k not in CHOSEN)
    if isinstance(raw, list):
        return all(blank(v) for v in raw)
    return isinstance(raw, bool) or not raw


CHOSEN = frozenset({"unit", "direction", "calendar", "op", "joint", "type"})


@dataclass(frozen=True)
class KeyedRows(Rows):
    """Rows that bear a key each, made from the label where none is typed."""

    key: str = "key"

    def row(self, data: dict[str, Any]) -> Any:
        """Return the row; a text that must be there is there, empty."""
        return {"label": {"es": "", "en": ""}, **data}

    def stored(self, rows: list[dict[str, Any]]) -> Any:
        """Return the rows, each with a key of its own."""
        taken = {row[self.key] for row in rows if self.key in row}
        found = []
        for row in rows:
            if self.key not in row:
                label = row.get("label") or {}
                made = key_for(label.get("en") or label.get("es") or "", taken, "item")
                taken.add(made)
                row = {self.key: made, **row}
            found.append(row)
        return found


@dataclass(frozen=True)
class Duties(Rows):
    """Who does what: a function and a text."""

    def row(self, data: dict[str, Any]) -> Any:
        """Return the row; its text is there, empty or not."""
        return {"text": {"es": "", "en": ""}, **data}


@dataclass(frozen=True)
class TextRows(Rows):
    """Texts one below the other, each in both languages."""

    def rows(self, data: Data) -> list[Data]:
        """Return each text as the data of an element."""
        return [{"text": one} for one in data.get(self.name, ())]

    def row(self, data: dict[str, Any]) -> Any:
        """Return the text."""
        return data["text"]

    def say(self, value: Any) -> str:
        """Say them in the reader's language."""
        return " · ".join(words.pick(one) for one in value) or "–"


@dataclass(frozen=True)
class DeadlineRows(Rows):
    """Deadlines; one alone is stored without a list around it."""

    def rows(self, data: Data) -> list[Data]:
        """Return each deadline with its unit and direction as choices."""
        return [flat_deadline(one) for one in listed(data.get(self.name, []))]

    def row(self, data: dict[str, Any]) -> Any:
        """Return the deadline."""
        return deadline(data)

    def stored(self, rows: list[dict[str, Any]]) -> Any:
        """Return one alone, or the list."""
        return rows[0] if len(rows) == 1 else rows


def flat_deadline(one: Data) -> dict[str, Any]:
    """Return a stored deadline with a name for each of its choices."""
    unit = "working_days" if "working_days" in one else "calendar_days"
    direction = "before" if "before" in one else "after"
    flat = {"days": one[unit], "unit": unit, "direction": direction, "anchor": one[direction]}
    return {**flat, "calendar": one.get("calendar", "post"), "label": one.get("label", {})}


def deadline(flat: Data) -> dict[str, Any]:
    """Return a deadline as it is stored."""
    unit = "calendar_days" if flat.get("unit") == "calendar_days" else "working_days"
    direction = "after" if flat.get("direction") == "after" else "before"
    stored = {unit: flat["days"], direction: flat["anchor"], "calendar": flat.get("calendar") or "post"}
    return {**stored, "label": flat["label"]} if flat.get("label") else stored


@dataclass(frozen=True)
class WayRows(Rows):
    """Stages that one may go to; one without a condition is stored as its mere key."""

    def rows(self, data: Data) -> list[Data]:
        """Return each way with its target and condition."""
        return [{"to": way} if isinstance(way, str) else way for way in data.get(self.name, ())]

    def row(self, data: dict[str, Any]) -> Any:
        """Return the way."""
        return data if "when" in data else data["to"]
