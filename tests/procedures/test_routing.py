"""Routes of approval: in no post, with any set of holders and absences, does a request end with its author."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from promo.core.db import write
from promo.core.records import Record
from promo.procedures.models import ApprovalRoute
from promo.procedures.routing import STEPS, Candidate, choose, route
from tests import factories
from tests.procedures.conftest import Trial

TODAY = date(2026, 11, 23)
candidates = st.lists(
    st.builds(
        Candidate,
        st.sampled_from(STEPS),
        st.one_of(st.none(), st.integers(1, 5)),
        st.sampled_from([None, None, "away", "inactive"]),
    ),
    max_size=8,
)
excluded = st.dictionaries(st.integers(1, 5), st.sampled_from(["author", "approved_before"]), max_size=5)


@given(candidates, excluded)
def test_never_the_author_and_always_the_first_who_can(found: list[Candidate], not_these: dict[int, str]) -> None:
    routed = choose(found, not_these)
    able = [c for c in found if c.person_id is not None and c.why_not is None and c.person_id not in not_these]
    assert routed.person_id not in not_these
    if routed.person_id is None:
        blocked = {c.person_id for c in found if c.why_not}
        assert all(c.person_id in blocked for c in able)
    else:
        assert routed.person_id in {c.person_id for c in able}
        assert routed.step in STEPS
    assert all({"step", "why"} <= w.keys() for w in routed.why)


def test_holder_deputy_stand_in_parent(trial: Trial, session, cast) -> None:
    run = trial.begin()
    record = session.get_one(Record, run.record_id)
    home = factories.post()
    deputy = factories.create_person(roles=[("officer", home.id, None)])
    stand_in = factories.create_person(post_code="EMB-JP-TYO")
    ambassador = factories.create_person(functions=[("head_of_mission", home.parent_id)])
    with write() as writing:
        writing.add(
            ApprovalRoute(post_id=home.id, function="head_of_mission", deputy_id=deputy.id, stand_in_id=stand_in.id)
        )
    record = session.get_one(Record, run.record_id)
    out: dict[int, str] = {}
    expected = [
        (cast.head.id, "holder"), (deputy.id, "deputy"), (stand_in.id, "stand_in"), (ambassador.id, "parent"),
        (cast.hq_manager.id, "line_director"),
    ]  # fmt: skip
    for person, step in expected:
        routed = route(session, record, "head_of_mission", out, TODAY)
        assert (routed.person_id, routed.step) == (person, step)
        out[person] = "author"
    assert route(session, record, "head_of_mission", out, TODAY).person_id is None
