"""Each procedure of the library, played from its first stage to its last by the functions that it names.

Large budgets, so that nothing is left out as too small to ask for; one in English, one on a phone and light.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from promo.procedures.definitions import Definition
from tests.browser import hands
from tests.browser.act_page import ActPage
from tests.browser.casework import definition_of
from tests.browser.player import Player
from tests.cast import Cast


def ways(definition: Definition) -> list[str]:
    """Return the stages that a case file goes through where nothing is cancelled."""
    return [stage.key for stage in definition.stages if not stage.cancelled]


@pytest.mark.parametrize("code", ["PE-COM-01", "PE-COM-02", "PE-COM-03", "PE-GAS-01", "PE-GEN-01"])
def test_from_first_to_last_stage(player: Any, code: str) -> None:
    played = player(code)
    stages = ways(played.definition)
    played.play(stages[-1])
    assert played.stages == stages
    asked = {
        step.function for s in played.definition.stages if not s.cancelled for a in s.approvals() for step in a.steps
    }
    for function, part in (("head_of_mission", "head"), ("line_director", "hq_manager"), ("matchmaker", "colleague"),
                           ("evaluator", "colleague"), ("director_general", "promoter")):  # fmt: skip
        assert (function in asked) <= (part in played.approvers), (function, played.approvers)
    expect(played.act.checklist).not_to_contain_text("Oficial a cargo")


def test_in_english(player: Any, staffed: Cast) -> None:
    played = player("PE-TUR-01", who=staffed.reader_en)
    played.play("closed")
    assert played.stages == ways(played.definition)


def test_on_a_phone_by_the_light_path(player: Any) -> None:
    played = player("PE-COM-02", device="phone", light=True)
    played.play("closed")
    assert played.stages == ways(played.definition)
    assert set(played.approvers) == {"head"} | ({"colleague"} & set(played.approvers))


def test_an_activity_is_whole_once_it_has_a_next_step(open_as: Any, staffed: Cast, accessible: Any) -> None:
    page = open_as(staffed.officer)
    page.goto("/activities/log")
    hands.add(page, "who", "Rosa Quispe")
    page.locator("#text").fill("Pide lista de precios.")
    hands.save(page)
    logged = ActPage(page, page.url)
    expect(logged.checklist).to_contain_text("PE-ACT-01")
    expect(logged.checklist.locator(".checklist__item--missing")).to_have_count(1)
    accessible(page)
    logged.unfold().locator(".checklist__item--missing a").first.click()
    page.locator("#next_step").fill("Enviarla")
    hands.save(page)
    logged.open()
    expect(logged.checklist.locator(".checklist__count")).to_have_text("listo")


def test_an_outcome_from_expected_to_sustained(open_as: Any, staffed: Cast, player: Any) -> None:
    act = player("PE-GEN-01", light=True).act
    page = act.page
    page.goto(act.address)
    page.get_by_role("link", name="Declarar un resultado").click()
    for chosen in ("export_sale", "expected"):
        page.locator("label.seg__option", has=page.locator(f"input[value={chosen}]")).click()
    hands.choose(page, "sector_id", "café")
    page.locator("#note").fill("Un contenedor de quinua")
    hands.save(page)
    values = {
        "organisation_id": "Exportadora Andina", "counterpart_id": "Golden Harvest", "usd": "12500",
        "evidence_tier": "contract",
    }  # fmt: skip
    played = Player(open_as, staffed, ActPage(page, page.url), definition_of("PE-RES-01"), values)
    played.play("agreed")
    hands.edit(page, f"{played.act.address}", starts_on=(date.today() - timedelta(days=2)).isoformat())
    played.act.open()
    page.get_by_role("link", name="Se concretó").click()
    page.locator("#amount").fill(values["usd"])
    hands.save(page)
    expect(page.locator("#organisation_id-error")).to_have_text("Aún sin completar.")
    for name in ("organisation_id", "counterpart_id"):
        hands.add(page, name, values[name])
    hands.save(page)
    played.play("sustained")
    assert played.stages == ["expected", "agreed", "declared", "company", "confirmed", "verified", "sustained"]
    assert {"head", "hq_manager", "quality"} <= set(played.approvers)
    expect(page.locator("main")).to_contain_text("12,500.00")
