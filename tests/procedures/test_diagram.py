"""The picture of a procedure's flow."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import given, settings
from hypothesis import strategies as st

from promo.procedures.building import build
from promo.procedures.definitions import Definition
from promo.procedures.diagram import MOST_WAYS, Diagram, Taken, diagram
from promo.procedures.phrases import Phrases
from promo.procedures.validation import library_files, parse
from tests.procedures.strategies import definitions

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = st.text(max_size=60) | st.sampled_from(["<script>alert(1)</script>", "]]>&amp;\x07\ufffe", "مرحبا 李明 " * 9])


@pytest.fixture(autouse=True)
def in_english(app: Flask) -> Iterator[None]:
    """Words in English, without a request."""
    with app.app_context(), force_locale("en"):
        yield


def _drawn(data: dict[str, Any] | Definition, **more: Any) -> tuple[Diagram, ElementTree.Element]:
    definition = data if isinstance(data, Definition) else build(data)
    made = diagram(definition, {}, Phrases(definition, {}).condition, **more)
    return made, ElementTree.fromstring(made.svg)


def _round() -> dict[str, Any]:
    file = next(f for f in library_files() if f.stem == "PE-COM-02")
    return copy.deepcopy(parse(file.read_bytes()).data)


def _stages(svg: ElementTree.Element) -> list[ElementTree.Element]:
    return [e for e in svg.iter() if "diagram__stage" in e.get("class", "").split()]


def _chain(length: int) -> dict[str, Any]:
    titles = [f"Stage number {n} with a name of some length" for n in range(length)]
    stages: list[dict[str, Any]] = [
        {"key": f"s{n}", "title": {"es": t, "en": t}, "next": [f"s{n + 1}", "gone"]} for n, t in enumerate(titles)
    ]
    stages[-1] |= {"next": [], "final": True}
    stages.append({"key": "gone", "title": {"es": "No", "en": "Cancelled"}, "cancelled": True})
    return {"code": "PE-XX-01", "title": {"es": "X", "en": "X"}, "applies_to": {"kind": "event"}, "stages": stages}


def test_each_stage_leads_to_its_section_and_bears_its_number() -> None:
    _made, svg = _drawn(_round())
    stages = _stages(svg)
    assert [e.get("href") for e in stages][:2] == ["#stage-proposal", "#stage-supply"]
    assert [e.findtext(f"{SVG}title") for e in stages][-1] == "10. Cancelled"
    assert "diagram__stage--final" in stages[7].get("class", "")
    assert all("diagram__stage--cancelled" in stage.get("class", "") for stage in stages[8:])
    _made, svg = _drawn(_round(), links=False)
    assert not list(svg.iter(f"{SVG}a"))


def test_what_it_shows_is_told_in_words() -> None:
    made, svg = _drawn(_round())
    assert svg.findtext(f"{SVG}title") == made.alt
    assert svg.get("aria-labelledby") == svg[0].get("id") == "diagram-title"
    assert made.alt.startswith("Flow of the stages: 1. Proposal, 2. Supply")
    assert "6 → 7" in made.alt
    assert made.legend == [
        "×9: from this stage one may go to «Cancellation»",
        "×10: from this stage one may go to «Cancelled»",
        "thick frame: it ends here",
    ]


def test_a_condition_has_a_letter_and_its_words_below() -> None:
    data = _round()
    data["stages"][1]["next"].append({"to": "agenda", "when": {"fact": "budget_usd", "op": "le", "value": 500}})
    made, svg = _drawn(data)
    assert "a: if «Budget in US dollars» is at most US$\u00a0500" in made.legend
    assert "a" in [e.findtext(f"{SVG}tspan") for e in svg.iter(f"{SVG}text")]


def test_twenty_stages_are_legible_on_a_phone() -> None:
    made, svg = _drawn(_chain(20))
    assert made.width <= 330
    tops = [float(e[1].get("y", "")) for e in _stages(svg)]
    assert tops == sorted(tops), "the order of the document"
    heights = [float(e[1].get("height", "")) for e in _stages(svg)]
    assert all(b >= a + h for a, b, h in zip(tops, tops[1:], heights, strict=False)), "none lies upon another"


def test_real_paths_have_counts_and_show_ways_that_the_procedure_lacks() -> None:
    taken = {"proposal": Taken(12, "median 4 days"), ("proposal", "supply"): Taken(9, "4 d"), ("demand", "proposal"):
             Taken(2), ("supply", "cancelled"): Taken(3)}  # fmt: skip
    made, svg = _drawn(_round(), taken=taken)
    told = [e.text for e in svg.iter(f"{SVG}tspan")]
    assert "12 · median 4 days" in told
    assert "9 · 4 d" in told
    assert "×9 ×10 · 3" in told
    assert "from 1–7: 3" in told
    apart = [e for e in svg.iter() if "diagram__way--apart" in e.get("class", "")]
    assert [e.findtext(f"{SVG}title") for e in apart] == ["3 → 1: 2"]
    assert "broken line: a way that the procedure does not have" in made.legend


def test_too_many_ways_are_said_and_not_drawn() -> None:
    data = _chain(40)
    for stage in data["stages"][:30]:
        stage["next"] = [f"s{n}" for n in range(30) if f"s{n}" != stage["key"]][:20]
    made, svg = _drawn(data)
    assert sum(len(s["next"]) for s in data["stages"][:30]) > MOST_WAYS
    assert not [e for e in svg.iter() if e.get("class") == "diagram__way"]
    assert made.legend[-1] == "The ways are too many to be drawn: each stage names its own."


@given(definitions(), st.data())
@settings(max_examples=60)
def test_any_definition_gives_well_formed_svg(data: dict[str, Any], draw: st.DataObject) -> None:
    for stage in data["stages"]:
        text = draw.draw(HOSTILE)
        stage["title"] = {"es": text, "en": text}
        stage |= draw.draw(st.sampled_from([{}, {"final": True}, {"cancelled": True}]))
    keys = st.sampled_from([s["key"] for s in data["stages"]] + ["elsewhere"])
    counts = st.builds(Taken, st.integers(0, 9**9), HOSTILE)
    taken = draw.draw(st.dictionaries(keys | st.tuples(keys, keys), counts, max_size=4))
    made, svg = _drawn(data, taken=taken)
    assert not list(svg.iter(f"{SVG}script"))
    assert len(_stages(svg)) == len({s["key"] for s in data["stages"]})
    assert made.width > 0
    assert made.height > 0
    assert made.svg == _drawn(data, taken=taken)[0].svg


def test_a_sign_of_cancelling_that_has_no_room_beside_the_note_stands_below_it() -> None:
    def height(note: str) -> float:
        taken = {"s0": Taken(1234, note), ("s0", "gone"): Taken(56)}
        _made, svg = _drawn(_chain(2), taken=taken)
        rect = _stages(svg)[0].find(f"{SVG}rect")
        assert rect is not None
        return float(rect.get("height", "0"))

    assert height("median of many more days") > height("")
