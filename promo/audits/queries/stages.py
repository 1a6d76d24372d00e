"""A record's data as they stood each time it left a stage, and now: for people, and as JSON for the pack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from promo.audits.queries.followed import NUMBER, Write
from promo.audits.queries.masking import MASK
from promo.audits.queries.past import NOW, Cell
from promo.audits.queries.reading import Dossier
from promo.core import audit
from promo.procedures import words
from promo.procedures.models import Approval, Run, Transition

BOOKS = frozenset({Run.__tablename__, Transition.__tablename__, Approval.__tablename__, "file"})  # told apart
LEFT_OUT = frozenset({"status"})  # the stage says it


@dataclass(frozen=True)
class Standing:
    """How a record stood when it left a stage (or stands now): its fields and its parts, in words and as data.

    ``changed`` is what its words say otherwise than those of the stage before; of the first, all.
    """

    title: str
    at: datetime | None
    event: int | None
    own: list[tuple[str, str]] = field(default_factory=list)
    parts: list[tuple[str, list[str]]] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    before: Standing | None = None

    @property
    def changed(self) -> tuple[list[tuple[str, str]], list[tuple[str, list[str]]]]:
        """The fields and the rows of parts that are new or other than in the stage before."""
        if self.before is None:
            return self.own, self.parts
        known = {name: set(rows) for name, rows in self.before.parts}
        parts = [(name, [row for row in rows if row not in known.get(name, ())]) for name, rows in self.parts]
        return [pair for pair in self.own if pair not in self.before.own], [(n, rows) for n, rows in parts if rows]


def standings(dossier: Dossier, write: Write) -> list[Standing]:
    """Return how a record stood at each move, the first first, and how it stands now."""
    definition = dossier.case.definition if dossier.case else None
    found: list[Standing] = []
    for move in dossier.moves if definition else ():
        title = words.stage_title(definition, move.from_stage) if definition else ""
        made = Standing(title, move.at, dossier.past.until(move), before=found[-1] if found else None)
        found.append(_fill(made, dossier, write))
    return [*found, _fill(Standing(_("Now"), None, None, before=found[-1] if found else None), dossier, write)]


def _fill(made: Standing, dossier: Dossier, write: Write) -> Standing:
    past, until = dossier.past, NOW if made.event is None else made.event
    fields: dict[str, Any] = {}
    for described in dossier.kind.fields():
        cell = past.cell((None, None, described.name), until) or _present(dossier, described.name)
        if described.name not in LEFT_OUT and cell.value not in (None, "", []):
            fields[described.name] = _data(cell)
            made.own.append((str(described.label), _shown(cell, write, dossier, described)))
    parts: dict[str, Any] = {}
    for part in past.parts():
        rows = past.rows(part, until) if part not in BOOKS else {}
        if rows:
            parts[part] = {key: {name: _data(cell) for name, cell in row.items()} for key, row in rows.items()}
            made.parts.append((str(audit.name_of(part) or part), [_line(row, write, dossier) for row in rows.values()]))
    made.data.update(fields=fields, parts=parts)
    return made


def _present(dossier: Dossier, name: str) -> Cell:
    hidden = dossier.level.hide(dossier.record.kind, None, name)
    return Cell(_json(getattr(dossier.record, name)), hidden=hidden)


def _shown(cell: Cell, write: Write, dossier: Dossier, described: Any) -> str:
    if cell.hidden or cell.erased:
        return MASK
    return write(NUMBER if isinstance(cell.value, float) else described, cell.value, dossier.names) or ""


def _line(row: Mapping[str, Cell], write: Write, dossier: Dossier) -> str:
    return " · ".join(_pieces(row, write, dossier))


def _pieces(row: Mapping[str, Cell], write: Write, dossier: Dossier) -> Iterator[str]:
    for cell in row.values():
        if cell.field is None or cell.value in (None, "", [], False):
            continue
        text = _shown(cell, write, dossier, cell.field)
        yield str(cell.field.label) if cell.value is True and cell.field.type == "yes_no" else text


def _data(cell: Cell) -> Any:
    return MASK if cell.hidden or cell.erased else cell.value


def _json(value: Any) -> Any:
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
