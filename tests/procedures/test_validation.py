"""Reading definitions: what is refused, and where it says so."""

from __future__ import annotations

import json
import time

import pytest
import yaml

from promo.activities.kind import KIND as ACTIVITY
from promo.events.kind import KIND as EVENT
from promo.missions.kind import KIND as MISSION
from promo.outcomes.kind import KIND as OUTCOME
from promo.procedures.case import fact_names
from promo.procedures.definitions import content_hash
from promo.procedures.validation import Vocabulary, library_blocks, library_files, parse

FACTS = {kind.name: fact_names(kind) for kind in (EVENT, MISSION, ACTIVITY, OUTCOME)}
GOOD = """
code: PE-TST-01
title: {es: Prueba, en: Trial}
applies_to: {kind: event}
stages:
  - key: one
    title: {es: Uno, en: One}
    requires:
      - {fact: objective}
    next: [two]
  - {key: two, title: {es: Dos, en: Two}, final: true}
"""


@pytest.mark.parametrize("file", library_files(), ids=lambda f: f.stem)
def test_the_library_is_sound(file) -> None:
    parsed = parse(file.read_bytes(), vocabulary=Vocabulary(FACTS))
    assert parsed.problems == []
    assert parsed.definition is not None
    assert parsed.definition.code == file.stem


def test_yaml_and_json_are_the_same_document() -> None:
    as_json = json.dumps(yaml.safe_load(GOOD))
    assert content_hash(parse(GOOD).data) == content_hash(parse(as_json).data)
    assert parse(GOOD).problems == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: [1, 2", 1, "Not valid YAML"),
        ("a: 1\nb: 2\na: 3", 3, "twice"),
        ("a: &x [*x]", 1, "contains itself"),
        ("[" * 5000, 1, "deeper"),
        ("a: !!python/object:os.system x", 1, "Tags"),
        ("? [a]\n: b", 1, "must be a word"),
        ("- just\n- a list", 1, "group of named values"),
        ("", None, "group of named values"),
        ("a: \x00", 1, "not allowed"),
        ("x" * 1_000_001, None, "larger"),
    ],
)
def test_bad_text_is_refused_with_its_line(text: str, line: int | None, words: str) -> None:
    problem = parse(text).problems[0]
    assert words in str(problem.message)
    assert problem.line == line


def test_aliases_that_explode_are_refused_quickly() -> None:
    lines = ["a0: &a0 [1,1,1,1,1,1,1,1,1,1]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    started = time.monotonic()
    assert "multiply" in str(parse("\n".join(lines)).problems[0].message)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("old", "new", "path", "words"),
    [
        ("next: [two]", "next: [three]", "stages[0].next[0]", "no stage"),
        ("next: [two]", "next: [two]\n    colour: red", "stages[0]", "unexpected"),
        ("{fact: objective}", "{fact: objective, answer: x}", "stages[0].requires[0]", "exactly one"),
        ("{fact: objective}", "{evidence: x, label: {es: Solo}}", "stages[0].requires[0].label", "English"),
        (
            "{fact: objective}",
            "{count: participants, min: 1, where: {evidence: x}}",
            "stages[0].requires[0].where",
            "not allowed",
        ),
        ("{fact: objective}", "{include: NONE}", "stages[0].requires[0]", "no block"),
        ("{fact: objective}", "{fact: shoe_size}", "stages[0].requires[0]", "no fact"),
        ("{fact: objective}", "{fact: objective, when: {fact: shoe_size}}", "stages[0].requires[0]", "no fact"),
        ("{fact: objective}", "{approvals: [{function: king}]}", "stages[0].requires[0]", "Nobody can hold"),
        ("kind: event", "kind: dream", "applies_to.kind", "no kind"),
        (
            "    next: [two]\n",
            "    next: [two]\n    deadline: {working_days: 5, after: two}\n",
            "stages[0].deadline",
            "later",
        ),
        ("    next: [two]\n", "", "stages[0]", "leads nowhere"),
    ],
)
def test_unsound_definitions_say_where(old: str, new: str, path: str, words: str) -> None:
    vocabulary = Vocabulary(FACTS, {"head_of_mission"})
    found = parse(GOOD.replace(old, new), vocabulary=vocabulary).problems
    assert any(p.path == path and words in str(p.message) and p.line for p in found), found


def test_blocks_that_include_each_other_are_refused() -> None:
    names = {"es": "A", "en": "A"}
    blocks = {
        "A": {"block": "A", "title": names, "requires": [{"include": "B"}]},
        "B": {"block": "B", "title": names, "requires": [{"include": "A"}]},
    }
    found = parse(GOOD.replace("{fact: objective}", "{include: A}"), blocks).problems
    assert "circle" in str(found[0].message)


def test_an_included_block_takes_the_condition_of_its_line() -> None:
    condition = "{fact: budget_usd, op: gt, value: 0}"
    parsed = parse(GOOD.replace("{fact: objective}", f"{{include: T6, when: {condition}}}"))
    assert parsed.definition is not None
    included = parsed.definition.first.requires
    assert len(included) == len(library_blocks()["T6"]["requires"])
    assert all(r.when is not None and r.block == "T6" for r in included)
