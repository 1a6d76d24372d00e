"""What the stories of procedures share: somebody for every function, and an act planned under a procedure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from promo.accounts.models import FunctionHeld
from promo.core.db import write
from promo.procedures.building import build
from promo.procedures.definitions import Definition
from promo.procedures.validation import library_files, parse
from tests.browser import hands
from tests.browser.act_page import plan
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


def staff(cast: Cast) -> None:
    """Give somebody of the cast every function that it has nobody for; bring all procedures into force."""
    enforce(cast)
    with write() as writing:
        for part, functions in HELD.items():
            who = cast.members[part]
            post = who.post_id if part == "colleague" else None
            for name in functions:
                held = FunctionHeld(person_id=who.id, function=name, post_id=post, act_number=ACT, valid_from=SINCE)
                writing.add(held)


def begin(
    open_as: Any, cast: Cast, code: str, who: Member | None = None, device: str = "desk", light: bool = False
) -> Player:
    """Have an officer plan an act under a procedure; what is not light asks for everything."""
    member = who or cast.officer
    kind, act_type, pillar = ACTS[code]
    page: Page = open_as(member, device)
    values = VALUES | {"budget_usd": LIGHT if light else LARGE, "capacity": "24" if light else "60"}
    act = plan(
        page, kind, title=f"{code} de prueba", act_type=act_type, pillar=pillar, starts_on=FIRST_DAY.isoformat(),
        city=values["city"],
    )  # fmt: skip
    expect(act.checklist).to_contain_text(code)
    hands.edit(page, act.address, budget_amount=values["budget_usd"], capacity=values["capacity"])
    return Player(open_as, cast, act, definition_of(code), values, locale=member.part.locale)
