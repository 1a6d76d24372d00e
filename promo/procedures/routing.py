"""Who gets a request of approval: the holder, and when they can't, the next by themselves.

Holder → deputy → stand-in → the same function at the parent post → line director → director-general. Passed over is who
is the author, is away, no longer works here or approved the step before. Where nobody is left, the request waits for
quality and the administrator. It never ends with its author.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from promo.accounts.models import Absence, Person
from promo.accounts.queries import holders
from promo.core.records import Record
from promo.procedures.models import ROUTE_STEPS, ApprovalRoute
from promo.reference.models import Function, Post

STEPS = tuple(step for step, _label in ROUTE_STEPS)
PARENTS = 5  # how far up the request goes


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be asked, at a step of the route; ``why_not`` when they are away or gone."""

    step: str
    person_id: int | None
    why_not: str | None = None


@dataclass(frozen=True)
class Routed:
    """Who is asked (None: nobody can be), at which step, and why those before were passed over."""

    person_id: int | None
    step: str | None
    why: list[dict[str, object]] = field(default_factory=list)


def choose(candidates: Iterable[Candidate], excluded: Mapping[int, str]) -> Routed:
    """Return the first candidate who can be asked. ``excluded`` says who can't and why (``author`` …). Pure."""
    why: list[dict[str, object]] = []
    seen: set[int] = set()
    for candidate in candidates:
        person = candidate.person_id
        if person is None:
            why.append({"step": candidate.step, "why": "vacant"})
            continue
        if person in seen:
            continue
        seen.add(person)
        reason = excluded.get(person) or candidate.why_not
        if reason is None:
            return Routed(person, candidate.step, why)
        why.append({"step": candidate.step, "person": person, "why": reason})
    return Routed(None, None, why)


def route(session: Session, record: Record, function: str, excluded: Mapping[int, str], on: date) -> Routed:
    """Return who is asked to approve for a function on a record, on a day."""
    return choose(candidates(session, record, function, on), excluded)


def candidates(session: Session, record: Record, function: str, on: date) -> Iterator[Candidate]:
    """Yield everybody who may be asked, in the order of the route; a step without anybody is yielded as vacant."""
    yield from _held("holder", session, function, record.post_id, record.pillar, on)
    found = _route_of(session, record, function)
    yield _person("deputy", session, found.deputy_id if found else None, on)
    yield _person("stand_in", session, found.stand_in_id if found else None, on)
    about = session.get(Function, function)
    if about is not None and about.scope == "post":
        for parent in _parents(session, record.post_id):
            yield from _held("parent", session, function, parent, record.pillar, on)
    yield from _held("line_director", session, "line_director", None, record.pillar, on)
    yield from _held("director_general", session, "director_general", None, None, on)


def _held(
    step: str, session: Session, function: str, post_id: int | None, pillar: str | None, on: date
) -> Iterator[Candidate]:
    found = holders(session, function, post_id, pillar, on)
    if not found:
        yield Candidate(step, None)
    for holder in found:
        yield Candidate(step, holder.person_id, "away" if holder.away else None)


def _route_of(session: Session, record: Record, function: str) -> ApprovalRoute | None:
    """Return the post's route for a function: that of the record's pillar before the one for all."""
    found = session.scalars(
        select(ApprovalRoute)
        .where(ApprovalRoute.post_id == record.post_id, ApprovalRoute.function == function)
        .where((ApprovalRoute.pillar == record.pillar) | ApprovalRoute.pillar.is_(None))
        .order_by(ApprovalRoute.pillar.is_(None), ApprovalRoute.id)
    )
    return found.first()


def _person(step: str, session: Session, person_id: int | None, on: date) -> Candidate:
    if person_id is None:
        return Candidate(step, None)
    away = exists().where(Absence.person_id == Person.id, Absence.starts_on <= on, Absence.ends_on >= on)
    row = session.execute(select(Person.active, away).where(Person.id == person_id)).first()
    if row is None or not row[0]:
        return Candidate(step, person_id, "inactive")
    return Candidate(step, person_id, "away" if row[1] else None)


def _parents(session: Session, post_id: int) -> Iterator[int]:
    """Yield the posts above a post, the nearest first."""
    seen = {post_id}
    post = session.get(Post, post_id)
    while post is not None and post.parent_id is not None and post.parent_id not in seen and len(seen) <= PARENTS:
        seen.add(post.parent_id)
        yield post.parent_id
        post = session.get(Post, post.parent_id)
