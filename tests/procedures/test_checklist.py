"""What ``checklist`` promises, for any definition that the schema accepts and any facts."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promo.procedures.building import build
from promo.procedures.checklist import Item, Later, Waiver, checklist, leads_on, missing, ways
from promo.procedures.conditions import compare, holds, matches
from promo.procedures.definitions import Count, Definition, Evidence, Fact
from promo.procedures.source import Source
from promo.procedures.validation import against_schema, library_files, parse
from tests.procedures.strategies import CATEGORIES, NOW, cases

calm = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
STATES = {"met", "missing", "waiting", "not_applicable", "excepted", "due_later"}


def items(case: dict[str, Any], **changed: Any) -> list[Item]:
    known = {k: case[k] for k in ("facts", "answers", "evidence", "approvals")} | changed
    return checklist(build(known.pop("data", case["data"])), case["stage"], now=NOW, **known)


@calm
@given(cases())
def test_total_on_whatever_the_schema_accepts(case: dict[str, Any]) -> None:
    assert against_schema(Source(case["data"])) == []
    definition = build(case["data"])
    found = items(case)
    assert {i.state for i in found} <= STATES
    assert all(i.who and i.reason.code for i in found)
    onward = ways(definition, case["stage"], case["facts"], case["answers"])
    assert leads_on(definition, case["stage"], case["facts"], case["answers"]) in [*onward, None]


@calm
@given(cases())
def test_an_item_is_met_iff_its_rule_holds(case: dict[str, Any]) -> None:
    definition = build(case["data"])
    by_key = {i.key: i for i in items(case)}
    stage = definition.stage(case["stage"])
    for rule in stage.requires if stage else ():
        if not isinstance(rule, (Fact, Evidence, Count)):
            continue
        item = by_key[rule.key]
        if not holds(rule.when, case["facts"], case["answers"]):
            assert item.state == "not_applicable"
        elif isinstance(rule, Fact):
            assert (item.state == "met") == compare(case["facts"].get(rule.name), rule.op, rule.value)
        elif isinstance(rule, Evidence):
            assert (item.state == "met") == (case["evidence"].get(rule.category, 0) >= rule.min)
        else:
            chosen = case["facts"].get(rule.list)
            chosen = chosen if isinstance(chosen, list) else []
            there = sum(matches(e, rule.where) for e in chosen)
            assert (item.state == "met") == ((rule.min or 0) <= there <= (rule.max if rule.max is not None else there))


@calm
@given(cases(), st.sampled_from(CATEGORIES))
def test_a_file_added_never_shuts_a_gate(case: dict[str, Any], category: str) -> None:
    before = {i.key: i.state for i in items(case)}
    facts = copy.deepcopy(case["facts"])
    for found in facts.values():
        for element in found if isinstance(found, list) else ():
            if isinstance(element, dict) and isinstance(element.get("evidence"), list):
                element["evidence"].append(category)
    more = case["evidence"] | {category: case["evidence"].get(category, 0) + 1}
    after = {i.key: i.state for i in items(case, facts=facts, evidence=more)}
    assert [k for k, state in before.items() if state == "met" and after[k] != "met"] == []


@calm
@given(cases(), st.randoms())
def test_the_order_of_requirements_does_not_matter(case: dict[str, Any], random: Any) -> None:
    turned = copy.deepcopy(case["data"])
    for stage in turned["stages"]:
        random.shuffle(stage["requires"])
    assert {i.key: i for i in items(case, data=turned)} == {i.key: i for i in items(case)}


@calm
@given(cases(), st.data())
def test_an_exception_changes_only_its_own_item(case: dict[str, Any], data: Any) -> None:
    plain = items(case)
    if not plain:
        return
    chosen = data.draw(st.sampled_from(plain))
    for before, after in zip(plain, items(case, waivers=[_waiver(chosen, NOW + timedelta(days=1))]), strict=True):
        if before.key == chosen.key and before.waivable and before.shuts:
            assert after.state == "excepted"
        elif before.reason.code == "comes_after" and before.requirement == chosen.requirement:
            assert before.state == after.state  # its turn may have come
        else:
            assert before == after
    assert items(case, waivers=[_waiver(chosen, NOW)]) == plain
    assert items(case, waivers=[replace(_waiver(chosen, None), stage="another")]) == plain


def _waiver(item: Item, until: datetime | None) -> Waiver:
    return Waiver(item.own, until, stage=item.stage)


@calm
@given(cases(), st.data())
def test_what_an_urgency_left_behind_is_owed_until_it_is_met(case: dict[str, Any], data: Any) -> None:
    definition = build(case["data"])
    left = data.draw(st.sampled_from([s.key for s in definition.stages]))
    asked = items({**case, "stage": left})
    chosen = data.draw(st.sets(st.sampled_from([i.own for i in asked]))) if asked else set()
    plain, tomorrow = items(case), NOW + timedelta(days=1)
    found = items(case, due_later=[Later(left, frozenset(chosen), tomorrow)])
    own = {i.key for i in plain if i.stage == case["stage"]}
    assert [i for i in found if i.key in own] == [i for i in plain if i.key in own]
    owed = {i.own: i for i in found if i.reason.code == "due_later"}
    if left == case["stage"] or definition.stage(case["stage"]) is None:
        assert not owed
        return
    assert set(owed) == {i.own for i in asked if i.own in chosen and i.shuts and i.stage == left}
    onward = [s for s in ways(definition, case["stage"], case["facts"], case["answers"]) if not s.cancelled]
    ending = bool(onward) and all(s.final for s in onward)
    assert all(i.shuts == ending for i in owed.values())
    assert {i.own for i in missing(found, final=True) if i.key not in own and i.own in owed} == set(owed)
    over = items(case, due_later=[Later(left, frozenset(chosen), NOW)])
    assert {i.own for i in over if i.reason.code == "overdue" and i.shuts} == set(owed)


@calm
@given(cases(), st.data())
def test_an_exception_takes_one_item_from_what_is_owed(case: dict[str, Any], data: Any) -> None:
    later = [
        Later(s["key"], frozenset(i.own for i in items({**case, "stage": s["key"]}))) for s in case["data"]["stages"]
    ]
    plain = items(case, due_later=later)
    owed = [i for i in plain if i.reason.code == "due_later" and i.waivable]
    if not owed:
        return
    chosen = data.draw(st.sampled_from(owed))
    after = items(case, due_later=later, waivers=[_waiver(chosen, None)])
    pairs = list(zip(plain, after, strict=True))
    assert {b.key for b, a in pairs if b.state != a.state} == {chosen.key}
    assert {a.state for b, a in pairs if b.state != a.state} == {"excepted"}


def _library(code: str) -> Definition:
    file = next(f for f in library_files() if f.stem == code)
    definition = parse(file.read_bytes()).definition
    assert definition is not None
    return definition


def _buyers(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"id": n, "title": f"B{n}", "role": "buyer", "evidence": [], **more} for n in range(count)]


def test_a_matchmaking_round_says_what_is_missing() -> None:
    round_ = _library("PE-COM-02")
    facts = {"budget_usd": 18400, "participants": _buyers(3, qualified=True) + _buyers(4, qualified=False)}
    found = {i.key: i for i in checklist(round_, "demand", facts, {}, {}, (), (), NOW)}
    assert found["qualified_buyers"].state == "missing"
    assert found["qualified_buyers"].reason.params["there"] == 3
    assert found["qualified_buyers"].where == {"tab": "participants"}
    assert found["approvals.head_of_mission"].who == "head_of_mission"


def test_letters_are_counted_by_exhibitor() -> None:
    exhibitors = [
        {"id": n, "title": f"E{n}", "role": "exhibitor", "evidence": ["commitment_letter"] if n > 1 else []}
        for n in range(12)
    ]
    found = {
        i.key: i for i in checklist(_library("PE-COM-02"), "supply", {"participants": exhibitors}, {}, {}, (), (), NOW)
    }
    reason = found["commitment_letters"].reason
    assert (reason.code, reason.params["lacking"], reason.params["total"]) == ("some_lack", 2, 12)
    assert reason.params["ids"] == [0, 1]


def test_steps_follow_the_amount() -> None:
    def steps(budget: int, capacity: int) -> list[str]:
        facts = {"budget_usd": budget, "capacity": capacity}
        found = checklist(_library("PE-COM-02"), "proposal", facts, {}, {}, (), (), NOW)
        return [i.who for i in found if i.type == "approval" and i.state != "not_applicable"]

    assert steps(500, 30) == ["head_of_mission"]
    assert steps(500, 31) == ["head_of_mission", "promotion_officer"]
    assert steps(2001, 30) == ["head_of_mission", "promotion_officer", "line_director"]
    assert steps(10001, 30)[-1] == "director_general"


def test_a_simple_act_without_money_needs_no_approval() -> None:
    facts = {
        "title": "Foro", "act_type": "seminar", "starts_on": "2026-12-01", "city": "Lima", "objective": "Presentar",
        "participants": _buyers(1), "budget_usd": None,
    }  # fmt: skip
    simple = _library("PE-GEN-01")
    assert missing(checklist(simple, "notice", facts, {}, {}, (), (), NOW)) == []
    asked = missing(checklist(simple, "notice", {**facts, "budget_usd": 100}, {}, {}, (), (), NOW))
    assert [i.who for i in asked] == ["head_of_mission"]
