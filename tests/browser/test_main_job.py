"""The main job, as far as it goes by now: sign in, keep an organisation and a contact, log, find the next step."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


@pytest.mark.both_databases
def test_main_job_from_sign_in_to_the_next_step(open_as, cast, accessible) -> None:
    page = open_as()
    page.locator("input[name=email]").fill(cast.officer.email)
    page.locator("input[name=password]").fill(cast.officer.password)
    page.locator("main button[type=submit]").first.click()
    expect(page.locator("h1")).to_contain_text("Alicia")

    page.goto("/organisations/new")
    page.locator("#title").fill("Golden Harvest Foods")
    page.locator("#organisation_type").select_option("importer")
    page.locator("form.form button.button--main").click()
    expect(page.locator("h1")).to_have_text("Golden Harvest Foods")

    page.goto("/contacts/new")
    page.locator("#given_name").fill("Michael")
    page.locator("#family_name").fill("Hernández")
    page.locator("form.form button.button--main").click()
    expect(page.locator("h1")).to_have_text("Michael Hernández")
    contact = page.url

    page.locator("main a[href*='/activities/log']").first.click()
    page.locator("#text").fill("Quieren quinua blanca y kiwicha.")
    page.locator("#next_step").fill("Enviar muestras")
    page.locator("#next_on").fill("2026-12-04")
    page.locator("form.form button.button--main").click()
    expect(page.locator("h1")).to_have_text("Reunión con Michael Hernández")
    accessible(page)

    page.goto(contact)
    expect(page.locator("#timeline")).to_contain_text("Quieren quinua")
    page.goto("/work")
    expect(page.locator("main")).to_contain_text("Enviar muestras")
