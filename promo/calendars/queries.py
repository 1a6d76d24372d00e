"""Every SELECT on calendars, and the working days they make. Whoever is signed in sees all of it.

What is read is kept in the process under a stamp that every change raises (``core/kept.py``): a page reads the stamp,
and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, exists, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from promo.accounts.models import FunctionHeld, Person, PersonRole
from promo.calendars.models import CalendarDay, CalendarYear
from promo.core.access import Viewer
from promo.core.calendars import PERU, SATURDAY_SUNDAY, Calendar, Doubt, proposed
from promo.core.errors import NotFound
from promo.core.kept import Kept
from promo.reference.models import HEADQUARTERS, Post

KEEPERS = ("officer", "manager")  # the roles of a post that keep its calendar
kept = Kept(
    select(func.count() * 1_000_000 + func.coalesce(func.sum(CalendarYear.version), 0)).select_from(CalendarYear)
)

# Days and confirmed years of a post, of headquarters (Peru's calendar) and of the decrees: one statement.
_LIMA = func.coalesce(Post.code == HEADQUARTERS, False).label("lima")
_THEIRS: Any = bindparam("post")
_DAYS = (
    select(
        CalendarDay.post_id, _LIMA, CalendarDay.scope, CalendarDay.on, CalendarDay.counts_as, CalendarDay.source,
        CalendarDay.name_es, CalendarDay.name_en, literal(0).label("year"),
    )
    .outerjoin(Post, Post.id == CalendarDay.post_id)
    .where(or_(CalendarDay.post_id.is_(None), CalendarDay.post_id == _THEIRS, Post.code == HEADQUARTERS))
)  # fmt: skip
_YEARS = (
    select(
        CalendarYear.post_id, _LIMA, literal("year"), null(), null(), null(),
        CalendarYear.weekend, null(), CalendarYear.year,
    )
    .join(Post, Post.id == CalendarYear.post_id)
    .where(CalendarYear.confirmed_at.is_not(None), or_(CalendarYear.post_id == _THEIRS, Post.code == HEADQUARTERS))
)  # fmt: skip
_BOTH: Any = union_all(_DAYS, _YEARS)


def both(session: Session, post: Post) -> Mapping[str, Calendar]:
    """Return the working days of a post (``post``) and Peru's (``peru``), with what was confirmed and decreed."""
    place = (post.id, post.weekend, post.holiday_country, post.holiday_subdivision)
    return kept.get(session, place, lambda: _both(session, post))


def _both(session: Session, post: Post) -> dict[str, Calendar]:
    rows = session.execute(_BOTH, {"post": post.id}).all()
    decrees = [r for r in rows if r.post_id is None]
    whole = [r for r in decrees if r.scope == "all" or post.holiday_country == PERU]
    own = [r for r in rows if r.post_id == post.id]
    lima = [r for r in rows if r.lima and (r.source == "library" or r.year)]
    return {
        "post": _made(post.weekend, post.holiday_country, post.holiday_subdivision, own, whole),
        "peru": _made(SATURDAY_SUNDAY, PERU, None, lima, decrees, fixed=True),
    }


def _made(
    weekend: str, country: str | None, region: str | None, own: list[Any], decrees: list[Any], *, fixed: bool = False
) -> Calendar:
    """Put a calendar together; a decree counts before what the post says."""
    days = {r.on: r for r in (*own, *decrees) if r.on is not None}
    by: dict[str, set[date]] = {"holiday": set(), "working": set(), "half": set()}
    for on, row in days.items():
        by[row.counts_as].add(on)
    years = {r.year: weekend if fixed or r.name_es is None else r.name_es for r in own if r.year}
    return Calendar(
        weekend,
        country,
        region,
        own_days=frozenset(by["holiday"]),
        worked=frozenset(by["working"]),
        halves=frozenset(by["half"]),
        confirmed=years,
        names={on: (r.name_es, r.name_en) for on, r in days.items()},
    )


def confirmed(session: Session) -> Mapping[int | None, frozenset[int]]:
    """Return the years that each post has confirmed, by the post's id; those of Peru's calendar by None."""
    return kept.get(session, "confirmed", lambda: _confirmed(session))


def _confirmed(session: Session) -> dict[int | None, frozenset[int]]:
    found = (
        select(CalendarYear.post_id, CalendarYear.year, Post.code)
        .join(Post, Post.id == CalendarYear.post_id)
        .where(CalendarYear.confirmed_at.is_not(None))
        .order_by(CalendarYear.id)
    )
    years: dict[int | None, set[int]] = {None: set()}
    for post_id, year, code in session.execute(found):
        years.setdefault(post_id, set()).add(year)
        if code == HEADQUARTERS:
            years[None].add(year)
    return {post_id: frozenset(of) for post_id, of in years.items()}


def doubt(session: Session, post_id: int, calendar: str | None, first: date | None, last: date) -> Doubt:
    """Say why a date is not certain that was counted between two days on a post's (``post``) or Peru's calendar."""
    peru = calendar == "peru"
    known = confirmed(session).get(None if peru else post_id, frozenset())
    low, high = sorted((first or last, last))
    return Doubt(tuple(y for y in range(low.year, high.year + 1) if y not in known), peru)


