"""Counting how procedures are followed, a month at a time; and second looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from promo.calendars import queries as calendars
from promo.conformance import counting, queries
from promo.conformance.models import VERDICTS, ConformanceCount, ConformanceMonth, SecondLook
from promo.conformance.queries import ALL_POSTS, BY_POST, DEPARTURE, IN_TIME, LATE, LONGEST, MET_BY, NO_TERM
from promo.core import clock
from promo.core.access import Viewer, require
from promo.core.db import session, write
from promo.core.errors import Reason, Refused
from promo.core.periods import Period
from promo.core.rollups import month_of
from promo.procedures.times import stay
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
        for month in counting.known_months(session())
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

    def note(
        self, where: tuple[int, int, str], what: str, *, stage: str = "", detail: str = "", days: int = 0,
        waited: int = 0, late: int = NO_TERM,
    ) -> None:  # fmt: skip
        """Count one thing."""
        version, post, visibility = where
        for at in (post, ALL_POSTS):
            self[version, at, visibility, what, stage, detail, days, waited, late] += 1
        if what in BY_POST:
            self[version, post, visibility, "post", "", detail if what == DEPARTURE else what, 0, 0, late] += 1


def _counts(session: Session, period: Period) -> Counter[Place]:
    """Count everything that happened in a period."""
    tally = _Tally()
    for *where, late_start in counting.started(session, period):
        tally.note(tuple(where), "start", late=LATE if late_start else IN_TIME)
    for *where, departure in counting.departed(session, period):
        tally.note(tuple(where), DEPARTURE, detail=departure)
    for *where, stage in counting.finished(session, period):
        tally.note(tuple(where), "finish", detail=stage)
    _count_moves(session, period, tally)
    for *where, stage, item in counting.refused(session, period):
        tally.note(tuple(where), "refusal", stage=stage, detail=item)
    for *where, stage, state in counting.decided(session, period):
        tally.note(tuple(where), "request", stage=stage, detail=state)
    return tally


def _count_moves(session: Session, period: Period, tally: _Tally) -> None:
    asked = counting.asked(session, period)
    posts = {p.id: (calendars.both(session, p)["post"], p.timezone) for p in session.scalars(select(Post))}
    for version, post, visibility, id_, stage, to, since, at, late, checklist in counting.moved(session, period):
        where = (version, post, visibility)
        spent = stay(stage, since, at, asked.get(id_, ()), *posts[post])
        days, waited = min(spent.days, LONGEST), min(spent.waited, LONGEST)
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
