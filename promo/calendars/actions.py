"""Every write on calendars. Each raises the version of the year it belongs to, so that processes read anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from promo.calendars import queries
from promo.calendars.models import CalendarDay, CalendarYear
from promo.core import clock
from promo.core.access import Viewer, require
from promo.core.db import lock
from promo.core.errors import NotFound, Reason, Refused
from promo.notices import actions as notices
from promo.notices.actions import Said
from promo.reference import queries as reference
from promo.reference.models import Post

TO_CONFIRM = notices.declare("calendar", _l("A year of the post's calendar to confirm"), mutable=False)
MOST = 100  # days of its own that a post may have in a year, and decrees of a year
BACK, AHEAD = 1, 2  # years before and after the present one that have a page


def years_open(post: Post) -> range:
    """Return the years of a post that have a page."""
    now = clock.today(post.timezone).year
    return range(now - BACK, now + AHEAD + 1)


def opened(session: Session, code: str, year: int) -> Post:
    """Return the post whose calendar of a year is meant; raises NotFound for an unknown one or a far year."""
    post = reference.post(session, code)
    if year not in years_open(post):
        raise NotFound("calendars.show")
    return post


def confirm(
    session: Session,
    viewer: Viewer,
    code: str,
    year: int,
    ticked: Collection[str],
    weekend: str,
    seen: int | None = None,
) -> CalendarYear:
    """Confirm which public holidays a post takes in a year, and its week-end; may be done again to correct it.

    ``ticked`` are the days off as ISO dates. Raises :class:`Refused` when somebody changed the year since version
    ``seen``, or for a week-end that is none.
    """
    post = opened(session, code, year)
    require(viewer, "calendars.confirm", post)
    _check_weekend(weekend)
    stands = _year(session, post.id, year)
    if seen is not None and seen != stands.version:
        raise Refused(_l("Somebody changed this calendar meanwhile. Look at it once more, then confirm it."))
    _settle(session, post, stands, year, set(ticked))
    stands.weekend = weekend
    stands.confirmed_by_id, stands.confirmed_at = viewer.person_id, clock.now()
    stands.version += 1
    if year >= max(queries.confirmed(session).get(post.id, {year})) and post.weekend != weekend:
        post.weekend = weekend
    session.flush()
    return stands


def _check_weekend(weekend: str) -> None:
    if not set(weekend) <= set("1234567") or len(set(weekend)) != len(weekend) or len(weekend) > 6:
        raise Refused(Reason(_l("Choose the days off of a week: none to six of them."), "weekend"))


def _settle(session: Session, post: Post, stands: CalendarYear, year: int, ticked: set[str]) -> None:
    """Store every public holiday of the year as taken or worked."""
    stored = {d.on: d for d in queries.days_of(session, post.id, year)}
    found = {line.on: line for line in queries.lines(post, stands, stored.values(), year)}
    for on, line in found.items():
        kind = "holiday" if on.isoformat() in ticked else "working"
        row = stored.get(on)
        if row is None:
            spanish, english = (name[:200] for name in line.names)
            row = CalendarDay(post_id=post.id, on=on, name_es=spanish, name_en=english, counts_as=kind)
            row.source = "library"
            session.add(row)
        elif row.counts_as != kind:
            row.counts_as = kind


def add_day(session: Session, viewer: Viewer, code: str, year: int, values: Mapping[str, Any]) -> CalendarDay:
    """Add a day of the post's own, off or half; on a public holiday it takes that one's place."""
    post = opened(session, code, year)
    require(viewer, "calendars.add_day", post)
    on: date = values["on"]
    stands = _year(session, post.id, year)
    stored = {d.on: d for d in queries.days_of(session, post.id, year)}
    if on.year != year:
        raise Refused(Reason(_l("Choose a day of %(year)s.", year=year), "on"))
    if str(on.isoweekday()) in (stands.weekend if stands.weekend is not None else post.weekend):
        raise Refused(Reason(_l("That day falls on the week-end."), "on"))
    row = stored.get(on)
    if row is not None and row.source == "post":
        raise Refused(Reason(_l("That day is on the list already. Remove it first."), "on"))
    if sum(d.source == "post" for d in stored.values()) >= MOST:
        raise Refused(_l("That is too many days of one's own for a year."))
    if row is None:
        row = CalendarDay(post_id=post.id, on=on)
        session.add(row)
    row.counts_as, row.source = values["counts_as"], "post"
    row.name_es, row.name_en = values["name_es"], values.get("name_en") or values["name_es"]
    stands.version += 1
    session.flush()
    return row


def remove_day(session: Session, viewer: Viewer, code: str, year: int, day_id: int) -> None:
    """Remove a day of the post's own."""
    post = opened(session, code, year)
    require(viewer, "calendars.remove_day", post)
    row = queries.own_day(session, viewer, post, day_id)
    if row.on.year != year:
        raise NotFound("calendars.remove_day")
    session.delete(row)
    _year(session, post.id, year).version += 1
    session.flush()


