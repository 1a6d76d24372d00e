"""The history of an event under its procedure: stages, questions, those who take part, all by their names."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from promo.core.db import write
from promo.procedures import actions as procedures
from promo.procedures.validation import library_files, parse
from promo.reference.models import Sector
from tests.cast import Cast
from tests.pages import Page

PLANNED = {
    "title": "Rueda de negocios de alimentos", "act_type": "matchmaking", "pillar": "trade",
    "starts_on": "2027-03-12", "ends_on": "2027-03-13", "city": "Los Angeles", "country": "US",
    "objective": "Reunir oferta y demanda", "visibility": "post", "countries": ["US", "MX"],
    "budget_amount": "1500.5", "budget_currency": "USD",
}  # fmt: skip


def test_history_of_an_event(session: Any, cast: Cast, sign_in: Any) -> None:
    day = date(2026, 1, 1)
    with write() as writing:
        file = next(f for f in library_files() if f.stem == "PE-COM-02")
        version = procedures.add_draft(writing, parse(file.read_bytes()).data, cast.promoter.id)
        assert version is not None
        procedures.make_effective(writing, version, cast.quality.id, "RD 001-2026", day, day)
        sector = writing.scalars(select(Sector).limit(1)).one()
        sectors = [str(sector.id)]
    officer = sign_in(cast.officer)
    address = officer.post("/events/new", data=PLANNED | {"sectors": sectors}).location
    id_ = address.rsplit("/", 1)[1]
    who = officer.post(
        "/contacts/new",
        data={"family_name": "Mamani", "name_order": "given_first", "source": "in_person", "visibility": "shared"},
    ).location.rsplit("/", 1)[1]
    assert officer.post(f"{address}/add_participant", data={"who": [who], "role": "buyer"}).status_code == 303
    assert officer.post(f"/procedures/runs/{id_}/advance", data={"to": "supply"}).status_code == 422
    lines = [e.text for e in Page(officer.get(f"/trail/{id_}").text).all("li") if "history__event" in e["class"]]
    assert "Aforo: aún sin completar" in lines[0]
    assert "Mamani · Comprador" in lines[1]
    assert "Propuesta" in lines[-1]
    assert "PE-COM-02 v1" in lines[-1]
    assert "1,500.50" in lines[-1]
    assert "México" in lines[-1]
    assert "12/03/2027" in lines[-1]
