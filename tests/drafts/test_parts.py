"""What forms show is what they read: conditions, texts of any shape, places; and what two people write at once."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from promo.drafts.conditions import ConditionIn, Offered
from promo.drafts.elements import requirement_parts, stage_parts
from promo.drafts.exporting import as_json, as_yaml
from promo.drafts.merging import merge
from promo.drafts.parts import Posted, posted, shown
from promo.drafts.places import at, difference, moved, put
from promo.drafts.redrawing import redrawn
from promo.drafts.vocabulary import Vocabulary
from promo.drafts.words import type_of
from promo.procedures.building import condition as built
from promo.procedures.conditions import holds
from promo.procedures.validation import HIDDEN, fits, parse_draft
from promo.procedures.versions import library

FACTS = {
    "budget_usd": Offered("budget_usd", "Budget", "number"),
    "starts_on": Offered("starts_on", "Starts on", "date"),
    "confirmed": Offered("confirmed", "Confirmed", "yes_no"),
    "act_type": Offered("act_type", "Type", "choice", (("fair", "Fair"), ("seminar", "Seminar"))),
    "title": Offered("title", "Title", "text"),
}
OFFERED = {f"fact:{name}": one for name, one in FACTS.items()}
WHEN = ConditionIn("when", "Asked", OFFERED)
VALUES: dict[str, Any] = {
    "number": st.one_of(st.integers(-9999, 9999), st.decimals(0, 99, places=2).map(float)),
    "date": st.dates().map(lambda d: d.isoformat()),
    "yes_no": st.booleans(),
    "choice": st.sampled_from(["fair", "seminar"]),
    "text": st.sampled_from(["a", "x, y", "Ñandú 3"]),
}


@st.composite
def lines(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(FACTS)))
    op = draw(st.sampled_from([op for op, _label in FACTS[name].ops()]))
    if op in ("set", "unset"):
        return {"fact": name, "op": op}
    value = draw(VALUES[FACTS[name].type])
    return {"fact": name, "op": op, "value": [value] if op in ("in", "not_in") else value}


conditions = st.recursive(
    lines(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)
facts = st.fixed_dictionaries({name: st.one_of(st.none(), VALUES[one.type]) for name, one in FACTS.items()})


def as_posted(raw: Any, name: str = "when") -> dict[str, list[str]]:
    """What a browser sends for a condition as it is shown."""
    if not raw:
        return {}
    if "joint" not in raw:
        return {f"{name}-name": [raw["name"]], f"{name}-op": [raw["op"]], f"{name}-value": raw["value"]}
    sent = {f"{name}-joint": [raw["joint"]]}
    for index, part in enumerate(raw["parts"]):
        sent |= as_posted(part, f"{name}-{index}")
    return sent


@given(conditions, facts)
@settings(max_examples=150)
def test_a_condition_that_is_shown_and_read_again_holds_as_before(condition: Any, known: Any) -> None:
    raw = WHEN.show({"when": condition})
    again = WHEN.parse(WHEN.typed(Posted(as_posted(raw))))
    assert holds(built(again), known, {}) == holds(built(condition), known, {})
    assert WHEN.value({"when": again}) == again


texts = st.text(max_size=40).filter(lambda text: not HIDDEN.search(text))
words = st.fixed_dictionaries({"es": texts, "en": texts})
documents = st.fixed_dictionaries(
    {"code": st.just("PE-TST-01"), "title": words, "applies_to": st.just({"kind": "event"}),
     "stages": st.lists(st.fixed_dictionaries({"title": words}, optional={
         "guidance": words, "requires": st.lists(st.fixed_dictionaries({"evidence": st.just("agenda"), "label": words}),
                                                 max_size=1)}), max_size=3)},
    optional={"references": st.lists(texts.filter(bool), max_size=3), "purpose": words},
)  # fmt: skip


@given(documents)
@settings(max_examples=150)
def test_a_document_comes_in_as_it_went_out(document: Any) -> None:
    stages = [{"key": f"s{number}", **stage} for number, stage in enumerate(document["stages"])]
    document = {**document, "stages": stages}
    for text in (as_yaml(document), as_json(document)):
        parsed = parse_draft(text)
        assert parsed.problems == []
        assert parsed.written == document


values = st.recursive(
    st.one_of(st.integers(0, 3), st.sampled_from(["a", "b"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["x", "y"]), inner, max_size=2)
    ),
    max_leaves=8,
)


@given(values, values)
def test_a_difference_put_back_is_the_old_text(old: Any, new: Any) -> None:
    place, before, after = difference(old, new)
    assert at(new, place) == after
    assert put(new, place, before) == old
    assert put(old, place, after) == new


@given(st.lists(st.integers(), unique=True, min_size=1, max_size=6), st.data())
def test_moving_keeps_every_row_and_the_order_of_the_others(rows: list[int], data: st.DataObject) -> None:
    start, end = data.draw(st.integers(0, len(rows) - 1)), data.draw(st.integers(-2, len(rows) + 2))
    found = moved(rows, start, end)
    assert sorted(found) == sorted(rows)
    assert [r for r in found if r != rows[start]] == [r for r in rows if r != rows[start]]
    if 0 <= end < len(rows):
        assert found[end] == rows[start]


def _vocabulary(data: Any) -> Vocabulary:
    return Vocabulary(data, (), FACTS, {"head_of_mission": "Head", "line_director": "Director"})


def test_a_form_that_is_saved_as_it_was_shown_changes_nothing() -> None:
    """Every stage and requirement of the library: what is shown is read as what is stored."""
    for data in library():
        offered = _vocabulary(data)
        for stage in data["stages"]:
            parts = stage_parts(offered)
            assert merge(parts, shown(parts, stage), {}, stage).clashes == []
            assert merge(parts, shown(parts, stage), stage, stage).data == stage
            for one in stage.get("requires", ()):
                type_ = type_of(one)
                name = one[type_] if isinstance(one[type_], str) else ""
                own = requirement_parts(offered, type_, name, one.get("type", "text"))
                again = merge(own, shown(own, one), {}, one)
                assert (again.data, again.clashes) == (one, [])
                assert fits(one, "requirement")


def test_two_who_change_different_parts_keep_both_and_of_the_same_part_both_are_told() -> None:
    parts = stage_parts(_vocabulary({"stages": []}))
    base = {"key": "a", "title": {"es": "Uno", "en": "One"}, "responsible": "officer"}
    now = {**base, "title": {"es": "Uno", "en": "The first"}}
    mine = {**shown(parts, base), "title_es": "El primero"}
    merged = merge(parts, mine, base, now)
    assert (merged.data["title"], merged.clashes) == ({"es": "El primero", "en": "The first"}, [])
    same = merge(parts, {**mine, "title_en": "First"}, base, now)
    assert [(c.name, c.mine, c.theirs) for c in same.clashes] == [("title_en", "First", "The first")]


def test_rows_come_go_and_move_before_they_are_saved() -> None:
    parts = stage_parts(_vocabulary({"stages": []}))
    raw = posted(parts, Posted({"next-0-to": ["a"], "next-1-to": ["b"], "next-1-when-joint": ["all"]}))
    assert redrawn(raw, "add:next") == "next-2"
    assert redrawn(raw, "up:next-1") == "up-next-1"
    assert [row.get("to") for row in raw["next"]] == ["b", "a", None]
    assert redrawn(raw, "add:next-1-when") == "next-1-when-0-name"
    assert redrawn(raw, "group:next-1-when") == "next-1-when-1-0-name"
    assert raw["next"][1]["when"]["parts"][1]["joint"] == "any"
    redrawn(raw, "drop:next-1-when-1")
    assert len(raw["next"][1]["when"]["parts"]) == 1
    for nonsense in (
        "",
        "add:",
        "drop:next-9",
        "up:title_es-0",
        "add:title_es",
        "group:next",
        "drop:next-x",
        "::",
        "a" * 999,
    ):
        redrawn(raw, nonsense)
    assert len(raw["next"]) == 3
