"""A walk through the pages: on a phone in Spanish, at a desk in English and in the dark; axe-core looks at each.

No page scrolls sideways, and a list shows fifteen rows without scrolling.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core import clock
from promo.reference.models import Sector
from tests.cast import Cast
from tests.factories import enforce

TEAM = "/work" + "/team"
TODAY = clock.today("America/Los_Angeles")
SOON = (TODAY + timedelta(days=60)).isoformat()
WALKS = {
    "officer": (
        "/day", "/find?q=quispe", "/work", "/contacts", "/contacts?q=zzzz", "/contacts/new", "/organisations",
        "/activities", "/activities/log", "/events", "/events/new", "/missions", "/outcomes", "/outcomes/new",
        "/accounts/me", "/accounts/me/sessions", "/accounts/me/second_factor", "/nowhere",
        "/organisations/{firm}", "/organisations/{firm}/edit", "/contacts/{contact}", "/contacts/{contact}/edit",
        "/activities/{activity}", "/activities/{activity}/edit", "/events/{event}", "/events/{event}?tab=participants",
        "/missions/{mission}", "/missions/{mission}/edit", "/outcomes/{outcome}", "/outcomes/{outcome}/edit",
        TEAM + "/{event}",
    ),
    "head": ("/day", "/procedures/approvals", "/procedures", "/procedures/PE-GEN-01/1"),
    "manager": (
        "/reports", "/reports?period=last_year", "/outcomes?grade=declared", "/activities?since={today}", "/exports",
        "/exports/1", "/trail/{event}",
    ),
    "quality": (
        "/day", "/procedures/PE-COM-02/1", "/trail", "/trail/{outcome}", "/calendars", "/calendars/CG-US-LAX/{year}",
        "/calendars/decrees", "/procedures/routes", "/procedures/routes?function=head_of_mission",
        "/procedures/route/CG-US-LAX", "/procedures/who",
    ),
    "auditor": (
        "/reports", "/trail?action=create", "/trail/{firm}", "/outcomes/{outcome}", "/exports",
    ),
    "admin": (
        "/day", "/accounts", "/accounts/new", "/accounts/1", "/accounts/1/edit", "/accounts/access", "/reference",
        "/reference/sectors", "/reference/posts/CG-US-LAX", "/reference/posts/CG-US-LAX/edit", "/outbox", "/outbox/1",
    ),
}  # fmt: skip
HOW = {
    "phone": ("phone", "es", "light"),
    "desk": ("desk", "en", "dark"),
}


@pytest.fixture
def records(session: Session, sign_in: Any, cast: Cast) -> dict[str, str]:
    """Something on every page: an event that waits for approval, those who take part, what came of it; their ids."""
    enforce(cast, "PE-GEN-01", "PE-COM-01", "PE-COM-02", "PE-ACT-01")
    client = sign_in(cast.officer)

    def add(address: str, **values: str) -> str:
        return str(client.post(address, data=values).location).partition("?")[0].rsplit("/", 1)[-1]

    about = {"organisation_type": "importer", "country": "US", "visibility": "shared"}
    firm = add("/organisations/new", title="Golden Harvest Foods", **about)
    person = {"given_name": "Rosa", "name_order": "given_first", "source": "in_person", "visibility": "shared"}
    contact, *_others = [add("/contacts/new", family_name=f"Quispe {n}", **person) for n in "ABCDEFGHIJKLMNOPQ"]
    plan = {
        "starts_on": SOON, "ends_on": "", "city": "Los Ángeles", "country": "US", "timezone": "America/Los_Angeles",
        "objective": "Prensa y compradores", "budget_amount": "900", "budget_currency": "USD", "visibility": "post",
    }  # fmt: skip
    event = add("/events/new", title="Degustación de pisco", act_type="tasting", pillar="gastronomy", **plan)
    mission = add("/missions/new", title="Misión a Guayaquil", act_type="outgoing", pillar="trade", **plan)
    add(f"/events/{event}/add_participant", who=contact, role="buyer", status="confirmed")
    add(f"/procedures/runs/{event}/ask")
    next_step = {"next_step": "Enviar muestras", "next_on": SOON, "part_of": event}
    activity = add("/activities/log", activity_type="meeting", who=contact, text="Quieren quinua.", **next_step)
    sector = session.scalars(select(Sector.id).where(Sector.parent_id.isnot(None)).order_by(Sector.id)).first()
    outcome = add(
        "/outcomes/new", outcome_type="export_sale", grade="declared", pillar="trade", country="US", visibility="post",
        amount="12,500.00", currency="EUR", starts_on=TODAY.isoformat(), main_act_id=event, sector_id=str(sector),
        organisation_id=firm,
    )  # fmt: skip
    sign_in(cast.manager).post("/exports/start/outcomes?format=xlsx")
    client.post("/login/forgotten", data={"email": cast.officer.email})
    return {
        "firm": firm, "contact": contact, "event": event, "mission": mission, "activity": activity, "outcome": outcome,
        "today": TODAY.isoformat(), "year": str(TODAY.year + 1),
    }  # fmt: skip


def rows_shown(page: Page) -> int:
    """How many rows of a list are seen without scrolling."""
    script = "rows => rows.filter(row => row.getBoundingClientRect().bottom <= innerHeight).length"
    return int(page.locator("tbody tr").evaluate_all(script))


@pytest.mark.parametrize("how", HOW)
def test_walk(how: str, open_as: Any, cast: Cast, accessible: Any, records: dict[str, str]) -> None:
    device, locale, scheme = HOW[how]
    for part, addresses in WALKS.items():
        page = open_as(cast.members[part], device, color_scheme=scheme)
        token = page.locator("input[name=csrf_token]").first.get_attribute("value")
        page.request.post("/accounts/language", form={"csrf_token": token, "locale": locale}, max_redirects=0)
        for address in addresses:
            answer = page.goto(address.format(**records))
            assert answer.status == (404 if address == "/nowhere" else 200), address
            assert page.locator("html").get_attribute("lang") == locale
            width = page.viewport_size["width"]
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} scrolls sideways"
            if (device, address) == ("desk", "/contacts"):
                assert rows_shown(page) >= 15
            accessible(page)
