"""What is told of two versions: each difference, and whether it is of substance."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import given, settings
from hypothesis import strategies as st

from promo.procedures.definitions import content_hash
from promo.procedures.differences import Group, differences, of_substance
from promo.procedures.validation import library_files, parse, schema
from tests.procedures.strategies import definitions

FUNCTIONS = {"head_of_mission": {"es": "Jefatura de misión", "en": "Head of mission"}}
MATCHMAKING = next(f for f in library_files() if f.stem == "PE-COM-02")


@pytest.fixture(autouse=True)
def in_english(app: Flask) -> Iterator[None]:
    """Words in English, without a request."""
    with app.app_context(), force_locale("en"):
        yield


def _round() -> dict[str, Any]:
    """The library's matchmaking round, with blocks included."""
    return copy.deepcopy(parse(MATCHMAKING.read_bytes()).data)


def _stage(data: dict[str, Any], key: str) -> dict[str, Any]:
    return next(stage for stage in data["stages"] if stage["key"] == key)


def _item(data: dict[str, Any], stage: str, name: str) -> dict[str, Any]:
    return next(r for r in _stage(data, stage)["requires"] if name in (r.get("key"), r.get("evidence"), r.get("fact"),
                r.get("answer"), r.get("declaration")))  # fmt: skip


def _texts(groups: list[Group]) -> list[str]:
    return [sentence.text for group in groups for sentence in group.sentences]


def test_the_same_has_no_differences() -> None:
    assert differences(_round(), _round(), FUNCTIONS) == []


def _deadline(data: dict[str, Any]) -> None:
    _stage(data, "proposal")["deadline"]["working_days"] = 60


def _quotations(data: dict[str, Any]) -> None:
    _stage(data, "demand")["requires"].append(
        {"evidence": "quotation", "min": 2, "label": {"es": "Cotización", "en": "Quotation"},
         "when": {"fact": "budget_usd", "op": "gt", "value": 5000}}
    )  # fmt: skip


def _no_letters(data: dict[str, Any]) -> None:
    stage = _stage(data, "supply")
    stage["requires"] = [r for r in stage["requires"] if r.get("key") != "commitment_letters"]


def _threshold(data: dict[str, Any]) -> None:
    _item(data, "proposal", "budget_sheet")["when"]["value"] = 3000.5


def _route(data: dict[str, Any]) -> None:
    approvals = next(r for r in _stage(data, "demand")["requires"] if "approvals" in r)
    approvals["approvals"] = [{"function": "head_of_mission"}, {"function": "line_director"}]


def _capacity(data: dict[str, Any]) -> None:
    _item(data, "proposal", "capacity")["value"] = 12


def _exception(data: dict[str, Any]) -> None:
    _item(data, "proposal", "budget_sheet")["waivable"] = True


def _way(data: dict[str, Any]) -> None:
    _stage(data, "demand")["next"].append({"to": "supply", "when": {"answer": "due_diligence"}})


def _listed(data: dict[str, Any]) -> None:
    _stage(data, "demand")["next"].append({"to": "supply", "when": {"fact": "participants"}})


def _unlisted(data: dict[str, Any]) -> None:
    _stage(data, "demand")["next"].append({"to": "supply", "when": {"fact": "participants", "op": "unset"}})


def _told(data: dict[str, Any]) -> None:
    _stage(data, "agenda")["tells"] = ["head_of_mission"]


def _gone(data: dict[str, Any]) -> None:
    data["stages"] = [s for s in data["stages"] if s["key"] != "agenda"]
    _stage(data, "demand")["next"] = ["held", "cancelled"]


SUBSTANCE = {
    _deadline: (
        "The term is now 60 working days before «Starts on», the post's calendar (before: 90 working days before "
        "«Starts on», the post's calendar)."
    ),
    _quotations: (
        "It now requires «Quotation» (Document; at least 2; if «Budget in US dollars» is more than US$\u00a05,000)."
    ),
    _no_letters: (
        "It no longer requires «Commitment letter from each exhibitor» (For each one; of those whose «Role» is "
        "Exhibitor; Commitment letter)."
    ),
    _threshold: (
        "«Budget sheet» is required if «Budget in US dollars» is more than US$\u00a03,000.50 (before: if «Budget in US "
        "dollars» is more than US$\u00a02,000)."
    ),
    _route: "«Agreement with the demand» is now decided by Head of mission → Line director (before: Head of mission).",
    _capacity: "«Capacity» is met when it is at least 12 (before: when it is at least 10).",
    _exception: "«Budget sheet»: an exception can now be authorised.",
    _way: "It may now lead to «Supply» if «How the buyers were checked» is filled in.",
    _listed: "It may now lead to «Supply» if «Participants» is not empty.",
    _unlisted: "It may now lead to «Supply» if «Participants» has nothing in it.",
    _told: "«Head of mission» is now told when it is reached.",
    _gone: "The stage «Agenda» is no longer there.",
}


