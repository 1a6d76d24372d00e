"""Ministries made up by chance: who holds what, who stands in, who is away, which post is above which.

``settle`` puts one into the test's own transaction in place of the cast's functions; the test rolls it back. ``walk``
says who may be asked as the rule says it, post by post and step by step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from promo.accounts.models import Absence, FunctionHeld, Person
from promo.accounts.queries import holders
from promo.core import clock
from promo.core.records import Record
from promo.procedures.models import ApprovalRoute
from promo.procedures.roster import PARENTS, Candidate
from promo.reference.models import Function, Post
from tests.cast import Cast, Member

FUNCTIONS = ("head_of_mission", "promotion_officer", "line_director", "director_general")
CODES = ("CG-US-LAX", "EMB-US-WAS", "EMB-JP-TYO", "HQ-PE-LIM")
SPANS = ((-30, None), (-30, 0), (0, None), (-30, -1), (1, None))  # three of them hold today
NAMES = ("officer", "colleague", "head", "hq_manager", "alone")


@dataclass(frozen=True)
class Drawn:
    """What chance said, with people and posts by their place in the lists above."""

    parents: tuple[int | None, ...]
    held: tuple[tuple[int, str, int | None, str | None, bool, int], ...]
    routes: tuple[tuple[int, str, str | None, int | None, int | None, int], ...]
    away: tuple[tuple[int, int], ...]
    gone: frozenset[int]


def drawn() -> Any:
    """Return a strategy for ministries."""
    person, post = st.integers(0, len(NAMES) - 1), st.integers(0, len(CODES) - 1)
    function, pillar = st.sampled_from(FUNCTIONS), st.sampled_from([None, None, "trade", "tourism"])
    span = st.integers(0, len(SPANS) - 1)
    held = st.tuples(person, function, st.none() | post, pillar, st.booleans(), span)
    route = st.tuples(post, function, pillar, st.none() | person, st.none() | person, span)
    return st.builds(
        Drawn,
        st.tuples(*[st.none() | post] * len(CODES)),
        st.lists(held, max_size=7).map(tuple),
        st.lists(route, max_size=5, unique_by=lambda r: r[:3]).map(tuple),
        st.lists(st.tuples(person, span), max_size=2).map(tuple),
        st.frozensets(person, max_size=1),
    )


def people(cast: Cast) -> list[Member]:
    """Return who plays in these ministries."""
    return [cast.members[name] for name in NAMES]


def settle(session: Session, cast: Cast, drawn: Drawn) -> list[Post]:
    """Put a ministry in place of what there is; nothing is committed."""
    for model in (FunctionHeld, ApprovalRoute, Absence):
        session.execute(delete(model).execution_options(audit=False))
    ids = [one.id for one in people(cast)]
    posts = [session.scalars(select(Post).where(Post.code == code)).one() for code in CODES]
    for post, parent in zip(posts, drawn.parents, strict=True):
        post.parent_id = None if parent is None else posts[parent].id
    for who, function, where, pillar, acting, span in drawn.held:
        place = None if where is None else posts[where].id
        session.add(
            FunctionHeld(
                person_id=ids[who], function=function, post_id=place, pillar=pillar, acting=acting,
                act_number="RM 1", **_days(span),
            )
        )  # fmt: skip
    for where, function, pillar, deputy, stand_in, span in drawn.routes:
        session.add(
            ApprovalRoute(
                post_id=posts[where].id, function=function, pillar=pillar,
                deputy_id=None if deputy is None else ids[deputy],
                stand_in_id=None if stand_in is None else ids[stand_in], **_days(span),
            )
        )  # fmt: skip
    for who, span in drawn.away:
        days = _days(span)
        last = days["valid_to"] or clock.today() + timedelta(days=9)
        session.add(Absence(person_id=ids[who], starts_on=days["valid_from"], ends_on=last))
    gone = [ids[n] for n in drawn.gone]
    for table, inside in ((Person, Person.id.not_in(gone)), (Post, Post.code.in_(CODES))):
        session.execute(update(table).values(active=inside).execution_options(audit=False))
    session.flush()
    return posts


def _days(span: int) -> dict[str, date | None]:
    first, last = SPANS[span]
    today = clock.today()
    return {
        "valid_from": today + timedelta(days=first),
        "valid_to": None if last is None else today + timedelta(days=last),
    }


def walk(session: Session, record: Record, function: str, on: date) -> Iterator[Candidate]:
    """Yield who may be asked, each step asked of the database by itself."""
    yield from _held("holder", session, function, record.post_id, record.pillar, on)
    route = session.scalars(
        select(ApprovalRoute)
        .where(ApprovalRoute.post_id == record.post_id, ApprovalRoute.function == function)
        .where(or_(ApprovalRoute.pillar == record.pillar, ApprovalRoute.pillar.is_(None)))
        .where(ApprovalRoute.valid_from <= on, or_(ApprovalRoute.valid_to.is_(None), ApprovalRoute.valid_to >= on))
        .order_by(ApprovalRoute.pillar.is_(None), ApprovalRoute.id)
    ).first()
    yield _named("deputy", session, route.deputy_id if route else None, on)
    yield _named("stand_in", session, route.stand_in_id if route else None, on)
    if session.get_one(Function, function).scope == "post":
        seen, above = {record.post_id}, session.get_one(Post, record.post_id).parent_id
        while above is not None and above not in seen and len(seen) <= PARENTS:
            seen.add(above)
            yield from _held("parent", session, function, above, record.pillar, on)
            above = session.get_one(Post, above).parent_id
    yield from _held("line_director", session, "line_director", None, record.pillar, on)
    yield from _held("director_general", session, "director_general", None, None, on)


def _held(
    step: str, session: Session, function: str, post_id: int | None, pillar: str | None, on: date
) -> Iterator[Candidate]:
    found = holders(session, function, post_id, pillar, on)
    yield from [Candidate(step, h.person_id, "away" if h.away else None) for h in found] or [Candidate(step, None)]


def _named(step: str, session: Session, person_id: int | None, on: date) -> Candidate:
    if person_id is None:
        return Candidate(step, None)
    if not session.get_one(Person, person_id).active:
        return Candidate(step, person_id, "inactive")
    away = select(Absence).where(Absence.person_id == person_id, Absence.starts_on <= on, Absence.ends_on >= on)
    return Candidate(step, person_id, "away" if session.scalars(away).first() else None)


def procedure(functions: Sequence[str], pillars: Sequence[str]) -> dict[str, Any]:
    """Return a procedure that these functions approve."""
    names = {"es": "A", "en": "A"}
    steps = [{"function": name} for name in functions]
    return {
        "code": "PE-TST-02",
        "title": names,
        "applies_to": {"kind": "event", **({"pillars": list(pillars)} if pillars else {})},
        "stages": [
            {"key": "one", "title": names, "requires": [{"approvals": steps}] if steps else [], "next": ["two"]},
            {"key": "two", "title": names, "final": True},
        ],
    }
