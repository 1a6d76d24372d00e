"""Routes of approval: in no post, with any set of holders and absences, does a request end with its author."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from promo.accounts.models import FunctionHeld, Person
from promo.core import clock
from promo.core.db import write
from promo.core.records import Record
from promo.procedures import decisions, rerouting
from promo.procedures.building import build
from promo.procedures.models import Approval, ApprovalRoute
from promo.procedures.roster import Candidate
from promo.procedures.routing import STEPS, candidates, choose, holes, route
from promo.reference.models import Post
from tests import database, factories
from tests.cast import Cast
from tests.procedures import offices
from tests.procedures.conftest import Trial

TODAY = clock.today()
listed = st.lists(
    st.builds(
        Candidate,
        st.sampled_from(STEPS),
        st.one_of(st.none(), st.integers(1, 5)),
        st.sampled_from([None, None, "away", "inactive"]),
    ),
    max_size=8,
)
excluded = st.dictionaries(st.integers(1, 5), st.sampled_from(["author", "approved_before"]), max_size=5)
calm = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@given(listed, excluded)
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


def test_holder_deputy_stand_in_parent(trial: Trial, session: Session, cast: Cast) -> None:
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


def test_a_route_counts_on_its_days_only(session: Session, cast: Cast) -> None:
    record = Record(kind="record", post_id=cast.alone.post_id, pillar="trade")
    with write() as writing:
        for first, last, person in ((-9, -5, cast.officer), (-4, None, cast.colleague)):
            writing.add(
                ApprovalRoute(
                    post_id=cast.alone.post_id, function="head_of_mission", deputy_id=person.id,
                    valid_from=TODAY + timedelta(days=first),
                    valid_to=None if last is None else TODAY + timedelta(days=last),
                )
            )  # fmt: skip

    def deputy(days: int) -> int | None:
        found = candidates(session, record, "head_of_mission", TODAY + timedelta(days=days))
        return next(c.person_id for c in found if c.step == "deputy")

    assert [deputy(n) for n in (-10, -9, -5, -4, 0)] == [
        None, cast.officer.id, cast.officer.id, cast.colleague.id, cast.colleague.id,
    ]  # fmt: skip


def test_whoever_left_since_could_approve_while_they_were_there(session: Session, cast: Cast) -> None:
    record = Record(kind="record", post_id=cast.alone.post_id, pillar="trade")
    with write() as writing:
        writing.get_one(Person, cast.alone.id).active = False

    def holder(days: int) -> int | None:
        found = candidates(session, record, "head_of_mission", TODAY + timedelta(days=days))
        return next(c.person_id for c in found if c.step == "holder")

    assert holder(0) is None
    assert holder(-1) == cast.alone.id


@calm
@given(offices.drawn())
def test_the_order_is_that_of_the_route(session: Session, cast: Cast, drawn: offices.Drawn) -> None:
    posts = offices.settle(session, cast, drawn)
    try:
        for post in posts:
            for function in offices.FUNCTIONS:
                for pillar in ("trade", "tourism", None):
                    record = Record(kind="record", post_id=post.id, pillar=pillar)
                    found = list(candidates(session, record, function, TODAY))
                    assert found == list(offices.walk(session, record, function, TODAY))
    finally:
        session.rollback()


@calm
@given(offices.drawn(), st.lists(st.sampled_from(offices.FUNCTIONS), max_size=3, unique=True), st.booleans())
def test_holes_are_where_walking_finds_nobody(
    session: Session, cast: Cast, drawn: offices.Drawn, functions: list[str], pillar: bool
) -> None:
    definition = build(offices.procedure(functions, ["trade"] if pillar else []))
    try:
        offices.settle(session, cast, drawn)
        expected = []
        for post in session.query(Post).filter(Post.active).order_by(Post.code):
            for function in sorted(functions):
                for of in ("trade",) if pillar else ("trade", "investment", "tourism", "gastronomy", None):
                    record = Record(kind="record", post_id=post.id, pillar=of)
                    if choose(offices.walk(session, record, function, TODAY), {}).person_id is None:
                        expected.append((post.code, function))
                        break
        assert [(p.code, f) for p, f in holes(session, definition, TODAY)] == expected
    finally:
        session.rollback()


@calm
@given(offices.drawn(), st.integers(0, 4), offices.drawn())
def test_no_request_ends_with_its_author_whoever_comes_and_goes(
    trial: Trial, session: Session, cast: Cast, drawn: offices.Drawn, who: int, later: offices.Drawn
) -> None:
    author = offices.people(cast)[who]
    run = trial.begin(author, budget_usd=500)
    try:
        offices.settle(session, cast, drawn)
        asked = decisions.ask_approval(session, author.viewer, run.record_id)
        _never_theirs(session, asked, author.id)
        offices.settle(session, cast, later)
        rerouting.reroute(session, asked.id)
        _never_theirs(session, asked, author.id)
    finally:
        session.rollback()


def _never_theirs(session: Session, asked: Approval, author: int) -> None:
    """The request waits for somebody who is there, never its author; where it waits for nobody, there is nobody."""
    record = session.get_one(Record, asked.record_id)
    able = [
        c.person_id
        for c in offices.walk(session, record, asked.function, TODAY)
        if c.person_id not in (None, author) and c.why_not is None
    ]
    assert asked.assigned_to_id != author
    assert (asked.state, asked.assigned_to_id is None) == (("waiting", False) if able else ("nobody", True))
    assert asked.assigned_to_id in able or not able


def test_a_holder_leaving_while_a_request_waits_sends_it_on(trial: Trial, session: Session, cast: Cast) -> None:
    run = trial.begin(budget_usd=500)
    with write() as writing:
        asked = decisions.ask_approval(writing, cast.officer.viewer, run.record_id).id
    assert session.get_one(Approval, asked).assigned_to_id == cast.head.id
    with write() as writing:
        held = writing.query(FunctionHeld).filter_by(person_id=cast.head.id, function="head_of_mission").one()
        held.valid_to = TODAY - timedelta(days=1)
    with write() as writing:
        assert rerouting.reroute(writing, asked)
    found = session.get_one(Approval, asked)
    assert (found.assigned_to_id, found.route_step) == (cast.hq_manager.id, "line_director")
    assert {"step": "holder", "why": "vacant"} in found.route_why


def test_holes_of_all_posts_cost_a_handful_of_statements(session: Session, cast: Cast) -> None:
    definition = build(offices.procedure(offices.FUNCTIONS, []))
    with database.watch() as seen:
        found = holes(session, definition, TODAY)
    assert len(seen.statements) <= 8
    assert found == []  # the line director stands behind everybody
    with write() as writing:
        writing.query(FunctionHeld).filter_by(function="line_director").one().valid_to = TODAY - timedelta(days=1)
    session.rollback()
    assert ("EMB-JP-TYO", "head_of_mission") in {(p.code, f) for p, f in holes(session, definition, TODAY)}
    assert ("CG-US-LAX", "head_of_mission") not in {(p.code, f) for p, f in holes(session, definition, TODAY)}
