"""A procedure of five stages for events, and a case file under it in people's browsers: for what departs from it."""

from __future__ import annotations

import io
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from promo.core.db import session, write
from promo.core.records import Record
from promo.procedures import actions
from promo.procedures.departures import AuthorisedException, Urgency
from promo.procedures.models import Approval, Run
from tests.browser_like import Client
from tests.cast import Cast, Member
from tests.pages import Page

NOW = datetime(2026, 11, 9, 15, tzinfo=UTC)
EVENT = {
    "title": "Foro de granos", "act_type": "seminar", "pillar": "trade", "visibility": "post",
    "starts_on": "2026-11-20", "ends_on": "2026-11-20", "city": "Anaheim", "country": "US",
    "timezone": "America/Los_Angeles", "objective": "Doce citas", "budget_amount": "0", "budget_currency": "USD",
}  # fmt: skip


def _label(text: str) -> dict[str, str]:
    return {"es": text, "en": text}


def _stage(key: str, title: str, *requires: dict[str, Any], to: tuple[str, ...], **more: Any) -> dict[str, Any]:
    return {"key": key, "title": _label(title), "responsible": "officer", "requires": list(requires),
            "next": [*to, "cancelled"], **more}  # fmt: skip


DEFINITION: dict[str, Any] = {
    "code": "PE-PRU-01",
    "title": _label("Foro de prueba"),
    "applies_to": {"kind": "event", "types": ["seminar"]},
    "stages": [
        _stage(
            "plan", "Plan",
            {"answer": "risks", "type": "text", "label": _label("Riesgos")},
            {"evidence": "concept_note", "label": _label("Nota conceptual")},
            {"declaration": "conflict", "label": _label("Sin conflicto de intereses"), "waivable": False},
            {"evidence": "budget_sheet", "label": _label("Presupuesto firmado"), "protects": "money"},
            {"approvals": [{"function": "head_of_mission"}], "label": _label("Aprobación"), "waivable": False},
            to=("prepare",), deadline={"working_days": 3, "before": "starts_on", "calendar": "post"},
        ),
        _stage("prepare", "Preparación", {"evidence": "agenda", "label": _label("Agenda")}, to=("hold",)),
        _stage(
            "hold", "Realización", {"answer": "attendance", "type": "integer", "label": _label("Asistencia")},
            to=("closed",),
        ),
        {"key": "closed", "title": _label("Cerrado"), "final": True},
        {"key": "cancelled", "title": _label("Cancelado"), "cancelled": True},
    ],
}  # fmt: skip


def enforce(cast: Cast, **changes: Any) -> None:
    """Bring the procedure into force, with changes of its first stage's requirements by their index (as ``_3``)."""
    data = deepcopy(DEFINITION)
    for name, change in changes.items():
        data["stages"][0]["requires"][int(name[1:])] |= change
    day = date(2026, 1, 1)
    with write() as writing:
        version = actions.add_draft(writing, data, cast.promoter.id)
        assert version is not None
        actions.make_effective(writing, version, cast.quality.id, "RD 001-2026", day, day)


@dataclass
class CaseFile:
    """An event under the procedure, in its owner's browser."""

    client: Client
    id: int

    @classmethod
    def planned(cls, client: Client, **values: Any) -> CaseFile:
        """Plan an event."""
        answer = client.post("/events/new", data=EVENT | values)
        assert answer.status_code == 303, answer.text
        return cls(client, int(str(answer.location).rsplit("/", 1)[1]))

    @property
    def run(self) -> Run:
        """Its run, read anew."""
        session().expire_all()
        return session().scalars(select(Run).where(Run.record_id == self.id)).one()

    @property
    def stage(self) -> str:
        """The stage in which it stands; its record says the same."""
        run = self.run
        assert session().get_one(Record, self.id).status == run.stage
        return run.stage

    def page(self, client: Client | None = None) -> str:
        """The text of its page."""
        return Page((client or self.client).get(f"/events/{self.id}").text).all("main")[0].text

    @property
    def checklist(self) -> str:
        """The text of what is missing."""
        return Page(self.client.get(f"/events/{self.id}").text).by_id("checklist").text

    def item(self, words: str, client: Client | None = None) -> str:
        """The line of its checklist that says this."""
        lines = Page((client or self.client).get(f"/events/{self.id}").text).all("li")
        return next(e.text for e in lines if "checklist__item" in e["class"] and words in e.text)

    def do(self, verb: str, client: Client | None = None, **values: Any) -> Any:
        """Post to its run: advance, answer, declare, ask."""
        return (client or self.client).post(f"/procedures/runs/{self.id}/{verb}", data=values)

    def attach(self, category: str) -> None:
        """Attach a file of a category."""
        file = (io.BytesIO(category.encode()), f"{category}.txt")
        self.client.post(f"/files/records/{self.id}", data={"category": category, "file": file})

    def waiting(self, subject: str = "step") -> Approval:
        """The request about a subject that waits."""
        session().expire_all()
        found = select(Approval).where(Approval.record_id == self.id, Approval.subject == subject)
        return session().scalars(found.where(Approval.state == "waiting")).one()

    def approve(self, client: Client, subject: str = "step") -> Any:
        """Approve what waits in somebody's browser."""
        return client.post(f"/procedures/approvals/{self.waiting(subject).id}/approve")

    def except_(self, item: str, client: Client | None = None, **values: Any) -> Any:
        """Ask for an exception from an item."""
        typed = {"item": item, "reason": "El proveedor no llega", "instead": "Se usa la del año pasado", "until": ""}
        return (client or self.client).post(f"/exceptions/ask/{self.id}", data=typed | values)

    def urge(self, client: Client, **values: Any) -> Any:
        """Declare an urgency."""
        return client.post(f"/urgencies/{self.id}/declare", data={"reason": "Llega el ministro"} | values)

    def exception(self) -> AuthorisedException | None:
        """Its last exception."""
        session().expire_all()
        found = select(AuthorisedException).where(AuthorisedException.record_id == self.id)
        return session().scalars(found.order_by(AuthorisedException.id.desc())).first()

    def urgency(self) -> Urgency | None:
        """Its last urgency."""
        session().expire_all()
        found = select(Urgency).where(Urgency.record_id == self.id).order_by(Urgency.id.desc())
        return session().scalars(found).first()


def told(member: Member) -> list[str]:
    """The subjects of what somebody was told, the newest first."""
    from promo.notices.models import Notice

    found = select(Notice.subject).where(Notice.person_id == member.id).order_by(Notice.id.desc())
    return list(session().scalars(found))
