"""Who gets a request of approval: the holder, and when they can't, the next by themselves.

Holder → deputy → stand-in → the same function at the parent post → line director → director-general. Passed over is who
is the author, is away, no longer works here or approved the step before. Where nobody is left, the request waits for
quality and the administrator. It never ends with its author.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core.records import PILLARS, Record
from promo.procedures import roster
from promo.procedures.definitions import Definition
from promo.procedures.models import ROUTE_STEPS
from promo.procedures.roster import Candidate
from promo.reference.models import Post

STEPS = tuple(step for step, _label in ROUTE_STEPS)


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
    yield from roster.read(session, on, [function], record.post_id).candidates(record.post_id, function, record.pillar)


def holes(session: Session, definition: Definition, on: date) -> list[tuple[Post, str]]:
    """Return the posts in use, by code, with the functions of a definition for which nobody could be asked on a day.

    Of a definition for several pillars it is enough that one of them has nobody. Seven SELECTs for all posts.
    """
    functions = sorted(definition.functions())
    if not functions:
        return []
    pillars: tuple[str | None, ...] = definition.pillars or (*(name for name, _label in PILLARS), None)
    there = roster.read(session, on, functions)
    posts = session.scalars(select(Post).where(Post.active).order_by(Post.code))
    return [(post, f) for post in posts for f in functions if any(there.vacant(post.id, f, p) for p in pillars)]
