"""Story 9: everybody finds anything with Ctrl K: records by part of a word or reference, and commands."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.organisations.models import Organisation
from tests.cast import Cast

FIRM, PERSON, HIDDEN = "Exportaciones Ñusta Andina", "李明", "Viñas de Tacama"


@pytest.fixture
def firm(session: Session, sign_in: Any, cast: Cast) -> Organisation:
    """A firm and a contact that all see, and a firm that only its own post, elsewhere, sees."""
    firm = {"organisation_type": "exporter", "country": "PE"}
    sign_in(cast.officer).post("/organisations/new", data=firm | {"title": FIRM, "visibility": "shared"})
    person = {"given_name": "明", "family_name": "李", "name_order": "family_first", "visibility": "shared"}
    sign_in(cast.officer).post("/contacts/new", data=person | {"source": "in_person"})
    sign_in(cast.other_officer).post("/organisations/new", data=firm | {"title": HIDDEN, "visibility": "post"})
    return session.scalars(select(Organisation).where(Organisation.title == FIRM)).one()


def options(page: Page) -> Locator:
    """What the box has found."""
    return page.locator("#palette-found [role=option]")


def chosen(page: Page) -> Locator:
    """What Enter would open."""
    return page.locator("#palette-found [role=option][aria-selected=true]")


def find(page: Page, typed: str) -> None:
    """Open the box by its keys and type; nothing was pressed before."""
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-q")).to_be_focused()
    page.keyboard.type(typed)


def test_finds_by_part_of_a_word_in_any_script_and_by_reference(
    open_as: Any, cast: Cast, accessible: Any, firm: Organisation
) -> None:
    page = open_as(cast.officer)
    find(page, "NUSTA")
    expect(options(page).first).to_contain_text(FIRM)
    expect(chosen(page)).to_have_count(1)
    accessible(page)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(FIRM)
    for typed, title in (("andin expor", FIRM), ("李", PERSON), (firm.reference.lower(), FIRM)):
        page.goto("/contacts")
        find(page, typed)
        expect(chosen(page)).to_contain_text(title)  # chosen only once it answers what was typed
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text(title)
    find(page, "tacama")
    page.keyboard.press("Enter")  # before anything is found: nothing of the list from before is opened
    expect(page).to_have_url(re.compile(r"/find\?q=tacama$"))
    find(page, "tacama")
    expect(page.locator("#palette-found")).to_contain_text("No se encontró")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/find\?q=tacama$"))
    expect(page.locator("main")).not_to_contain_text(HIDDEN)


def test_commands_and_keys(open_as: Any, cast: Cast, accessible: Any, firm: Organisation) -> None:
    page = open_as(cast.officer)
    find(page, "")
    expect(options(page).first).to_contain_text(PERSON)  # what was touched last, before anything is typed
    first = options(page).first.get_attribute("id")
    expect(chosen(page)).to_have_attribute("id", first)
    page.keyboard.press("ArrowDown")
    second = options(page).nth(1).get_attribute("id")
    expect(page.locator("#palette-q")).to_have_attribute("aria-activedescendant", second)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")  # from the first to the last
    expect(chosen(page)).to_have_attribute("id", options(page).last.get_attribute("id"))
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()

    for typed, command, heading in (
        ("declarar", "Declarar un resultado", "Nuevo resultado"), ("organizacion", "Organizaciones", "Organizaciones"),
    ):  # fmt: skip
        find(page, typed)
        expect(options(page).filter(has_text=command)).to_have_count(1)
        while command not in chosen(page).inner_text():
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text(heading)
    accessible(page)


def test_on_a_phone_it_opens_from_the_thumb_bar(open_as: Any, cast: Cast, accessible: Any, firm: Organisation) -> None:
    page = open_as(cast.officer, "phone")
    page.locator(".bottom").get_by_text("Buscar").tap()
    page.locator("#palette-q").press_sequentially("nust")
    expect(options(page).first).to_contain_text(FIRM)
    accessible(page)
    options(page).first.tap()
    expect(page.locator("h1")).to_have_text(FIRM)
