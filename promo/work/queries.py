"""Every SELECT on tasks, and on who sees a record and works on it. The viewer comes first."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from promo.accounts import queries as accounts
from promo.accounts.models import Person
from promo.core import clock
from promo.core.access import Viewer, visible_one
from promo.core.errors import NotFound
from promo.core.records import Record, RecordMember
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


# Asked for every day's page, so they are put together once.
_OPEN = (Task.owner_id == bindparam("person"), Task.done_at.is_(None))
_TODAY = bindparam("today", type_=Date())
_DATED = select(Task).where(*_OPEN).options(joinedload(Task.record)).order_by(Task.due_on, Task.id)
_DUE, _COMING = (_DATED.where(on).limit(bindparam("most")) for on in (Task.due_on <= _TODAY, Task.due_on > _TODAY))
_DUE_COUNT = select(func.count()).where(*_OPEN, Task.due_on <= _TODAY)


def due_tasks(session: Session, viewer: Viewer, today: date, limit: int) -> list[Task]:
    """Return the viewer's tasks that are due today or overdue, the oldest first."""
    return list(session.scalars(_DUE, {"person": viewer.person_id, "today": today, "most": limit}))


def coming_tasks(session: Session, viewer: Viewer, today: date, limit: int) -> list[Task]:
    """Return the viewer's tasks that are due after today, the next first."""
    return list(session.scalars(_COMING, {"person": viewer.person_id, "today": today, "most": max(limit, 0)}))


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
    return session.scalar(_DUE_COUNT, {"person": viewer.person_id, "today": today}) or 0


def record(session: Session, viewer: Viewer, id_: int) -> Record:
    """Return a record that the viewer sees; raises NotFound."""
    return visible_one(session, viewer, Record, id_)


def owner(session: Session, record: Record) -> str | None:
    """Return the name of a record's owner, or None."""
    return accounts.names(session, {record.owner_id}).get(record.owner_id) if record.owner_id else None


_TEAM = (
    select(RecordMember, Person.name)
    .join(Person, Person.id == RecordMember.person_id)
    .where(RecordMember.record_id == bindparam("record"))
    .order_by(Person.name, Person.id)
)


def team(session: Session, record_id: int) -> list[tuple[RecordMember, str]]:
    """Return the members of a record's team with their names, by name."""
    return [(member, name) for member, name in session.execute(_TEAM, {"record": record_id})]


def may_join(session: Session, typed: str = "", limit: int | None = 10) -> list[Person]:
    """Return those who may be in a team, by name: whoever has a role today that works with cases."""
    roles = accounts.roles_today(session, clock.today())
    return [p for p in accounts.people(session, typed) if set(roles.get(p.id, ())) - {"admin"}][:limit]
