"""Story 4: organisations and contacts are kept once; a probable duplicate is shown while one types."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy.orm import Session

from tests.browser import hands
from tests.cast import Cast

TOKYO = "Embajada del Perú en Japón"
RIGHT, WRONG = "20131312955", "20131312954"


@pytest.fixture
def kept(session: Session, sign_in: Any, cast: Cast) -> None:
    """A firm and a person that all see, and a firm and a person that only their own post, in Tokyo, sees."""
    firm = {"organisation_type": "exporter", "country": "PE"}
    person = {"given_name": "Rosa", "name_order": "given_first", "source": "in_person"}
    for member, name, family, visibility in (
        (cast.officer, "Agroandina Export S.A.C.", "Ñahui Ccori", "shared"),
        (cast.other_officer, "Quinua del Sur E.I.R.L.", "Yupanqui Ramos", "post"),
    ):
        client = sign_in(member)
        told = {"visibility": visibility, "emails-0": f"{family.split()[1].lower()}@firma.example"}
        assert client.post("/organisations/new", data=firm | {"title": name, "visibility": visibility}).location
        assert client.post("/contacts/new", data=person | told | {"family_name": family}).location


def type_into(page: Page, field: str, text: str) -> None:
    """Type as hands do, letter by letter, in place of what is there."""
    page.locator(f"#{field}").fill("")
    page.locator(f"#{field}").press_sequentially(text)


def error_of(page: Page, field: str) -> Locator:
    """What is said at a field."""
    return page.locator(f"#{field}-error")


@pytest.mark.usefixtures("kept")
def test_an_organisation_is_not_kept_twice_and_its_ruc_is_checked(open_as: Any, cast: Cast, accessible: Any) -> None:
    page = open_as(cast.officer, "phone")
    page.goto("/organisations/new")
    similar = page.locator("#similar")
    type_into(page, "title", "agroandina export")
    expect(similar.get_by_role("link", name="Agroandina Export S.A.C.")).to_be_visible()
    accessible(page)
    type_into(page, "title", "Quinua del Sur")
    expect(similar).to_contain_text(TOKYO)
    expect(similar).not_to_contain_text("E.I.R.L.")
    type_into(page, "title", "Frutos de Ica")
    expect(similar).to_be_empty()

    page.locator("#organisation_type").select_option("exporter")
    hands.choose(page, "country", "perú")
    hands.choose(page, "sectors", "café")
    page.locator("#tax_id").fill(WRONG)
    page.locator("#about").fill("Uvas y espárragos.\nSegunda línea.")
    hands.save(page)
    expect(error_of(page, "tax_id")).to_contain_text("RUC")
    expect(page.locator("#tax_id")).to_have_value(WRONG)
    expect(page.locator("#title")).to_have_value("Frutos de Ica")
    expect(page.locator("#about")).to_have_value("Uvas y espárragos.\nSegunda línea.")
    expect(page.locator("main form .ts-control .item", has_text="Perú")).to_be_visible()
    accessible(page)
    page.locator("[data-error-summary] a").first.tap()
    expect(page.locator("#tax_id")).to_be_focused()
    page.locator("#tax_id").fill(RIGHT)
    hands.save(page)
    expect(page.locator("h1")).to_have_text("Frutos de Ica")
    expect(page.locator("#about")).to_contain_text("Café")
    page.goto("/organisations/new")
    type_into(page, "tax_id", f"{RIGHT[:2]} {RIGHT[2:-1]}-{RIGHT[-1]}")
    expect(similar.get_by_role("link", name="Frutos de Ica")).to_be_visible()


@pytest.mark.usefixtures("kept")
def test_a_contact_with_positions_phones_and_a_name_of_its_culture(
    open_as: Any, cast: Cast, accessible: Any, session: Session
) -> None:
    page = open_as(cast.officer)
    page.goto("/contacts/new")
    type_into(page, "given_name", "Rosa")
    type_into(page, "family_name", "Nahui Ccori")
    expect(page.locator("#similar").get_by_role("link")).to_contain_text("Rosa Ñahui Ccori")
    type_into(page, "family_name", "Yupanqui Ramos")
    expect(page.locator("#similar")).to_contain_text(TOKYO)
    accessible(page)

    type_into(page, "given_name", "明")
    type_into(page, "family_name", "李")
    page.locator("#name_order").select_option("family_first")
    page.locator("#romanised").fill("Li Ming")
    page.get_by_role("button", name="Agregar un puesto").click()
    hands.choose(page, "positions-0-organisation_id", "agroand", "Agroandina")
    page.locator("#positions-0-title").fill("Compras")
    page.get_by_role("button", name="Agregar un teléfono").click()
    page.locator("#phones-0").fill("123")
    hands.save(page)
    expect(page.locator("#phones")).to_contain_text("«123»")
    expect(page.locator("#positions-0-title")).to_have_value("Compras")
    expect(page.locator("main form .ts-control .item", has_text="Agroandina")).to_be_visible()
    accessible(page)
    page.locator("#phones-0").fill("+1 310 555 0134")
    hands.save(page)
    expect(page.locator("h1")).to_contain_text("李明")
    expect(page.locator("main")).to_contain_text("Li Ming")
    expect(page.locator("main")).to_contain_text("+1 310-555-0134")
    expect(page.locator("#positions")).to_contain_text("Agroandina")
