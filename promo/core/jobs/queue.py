"""Asking for background work, and reading how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.db import is_sqlite
from promo.core.errors import NotFound
from promo.core.jobs.broker import wake_after_commit
from promo.core.jobs.models import Job, Lease


def enqueue(
    session: Session,
    name: str,
    payload: Mapping[str, Any] | None = None,
    run_at: datetime | None = None,
    key: str | None = None,
    *,
    owner_id: int | None = None,
    locale: str = "es",
    total: int | None = None,
) -> Job:
    """Ask for work, in the caller's transaction; the workers are told after its commit.

    The same ``key`` twice asks once and returns the first row. ``locale`` is the language of what the job writes.
    """
    values = {
        "name": name, "payload": dict(payload or {}), "run_at": run_at or clock.now(), "key": key, "owner_id": owner_id,
        "locale": locale, "total": total, "created_at": clock.now(), "state": "waiting", "attempts": 0, "done": 0,
    }  # fmt: skip
    insert = (sqlite.insert if is_sqlite(session) else postgresql.insert)(Job).values(**values)
    statement = insert.on_conflict_do_nothing(index_elements=["key"]).returning(Job.id)
    fresh = session.scalar(statement)
    found = session.scalars(select(Job).where(Job.key == key if fresh is None else Job.id == fresh)).one()
    if fresh is not None and found.run_at <= clock.now():
        wake_after_commit(session, fresh)
    return found


def due_now() -> ColumnElement[bool]:
    """Return the condition of what may be claimed: waiting and due, or running under a claim that ran out."""
    now = clock.now()
    return or_(and_(Job.state == "waiting", Job.run_at <= now), and_(Job.state == "running", Job.locked_until < now))


def due(session: Session, limit: int = 1000) -> list[int]:
    """Return the ids of what may be claimed, the longest due first."""
    return list(session.scalars(select(Job.id).where(due_now()).order_by(Job.run_at, Job.id).limit(limit)))


def find(session: Session, job_id: int, owner_id: int | None = None) -> Job:
    """Return a job (of this owner, if one is given), read anew; raises :class:`NotFound`."""
    statement = select(Job).where(Job.id == job_id).execution_options(populate_existing=True)
    if owner_id is not None:
        statement = statement.where(Job.owner_id == owner_id)
    found = session.scalars(statement).first()
    if found is None:
        raise NotFound("job")
    return found


def cancel(session: Session, job_id: int) -> bool:
    """Call a job off; one that is running stops at its next look. Returns whether there was something to call off."""
    statement = (
        update(Job)
        .where(Job.id == job_id, Job.state.in_(("waiting", "running")))
        .values(state="cancelled", finished_at=clock.now(), claim=None, locked_until=None)
        .returning(Job.id)
    )
    return session.scalar(statement) is not None


def health(session: Session) -> dict[str, Any]:
    """Return how background work stands: counts by state, how long the oldest due job has waited, who schedules."""
    counts = dict(session.execute(select(Job.state, func.count()).group_by(Job.state)).all())
    oldest = session.scalar(select(func.min(Job.run_at)).where(due_now()))
    seat = session.get(Lease, "scheduler")
    waited = (clock.now() - oldest) if oldest else timedelta()
    return {
        "counts": counts,
        "oldest_due_seconds": round(waited.total_seconds(), 1),
        "scheduler": seat.holder if seat and seat.until > clock.now() else None,
    }
