"""A matchmaking round under PE-COM-02, through HTTP: refused with reasons, mended, approved, reopened, moved on."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from promo.core.db import session, write
from promo.events.models import Event
from promo.procedures.models import Approval, ApprovalRoute
from promo.reference.models import Fair, Sector
from tests.cast import Cast, Member
from tests.factories import enforce

pytestmark = pytest.mark.usefixtures("session")

PLAN = {
    "title": "Rueda de negocios de alimentos", "act_type": "matchmaking", "pillar": "trade", "visibility": "post",
    "starts_on": "2027-03-04", "ends_on": "2027-03-05", "city": "Anaheim", "country": "US",
    "timezone": "America/Los_Angeles",
}  # fmt: skip
WHOLE = {
    "venue": "Anaheim Marriott", "objective": "Reunir oferta y demanda", "executing_entity": "mre", "capacity": "24",
    "countries": ["US"], "budget_amount": "0", "budget_currency": "USD",
}  # fmt: skip


ANSWERS = {
    "slot_minutes": "30", "tables": "12", "mode": "in_person", "plan_activity": "AO-0312", "matching_tool": "Hoja",
    "demand_per_supply": "2", "languages": "Inglés",
}  # fmt: skip


@dataclass
class Round:
    """A matchmaking round in somebody's browser."""

    client: Any
    address: str

    @property
    def id(self) -> int:
        """Its number."""
        return int(self.address.rsplit("/", 1)[1])

    @property
    def status(self) -> str:
        """The stage in which it stands."""
        session().expire_all()
        return session().scalars(select(Event.status).where(Event.id == self.id)).one()

    def run(self, verb: str, client: Any = None, **values: Any) -> Any:
        """Post to its run: advance, answer, declare, ask."""
        return (client or self.client).post(f"/procedures/runs/{self.id}/{verb}", data=values)

    def attach(self, category: str) -> Any:
        """Attach a file of a category."""
        file = (io.BytesIO(category.encode()), f"{category}.txt")
        return self.client.post(f"/files/records/{self.id}", data={"category": category, "file": file})

    def edit(self, **values: Any) -> Any:
        """Change it."""
        sector, fair = session().scalars(select(Sector.id)).first(), session().scalars(select(Fair.id)).first()
        about = PLAN | WHOLE | {"sectors": [str(sector)], "fair_id": str(fair)} | values
        return self.client.post(f"{self.address}/edit", data=about)

    def complete(self, **values: Any) -> Round:
        """Do everything that its first stage asks, but for the approvals."""
        assert self.edit(**values).status_code == 303
        self.attach("concept_note")
        self.run("answer", **ANSWERS)
        assert self.run("declare", key="conflict_of_interest", said="yes").status_code == 303
        return self


@pytest.fixture
def begin(sign_in: Any, cast: Cast) -> Any:
    """``begin(cast.officer)`` plans a round as somebody; all procedures are in force."""
    enforce(cast)

    def begin(by: Member, **values: Any) -> Round:
        client = sign_in(by)
        return Round(client, client.post("/events/new", data=PLAN | values).location)

    return begin


def _waits_for() -> Approval:
    session().expire_all()
    return session().scalars(select(Approval).where(Approval.state == "waiting")).one()


def test_advance_names_each_unmet_item_with_the_place_that_mends_it(begin: Any, cast: Cast) -> None:
    one = begin(cast.officer)
    refused = one.run("advance", to="supply")
    assert refused.status_code == 422
    for place in (
        "edit#objective",
        "edit#capacity",
        "edit#budget_usd",
        "#answer-tables",
        "#declare-conflict_of_interest",
    ):
        assert f'href="{one.address}{"" if place.startswith("#") else "/"}{place}"' in refused.text
    assert f"{one.address}?tab=files&amp;category=concept_note#files" in refused.text
    page = one.client.get(one.address).text
    for anchor in ("answer-tables", "declare-conflict_of_interest", "files"):
        assert f'id="{anchor}"' in page
    edit = one.client.get(f"{one.address}/edit").text
    for field in ("objective", "venue", "countries", "sectors", "budget_usd", "capacity"):
        assert f'id="{field}"' in edit
    assert one.status == "proposal"


