"""From data to the classes of a definition: what is said, and what holds where nothing is said."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from promo.procedures.building import build, requirement
from promo.procedures.checklist import leads_on
from promo.procedures.definitions import Approvals


@pytest.mark.parametrize(
    ("protects", "budget", "protected"),
    [
        (None, 5000, False),
        ("money", None, False),
        ("money", 0, False),
        ("money", "many", False),
        ("money", True, False),
        ("money", Decimal("0.01"), True),
        ("personal_data", None, True),
    ],
)
def test_money_is_protected_where_there_is_a_budget_and_personal_data_always(
    protects: str | None, budget: Any, protected: bool
) -> None:
    data = {"evidence": "agenda", **({"protects": protects} if protects else {})}
    assert requirement(data).protected({"budget_usd": budget}) is protected


def test_the_head_of_post_authorises_exceptions_unless_another_is_named() -> None:
    assert requirement({"fact": "title"}).waived_by == "head_of_mission"
    assert requirement({"fact": "title", "waived_by": "line_director"}).waived_by == "line_director"


def test_a_definition_keeps_inputs_outputs_and_which_approvals_may_be_given_together() -> None:
    words = {"es": "Uno", "en": "One"}
    approvals = {"approvals": [{"function": "line_director"}], "together": True}
    stage = {"key": "one", "title": words, "outputs": [words], "references": ["Ley 29733"], "requires": [approvals]}
    data = {
        "code": "PE-XXX-01",
        "title": words,
        "applies_to": {"kind": "event"},
        "inputs": [words],
        "outputs": [words],
        "review_months": 6,
        "stages": [{**stage, "final": True}],
    }
    built = build(data)
    assert (built.inputs, built.outputs, built.review_months) == ((words,), (words,), 6)
    assert (built.first.outputs, built.first.references) == ((words,), ("Ley 29733",))
    asked = built.first.requires[0]
    assert isinstance(asked, Approvals)
    assert asked.together
    assert asked.four_eyes


def test_a_stage_that_cancels_ends_the_run_unless_something_is_owed_then() -> None:
    words = {"es": "Uno", "en": "One"}
    stages = [
        {"key": "plan", "title": words, "next": ["withdrawing"]},
        {"key": "withdrawing", "title": words, "cancelled": True, "next": ["withdrawn"]},
        {"key": "withdrawn", "title": words, "cancelled": True},
    ]
    built = build({"code": "PE-XXX-01", "title": words, "applies_to": {"kind": "event"}, "stages": stages})
    assert [(s.status, s.final) for s in built.stages] == [("plan", False), ("cancelled", False), ("cancelled", True)]
    assert leads_on(built, "plan", {}, {}) is None
    owed = leads_on(built, "withdrawing", {}, {})
    assert owed is not None
    assert owed.key == "withdrawn"
