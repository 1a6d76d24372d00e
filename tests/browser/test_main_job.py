"""The main job, whole, on real reference data: the consulate in Los Angeles holds a matchmaking round beside a fair.

An officer signs in, logs a meeting, plans the round, is refused by the gate, mends; somebody else approves; it moves
on; outcomes are declared, with evidence; a manager exports the report, and the workbook holds those very figures.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.reference.models import Fair
from tests.browser import hands
from tests.browser.act_page import ActPage, approve, plan
from tests.cast import Cast
from tests.factories import enforce

FAIR = "Natural Products Expo West"
NEXT_YEAR = date.today().year + 1
SOLD, EXPECTED = 37_500.50, 120_000


@pytest.fixture
def fair(session: Session, cast: Cast) -> Fair:
    """The fair beside which the round is held; the library's procedures are in force."""
    enforce(cast)
    return session.scalars(select(Fair).where(Fair.name == FAIR)).one()


def keep_a_contact_and_log_a_meeting(page: Page) -> None:
    """An organisation, a contact who works there, a meeting with a next step."""
    page.goto("/organisations/new")
    page.locator("#title").fill("Golden Harvest Foods")
    page.locator("#organisation_type").select_option("importer")
    hands.save(page)
    expect(page.locator("h1")).to_have_text("Golden Harvest Foods")
    page.goto("/contacts/new")
    page.locator("#given_name").fill("Michael")
    page.locator("#family_name").fill("Hernández")
    hands.save(page)
    expect(page.locator("h1")).to_have_text("Michael Hernández")
    contact = page.url
    page.locator("main a[href*='/activities/log']").first.click()
    page.locator("#text").fill("Quieren quinua blanca y kiwicha.")
    page.locator("#next_step").fill("Enviar muestras")
    page.locator("#next_on").fill((date.today() + timedelta(days=9)).isoformat())
    hands.save(page)
    expect(page.locator("h1")).to_have_text("Reunión con Michael Hernández")
    expect(page.locator("#checklist")).to_contain_text("PE-ACT-01")
    page.goto(contact)
    expect(page.locator("#timeline")).to_contain_text("Quieren quinua")
    page.goto("/work")
    expect(page.locator("main")).to_contain_text("Enviar muestras")


def plan_the_round(page: Page, fair: Fair) -> ActPage:
    """Plan it beside the fair, in its month and city."""
    day = date(NEXT_YEAR, fair.months[0], 4)
    act = plan(
        page, "events", title="Rueda de negocios de alimentos naturales", act_type="matchmaking", pillar="trade",
        starts_on=day.isoformat(), ends_on=(day + timedelta(days=1)).isoformat(), city=fair.city,
    )  # fmt: skip
    expect(act.checklist).to_contain_text("PE-COM-02")
    act.move_on()
    expect(page.locator("h1")).to_have_text("Todavía no")
    for reason in (
        "Objetivo: aún sin completar.",
        "Nota conceptual: aún sin archivo.",
        "Número de mesas: aún sin responder.",
    ):
        expect(page.get_by_role("link", name=reason, exact=True)).to_be_visible()
    return act


def mend(act: ActPage) -> None:
    """Do what the gate asked."""
    act.mend("Objetivo")
    for name, value in (
        ("objective", "Reunir oferta y demanda de alimentos naturales"), ("venue", "Anaheim Marriott"),
        ("capacity", "24"), ("budget_amount", "400"),
    ):  # fmt: skip
        act.page.locator(f"#{name}").fill(value)
    hands.choose(act.page, "countries", "estados uni", "Estados Unidos")
    hands.choose(act.page, "sectors", "procesados")
    hands.choose(act.page, "fair_id", "natural products", FAIR)
    hands.save(act.page)
    expect(act.page.locator("#summary")).to_contain_text(FAIR)
    act.attach("Nota conceptual", "nota.txt")
    act.answer(slot_minutes="30", tables="12")
    act.declare("conflict_of_interest")