def test_approve_is_for_the_head_of_post_and_then_it_moves_on_by_itself(begin: Any, sign_in: Any, cast: Cast) -> None:
    one = begin(cast.officer).complete(budget_amount="400")
    assert one.run("ask").status_code == 303
    asked = _waits_for()
    assert asked.assigned_to_id == cast.head.id
    assert one.client.post(f"/procedures/approvals/{asked.id}/approve").status_code in (403, 404)
    head = sign_in(cast.head)
    page = head.get("/procedures/approvals").text
    assert re.search(r'href="/files/\d+/concept_note.txt"', page)
    for shown in ("Estados Unidos", "Ministerio de Relaciones Exteriores", "US$ 400.00", "Nota conceptual"):
        assert shown in page
    assert (
        page.index("Rueda de negocios de alimentos")
        < page.index("Reunir oferta y demanda")
        < page.index("Anaheim Marriott")
    )
    assert head.post(f"/procedures/approvals/{asked.id}/approve").status_code == 303
    assert one.status == "supply"


def test_return_tells_the_reason_in_the_checklist(begin: Any, sign_in: Any, cast: Cast) -> None:
    one = begin(cast.officer).complete()
    one.run("ask")
    path = f"/procedures/approvals/{_waits_for().id}/return"
    assert sign_in(cast.head).post(path, data={"reason": " "}).status_code == 422
    assert sign_in(cast.head).post(path, data={"reason": "Falta sala"}).status_code == 303
    assert "Falta sala" in one.client.get(one.address).text


def test_edit_warns_before_a_change_reopens_what_was_approved(begin: Any, sign_in: Any, cast: Cast) -> None:
    one = begin(cast.officer).complete(capacity="40")
    warning = "la aprobación se pide de nuevo"
    assert warning not in one.client.get(f"{one.address}/edit").text
    one.run("ask")
    sign_in(cast.head).post(f"/procedures/approvals/{_waits_for().id}/approve")
    page = one.client.get(f"{one.address}/edit").text
    assert warning in page
    covers = re.search(r'data-covers="([^"]*)"', page)
    assert covers
    assert {"title", "objective", "budget_usd"} <= set(covers[1].split())
    assert one.edit(capacity="40", title_en="Food round").status_code == 303
    assert "lo aprobado cambió" not in one.client.get(one.address).text
    assert one.edit(capacity="40", objective="Otro").status_code == 303
    assert "lo aprobado cambió" in one.client.get(one.address).text


def test_ask_in_a_post_of_one_person_goes_to_the_stand_in_and_says_so(begin: Any, sign_in: Any, cast: Cast) -> None:
    with write() as current:
        route = ApprovalRoute(post_id=cast.alone.post_id, function="head_of_mission", stand_in_id=cast.hq_manager.id)
        current.add(route)
    one = begin(cast.alone).complete()
    told = one.client.post(f"/procedures/runs/{one.id}/ask", follow_redirects=True).text
    assert _waits_for().assigned_to_id == cast.hq_manager.id
    assert "titular: es el autor" in told
    assert f"{cast.hq_manager.name} (reemplazo)" in told
    assert "titular: es el autor" in sign_in(cast.hq_manager).get("/procedures/approvals").text


def test_cancelling_works_at_once_and_asks_only_why(begin: Any, cast: Cast) -> None:
    one = begin(cast.officer)
    assert one.run("advance", to="cancelled").status_code == 422
    assert one.run("advance", to="cancelled", reason="Se postergó la feria").status_code == 303
    assert one.status == "cancelled"


def test_each_lack_leads_to_the_first_who_lacks_it(begin: Any, sign_in: Any, cast: Cast) -> None:
    one = begin(cast.officer).complete()
    one.run("ask")
    sign_in(cast.head).post(f"/procedures/approvals/{_waits_for().id}/approve")
    names = ["+Andina Uno", "+Andina Dos"]
    one.client.post(f"{one.address}/add_participant", data={"who": names, "role": "exhibitor", "status": "confirmed"})
    found = re.search(
        rf'href="({one.address}/participants/\d+/edit_participant)#file"', one.client.get(one.address).text
    )
    assert found
    letter = (io.BytesIO(b"Nos comprometemos."), "carta.txt")
    data = {"role": "exhibitor", "status": "confirmed", "category": "commitment_letter", "file": letter}
    assert one.client.post(found[1], data=data).status_code == 303
    assert f'href="{found[1]}#file"' not in one.client.get(one.address).text


def test_readers_see_what_is_missing_without_links_to_mend_it(begin: Any, sign_in: Any, cast: Cast) -> None:
    one = begin(cast.officer)
    page = sign_in(cast.auditor).get(one.address).text
    assert "Qué falta" in page
    assert "/edit#objective" not in page