def year_of(session: Session, post_id: int | None, year: int) -> CalendarYear | None:
    """Return what is stored of a year of a post (of the decrees: None)."""
    mine = CalendarYear.post_id.is_(None) if post_id is None else CalendarYear.post_id == post_id
    return session.scalars(select(CalendarYear).where(mine, CalendarYear.year == year)).first()


def days_of(session: Session, post_id: int | None, year: int) -> list[CalendarDay]:
    """Return the stored days of a year of a post (of the decrees: None), in order."""
    mine = CalendarDay.post_id.is_(None) if post_id is None else CalendarDay.post_id == post_id
    first, last = date(year, 1, 1), date(year, 12, 31)
    found = select(CalendarDay).where(mine, CalendarDay.on >= first, CalendarDay.on <= last)
    return list(session.scalars(found.order_by(CalendarDay.on)))


def decree(session: Session, viewer: Viewer, id_: int) -> CalendarDay:
    """Return a decree's day; raises NotFound."""
    return _day(session.get(CalendarDay, id_), None)


def own_day(session: Session, viewer: Viewer, post: Post, id_: int) -> CalendarDay:
    """Return a day that the post added itself; raises NotFound."""
    found = _day(session.get(CalendarDay, id_), post.id)
    if found.source != "post":
        raise NotFound()
    return found


def _day(found: CalendarDay | None, post_id: int | None) -> CalendarDay:
    if found is None or found.post_id != post_id:
        raise NotFound()
    return found


def decrees(session: Session, viewer: Viewer, limit: int = 200) -> list[CalendarDay]:
    """Return the days that decrees declare, the latest first."""
    found = select(CalendarDay).where(CalendarDay.post_id.is_(None)).order_by(CalendarDay.on.desc())
    return list(session.scalars(found.limit(limit)))


@dataclass(frozen=True)
class Line:
    """A public holiday on a year's page: ticked when it is taken; on a week-end; new since the year was confirmed."""

    on: date
    names: tuple[str, str]
    ticked: bool
    weekend: bool
    new: bool = False


def lines(post: Post, year: CalendarYear | None, stored: Iterable[CalendarDay], of: int) -> list[Line]:
    """Return the public holidays of a post's year: as confirmed, else as proposed; days of its own are left out."""
    stored = list(stored)
    there = {d.on: d for d in stored}
    is_confirmed = year is not None and year.confirmed_at is not None
    weekend = (year.weekend if year and year.weekend is not None else None) or post.weekend
    names = proposed(post.holiday_country, post.holiday_subdivision, of)
    names |= {d.on: (d.name_es, d.name_en) for d in stored if d.source == "library"}
    found = []
    for on in sorted(names):
        row = there.get(on)
        if row is not None and row.source == "post":
            continue
        ticked = row.counts_as == "holiday" if row else not is_confirmed
        off = str(on.isoweekday()) in weekend
        found.append(Line(on, names[on], ticked, off, new=is_confirmed and row is None))
    return found


@dataclass(frozen=True)
class Standing:
    """How a post's calendar stands: by year, who confirmed it when (None: nobody yet)."""

    post: Post
    years: Mapping[int, tuple[CalendarYear, str | None]]

    def missing(self, year: int) -> bool:
        """Whether a year is not confirmed."""
        return year not in self.years


def standings(session: Session, viewer: Viewer, years: tuple[int, ...]) -> list[Standing]:
    """Return how the calendars of these years stand at every post in use, those not confirmed first."""
    posts = session.scalars(select(Post).where(Post.active).order_by(Post.code != HEADQUARTERS, Post.code)).all()
    found = (
        select(CalendarYear, Person.name)
        .outerjoin(Person, Person.id == CalendarYear.confirmed_by_id)
        .where(CalendarYear.year.in_(years), CalendarYear.confirmed_at.is_not(None))
        .order_by(CalendarYear.id)
    )
    by: dict[int | None, dict[int, tuple[CalendarYear, str | None]]] = {}
    for year, name in session.execute(found):
        by.setdefault(year.post_id, {})[year.year] = (year, name)
    found_at = [Standing(post, by.get(post.id, {})) for post in posts]
    return sorted(found_at, key=lambda one: not any(one.missing(year) for year in years))


def name_of(session: Session, person_id: int | None) -> str | None:
    """Return who confirmed."""
    return session.scalar(select(Person.name).where(Person.id == person_id)) if person_id else None


def to_remind(session: Session, year: int) -> list[int]:
    """Return the posts in use that have not confirmed a year and were not reminded of it."""
    done = exists().where(
        CalendarYear.post_id == Post.id,
        CalendarYear.year == year,
        or_(CalendarYear.confirmed_at.is_not(None), CalendarYear.reminded_at.is_not(None)),
    )
    return list(session.scalars(select(Post.id).where(Post.active, ~done).order_by(Post.id)))


def keepers(session: Session, post_id: int, today: date) -> list[Person]:
    """Return who keeps a post's calendar: its officers and managers, and whoever heads it."""

    def now(model: type[PersonRole] | type[FunctionHeld]) -> tuple[Any, ...]:
        last = or_(model.valid_to.is_(None), model.valid_to >= today)
        return model.person_id == Person.id, model.post_id == post_id, model.valid_from <= today, last

    role = exists().where(*now(PersonRole), PersonRole.role.in_(KEEPERS))
    head = exists().where(*now(FunctionHeld), FunctionHeld.function == "head_of_mission")
    return list(session.scalars(select(Person).where(Person.active, or_(role, head)).order_by(Person.id)))
