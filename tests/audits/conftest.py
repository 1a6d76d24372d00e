"""Case files to audit: one approved and moved on, one cancelled, one put away, one activity with somebody by name."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from promo.audits import actions
from promo.audits.models import AuditSample
from promo.audits.queries.masking import Level
from promo.audits.queries.packing import Wanted
from promo.audits.queries.population import Filters
from promo.core.access import Grant, Viewer
from promo.core.db import session, write
from promo.core.records import Record
from promo.procedures.models import Approval
from tests.cast import Cast, Member
from tests.factories import enforce

PLAN = {
    "title": "Cata de café", "act_type": "tasting", "pillar": "trade", "visibility": "post", "starts_on": "2027-03-04",
    "ends_on": "2027-03-04", "city": "Anaheim", "country": "US", "timezone": "America/Los_Angeles",
    "objective": "Presentar tostadores", "venue": "Centro", "budget_amount": "900", "budget_currency": "USD",
    "executing_entity": "mre", "capacity": "20",
}  # fmt: skip
READER = Viewer(0, "prueba", grants=(Grant("auditor"),))


@dataclass
class Cases:
    """The numbers and references of what is to be audited."""

    approved: int
    cancelled: int
    archived: int
    activity: int
    contact: int

    @property
    def all(self) -> list[int]:
        """Every case file, without the contact."""
        return [self.approved, self.cancelled, self.archived, self.activity]


def number(address: str) -> int:
    """Return the number at the end of an address."""
    return int(address.partition("?")[0].rstrip("/").rsplit("/", 1)[1])


def reference(id_: int) -> str:
    """Return the reference of a record."""
    return session().scalars(select(Record.reference).where(Record.id == id_)).one()


@pytest.fixture
def cases(session: Any, sign_in: Any, cast: Cast) -> Cases:
    """Store them, each step by whoever takes it, through HTTP."""
    enforce(cast, "PE-GEN-01", "PE-ACT-01")
    officer, head = sign_in(cast.officer), sign_in(cast.head)
    person = {"given_name": "Rosa", "family_name": "Quispe", "name_order": "given_first", "source": "in_person",
              "visibility": "shared", "emails-0": "rosa.quispe@firm.example"}  # fmt: skip
    contact = number(officer.post("/contacts/new", data=person).location)
    met = {"activity_type": "meeting", "who": str(contact), "text": "Rosa quiere veinte sacos."}
    activity = number(officer.post("/activities/log", data=met).location)
    approved = number(officer.post("/events/new", data=PLAN).location)
    edited = officer.post(f"/events/{approved}/edit", data=PLAN | {"version": "2"})
    assert edited.status_code == 303, edited.text
    officer.post(f"/events/{approved}/add_participant", data={"who": str(contact), "role": "buyer"})
    file = {"category": "concept_note", "file": (io.BytesIO(b"Nota de Rosa Quispe"), "nota de Rosa.txt")}
    assert officer.post(f"/files/records/{approved}", data=file).status_code == 303
    asked = officer.post(f"/procedures/runs/{approved}/ask")
    assert asked.status_code == 303, asked.text
    waiting = session.scalars(select(Approval).where(Approval.state == "waiting")).one()
    assert head.post(f"/procedures/approvals/{waiting.id}/approve").status_code == 303
    cancelled = number(officer.post("/events/new", data=PLAN | {"title": "Feria suspendida"}).location)
    off = officer.post(f"/procedures/runs/{cancelled}/advance", data={"to": "cancelled", "reason": "Sin sala"})
    assert off.status_code == 303, off.text
    archived = number(officer.post("/events/new", data=PLAN | {"title": "Taller repetido"}).location)
    assert officer.post(f"/events/{archived}/archive").status_code == 303
    return Cases(approved, cancelled, archived, activity, contact)


@pytest.fixture
def sampled(cases: Cases, cast: Cast) -> AuditSample:
    """A sample of three that the auditor drew."""
    return draw(cast.auditor)


def draw(by: Member, n: int = 3, seed: str = "1", strata: str | None = None, **filters: Any) -> AuditSample:
    """Draw a sample as somebody."""
    fixed = actions.fix(session(), by.viewer, Filters(**filters), strata, n, seed)
    with write() as writing:
        return actions.draw(writing, by.viewer, fixed, {"title": "Muestra", "size": n, "seed": seed}, None)


@pytest.fixture
def packed(cases: Cases, tmp_path: Path) -> Callable[..., Path]:
    """``packed(Level.PERSONAL)`` writes a pack of all case files, or of a sample, and returns where it is."""

    def packed(level: Level = Level.SENSITIVE, drawn: AuditSample | None = None, ids: Any = None) -> Path:
        path = tmp_path / f"{level.name}.zip"
        wanted = Wanted(list(ids or cases.all), level, READER, "Ana Auditora <ana@firm.example>", drawn)
        actions.pack(session(), wanted, path, lambda done, total=None: None)
        return path

    return packed
