"""Trade missions through HTTP: what they share with events is tested there."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from promo.core.db import session, write
from promo.missions.models import Mission
from promo.procedures import actions as procedures
from promo.procedures.validation import library_files, parse
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("session")

FEW = {
    "title": "Misión comercial de granos andinos", "act_type": "outgoing", "pillar": "trade",
    "starts_on": "2027-05-03", "ends_on": "2027-05-07", "city": "Los Angeles", "country": "US", "visibility": "post",
}  # fmt: skip


def test_new_stands_under_the_procedure_of_trade_missions(sign_in: Any, cast: Cast) -> None:
    day = date(2026, 1, 1)
    with write() as writing:
        file = next(f for f in library_files() if f.stem == "PE-COM-01")
        version = procedures.add_draft(writing, parse(file.read_bytes()).data, cast.promoter.id)
        assert version is not None
        procedures.make_effective(writing, version, cast.quality.id, "RD 001-2026", day, day)
    client = sign_in(cast.officer)
    assert client.get("/missions/new").status_code == 200
    answer = client.post("/missions/new", data=FEW)
    page = client.get(answer.location)
    assert "PE-COM-01" in page.text
    mission = session().scalars(select(Mission)).one()
    assert mission.reference == "MI-CG-US-LAX-2026-0001"
    assert mission.status != "planned"
    assert "granos andinos" in client.get("/missions").text


def test_new_knows_only_its_own_types(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    assert client.post("/missions/new", data=FEW | {"act_type": "seminar"}).status_code == 422


def test_all_pages_of_a_mission_answer(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    address = client.post("/missions/new", data=FEW).location
    client.post(f"{address}/add_participant", data={"who": ["+Rosa"], "role": "leader", "status": "confirmed"})
    for path in ("", "/edit", "/add_participant"):
        assert client.get(address + path).status_code == 200
    one = client.get(address).text.split("/edit_participant")[0].rsplit("/", 1)[1]
    assert client.get(f"{address}/participants/{one}/edit_participant").status_code == 200
    assert client.post(f"{address}/participants/{one}/remove_participant").status_code == 303
    assert client.post(f"{address}/edit", data=FEW | {"venue": "Cámara"}).status_code == 303
    assert client.post(f"{address}/archive").status_code == 303
    assert client.post(f"{address}/unarchive").status_code == 303


def test_show_of_an_event_is_no_mission(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    address = client.post("/missions/new", data=FEW).location
    assert client.get(address.replace("missions", "events")).status_code == 404
