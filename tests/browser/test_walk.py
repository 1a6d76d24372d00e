"""A walk through the main pages: on a phone in Spanish, at a desk in English and in the dark; axe-core looks at each.

No page scrolls sideways, and a list shows fifteen rows without scrolling.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from promo.core.db import write
from promo.procedures import actions as procedures
from promo.procedures.validation import library_files, parse
from tests.cast import Cast

OFFICER = (
    "/day", "/find?q=quispe", "/work", "/contacts", "/contacts?q=zzzz", "/contacts/new", "/organisations",
    "/activities", "/activities/log", "/events", "/events/new", "/missions", "/outcomes", "/accounts/me", "/nowhere",
)  # fmt: skip
HEAD = ("/day", "/procedures/approvals", "/procedures", "/procedures/PE-GEN-01/1")
ADMIN = ("/day", "/accounts", "/accounts/access", "/reference", "/outbox")
HOW = {
    "phone": ("phone", "es", "light"),
    "desk": ("desk", "en", "dark"),
}


@pytest.fixture
def records(session: Session, sign_in: Any, cast: Cast) -> list[str]:
    """Something on every page: an event that waits for approval, those who take part, an activity; their addresses."""
    with write() as writing:
        for file in (f for f in library_files() if f.stem == "PE-GEN-01"):
            version = procedures.add_draft(writing, parse(file.read_bytes()).data, cast.promoter.id)
            assert version is not None
            day = date(2026, 1, 1)
            procedures.make_effective(writing, version, cast.quality.id, "RD 001-2026", day, day)
    client = sign_in(cast.officer)

    def add(address: str, **values: str) -> str:
        return str(client.post(address, data=values).location)

    about = {"organisation_type": "importer", "country": "US", "visibility": "shared"}
    firm = add("/organisations/new", title="Golden Harvest Foods", **about)
    person = {"given_name": "Rosa", "name_order": "given_first", "source": "in_person", "visibility": "shared"}
    contacts = [add("/contacts/new", family_name=f"Quispe {n}", **person) for n in "ABCDEFGHIJKLMNOPQ"]
    act = add(
        "/events/new", title="Degustación de pisco", act_type="tasting", pillar="gastronomy", starts_on="2027-03-12",
        ends_on="", city="Los Ángeles", country="US", objective="Prensa y compradores", timezone="America/Los_Angeles",
        budget_amount="900", budget_currency="USD", visibility="post", executing_entity="",
    )  # fmt: skip
    who, event = contacts[0].rsplit("/", 1)[1], act.rsplit("/", 1)[1]
    add(f"{act}/add_participant", who=who, role="buyer", status="confirmed")
    add(f"/procedures/runs/{event}/ask")
    next_step = {"next_step": "Enviar muestras", "next_on": "2026-12-04"}
    told = add("/activities/log", activity_type="meeting", who=who, text="Quieren quinua.", **next_step)
    return [firm, contacts[0], act, told]


@pytest.mark.parametrize("how", HOW)
def test_walk(how: str, open_as: Any, cast: Cast, accessible: Any, records: list[str]) -> None:
    device, locale, scheme = HOW[how]
    for member, addresses in ((cast.officer, (*OFFICER, *records)), (cast.head, HEAD), (cast.admin, ADMIN)):
        page = open_as(member, device, color_scheme=scheme)
        token = page.locator("input[name=csrf_token]").first.get_attribute("value")
        page.request.post("/accounts/language", form={"csrf_token": token, "locale": locale}, max_redirects=0)
        for address in addresses:
            page.goto(address)
            assert page.locator("html").get_attribute("lang") == locale
            width = page.viewport_size["width"]
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} scrolls sideways"
            accessible(page)


def test_list_shows_fifteen_rows(open_as: Any, cast: Cast, records: list[str]) -> None:
    page = open_as(cast.officer)
    page.goto("/contacts")
    shown = page.locator("tbody tr").evaluate_all(
        "rows => rows.filter(r => r.getBoundingClientRect().bottom <= innerHeight).length"
    )
    assert shown >= 15