@pytest.mark.parametrize("change", SUBSTANCE)
def test_a_change_of_substance_in_plain_words(change: Any) -> None:
    now = _round()
    change(now)
    groups = differences(_round(), now, {**FUNCTIONS, "line_director": {"es": "x", "en": "Line director"}})
    assert SUBSTANCE[change] in _texts(groups)
    assert of_substance(groups)


def test_texts_are_editorial_and_shown_before_and_after() -> None:
    now = _round()
    now["purpose"]["en"] = "To hold many meetings."
    _item(now, "proposal", "slot_minutes")["guidance"] = {"es": "De 20 a 30.", "en": "From 20 to 30."}
    groups = differences(_round(), now, FUNCTIONS)
    assert [(g.stage, s.text) for g in groups for s in g.sentences] == [
        ("", "The purpose is written differently."),
        ("proposal", "The guidance of «Minutes per appointment» is written differently."),
    ]
    assert not of_substance(groups)
    purpose, guidance = (s.rewritten for g in groups for s in g.sentences)
    assert [(r.language, r.now) for r in purpose] == [("English", "To hold many meetings.")]
    assert next((r.language, r.before, r.now) for r in guidance) == (
        "Spanish",
        "Lo usual es de 20 a 30.",
        "De 20 a 30.",
    )


def test_moved_and_written_otherwise_is_editorial() -> None:
    now = _round()
    _stage(now, "agenda")["requires"].reverse()
    _item(now, "agenda", "agenda")["waivable"] = True
    _stage(now, "held")["deadline"] = [_stage(now, "held")["deadline"]]
    groups = differences(_round(), now, FUNCTIONS)
    assert _texts(groups) == [
        "«Agreement with the agenda»: the file says it in another way; nothing changes for people.",
        "What is required stands in another order.",
        "The stage: the file says it in another way; nothing changes for people.",
    ]
    assert not of_substance(groups)


def test_a_number_and_a_text_of_the_same_digits_are_told_apart() -> None:
    now = _round()
    _item(now, "proposal", "capacity")["value"] = "10"
    (text,) = _texts(differences(_round(), now, FUNCTIONS))
    assert text == "«Capacity» is met when it is at least «10» (before: when it is at least 10)."


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield from _leaves(value[key], (*path, key))
    yield path


def _taken_out(data: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    changed = copy.deepcopy(data)
    holder: Any = changed
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    return changed


REQUIRED = {
    "key",
    "title",
    "code",
    "applies_to",
    "kind",
    "stages",
    "es",
    "en",
    "to",
    "function",
    "label",
    "text",
    "type",
}


def _loose(data: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What may be taken out of a definition without the schema's refusing it, more or less."""
    return [p for p in _leaves(data) if len(p) > 1 and isinstance(p[-1], str) and p[-1] not in REQUIRED and p[-1] not in
            ("fact", "answer", "evidence", "count", "each", "declaration", "approvals", "requires", "working_days",
             "before", "after", "all", "any", "not", "min", "value")]  # fmt: skip


def test_each_thing_taken_out_or_put_in_is_told() -> None:
    whole = _round()
    paths = _loose(whole)
    assert len(paths) > 60
    for path in paths:
        without = _taken_out(whole, path)
        for before, now in ((whole, without), (without, whole)):
            assert _texts(differences(before, now, FUNCTIONS)), path


def test_every_key_of_the_schema_has_words() -> None:
    """No key of a definition is told by the way for unknown ones."""
    from promo.procedures import differences as whole
    from promo.procedures import requirement_changes, stage_changes

    definitions_ = schema()["$defs"]
    requirement = {
        key for form in definitions_["requirement"]["dependentSchemas"].values() for key in form["properties"]
    }
    told = {name for names in requirement_changes._TELLERS for name in names}
    assert requirement - told == {"fact", "answer", "evidence", "count", "each", "declaration", "include"}
    assert set(definitions_["stage"]["properties"]) - set(stage_changes._TELLERS) == {"key"}
    assert set(schema()["properties"]) - set(whole._TELLERS) == {"stages"}


@given(definitions(), definitions())
@settings(max_examples=60)
def test_whatever_differs_is_told_and_nothing_else(before: dict[str, Any], now: dict[str, Any]) -> None:
    groups = differences(before, now, {})
    assert bool(groups) == (content_hash(before) != content_hash(now))
    assert all(sentence.text for group in groups for sentence in group.sentences)
    assert differences(now, copy.deepcopy(now), {}) == []


@given(definitions(), st.data())
@settings(max_examples=60)
def test_one_change_within_a_stage_is_told_in_its_group(data: dict[str, Any], draw: st.DataObject) -> None:
    number = draw.draw(st.integers(0, len(data["stages"]) - 1))
    now = copy.deepcopy(data)
    now["stages"][number] = draw.draw(definitions())["stages"][0] | {"key": data["stages"][number]["key"]}
    groups = differences(data, now, {})
    same = content_hash(data) == content_hash(now)
    assert {group.stage for group in groups} == (set() if same else {data["stages"][number]["key"]})
