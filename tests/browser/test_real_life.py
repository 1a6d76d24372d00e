"""What happens to procedures in real life: a post of one person, an urgency, an approval on paper, one annulled."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from promo.core import clock
from promo.core.db import write
from promo.procedures.models import ApprovalRoute
from tests.browser import hands
from tests.browser.act_page import approve
from tests.browser.player import Player
from tests.cast import Cast

PAPER = "MEM-2026-0147"


def confirm(page: Page, reason: str) -> None:
    """Say why in the page's form and press its main or only button."""
    page.locator("#reason").fill(reason)
    page.locator("main form:has(#reason) button[type=submit]").first.click()


def story(page: Page, played: Player) -> None:
    """Open the page of the approval that the checklist names."""
    played.act.page.goto(played.act.address)
    address = played.act.page.locator("#checklist a[href*='/procedures/approvals/']").first.get_attribute("href")
    assert address is not None
    page.goto(address)


def test_in_a_post_of_one_person(player: Any, staffed: Cast) -> None:
    with write() as writing:
        writing.add(
            ApprovalRoute(post_id=staffed.alone.post_id, function="head_of_mission", stand_in_id=staffed.hq_manager.id)
        )
    played = player("PE-GEN-01", who=staffed.alone, light=True)
    played.play("closed")
    assert played.approvers == ["hq_manager"], "its head is its author: it went to the stand-in by itself"
    assert played.stages == ["notice", "result", "closed"]


def test_by_urgency_then_regularised(player: Any, staffed: Cast, open_as: Any, accessible: Any) -> None:
    played = player("PE-GAS-01", light=True)
    played.play("menu")
    head = open_as(staffed.head)
    head.goto(played.act.address)
    head.locator("#urgency a").click()
    accessible(head)
    confirm(head, "Llega el ministro en cuatro días")
    expect(head.locator("main")).to_contain_text("Llega el ministro")
    assert played.stage() == "promotion"
    owed = played.act.unfold().locator(".checklist__item--due_later")
    expect(owed.first).to_contain_text("por regularizar hasta el")
    director = open_as(staffed.hq_manager)
    director.goto("/procedures/approvals")
    expect(director.locator("#request")).to_contain_text("Llega el ministro en cuatro días")
    accessible(director)
    approve(director)
    played.stages.clear()
    played.play("closed")
    assert played.stages == ["promotion", "held", "closing", "closed"]
    expect(played.act.page.locator("main")).to_contain_text("ya no falta nada")


def test_an_approval_on_paper_is_disputed(player: Any, staffed: Cast, open_as: Any, accessible: Any) -> None:
    played = player("PE-GEN-01", light=True)
    played.supply()
    played.act.ask()
    colleague = open_as(staffed.colleague)
    story(colleague, played)
    colleague.locator("a[href$='/enter']").click()
    accessible(colleague)
    hands.fill(colleague, "act_type", "memorandum")
    hands.fill(colleague, "act_number", PAPER)
    hands.fill(colleague, "act_date", clock.today("America/Los_Angeles").isoformat())
    hands.fill(colleague, "signed_by", str(staffed.head.id))
    hands.attach(colleague.locator("[data-upload]"), "memorandum.txt")
    hands.save(colleague)
    assert played.stage() == "result"
    expect(played.act.checklist).to_contain_text(f"ingresado por {staffed.colleague.name}")

    head = open_as(staffed.head)
    head.goto("/procedures/approvals")
    head.locator(".notice a").first.click()
    head.locator("a[href$='/dispute']").click()
    accessible(head)
    confirm(head, "Yo no firmé ese memorándum")
    assert played.stage() == "notice", "it had moved on by that paper alone: it goes back"
    expect(played.act.checklist).to_contain_text("Yo no firmé ese memorándum")
    played.play("closed")
    assert played.approvers == ["head"]


def test_an_approval_is_annulled(player: Any, staffed: Cast, open_as: Any, accessible: Any) -> None:
    played = player("PE-GEN-01", light=True)
    played.play("result")
    head = open_as(staffed.head)
    story(head, played)
    head.locator("a[href$='/annul']").click()
    accessible(head)
    confirm(head, "El monto no estaba presupuestado")
    assert played.stage() == "notice"
    expect(played.act.checklist).to_contain_text("El monto no estaba presupuestado")
    played.stages.clear()
    played.play("closed")
    assert played.approvers == ["head", "head"]


def test_an_exception_is_asked_for_and_authorised(player: Any, staffed: Cast, open_as: Any, accessible: Any) -> None:
    played = player("PE-COM-03")
    page = played.act.page
    line = played.act.unfold().locator("#item-evidence-concept_note")
    line.locator("a[href*='/exceptions/']").click()
    accessible(page)
    page.locator("#instead").fill("El correo de la feria con la propuesta")
    confirm(page, "La feria cambió sus fechas ayer")
    head = open_as(staffed.head)
    approve(head)
    line = played.act.unfold().locator("#item-evidence-concept_note")
    expect(line).to_have_class("checklist__item checklist__item--excepted")
    assert "evidence-concept_note" not in played.missing()
