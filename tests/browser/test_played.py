"""Each procedure of the library, played from its first stage to its last by the functions that it names.

Large budgets, so that nothing is left out as too small to ask for; one in English, one on a phone and light.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from promo.accounts.models import FunctionHeld
from promo.core.db import write
from promo.procedures.building import build
from promo.procedures.definitions import Definition
from promo.procedures.validation import library_files, parse
from tests.browser import hands
from tests.browser.act_page import ActPage, plan
from tests.browser.player import Player
from tests.cast import ACT, SINCE, Cast, Member
from tests.factories import enforce

FIRST_DAY = date.today() + timedelta(days=400)
LARGE, LIGHT = "12000", "400"  # US$: one that goes up to the Director-General, one that takes the light path
VALUES = {
    "objective": "Reunir oferta y demanda de alimentos naturales", "venue": "Anaheim Marriott", "capacity": "60",
    "city": "Anaheim", "executing_entity": "mre",
}  # fmt: skip
ACTS = {
    "PE-COM-01": ("missions", "outgoing", "trade"),
    "PE-COM-02": ("events", "matchmaking", "trade"),
    "PE-COM-03": ("events", "fair_participation", "trade"),
    "PE-TUR-01": ("events", "fam_trip", "tourism"),
    "PE-GAS-01": ("events", "festival", "gastronomy"),
    "PE-GEN-01": ("events", "seminar", "trade"),
}
HELD = {  # by whom of the cast the functions are held that it has nobody for
    "colleague": ("promotion_officer", "matchmaker", "evaluator"),
    "promoter": ("director_general",),
    "quality": ("verifier",),
}


def definition_of(code: str) -> Definition:
    """Return a procedure of the library."""
    return build(parse(next(f for f in library_files() if f.stem == code).read_bytes()).data)


@pytest.fixture
def staffed(session: Session, cast: Cast) -> Cast:
    """The cast, with somebody for every function; all procedures of the library are in force."""
    enforce(cast)
    with write() as writing:
        for part, functions in HELD.items():
            who = cast.members[part]
            post = who.post_id if part == "colleague" else None
            for name in functions:
                held = FunctionHeld(person_id=who.id, function=name, post_id=post, act_number=ACT, valid_from=SINCE)
                writing.add(held)
    return cast


@pytest.fixture
def player(open_as: Any, staffed: Cast) -> Callable[..., Player]:
    """``player(code)`` has an officer plan an act under a procedure; what is not light asks for everything."""

    def player(code: str, who: Member | None = None, device: str = "desk", light: bool = False) -> Player:
        member = who or staffed.officer
        kind, act_type, pillar = ACTS[code]
        page: Page = open_as(member, device)
        values = VALUES | {"budget_usd": LIGHT if light else LARGE, "capacity": "24" if light else "60"}
        day = FIRST_DAY.isoformat()
        act = plan(page, kind, title=f"{code} de prueba", act_type=act_type, pillar=pillar, starts_on=day,
                   city=values["city"])  # fmt: skip
        expect(act.checklist).to_contain_text(code)
        hands.edit(page, act.address, budget_amount=values["budget_usd"], capacity=values["capacity"])
        return Player(open_as, staffed, act, definition_of(code), values, locale=member.part.locale)

    return player


def ways(definition: Definition) -> list[str]:
    """Return the stages that a case file goes through where nothing is cancelled."""
    return [stage.key for stage in definition.stages if not stage.cancelled]


@pytest.mark.parametrize("code", ["PE-COM-01", "PE-COM-02", "PE-COM-03", "PE-GAS-01", "PE-GEN-01"])
def test_from_first_to_last_stage(player: Any, code: str) -> None:
    played = player(code)
    stages = ways(played.definition)
    played.play(stages[-1])
    assert played.stages == stages
    asked = {step.function for s in played.definition.stages if not s.cancelled for a in s.approvals() for step in a.steps}
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
