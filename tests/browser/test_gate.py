"""Story 5: an event under the gate. Refused with reasons, each a link to the very field; approved by somebody else."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from promo.core.db import write
from promo.procedures.models import ApprovalRoute
from tests.browser import hands
from tests.browser.act_page import ActPage, approve, plan
from tests.cast import Cast
from tests.factories import enforce

ROUND = {
    "title": "Rueda de negocios de alimentos", "act_type": "matchmaking", "pillar": "trade",
    "starts_on": "2027-03-04", "ends_on": "2027-03-05", "city": "Anaheim",
}  # fmt: skip
SIMPLE = {
    "title": "Degustación de café", "act_type": "tasting", "pillar": "gastronomy", "starts_on": "2027-02-10",
    "city": "Machala", "objective": "Dar a conocer el café",
}  # fmt: skip


@pytest.fixture
def in_force(session: Session, cast: Cast) -> None:
    """All procedures of the library are in force."""
    enforce(cast)


def mend_the_proposal(act: ActPage) -> None:
    """Do what the proposal of a round asks, each from its link in the checklist."""
    page = act.page
    act.mend("Objetivo")
    page.locator("#objective").fill("Reunir oferta y demanda de alimentos naturales")
    page.locator("#venue").fill("Anaheim Marriott")
    page.locator("#capacity").fill("24")
    page.locator("#budget_amount").fill("400")
    hands.choose(page, "countries", "estados uni", "Estados Unidos")
    hands.choose(page, "sectors", "café")
    hands.save(page)
    act.attach("Nota conceptual", "nota.txt")
    act.answer(slot_minutes="30", tables="12")
    act.declare("conflict_of_interest")


@pytest.mark.usefixtures("in_force")
def test_each_missing_item_opens_the_very_field(open_as: Any, cast: Cast, accessible: Any) -> None:
    page = open_as(cast.officer)
    act = plan(page, "events", **ROUND)
    expect(act.checklist).to_contain_text("Oficial a cargo")
    accessible(page)
    for item, focused in (
        ("Objetivo", "objective"), ("Sectores", "sectors-ts-control"), ("Presupuesto en dólares", "budget_amount"),
        ("Número de mesas", "answer-tables"), ("Nota conceptual", None),
    ):  # fmt: skip
        act.mend(item)
        if focused:
            expect(page.locator(f"#{focused}")).to_be_focused()
            expect(page.locator(f"#{focused}")).to_be_in_viewport()
    expect(page.locator("#files select#category")).to_have_value("concept_note")
    act.move_on()
    expect(page.locator("h1")).to_have_text("Todavía no")
    expect(page.get_by_role("link", name="Aforo: aún sin completar.")).to_have_attribute(
        "href", f"{act.address[act.address.index('/events') :]}/edit#capacity"
    )
    accessible(page)


@pytest.mark.usefixtures("in_force")
def test_returned_mended_approved_and_asked_again_when_it_changes(open_as: Any, cast: Cast, accessible: Any) -> None:
    officer, head = open_as(cast.officer), open_as(cast.head)
    act = plan(officer, "events", **ROUND)
    mend_the_proposal(act)
    act.ask()
    expect(hands.toast(officer)).to_contain_text(f"Enviado a {cast.head.name}")

    head.goto("/procedures/approvals")
    accessible(head)
    head.locator("details.return > summary").click()
    head.locator("#return-reason").fill("Falta el número de salas")
    head.locator("details.return form button").click()
    expect(hands.toast(head)).to_contain_text("Devuelto")
    act.open()
    expect(act.checklist).to_contain_text("Falta el número de salas")

    act.answer(tables="16")
    act.ask()
    officer.goto("/procedures/approvals")
    expect(officer.locator("form[action$='/approve']")).to_have_count(0)
    approve(head)
    act.open()
    expect(act.stage).to_contain_text("Oferta")  # the last missing item was the approval: it moved on by itself

    officer.goto(f"{act.address}/edit")
    warning = officer.locator("[data-covers]")
    expect(warning).to_be_hidden()
    officer.locator("#objective").fill("Otro objetivo")
    expect(warning).to_be_visible()
    accessible(officer)
    hands.save(officer)
    expect(act.checklist).to_contain_text("lo aprobado cambió")


@pytest.mark.usefixtures("in_force")
def test_post_of_one_person_and_cancelling(open_as: Any, cast: Cast) -> None:
    with write() as current:
        current.add(
            ApprovalRoute(post_id=cast.alone.post_id, function="head_of_mission", stand_in_id=cast.hq_manager.id)
        )
    page = open_as(cast.alone)
    act = plan(page, "events", **SIMPLE)
    expect(act.checklist).to_contain_text("PE-GEN-01")
    page.goto(f"{act.address}/edit")
    page.locator("#budget_amount").fill("300")
    hands.save(page)
    act.take_part("guest", "Rosa Vera")
    act.ask()
    expect(hands.toast(page)).to_contain_text("titular: es el autor")
    expect(act.checklist).to_contain_text(f"{cast.hq_manager.name} (reemplazo)")

    mission = plan(
        page, "missions", **SIMPLE | {"title": "Misión a Guayaquil", "act_type": "outgoing", "pillar": "trade"}
    )
    expect(mission.checklist).to_contain_text("PE-COM-01")
    page.get_by_text("Cancelarlo", exact=True).click()
    page.locator("#cancel-reason").fill("Se postergó")
    page.get_by_role("button", name="Cancelarlo ahora").click()
    expect(page.locator(".stages")).to_contain_text("Cancelado")