def bring_supply(act: ActPage) -> None:
    """Five exhibitors, each with the letter that the checklist asks for; the tax numbers were checked."""
    act.take_part("exhibitor", *(f"Exportadora Andina {n}" for n in range(1, 6)))
    for n in range(5):
        act.mend("Carta de compromiso por expositor")
        hands.attach(act.page.locator("[data-upload]"), f"carta-{n}.txt")
        hands.save(act.page)
        expect(hands.toast(act.page)).to_contain_text("Guardado")
    act.answer(ruc_checked="yes")


def declare_an_outcome(act: ActPage, grade: str, amount: str, evidence: str | None = None) -> None:
    """Declare what came of it, from its page; the act, market and sector are there already."""
    page = act.page
    act.open()
    page.get_by_role("link", name="Declarar un resultado").click()
    page.locator("label.seg__option", has=page.locator("input[value=export_sale]")).click()
    page.locator("label.seg__option", has=page.locator(f"input[value={grade}]")).click()
    hands.add(page, "organisation_id", "Exportadora Andina SAC")
    page.locator("#amount").fill(amount)
    if evidence:
        hands.attach(page.locator("[data-upload]"), evidence)
    hands.save(page)
    expect(page.locator("main")).to_contain_text("Exportadora Andina SAC")


def figures(page: Page) -> dict[str, float]:
    """Return the figures of the report as the page shows them, exactly."""
    found = page.locator(".figures .figure").evaluate_all(
        """all => all.map(one => [
            one.querySelector(".figure__label").firstChild.textContent.trim(),
            one.querySelector("data")?.value ?? one.querySelector(".figure__value").textContent,
        ])"""
    )
    return {label: float(value) for label, value in found}


def workbook(page: Page, path: Path) -> Any:
    """Export the report and open it."""
    page.get_by_role("button", name="Exportar").click()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Descargar").click()
    coming.value.save_as(path)
    return load_workbook(path)


@pytest.mark.both_databases
def test_main_job(open_as: Any, cast: Cast, accessible: Any, fair: Fair, tmp_path: Path) -> None:
    officer = open_as()
    hands.sign_in(officer, cast.officer)
    expect(officer.locator("h1")).to_contain_text("Alicia")
    keep_a_contact_and_log_a_meeting(officer)

    act = plan_the_round(officer, fair)
    mend(act)
    act.ask()
    expect(hands.toast(officer)).to_contain_text(f"Enviado a {cast.head.name}")
    approve(open_as(cast.head))
    act.open()
    expect(act.stage).to_contain_text("Oferta")
    bring_supply(act)
    act.ask()
    approve(open_as(cast.hq_manager))
    act.open()
    expect(act.stage).to_contain_text("Demanda")

    declare_an_outcome(act, "declared", f"{SOLD:,}", "factura.txt")
    accessible(officer)
    declare_an_outcome(act, "expected", str(EXPECTED))
    act.open()
    expect(officer.locator("#outcomes")).to_contain_text("37,500.50")

    manager = open_as(cast.manager)
    manager.goto(f"/reports?since={date.today() - timedelta(days=1)}&until={NEXT_YEAR}-12-31")
    shown = figures(manager)
    assert shown == {
        "Gestiones": 1, "Eventos": 1, "Misiones comerciales": 0, "Resultados esperados": EXPECTED,
        "Resultados declarados": SOLD,
    }  # fmt: skip
    accessible(manager)
    book = workbook(manager, tmp_path / "informe.xlsx")
    head, *lines = book["Cifras"].iter_rows(values_only=True)
    told = [dict(zip(head, line, strict=True)) for line in lines]
    assert {str(one["Cifra"]): one["Dólares"] or one["Filas"] for one in told} == shown
    assert any("Rueda de negocios de alimentos naturales" in map(str, row) for row in book["Eventos"].values)
