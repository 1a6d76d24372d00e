"""A calendar or a post's time zone has changed: seen at the end of the writing transaction, whoever wrote.

In the same transaction a job is asked for that counts the terms of the open runs again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from promo.calendars.models import CalendarDay, CalendarYear
from promo.core.jobs import enqueue
from promo.reference.models import Post

RECOUNT = "procedures.recount"
CHANGED = "procedures_calendars"
_ORDER = ("decree", "confirmed", "zone", "calendar")  # of several reasons the first is told
_CALENDAR = ("weekend", "holiday_country", "holiday_subdivision")


def mark(session: Session, _context: Any) -> None:
    """Remember what a flush changes: the post (None: every one) and why, with what the trail tells of it."""
    found: dict[int | None, dict[str, dict[str, Any]]] = session.info.setdefault(CHANGED, {})
    for row in (*session.new, *session.dirty, *session.deleted):
        for why, details in _reasons(session, row):
            found.setdefault(_post_of(row), {}).setdefault(why, details)


def _post_of(row: Any) -> int | None:
    post_id: int | None = row.id if isinstance(row, Post) else row.post_id
    return post_id


def _reasons(session: Session, row: Any) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(row, CalendarDay):
        details = {"year": row.on.year}
        return [("decree", details | {"act": row.act_number}) if row.post_id is None else ("calendar", details)]
    if isinstance(row, CalendarYear) and row.post_id is not None and _changed(row, ("confirmed_at",)):
        return [("confirmed", {"year": row.year})]
    if isinstance(row, Post) and row not in session.new:
        found = [("zone", ("timezone",)), ("calendar", _CALENDAR)]
        return [(why, {}) for why, columns in found if _changed(row, columns)]
    return []


def _changed(row: Any, columns: tuple[str, ...]) -> bool:
    return any(inspect(row).attrs[name].history.has_changes() for name in columns)


def ask(session: Session) -> None:
    """Before the commit: ask for the job, once for each post or once for all."""
    session.flush()
    found = session.info.pop(CHANGED, {})
    for post_id, reasons in found.items():
        why = next(name for name in _ORDER if name in reasons)
        posts = None if post_id is None else [post_id]
        enqueue(session, RECOUNT, {"posts": posts, "recounted": why, "details": reasons[why]})


def forget(session: Session, _previous: Any = None) -> None:
    """A rolled-back transaction changed nothing."""
    session.info.pop(CHANGED, None)


def init() -> None:
    """Begin to watch; once a process."""
    if not event.contains(Session, "after_flush", mark):
        event.listen(Session, "after_flush", mark)
        event.listen(Session, "before_commit", ask)
        event.listen(Session, "after_soft_rollback", forget)
