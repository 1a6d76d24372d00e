"""Definitions, facts, answers and approvals of any shape, for property tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from hypothesis import strategies as st

from promo.procedures.checklist import Given

NAMES = ("title", "budget_usd", "capacity", "starts_on", "sectors", "agreed")
LISTS = ("participants", "funds")
CATEGORIES = ("budget_sheet", "agenda", "commitment_letter")
FUNCTIONS = ("head_of_mission", "line_director", "director_general")
OPS = ("set", "unset", "eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "contains")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

texts = st.fixed_dictionaries({"es": st.sampled_from(["Uno", "Dos"]), "en": st.sampled_from(["One", "Two"])})
scalars = st.one_of(
    st.text(max_size=8), st.integers(-5000, 5000), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)
)
wanted = st.one_of(scalars, st.lists(scalars, max_size=3))
comparisons = st.fixed_dictionaries({}, optional={"op": st.sampled_from(OPS), "value": wanted})
leaves = st.one_of(
    st.tuples(st.sampled_from(NAMES), comparisons).map(lambda t: {"fact": t[0], **t[1]}),
    st.tuples(st.sampled_from(("q1", "q2")), comparisons).map(lambda t: {"answer": t[0], **t[1]}),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda c: {"all": c}),
        st.lists(inner, min_size=1, max_size=3).map(lambda c: {"any": c}),
        inner.map(lambda c: {"not": c}),
    ),
    max_leaves=4,
)
wheres = st.dictionaries(
    st.sampled_from(("role", "qualified", "status")),
    st.one_of(
        scalars,
        st.lists(scalars, max_size=2),
        st.fixed_dictionaries({"op": st.sampled_from(OPS)}, optional={"value": wanted}),
    ),
    max_size=2,
)
shared = {
    "when": conditions,
    "waivable": st.booleans(),
    "waived_by": st.sampled_from(FUNCTIONS),
    "protects": st.sampled_from(("money", "personal_data")),
    "label": texts,
}


def _one(
    kind: str, required: dict[str, Any], optional: dict[str, Any] | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({kind: required.pop(kind), **required}, optional={**shared, **(optional or {})})


facts_required = _one("fact", {"fact": st.sampled_from(NAMES)}, {"op": st.sampled_from(OPS), "value": wanted})
answers_required = st.fixed_dictionaries(
    {
        "answer": st.sampled_from(("q1", "q2")),
        "label": texts,
        "type": st.sampled_from(("text", "long", "integer", "decimal", "date", "yes_no", "choice", "choices", "link")),
        "choices": st.just(
            [{"value": "a", "label": {"es": "A", "en": "A"}}, {"value": "b", "label": {"es": "B", "en": "B"}}]
        ),
    },
    optional={
        **{name: shared[name] for name in ("when", "waived_by", "protects")},
        "min": st.integers(0, 5),
        "max": st.integers(6, 90),
        "op": st.sampled_from(OPS),
        "value": wanted,
    },
)
evidence_required = _one("evidence", {"evidence": st.sampled_from(CATEGORIES)}, {"min": st.integers(1, 3)})
counts_required = _one(
    "count", {"count": st.sampled_from(LISTS), "min": st.integers(0, 4)}, {"max": st.integers(0, 6), "where": wheres}
)
parts = st.one_of(
    st.fixed_dictionaries(
        {"fact": st.sampled_from(("role", "qualified"))},
        optional={"op": st.sampled_from(OPS), "value": wanted, "when": conditions},
    ),
    st.fixed_dictionaries({"evidence": st.sampled_from(CATEGORIES)}, optional={"when": conditions}),
)
each_required = _one(
    "each", {"each": st.sampled_from(LISTS), "requires": st.lists(parts, min_size=1, max_size=2)}, {"where": wheres}
)
declarations = _one(
    "declaration", {"declaration": st.sampled_from(("d1", "d2"))}, {"by": st.sampled_from(("officer", *FUNCTIONS))}
)
approvals_required = _one(
    "approvals",
    {
        "approvals": st.lists(
            st.fixed_dictionaries({"function": st.sampled_from(FUNCTIONS)}, optional={"when": conditions}),
            min_size=1,
            max_size=3,
        )
    },
    {"four_eyes": st.booleans(), "together": st.booleans()},
)
requirements = st.one_of(
    facts_required,
    answers_required,
    evidence_required,
    counts_required,
    each_required,
    declarations,
    approvals_required,
)


def _way(to: str, when: Any) -> dict[str, Any]:
    return {"to": to, "when": when}


@st.composite
def stages(draw: st.DrawFn, keys: tuple[str, ...], index: int) -> dict[str, Any]:
    """A stage that leads to any of the stages."""
    wanted_here = draw(st.lists(requirements, max_size=5))
    for number, requirement in enumerate(wanted_here):
        requirement["key"] = f"item_{index}_{number}"
    stage: dict[str, Any] = {"key": keys[index], "title": {"es": "Etapa", "en": "Stage"}, "requires": wanted_here}
    stage["outputs"] = draw(st.lists(texts, max_size=2))
    stage["final"] = index > 0 and draw(st.booleans())
    targets = draw(st.lists(st.sampled_from(keys), max_size=3))
    stage["next"] = [draw(st.one_of(st.just(t), conditions.map(partial(_way, t)))) for t in targets]
    return stage


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    """Data of a definition that the schema accepts, sound or not."""
    keys = tuple(f"stage_{n}" for n in range(draw(st.integers(1, 3))))
    return {
        "code": "PE-XXX-01",
        "title": {"es": "Prueba", "en": "Trial"},
        "applies_to": {"kind": "event"},
        "inputs": draw(st.lists(texts, max_size=2)),
        "outputs": draw(st.lists(texts, max_size=2)),
        "stages": [draw(stages(keys, n)) for n in range(len(keys))],
    }


anything = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10), st.dates(), st.datetimes(),
        st.datetimes(timezones=st.just(UTC)), st.decimals(), st.just(Decimal("sNaN")), st.binary(max_size=4),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)  # fmt: skip
elements = st.fixed_dictionaries(
    {"id": st.integers(1, 99)},
    optional={
        "role": st.one_of(st.sampled_from(("buyer", "exhibitor")), anything), "qualified": anything, "status": anything,
        "title": anything, "evidence": st.one_of(st.lists(st.sampled_from(CATEGORIES), max_size=3), anything),
    },
)  # fmt: skip
facts = st.dictionaries(
    st.sampled_from(NAMES + LISTS), st.one_of(anything, st.lists(elements, max_size=5)), max_size=len(NAMES + LISTS)
)
answers = st.dictionaries(
    st.sampled_from(("q1", "q2", "d1", "d2")),
    st.one_of(anything, st.just("a"), st.just(True), st.integers(0, 90), st.just("2026-11-23")),
    max_size=4,
)
evidence = st.dictionaries(st.sampled_from(CATEGORIES), st.integers(0, 4), max_size=3)
states = st.sampled_from(("waiting", "nobody", "approved", "returned", "recalled", "reopened"))


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """Everything that ``checklist`` takes, for a generated definition."""
    data = draw(definitions())
    pairs = [
        (stage["key"], requirement["key"])
        for stage in data["stages"]
        for requirement in stage["requires"]
        if "approvals" in requirement
    ]
    given_ = st.builds(
        lambda at, function, state, hours: Given(
            at[0], at[1], function, state, "Somebody", NOW - timedelta(hours=hours)
        ),
        st.sampled_from(pairs) if pairs else st.nothing(), st.sampled_from(FUNCTIONS), states, st.integers(0, 99),
    )  # fmt: skip
    return {
        "data": data,
        "stage": draw(st.sampled_from([s["key"] for s in data["stages"]] + ["elsewhere"])),
        "facts": draw(facts),
        "answers": draw(answers),
        "evidence": draw(evidence),
        "approvals": draw(st.lists(given_, max_size=4)) if pairs else [],
    }
