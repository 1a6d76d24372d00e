"""Story 3: a meeting logged on a phone, in few taps; neither lost nor doubled, whatever the network does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from promo.activities.models import Activity
from tests.browser import hands
from tests.cast import Cast

TAPS = 8
FIRM, PERSON = "Golden Harvest Foods", "Rosa Quispe Mamani"
NEXT = (date.today() + timedelta(days=3)).isoformat()


@pytest.fixture
def addresses(sign_in: Any, cast: Cast) -> list[str]:
    """A firm and somebody who works there; their addresses."""
    client = sign_in(cast.officer)
    firm = {"organisation_type": "importer", "country": "US", "visibility": "shared"}
    organisation = client.post("/organisations/new", data=firm | {"title": FIRM}).location
    person = {"given_name": "Rosa", "family_name": "Quispe Mamani", "name_order": "given_first", "source": "in_person"}
    position = {"positions-0-organisation_id": organisation.rsplit("/", 1)[1], "positions-0-title": "Compras"}
    contact = client.post("/contacts/new", data=person | position | {"visibility": "shared"}).location
    return [contact, organisation]


def logged(session: Session) -> int:
    """Count the activities."""
    session.rollback()
    return session.scalar(select(func.count()).select_from(Activity)) or 0


def fill_quickly(page: Page, name: str, text: str) -> None:
    """Fill the quick log on My day; a person who is not known yet is added in place."""
    hands.add(page, "who", name)
    page.locator("#text").fill(text)


def save(page: Page) -> Any:
    """The button that saves."""
    return page.locator("main form[data-waiting] button.button--main")


def test_in_few_taps_onto_every_timeline_and_the_tasks(
    open_as: Any, cast: Cast, accessible: Any, addresses: list[str]
) -> None:
    page = open_as(cast.officer, "phone")
    tap = hands.Taps(page)
    tap(page.locator(".bottom__log"))
    tap.type(page.locator("#who-ts-control"), "quis")
    tap(page.locator(".ts-dropdown:visible .option", has_text=PERSON))
    tap.type(page.locator("#text"), "Quieren quinua blanca.")
    tap.type(page.locator("#next_step"), "Enviar muestras")
    tap(page.locator("#next_on"))
    page.locator("#next_on").fill(NEXT)
    accessible(page)
    tap(save(page))
    expect(page.locator("h1")).to_have_text(f"Reunión con {PERSON}")
    assert tap.count <= TAPS
    accessible(page)
    for address in addresses:
        page.goto(address)
        expect(page.locator("#timeline")).to_contain_text("Quieren quinua blanca.")
    page.goto("/work")
    accessible(page)
    page.get_by_role("button", name="Hecho: «Enviar muestras»").tap()
    expect(page.locator("main")).to_contain_text("0 pendientes")

    desk = open_as(cast.officer)
    desk.keyboard.press("n")
    expect(desk.locator("#who-ts-control")).to_be_focused()
    desk.keyboard.type("quis")
    expect(desk.locator(".ts-dropdown .option.active")).to_contain_text(PERSON)
    desk.keyboard.press("Enter")
    desk.locator("#next_step").press("Enter")
    expect(desk.locator("h1")).to_have_text(f"Reunión con {PERSON}")


def test_without_network_it_waits_on_the_phone_and_goes_by_itself(
    open_as: Any, cast: Cast, session: Session, accessible: Any
) -> None:
    page = open_as(cast.officer, "phone")
    page.context.set_offline(True)
    fill_quickly(page, "Nobuko Tanaka", "Probó el café de Villa Rica.")
    began = datetime.now(UTC).replace(second=0, microsecond=0)
    save(page).tap()
    expect(hands.toast(page)).to_contain_text("Sin red")
    expect(page.locator("#text")).to_have_value("")
    fill_quickly(page, "Li Ming", "Pide precios de uva.")
    save(page).tap()
    expect(hands.toast(page).last).to_contain_text("Sin red")
    assert logged(session) == 0
    accessible(page)
    page.context.set_offline(False)
    expect(hands.toast(page).last).to_contain_text("2")
    page.goto("/activities")
    expect(page.locator("main")).to_contain_text("Nobuko Tanaka")
    page.goto("/activities/log")
    expect(page.locator("[data-waiting-list] li")).to_have_count(0)
    assert logged(session) == 2
    moments = session.scalars(select(Activity.occurred_at)).all()
    assert all(began <= moment <= datetime.now(UTC) for moment in moments)


def test_what_is_refused_after_waiting_is_kept_for_a_look(open_as: Any, cast: Cast, session: Session) -> None:
    page = open_as(cast.officer, "phone")
    page.context.set_offline(True)
    page.locator("#text").fill("Se me pasó decir con quién.")
    save(page).tap()
    expect(hands.toast(page)).to_contain_text("Sin red")
    page.context.set_offline(False)
    page.goto("/activities/log")
    page.locator("[data-waiting-list]").get_by_role("button", name="Abrir").tap()
    expect(page.locator("#text")).to_have_value("Se me pasó decir con quién.")
    hands.add(page, "who", "Rosa Vera")
    save(page).tap()
    expect(page.locator("h1")).to_have_text("Reunión con Rosa Vera")
    assert logged(session) == 1


def test_pressed_twice_or_the_answer_lost_it_is_one(
    open_as: Any, cast: Cast, session: Session, accessible: Any
) -> None:
    page = open_as(cast.officer, "phone")
    fill_quickly(page, "Rosa Vera", "Una sola vez.")
    save(page).dblclick()
    expect(page.locator("h1")).to_have_text("Reunión con Rosa Vera")
    assert logged(session) == 1

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.goto("/day")
    fill_quickly(page, "Karim Haddad", "Tampoco dos.")
    page.route("**/activities/log", lose_the_answer)
    with page.expect_event("requestfailed"):
        save(page).tap(no_wait_after=True)
    assert logged(session) == 2
    page.unroute("**/activities/log")
    page.go_back()
    expect(page.locator("#text")).to_have_value("Tampoco dos.")
    accessible(page)
    save(page).tap()
    expect(page.locator("h1")).to_have_text("Reunión con Karim Haddad")
    assert logged(session) == 2
