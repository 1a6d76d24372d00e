"""Every write on tasks."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.access import Viewer, require
from promo.core.records import Record
from promo.work import queries
from promo.work.models import Task


def promise(session: Session, record: Record, owner_id: int, title: str, due_on: date | None) -> Task:
    """Add a task to a record's owner's list; the caller has checked that the record may be worked on."""
    task = Task(record_id=record.id, owner_id=owner_id, title=title[:300], due_on=due_on)
    session.add(task)
    return task


def complete(session: Session, viewer: Viewer, id_: int) -> Task:
    """Say that a task is done."""
    task = queries.task(session, viewer, id_)
    require(viewer, "work.complete", task)
    task.done_at = task.done_at or clock.now()
    return task


def reopen(session: Session, viewer: Viewer, id_: int) -> Task:
    """Take that back."""
    task = queries.task(session, viewer, id_)
    require(viewer, "work.reopen", task)
    task.done_at = None
    return task
