"""What the pages of approval routes show: who approves at a post, where nobody does, who could on a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from promo.accounts.models import Person, PersonRole
from promo.core import clock
from promo.core.access import Viewer
from promo.core.errors import Text
from promo.core.records import PILLARS
from promo.core.search import fold
from promo.procedures import roster, words
from promo.procedures.case import definition_of, function_names
from promo.procedures.models import ApprovalRoute, ProcedureVersion
from promo.procedures.roster import Candidate, Roster
from promo.reference import queries as reference
from promo.reference.models import Post

ALL_PILLARS = tuple(name for name, _label in PILLARS)
CASE_ROLES = ("officer", "promoter", "manager", "quality")  # the roles whose people may be named


@dataclass(frozen=True)
class Link:
    """One in the chain of those who may be asked: who, by what act, where, and why they are passed over."""

    step: Text
    candidate: Candidate
    name: str = ""
    where: str = ""
    why_not: str = ""
    again: bool = False  # stands in the chain before
    first: bool = False  # who is asked first


@dataclass
class Row:
    """A function at a post, for some pillars (none named: all): the chain, the route it follows, what to look at."""

    function: str
    label: str
    pillars: tuple[str, ...]
    route: ApprovalRoute | None
    chain: list[Link]
    warnings: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What tells its form from the others of the page."""
        return "-".join((self.function, *self.pillars))

    @property
    def vacant(self) -> bool:
        """Whether nobody could be asked."""
        return not any(link.first for link in self.chain)

    @property
    def shown(self) -> list[Link]:
        """The chain as it is drawn: each person once, and that nobody holds the function."""
        return [link for link in self.chain if not link.again and (link.name or link.candidate.step == "holder")]

    def at(self, step: str) -> list[Link]:
        """Return those of a step."""
        return [link for link in self.chain if link.candidate.step == step and link.candidate.person_id is not None]


def asked(session: Session, on: date) -> dict[str, tuple[str, ...]]:
    """Return the functions that the procedures in force on a day ask for, each with the pillars for which they do."""
    found = select(ProcedureVersion).where(
        ProcedureVersion.status.in_(("effective", "obsolete")),
        ProcedureVersion.effective_on <= on,
        or_(ProcedureVersion.obsolete_on.is_(None), ProcedureVersion.obsolete_on > on),
    )
    pillars: dict[str, set[str]] = {}
    for version in session.scalars(found.order_by(ProcedureVersion.id)):
        definition = definition_of(version)
        for function in definition.functions():
            pillars.setdefault(function, set()).update(definition.pillars or ALL_PILLARS)
    return {f: tuple(p for p in ALL_PILLARS if p in pillars[f]) for f in sorted(pillars)}


def table(session: Session, viewer: Viewer, post: Post, on: date) -> list[Row]:
    """Return who approves at a post today: a row for each function, split by pillar where that makes a difference."""
    wanted = asked(session, on)
    there = roster.read(session, on, list(wanted), post.id)
    labels, places = function_names(session), _places(session, viewer)
    return [
        row
        for function, pillars in wanted.items()
        for row in _rows(there, post, function, pillars, words.function_label(function, labels), places)
    ]


def _rows(
    there: Roster, post: Post, function: str, pillars: tuple[str, ...], label: str, places: Mapping[int, str]
) -> Iterator[Row]:
    groups: dict[tuple[object, ...], list[str]] = {}
    for pillar in pillars:
        route = there.route(post.id, function, pillar)
        people = ((c.step, c.person_id) for c in there.candidates(post.id, function, pillar))
        groups.setdefault((route.id if route else None, *people), []).append(pillar)
    for same in groups.values():
        of = tuple(same) if len(groups) > 1 or len(same) < len(ALL_PILLARS) else ()
        chain = chained(there, there.candidates(post.id, function, same[0]), places)
        row = Row(function, label, of, there.route(post.id, function, same[0]), chain)
        row.warnings = list(_warnings(row))
        yield row


def chained(there: Roster, candidates: Iterator[Candidate], places: Mapping[int, str]) -> list[Link]:
    """Return candidates as links in words; the first who can be asked is marked."""
    found: list[Link] = []
    seen: set[int] = set()
    first = True
    for one in candidates:
        person = one.person_id
        why = "vacant" if person is None else one.why_not
        able = why is None and person not in seen
        found.append(
            Link(
                step=words.BY_WAY_OF[one.step],
                candidate=one,
                name=there.names.get(person, "") if person is not None else "",
                where=places.get(one.post_id, "") if one.post_id is not None else "",
                why_not=_nobody(one.step) if person is None else _why(there, person, why),
                again=person in seen,
                first=first and able,
            )
        )
        first = first and not able
        if person is not None:
            seen.add(person)
    return found


def _why(there: Roster, person: int | None, why: str | None) -> str:
    if why == "away" and person is not None:
        return _("away until %(day)s", day=words.short_date(there.away[person]))
    return str(words.ROUTE_WHY[why]) if why else ""


def _nobody(step: str) -> str:
    """Say that a step of the route is empty: nobody was named, or nobody holds the function."""
    return _("nobody is named") if step in ("deputy", "stand_in") else str(words.ROUTE_WHY["vacant"])