def add_decree(session: Session, viewer: Viewer, values: Mapping[str, Any]) -> CalendarDay:
    """Enter a day that a decree declares, for Peru's calendar or for every post."""
    require(viewer, "calendars.add_decree")
    on: date = values["on"]
    now = clock.today().year
    if not now - BACK <= on.year <= now + AHEAD:
        raise Refused(Reason(_l("Choose a day from last year to the year after next."), "on"))
    stands = _year(session, None, on.year)
    there = queries.days_of(session, None, on.year)
    if on in {d.on for d in there}:
        raise Refused(Reason(_l("A decree for that day is on the list already. Remove it first."), "on"))
    if len(there) >= MOST:
        raise Refused(_l("That is too many decrees for a year."))
    row = CalendarDay(
        scope=values["scope"],
        on=on,
        counts_as=values["counts_as"],
        name_es=values["name_es"],
        name_en=values.get("name_en") or values["name_es"],
        source="decree",
        act_number=values["act_number"],
    )
    session.add(row)
    stands.version += 1
    session.flush()
    return row


def remove_decree(session: Session, viewer: Viewer, day_id: int) -> None:
    """Remove a decree's day, entered wrongly or repealed."""
    require(viewer, "calendars.remove_decree")
    row = queries.decree(session, viewer, day_id)
    year = row.on.year
    session.delete(row)
    _year(session, None, year).version += 1
    session.flush()


def _year(session: Session, post_id: int | None, year: int) -> CalendarYear:
    """Return the row of a year, locked; made when there is none yet, by whoever comes first."""
    found = queries.year_of(session, post_id, year)
    if found is None:
        with suppress(IntegrityError), session.begin_nested():  # somebody else may make it in this very moment
            session.add(CalendarYear(post_id=post_id, year=year))
        found = queries.year_of(session, post_id, year)
        assert found is not None
    lock(found)
    return found


def remind(session: Session, post_id: int, year: int) -> int:
    """Ask whoever keeps a post's calendar to confirm the coming year; once. Returns how many were told."""
    post = session.get_one(Post, post_id)
    people = queries.keepers(session, post_id, clock.today(post.timezone))
    stands = _year(session, post_id, year)
    if not people or stands.confirmed_at or stands.reminded_at:
        return 0
    for person in people:
        name = post.name(person.locale)
        notices.tell(
            session,
            person.id,
            TO_CONFIRM,
            lambda name=name: _reminder(name, year),  # type: ignore[misc]
            address=f"/calendars/{post.code}/{year}",
            key=f"calendar-{post_id}-{year}-{person.id}",
        )
    stands.reminded_at = clock.now()
    session.flush()
    return len(people)


def _reminder(post: str, year: int) -> Said:
    return Said(
        _("Confirm the calendar of %(year)s of your post", year=year),
        _(
            "Terms of %(year)s are counted on the days off of %(post)s. Look through the public holidays that Promo"
            " proposes, add your own days and confirm them. Until then dates of %(year)s read «≈».",
            year=year,
            post=post,
        ),
        _("You are told because you keep the calendar of your post."),
    )
