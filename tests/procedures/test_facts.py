"""What each kind of record offers to procedures: exactly what it declares, with a name, and good for conditions."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.activities import actions as activities
from promo.contacts import actions as contacts
from promo.core.db import write
from promo.core.fields import Field, Rows
from promo.core.records import Kind, Record, kind, kinds
from promo.events import actions as events
from promo.missions import actions as missions
from promo.organisations import actions as organisations
from promo.outcomes import actions as outcomes
from promo.procedures.case import fact_names, run_facts
from promo.procedures.checklist import checklist
from promo.procedures.validation import Vocabulary, parse
from promo.procedures.vocabulary import OPERATORS, operators
from promo.procedures.words import RUN_FACTS, fact_label
from promo.reference.models import Sector
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("session")
EVERY_OPERATOR = ("set", "unset", "eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "contains")
ACT = {"title": "Foro", "pillar": "trade", "starts_on": date(2027, 3, 12), "countries": ["US"]}


def _event(session: Session, cast: Cast) -> Record:
    viewer = cast.officer.viewer
    event = events.plan(session, viewer, ACT | {"act_type": "seminar"})
    events.add_participant(session, viewer, event.id, {"who": ["+Rosa Quispe"], "role": "buyer"})
    call = {"activity_type": "call", "who": ["+Juan Ríos"], "part_of": str(event.id)}
    activities.log(session, viewer, call)
    _outcome(session, cast, event)
    return event


def _activity(session: Session, cast: Cast) -> Record:
    return activities.log(session, cast.officer.viewer, {"activity_type": "call", "who": ["+Rosa Quispe"]})


def _outcome(session: Session, cast: Cast, act: Record | None = None) -> Record:
    values = {
        "outcome_type": "agreement", "grade": "declared", "pillar": "trade", "country": "US",
        "sector_id": session.scalars(select(Sector.id).order_by(Sector.id)).first(),
        "main_act_id": (act or _activity(session, cast)).id,
    }  # fmt: skip
    return outcomes.declare(session, cast.officer.viewer, values)


MAKERS: dict[str, Callable[[Session, Cast], Record]] = {
    "contact": lambda s, c: contacts.add(s, c.officer.viewer, {"family_name": "Quispe", "source": "event"}),
    "organisation": lambda s, c: organisations.add(
        s, c.officer.viewer, {"title": "Andina", "organisation_type": "exporter", "country": "PE"}
    ),
    "activity": _activity,
    "event": _event,
    "mission": lambda s, c: missions.plan(s, c.officer.viewer, ACT | {"act_type": "outgoing"}),
    "outcome": _outcome,
}
VALUES: dict[str, Any] = {"integer": 3, "decimal": 2.5, "date": "2027-03-12", "moment": "2027-03-12", "yes_no": True}


def _value(fact: Field, op: str) -> dict[str, Any]:
    if op in ("set", "unset"):
        return {}
    value = fact.choices[0][0] if fact.choices else VALUES.get(fact.type, "PE")
    return {"value": [value] if op in ("in", "not_in") else value}


def _document(kind_name: str, *requires: dict[str, Any]) -> str:
    words = {"es": "Uno", "en": "One"}
    stage = {"key": "one", "title": words, "final": True, "requires": requires}
    data = {"code": "PE-TST-01", "title": words, "applies_to": {"kind": kind_name}, "stages": [stage]}
    return json.dumps(data)


def test_every_kind_is_tried_here(app: Flask) -> None:
    assert {k.name for k in kinds()} == set(MAKERS)


@pytest.mark.parametrize("name", MAKERS)
def test_a_record_has_exactly_the_facts_that_its_kind_declares(name: str, cast: Cast) -> None:
    with write() as session:
        record = MAKERS[name](session, cast)
        session.flush()
        facts = kind(name).facts_of(session, record)
    offered = kind(name).offered
    assert set(facts) == set(offered)
    for rows in (fact for fact in offered.values() if isinstance(fact, Rows)):
        keys = {key.name for key in rows.keys}
        assert all(set(element) - {"id", "evidence"} == keys for element in facts[rows.name])
        assert name != "event" or facts[rows.name], "the list is tried with something in it"


@pytest.mark.parametrize("name", MAKERS)
def test_every_fact_has_a_name_in_both_languages(name: str, app: Flask) -> None:
    for language in ("es", "en"):
        with app.test_request_context(), force_locale(language):
            labels = {fact: fact_label(kind(name), fact) for fact in kind(name).offered}
            assert all(label.strip() for label in labels.values())
            assert not {fact for fact, label in labels.items() if label == fact}


@pytest.mark.parametrize("name", MAKERS)
def test_every_fact_can_be_used_in_a_condition(name: str, cast: Cast) -> None:
    with write() as session:
        record = MAKERS[name](session, cast)
        session.flush()
        facts = kind(name).facts_of(session, record)
    for fact in kind(name).offered.values():
        for op in operators(fact):
            comparison = {"fact": fact.name, "op": op, **_value(fact, op)}
            asked = {"evidence": "agenda", "when": comparison}
            parsed = parse(_document(name, comparison, asked), vocabulary=Vocabulary(_offered(name)))
            assert parsed.problems == [], (comparison, parsed.problems)
            assert parsed.definition is not None
            items = checklist(parsed.definition, "one", facts, {}, {})
            applies = {"met": "missing", "missing": "not_applicable"}
            assert items[1].state == applies[items[0].state], comparison


@pytest.mark.parametrize("name", MAKERS)
def test_an_operator_that_a_type_can_not_have_is_refused(name: str) -> None:
    for fact in kind(name).offered.values():
        for op in set(EVERY_OPERATOR) - set(operators(fact)):
            comparison = {"fact": fact.name, "op": op, **_value(fact, op)}
            problems = parse(_document(name, comparison), vocabulary=Vocabulary(_offered(name))).problems
            assert [(p.path, p.line) for p in problems] == [("stages[0].requires[0]", 1)], comparison


def _offered(name: str) -> dict[str, dict[str, Field]]:
    return {name: kind(name).offered}


def test_the_elements_of_each_list_can_be_chosen_by_each_key() -> None:
    of_kinds: list[tuple[Kind, Rows]] = [(k, rows) for k in kinds() for rows in k.lists]
    assert of_kinds
    for of_kind, rows in of_kinds:
        for key in rows.keys:
            for op in operators(key):
                where = {key.name: {"op": op, **_value(key, op)}}
                document = _document(of_kind.name, {"count": rows.name, "min": 1, "where": where})
                assert parse(document, vocabulary=Vocabulary(_offered(of_kind.name))).problems == [], (rows.name, where)


def test_work_also_offers_the_facts_of_its_run(app: Flask) -> None:
    for one in kinds():
        of_run = set(fact_names(one)) - set(one.offered)
        assert of_run == ({fact.name for fact in RUN_FACTS} if one.work else set())
    assert set(run_facts(["proposal"], [])) == {fact.name for fact in RUN_FACTS}


def test_operators_are_those_of_the_schema() -> None:
    assert {op for ops in OPERATORS.values() for op in ops} == set(EVERY_OPERATOR)
