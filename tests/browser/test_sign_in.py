"""Story 2: signing in with password, second step and passkey; a forgotten password; sessions; looks."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests.accounts.signing_in import code_of
from tests.browser import hands
from tests.cast import PASSWORD, Cast, Member

NEW_PASSWORD = "maíz morado con canela"


def letters(page: Page) -> str:
    """Return the letters that the page gives to an authenticator app."""
    return re.sub(r"[ -]", "", page.locator(".secret__letters").inner_text())


def expect_my_day(page: Page, name: str) -> None:
    """Be at My day, greeted."""
    expect(page.locator("h1")).to_contain_text(name.split()[0])


def with_device(page: Page) -> None:
    """Give the browser a device that makes passkeys and knows its owner (a finger that is always right)."""
    talk = page.context.new_cdp_session(page)
    talk.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    talk.send("WebAuthn.addVirtualAuthenticator", {"options": device})


def by_name(page: Page) -> None:
    """Go to the sign-in page by a name: browsers keep passkeys for names, not for numbers."""
    page.goto(page.url.replace("127.0.0.1", "localhost"))


def sign_in_over_the_page(page: Page, member: Member) -> None:
    """Give address and password where the session has ended while one wrote."""
    dialog = page.locator("dialog[data-signin]")
    dialog.locator("input[name=email]").fill(member.email)
    dialog.locator("input[name=password]").fill(PASSWORD)
    dialog.locator("button.button--main").click()


def leave(page: Page) -> None:
    """Sign out."""
    page.locator(".top__person > summary").click()
    page.get_by_role("button", name="Salir").click()
    expect(page.locator("input[name=email]")).to_be_visible()


def test_a_manager_sets_up_the_second_step_and_uses_it(open_as: Any, cast: Cast, accessible: Any) -> None:
    page = open_as()
    hands.sign_in(page, cast.manager, "not-the-password")
    expect(page.locator("[data-error-summary]")).to_be_visible()
    expect(page.locator("input[name=email]")).to_have_value(cast.manager.email)
    accessible(page)
    hands.sign_in(page, cast.manager)
    expect(page.locator("h1")).to_have_text("Configurar el segundo paso")
    accessible(page)
    secret = letters(page)
    page.locator("#code").fill(code_of(secret))
    page.locator("main button.button--main").click()
    codes = page.locator(".secret__codes code")
    expect(codes).not_to_have_count(0)
    accessible(page)
    paper, again, *_more = codes.all_inner_texts()
    page.locator("main button.button--main").click()
    expect_my_day(page, cast.manager.name)

    other = open_as()
    hands.sign_in(other, cast.manager)
    expect(other.locator("h1")).to_have_text("Segundo paso")
    other.locator("#code").fill(code_of(secret, 0))  # what the app showed long ago
    other.locator("main button.button--main").click()
    expect(other.locator("[data-error-summary]")).to_be_visible()
    accessible(other)
    other.locator("#code").fill(paper)
    other.locator("main button.button--main").click()
    expect_my_day(other, cast.manager.name)

    other.goto("/organisations/new")
    other.locator("#title").fill("Golden Harvest Foods")
    other.locator("#organisation_type").select_option("importer")
    page.goto("/accounts/me/sessions")
    page.get_by_role("button", name="Terminar todas las demás").click()
    hands.save(other)
    sign_in_over_the_page(other, cast.manager)
    other.locator("dialog[data-signin] #code").fill(again)
    other.locator("dialog[data-signin] button.button--main").click()
    expect(other.locator("h1")).to_have_text("Golden Harvest Foods")


def test_a_passkey_is_made_and_opens_the_account(open_as: Any, cast: Cast, accessible: Any) -> None:
    page = open_as()
    by_name(page)
    with_device(page)
    hands.sign_in(page, cast.officer)
    expect_my_day(page, cast.officer.name)
    page.goto(page.url.replace("/day", "/accounts/me"))
    page.locator("#passkeys summary").click()
    page.locator("#passkey-name").fill("Mi teléfono")
    page.locator("#passkey-current").fill("not-the-password")
    page.locator("#passkeys").get_by_role("button", name="Crear").click()
    expect(hands.toast(page)).to_contain_text("contraseña")
    page.locator("#passkey-current").fill(PASSWORD)
    page.locator("#passkeys").get_by_role("button", name="Crear").click()
    expect(page.locator("#passkeys li")).to_contain_text("Mi teléfono")
    accessible(page)

    leave(page)
    page.get_by_role("button", name="Ingresar con llave de acceso").click()
    expect_my_day(page, cast.officer.name)
    leave(page)
    hands.sign_in(page, cast.officer)
    expect(page.locator("h1")).to_have_text("Segundo paso")
    page.get_by_role("button", name="Usar mi llave").click()
    expect_my_day(page, cast.officer.name)


def test_a_forgotten_password_is_chosen_anew_by_a_message(open_as: Any, cast: Cast, accessible: Any) -> None:
    page, admin = open_as(), open_as(cast.admin)
    page.get_by_role("link", name=re.compile("Olvid")).click()
    page.locator("#email").fill(cast.officer.email)
    accessible(page)
    page.locator("main button.button--main").click()
    expect(page.locator("main")).to_contain_text("Sirve una vez")

    admin.goto("/outbox")
    accessible(admin)
    admin.locator("main li", has_text=cast.officer.email).get_by_role("link").click()
    accessible(admin)
    page.goto(admin.locator(".letter a").get_attribute("href"))
    page.locator("#password").fill("corta")
    page.locator("main button.button--main").click()
    expect(page.locator("main")).to_contain_text("12 caracteres")
    accessible(page)
    link = page.url
    page.locator("#password").fill(NEW_PASSWORD)
    page.locator("main button.button--main").click()
    expect(hands.toast(page)).to_be_visible()
    hands.sign_in(page, cast.officer)
    expect(page.locator("[data-error-summary]")).to_be_visible()
    hands.sign_in(page, cast.officer, NEW_PASSWORD)
    expect_my_day(page, cast.officer.name)
    page.goto(link)
    expect(page.locator("h1")).to_have_text("Este enlace ya venció")


def test_one_session_is_ended_and_what_was_being_written_is_kept(open_as: Any, cast: Cast, accessible: Any) -> None:
    phone, desk = open_as(cast.officer, "phone"), open_as(cast.officer)
    phone.goto("/organisations/new")
    phone.locator("#title").fill("Golden Harvest Foods")
    phone.locator("#organisation_type").select_option("importer")
    phone.locator("#about").fill("Buscan quinua.\nDos líneas.")

    desk.goto("/accounts/me/sessions")
    accessible(desk)
    expect(desk.locator("main .rows__line")).to_have_count(2)
    desk.locator("main form[action$='/end_session'] button").click()
    expect(desk.locator("main .rows__line")).to_have_count(1)
    expect(desk.locator("main .rows__line")).to_contain_text("este")

    hands.save(phone)
    expect(phone.locator("dialog[data-signin] input[name=email]")).to_be_focused()
    accessible(phone)
    sign_in_over_the_page(phone, cast.officer)
    expect(phone.locator("h1")).to_have_text("Golden Harvest Foods")
    expect(phone.locator("main")).to_contain_text("Dos líneas.")


def test_language_and_dark_stay_with_the_person(open_as: Any, cast: Cast, session: Session, accessible: Any) -> None:
    page = open_as()
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Sign in")
    page.get_by_role("button", name="Español").click()
    hands.sign_in(page, cast.officer)
    page.locator(".top__language button").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator(".top__person > summary").click()
    light = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    with page.expect_response("**/accounts/theme"):
        page.locator("[data-theme-set=dark]").click()
    expect(page.locator("body")).not_to_have_css("background-color", light)
    accessible(page)

    elsewhere = open_as(cast.officer, "phone")
    expect(elsewhere.locator("html")).to_have_attribute("lang", "en")
    expect(elsewhere.locator("html")).to_have_attribute("data-theme", "dark")
    accessible(elsewhere)
