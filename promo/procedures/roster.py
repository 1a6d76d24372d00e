"""Who is there to approve on a day: the functions held, the routes and the absences of that day, read at once.

A handful of SELECTs, whether for one post or for all; whatever is asked then is answered from memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from promo.accounts.models import Absence, FunctionHeld, Person
from promo.core import audit, clock
from promo.procedures.models import ApprovalRoute
from promo.reference.models import HEADQUARTERS, Function, Post

PARENTS = 5  # how far up a request goes
LAST = ("line_director", "director_general")  # who is asked when nobody at the post or above it can be


@dataclass(frozen=True)
class Act:
    """By what somebody may approve: the number of an act, from when until when, as acting holder or not."""

    number: str | None
    since: date
    until: date | None
    acting: bool = False


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be asked, at a step of the route; ``why_not`` when they are away or gone."""

    step: str
    person_id: int | None
    why_not: str | None = None
    act: Act | None = field(default=None, compare=False)
    post_id: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class _Held:
    person_id: int
    post_id: int | None  # None: the whole ministry's
    pillar: str | None
    act: Act


@dataclass
class Roster:
    """Who holds what on a day, who is named in the routes, who is away."""

    on: date
    posts: dict[int, int | None] = field(default_factory=dict)  # the post above each
    scopes: dict[str, str] = field(default_factory=dict)
    held: dict[str, list[_Held]] = field(default_factory=lambda: defaultdict(list))
    routes: dict[tuple[int, str], list[ApprovalRoute]] = field(default_factory=lambda: defaultdict(list))
    names: dict[int, str] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    away: dict[int, date] = field(default_factory=dict)  # until when

    def candidates(self, post_id: int, function: str, pillar: str | None) -> Iterator[Candidate]:
        """Yield everybody who may be asked, in the order of the route; a step without anybody comes as vacant."""
        yield from self.holders("holder", function, post_id, pillar)
        route = self.route(post_id, function, pillar)
        yield self._named("deputy", route, route.deputy_id if route else None)
        yield self._named("stand_in", route, route.stand_in_id if route else None)
        if self.scopes.get(function) == "post":
            for parent in parents(self.posts, post_id):
                yield from self.holders("parent", function, parent, pillar)
        yield from self.holders("line_director", "line_director", None, pillar)
        yield from self.holders("director_general", "director_general", None, None)

    def holders(self, step: str, function: str, post_id: int | None, pillar: str | None) -> Iterator[Candidate]:
        """Yield who holds a function for a post (None: the whole ministry) and pillar.

        Those present first, of the very post before the whole ministry's, of the very pillar before all, titular
        before acting.
        """
        found = [
            h
            for h in self.held.get(function, ())
            if h.post_id in (post_id, None) and (pillar is None or h.pillar in (pillar, None))
            if h.person_id not in self.gone
        ]
        found.sort(
            key=lambda h: (
                h.person_id in self.away, h.post_id is None and post_id is not None, h.pillar is None, h.act.acting,
            )
        )  # fmt: skip
        if not found:
            yield Candidate(step, None, post_id=post_id)
        for h in found:
            yield Candidate(step, h.person_id, "away" if h.person_id in self.away else None, h.act, h.post_id)

    def route(self, post_id: int, function: str, pillar: str | None) -> ApprovalRoute | None:
        """Return a post's route for a function: that of the pillar before the one for all."""
        found = [r for r in self.routes.get((post_id, function), ()) if r.pillar in (pillar, None)]
        return min(found, key=lambda r: (r.pillar is None, r.id), default=None)

    def _named(self, step: str, route: ApprovalRoute | None, person_id: int | None) -> Candidate:
        if route is None or person_id is None:
            return Candidate(step, None)
        why_not = "inactive" if person_id in self.gone else "away" if person_id in self.away else None
        act = Act(route.act_number, route.valid_from, route.valid_to)
        return Candidate(step, person_id, why_not, act, route.post_id)

    def vacant(self, post_id: int, function: str, pillar: str | None) -> bool:
        """Whether nobody at all could be asked."""
        return all(c.person_id is None or c.why_not for c in self.candidates(post_id, function, pillar))


