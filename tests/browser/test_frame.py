"""The frame around every page, in a real browser."""

from __future__ import annotations

from playwright.sync_api import expect


def test_signs_in_with_password_and_sees_my_day(open_as, cast, accessible) -> None:
    page = open_as()
    accessible(page)
    page.locator("input[name=email]").fill(cast.officer.email)
    page.locator("input[name=password]").fill(cast.officer.password)
    page.locator("main button[type=submit]").first.click()
    expect(page.locator("h1")).to_be_visible()
    accessible(page)


def test_phone_has_no_sideways_scroll(open_as, cast, accessible) -> None:
    page = open_as(cast.officer, "phone")
    for address in ("/", "/contacts", "/organisations", "/activities"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
        accessible(page)
