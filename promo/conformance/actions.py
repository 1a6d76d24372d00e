"""Counting how procedures are followed, a month at a time; and second looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from promo.conformance import queries
from promo.conformance.models import VERDICTS, ConformanceCount, ConformanceMonth, SecondLook
from promo.conformance.queries import ALL_POSTS, IN_TIME, LATE, LONGEST, MET_BY, NO_TERM
from promo.core import calendars, clock
from promo.core.access import Viewer, require
from promo.core.calendars import Calendar
from promo.core.db import session, write
from promo.core.errors import Reason, Refused
from promo.core.periods import Period
from promo.core.rollups import month_of
from promo.reference.models import Post

CHUNK = 2_000  # rows in a transaction
WHOLE_AFTER = timedelta(days=1)
Place = tuple[int, int, str, str, str, str, int, int, int]  # version, post, visibility, what … late


def count_due(tell: Callable[[], None] = lambda: None) -> int:
    """Count this month and the one before, and all that were not counted for a day; return how many."""
    at = dict(session().execute(select(ConformanceMonth.month, ConformanceMonth.counted_at)).all())
    now = clock.now()
    recent = {month_of(day) for day in (clock.today(), clock.today().replace(day=1) - timedelta(days=1))}
    due = [
        month
        for month in queries.known_months(session())
        if month in recent or month not in at or at[month] < now - WHOLE_AFTER
    ]
    session().rollback()
    for month in due:
        tell()
        count_month(month)
    return len(due)


def count_month(month: int) -> int:
    """Count one month anew and put it in the place of what was there; return how many rows it has now.

    What is counted is written aside in short transactions, then takes the month's place at once.
    """
    first = date(month // 100, month % 100, 1)
    counted = _counts(session(), Period(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)))
    session().rollback()
    names = ("version_id", "post_id", "visibility", "what", "stage", "detail", "days", "waited", "late")
    places = sorted(counted.items())  # in one order, so that the same counts make the same rows
    rows = [{"month": -month, **dict(zip(names, place, strict=True)), "count": n} for place, n in places]
    with write() as writing:
        writing.execute(delete(ConformanceCount).where(ConformanceCount.month == -month))
    for start in range(0, len(rows), CHUNK):
        with write() as writing:
            writing.execute(insert(ConformanceCount), rows[start : start + CHUNK])
    with write() as writing:
        writing.execute(delete(ConformanceCount).where(ConformanceCount.month == month))
        writing.execute(update(ConformanceCount).where(ConformanceCount.month == -month).values(month=month))
        writing.merge(ConformanceMonth(month=month, counted_at=clock.now()))
    return len(rows)


class _Tally(Counter[Place]):
    """What was counted, each at its post and at all posts together."""

    def __init__(self, posts: dict[int, tuple[Calendar, ZoneInfo]]) -> None:
        super().__init__()
        self.posts = posts

    def note(
        self, where: tuple[int, int, str], what: str, *, stage: str = "", detail: str = "", days: int = 0,
        waited: int = 0, late: int = NO_TERM,
    ) -> None:  # fmt: skip
        """Count one thing."""
        version, post, visibility = where
        for at in (post, ALL_POSTS):
            self[version, at, visibility, what, stage, detail, days, waited, late] += 1
        if what in ("start", "finish", "stay", "refusal"):
            self[version, post, visibility, "post", "", what, 0, 0, late] += 1

    def days(self, post: int, since: datetime, until: datetime, spans: Iterable[tuple[datetime, datetime]] = ()) -> Any:
        """Return how many working days of a post lie between two moments, and on how many a request was waiting."""
        calendar, zone = self.posts[post]
        first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
        covered = [(a.astimezone(zone).date(), b.astimezone(zone).date()) for a, b in spans]
        worked = waited = 0
        for day in calendars.days_from(first + timedelta(days=1), last):
            if calendar.is_working(day):
                worked += 1
                waited += any(a < day <= b for a, b in covered)
        return min(worked, LONGEST), min(waited, LONGEST)


def _counts(session: Session, period: Period) -> Counter[Place]:
    """Count everything that happened in a period."""
    tally = _Tally({p.id: (calendars.calendar_of(p), ZoneInfo(p.timezone)) for p in session.scalars(select(Post))})
    for *where, late_start in queries.started(session, period):
        tally.note(tuple(where), "start", late=LATE if late_start else IN_TIME)
    for *where, stage, begun, ended in queries.finished(session, period):
        days, _waited = tally.days(where[1], begun, ended)
        tally.note(tuple(where), "finish", detail=stage, days=days)
    _count_moves(session, period, tally)
    for *where, stage, item in queries.refused(session, period):
        tally.note(tuple(where), "refusal", stage=stage, detail=item)
    for *where, stage, state in queries.decided(session, period):
        tally.note(tuple(where), "request", stage=stage, detail=state)
    return tally


def _count_moves(session: Session, period: Period, tally: _Tally) -> None:
    spans = queries.waiting_spans(session, period)
    for version, post, visibility, id_, stage, to, since, at, late, checklist in queries.moved(session, period):
        where = (version, post, visibility)
        days, waited = tally.days(post, since, at, spans.get(id_, ()))
        term = NO_TERM if late is None else int(late)
        tally.note(where, "stay", stage=stage, detail=to, days=days, waited=waited, late=term)
        for item in checklist or ():
            if item.get("state") == "met" and (how := MET_BY.get(item.get("why", ""))):
                tally.note(where, "item", stage=stage, detail=how)


def look(session: Session, viewer: Viewer, transition_id: int, item: str, verdict: str, note: str | None) -> SecondLook:
    """Say what a second look at a declared item found; a later one replaces it.

    Raises :class:`Refused` for no verdict, and for *not borne out* without saying what was found.
    """
    move, record = queries.offered(session, viewer, transition_id, item)
    require(viewer, "conformance.look", record)
    text = (note or "").strip()
    if verdict not in dict(VERDICTS):
        raise Refused(Reason(_l("Choose what you found."), "verdict"))
    if verdict == "not_borne_out" and not text:
        raise Refused(Reason(_l("Say what you found."), "note"))
    found = session.scalars(
        select(SecondLook).where(SecondLook.transition_id == move.id, SecondLook.item == item)
    ).first()
    found = found or SecondLook(transition_id=move.id, record_id=record.id, item=item)
    found.verdict, found.note, found.by_id, found.at = verdict, text[:2000] or None, viewer.person_id, clock.now()
    session.add(found)
    return found