def parents(above: dict[int, int | None], post_id: int) -> Iterator[int]:
    """Yield the posts above a post, the nearest first."""
    seen = {post_id}
    parent = above.get(post_id)
    while parent is not None and parent not in seen and len(seen) <= PARENTS:
        seen.add(parent)
        yield parent
        parent = above.get(parent)


def read(session: Session, on: date, functions: Collection[str], post_id: int | None = None) -> Roster:
    """Return who is there on a day for these functions: at a post and those above it, or at every post."""
    scopes = session.execute(select(Function.code, Function.scope))
    roster = Roster(on, scopes={row.code: row.scope for row in scopes})
    rows = session.execute(select(Post.id, Post.parent_id, Post.code).order_by(Post.id)).all()
    roster.posts = {id_: parent for id_, parent, _code in rows}
    lima = next((id_ for id_, _parent, code in rows if code == HEADQUARTERS), None)
    places = None if post_id is None else [post_id, *parents(roster.posts, post_id)]
    _read_held(session, roster, {*functions, *LAST}, places, lima)
    _read_routes(session, roster, functions, post_id)
    _read_absent(session, roster)
    return roster


def _read_held(
    session: Session, roster: Roster, functions: Collection[str], places: list[int] | None, lima: int | None
) -> None:
    """Read who holds the functions; what is held at headquarters counts for the whole ministry."""
    found = (
        select(FunctionHeld, Person.name, Person.active)
        .join(Person, Person.id == FunctionHeld.person_id)
        .where(FunctionHeld.function.in_(functions), *_on(FunctionHeld, roster.on))
        .order_by(FunctionHeld.id)
    )
    if places is not None:
        found = found.where(or_(FunctionHeld.post_id.is_(None), FunctionHeld.post_id.in_([*places, lima])))
    for held, name, active in session.execute(found):
        where = None if held.post_id == lima else held.post_id
        act = Act(held.act_number, held.valid_from, held.valid_to, held.acting)
        roster.held[held.function].append(_Held(held.person_id, where, held.pillar, act))
        _note(roster, held.person_id, name, active)


def _read_routes(session: Session, roster: Roster, functions: Collection[str], post_id: int | None) -> None:
    found = select(ApprovalRoute).where(ApprovalRoute.function.in_(functions), *_on(ApprovalRoute, roster.on))
    if post_id is not None:
        found = found.where(ApprovalRoute.post_id == post_id)
    for route in session.scalars(found.order_by(ApprovalRoute.id)):
        roster.routes[route.post_id, route.function].append(route)
    named = {p for rows in roster.routes.values() for r in rows for p in (r.deputy_id, r.stand_in_id) if p is not None}
    if unknown := named - roster.names.keys():
        people = select(Person.id, Person.name, Person.active).where(Person.id.in_(unknown))
        for id_, name, active in session.execute(people):
            _note(roster, id_, name, active)


def _note(roster: Roster, person_id: int, name: str, active: bool) -> None:
    roster.names[person_id] = name
    if not active:
        roster.gone.add(person_id)


def _read_absent(session: Session, roster: Roster) -> None:
    """Read who is away; and of those deactivated since then, that they were still there."""
    away = (
        select(Absence.person_id, func.max(Absence.ends_on).label("until"))
        .where(Absence.starts_on <= roster.on, Absence.ends_on >= roster.on)
        .group_by(Absence.person_id)
    )
    roster.away = {row.person_id: row.until for row in session.execute(away)}
    if roster.gone and roster.on < clock.today():
        left = audit.last_set(session, "person", "active", False, [str(p) for p in roster.gone])
        roster.gone = {p for p in roster.gone if str(p) not in left or clock.day_of(left[str(p)]) <= roster.on}


def _on(model: type[FunctionHeld] | type[ApprovalRoute], day: date) -> tuple[Any, ...]:
    return model.valid_from <= day, or_(model.valid_to.is_(None), model.valid_to >= day)