def _warnings(row: Row) -> Iterator[str]:
    """Say what is odd about a route: the same person twice, somebody who no longer works here."""
    deputies, stand_ins = row.at("deputy"), row.at("stand_in")
    holders = {link.candidate.person_id for link in row.at("holder")}
    for link in (*deputies, *stand_ins):
        if link.candidate.person_id in holders:
            yield _("%(name)s holds the function: name somebody else.", name=link.name)
        if link.candidate.why_not == "inactive":
            yield _("%(name)s no longer works here.", name=link.name)
    if deputies and stand_ins and deputies[0].candidate.person_id == stand_ins[0].candidate.person_id:
        yield _("Deputy and stand-in are the same person.")
    if row.route is not None and not row.route.act_number:
        yield _("The act that names them is missing.")


@dataclass(frozen=True)
class Line:
    """A post in the overview: its functions without anybody, those without a holder, and who holds the chosen one."""

    post: Post
    holes: tuple[str, ...]
    unheld: tuple[str, ...]
    row: Row | None = None


def overview(session: Session, viewer: Viewer, on: date, function: str | None = None) -> list[Line]:
    """Return every post in use, those with holes first; of one function, or of all that are asked for."""
    wanted = asked(session, on)
    chosen = {f: p for f, p in wanted.items() if function in (None, f)}
    there = roster.read(session, on, list(chosen))
    labels, places = function_names(session), _places(session, viewer)
    posts = session.scalars(select(Post).where(Post.active).order_by(Post.code)).all()
    lines = [_line(there, post, chosen, labels, places, one=function) for post in posts]
    return sorted(lines, key=lambda line: (not line.holes, not line.unheld, line.post.code))


def _line(
    there: Roster, post: Post, chosen: Mapping[str, tuple[str, ...]], labels: Mapping[str, Mapping[str, str]],
    places: Mapping[int, str], *, one: str | None,
) -> Line:  # fmt: skip
    holes = [f for f, pillars in chosen.items() if any(there.vacant(post.id, f, p) for p in pillars)]
    unheld = [f for f, pillars in chosen.items() if any(_unheld(there, post, f, p) for p in pillars)]
    row = next(_rows(there, post, one, chosen[one], "", places), None) if one is not None and one in chosen else None
    named = [tuple(words.function_label(f, labels) for f in found) for found in (holes, unheld)]
    return Line(post, named[0], named[1], row)


def _unheld(there: Roster, post: Post, function: str, pillar: str) -> bool:
    return all(c.person_id is None for c in there.holders("holder", function, post.id, pillar))


@dataclass(frozen=True)
class Section:
    """Who could approve as a function on a day, in their order."""

    label: str
    chain: list[Link]

    @property
    def vacant(self) -> bool:
        """Whether nobody could."""
        return not any(link.first for link in self.chain)


def who(
    session: Session, viewer: Viewer, post: Post, on: date, function: str | None = None, pillar: str | None = None
) -> list[Section]:
    """Return who could approve at a post on a day, by what act: for a function, or all that were asked for then."""
    functions = [function] if function else list(asked(session, on))
    there = roster.read(session, on, functions, post.id)
    labels, places = function_names(session), _places(session, viewer)
    return [
        Section(words.function_label(f, labels), chained(there, there.candidates(post.id, f, pillar), places))
        for f in functions
    ]


def _places(session: Session, viewer: Viewer) -> dict[int, str]:
    return {int(id_): name for id_, name in reference.post_choices(session, viewer.locale, active=False)}


def open_route(session: Session, post_id: int, function: str, pillar: str | None) -> ApprovalRoute | None:
    """Return the route of a post for a function that counts for this very pillar (None: all) from now on."""
    of = ApprovalRoute.pillar.is_(None) if pillar is None else ApprovalRoute.pillar == pillar
    found = select(ApprovalRoute).where(ApprovalRoute.post_id == post_id, ApprovalRoute.function == function, of)
    return session.scalars(found.where(ApprovalRoute.valid_to.is_(None))).first()


def former(session: Session, viewer: Viewer, post: Post, limit: int = 50) -> list[ApprovalRoute]:
    """Return the routes that counted at a post before, the latest first."""
    found = select(ApprovalRoute).where(ApprovalRoute.post_id == post.id, ApprovalRoute.valid_to.is_not(None))
    return list(session.scalars(found.order_by(ApprovalRoute.valid_to.desc(), ApprovalRoute.id.desc()).limit(limit)))


def may_be_named(session: Session, person_id: int, today: date) -> bool:
    """Whether somebody works here and has a role that works with cases."""
    return session.scalar(_nameable(today).where(Person.id == person_id)) is not None


def deputies(session: Session, viewer: Viewer, typed: str, limit: int = 10) -> list[tuple[Person, str]]:
    """Return those who may be named, with their post's code: each word begins a word of the name or e-mail."""
    wanted, found = fold(typed).split(), []
    query = (
        select(Person, Post.code)
        .outerjoin(Post, Post.id == Person.post_id)
        .where(Person.id.in_(_nameable(clock.today())))
        .order_by(Person.name, Person.id)
    )
    for person, code in session.execute(query):
        hay = f" {fold(person.name)} {fold(person.email)}"
        if all(f" {word}" in hay for word in wanted):
            found.append((person, code or ""))
    return found[:limit]


def _nameable(today: date):  # type: ignore[no-untyped-def]
    return (
        select(Person.id)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .where(Person.active, PersonRole.role.in_(CASE_ROLES), PersonRole.valid_from <= today)
        .where(or_(PersonRole.valid_to.is_(None), PersonRole.valid_to >= today))
        .distinct()
    )
