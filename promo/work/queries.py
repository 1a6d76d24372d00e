"""Every SELECT on tasks. The viewer comes first."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from promo.core.access import Viewer
from promo.core.errors import NotFound
from promo.work.models import Task


def task(session: Session, viewer: Viewer, id_: int) -> Task:
    """Return one of the viewer's tasks; raises NotFound."""
    found = session.scalars(select(Task).where(Task.id == id_, Task.owner_id == viewer.person_id)).first()
    if found is None:
        raise NotFound()
    return found


def open_tasks(session: Session, viewer: Viewer, limit: int = 100) -> list[Task]:
    """Return the viewer's open tasks with their records, those due first; those without a day last."""
    found = (
        select(Task)
        .where(Task.owner_id == viewer.person_id, Task.done_at.is_(None))
        .options(joinedload(Task.record))
        .order_by(Task.due_on.is_(None), Task.due_on, Task.id)
        .limit(limit)
    )
    return list(session.scalars(found))


def _dated(viewer: Viewer, *conditions: Any) -> Any:
    open_ = (Task.owner_id == viewer.person_id, Task.done_at.is_(None))
    found = select(Task).where(*open_, *conditions).options(joinedload(Task.record))
    return found.order_by(Task.due_on, Task.id)


def due_tasks(session: Session, viewer: Viewer, today: date, limit: int) -> list[Task]:
    """Return the viewer's tasks that are due today or overdue, the oldest first."""
    return list(session.scalars(_dated(viewer, Task.due_on <= today).limit(limit)))


def coming_tasks(session: Session, viewer: Viewer, today: date, limit: int) -> list[Task]:
    """Return the viewer's tasks that are due after today, the next first."""
    return list(session.scalars(_dated(viewer, Task.due_on > today).limit(limit))) if limit > 0 else []


def done_tasks(session: Session, viewer: Viewer, limit: int = 20) -> list[Task]:
    """Return the tasks that the viewer did last."""
    found = (
        select(Task)
        .where(Task.owner_id == viewer.person_id, Task.done_at.isnot(None))
        .options(joinedload(Task.record))
        .order_by(Task.done_at.desc(), Task.id.desc())
        .limit(limit)
    )
    return list(session.scalars(found))


def due_count(session: Session, viewer: Viewer, today: date) -> int:
    """Return how many of the viewer's tasks are due today or overdue."""
    found = select(func.count()).where(Task.owner_id == viewer.person_id, Task.done_at.is_(None), Task.due_on <= today)
    return session.scalar(found) or 0
