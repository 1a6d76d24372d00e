"""A small kind of record to try the engine on, under the library's own procedures."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from promo.core import records
from promo.core.db import write
from promo.core.fields import Field, Rows
from promo.core.records import Kind, Record
from promo.procedures import actions
from promo.procedures.models import ProcedureVersion, Run
from promo.procedures.validation import library_files, parse
from tests.cast import Cast, Member

FACTS: dict[int, dict[str, Any]] = {}
TYPES = (("matchmaking", "Rueda de negocios"), ("seminar", "Seminario"))


def _facts(session: Session, record: Record) -> dict[str, Any]:
    """The record's columns, and whatever a test says besides."""
    return {"title": record.title, "pillar": record.pillar, "starts_on": record.starts_on, **FACTS.get(record.id, {})}


COMPLETE: dict[str, Any] = {
    "act_type": "seminar", "starts_on": date(2027, 3, 12), "ends_on": date(2027, 3, 13), "city": "Los Angeles",
    "objective": "Presentar doce exportadoras", "participants": [{"id": 1, "title": "Golden Harvest", "role": "buyer"}],
    "venue": "Centro", "countries": ["US"], "sectors": ["grains"], "executing_entity": "MRE", "budget_usd": None,
    "capacity": 20,
}  # fmt: skip


COMPUTED = (
    Field("act_type", "choice", "Tipo", choices=TYPES), Field("ends_on", "date", "Fin"),
    Field("city", "text", "Ciudad"),
    Field("objective", "text", "Objetivo"), Field("venue", "text", "Lugar"), Field("countries", "codes", "Países"),
    Field("sectors", "codes", "Sectores"), Field("executing_entity", "text", "Ejecuta"),
    Field("budget_usd", "decimal", "Presupuesto"), Field("capacity", "integer", "Capacidad"),
)  # fmt: skip
PARTICIPANTS = Rows("participants", "list", "Participantes", keys=(Field("role", "text", "Papel"),))


@dataclass
class Trial:
    """The engine on a desk: procedures in force, records under them."""

    cast: Cast
    versions: dict[str, ProcedureVersion] = field(default_factory=dict)

    def enforce(self, code: str, data: dict[str, Any] | None = None) -> ProcedureVersion:
        """Bring a procedure of the library into force for the trial kind."""
        if data is None:
            file = next(f for f in library_files() if f.stem == code)
            data = copy.deepcopy(parse(file.read_bytes()).data)
        data["applies_to"]["kind"] = "record"
        with write() as session:
            version = actions.add_draft(session, data, self.cast.promoter.id)
            assert version is not None
            day = date(2026, 1, 1)
            actions.make_effective(session, version, self.cast.quality.id, "RD 001-2026", day, day)
        self.versions[code] = version
        return version

    def begin(self, by: Member | None = None, title: str = "Foro de granos", **facts: Any) -> Run:
        """Add a record and start its run."""
        who = by or self.cast.officer
        with write() as session:
            number = len(FACTS) + 1
            record = Record(
                kind="record", title=title, sort_key=title.lower(), reference=f"TR-{number:04d}", post_id=who.post_id,
                owner_id=who.id, pillar="trade", visibility="post", starts_on=date(2027, 3, 12),
            )  # fmt: skip
            session.add(record)
            session.flush()
            FACTS[record.id] = {**COMPLETE, **facts}
            return actions.start(session, who.viewer, record)

    def change(self, record_id: int, **facts: Any) -> None:
        """Change facts of a record, as an edit by its feature would."""
        with write() as session:
            FACTS[record_id] |= facts
            record = session.get_one(Record, record_id)
            record.title_en = f"{record.title_en or ''}."
            record.touch()


@pytest.fixture
def trial(session: Session, cast: Cast) -> Iterator[Trial]:
    """The engine with the simple act in force."""
    kind = Kind(
        name="record", model=Record, label="Trial", plural="Trials", icon="flag-3", prefix="TR",
        blueprint="organisations", facts=_facts, types=TYPES, type_field="act_type", work=True, findable=False,
        computed=COMPUTED, lists=(PARTICIPANTS,),
    )  # fmt: skip
    records.register(kind)
    made = Trial(cast)
    made.enforce("PE-GEN-01")
    yield made
    FACTS.clear()
    records._kinds.pop("record")
