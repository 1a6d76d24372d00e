"""What an approval covered has changed: seen at the end of every writing transaction, whoever wrote.

No feature has to remember it: rows that belong to a record (its own columns, its parts, its files) mark the record as
touched, and before the commit its approvals are compared with what they covered, its deadline counted again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from promo.core.records import Record
from promo.procedures.actions import recount, settle
from promo.procedures.approvals import reopen_if_changed
from promo.procedures.case import gather, kind_of
from promo.procedures.departures import AuthorisedException, Urgency
from promo.procedures.models import Answer, Approval, ApprovalSeen, Refusal, Run, Transition
from promo.work.models import Task

TOUCHED = "procedures_touched"
MANY = 200  # a bulk write says itself what it changes
_KEPT = {"status", "updated_at", "version"}  # what a step itself writes on its record: no approval covers it
_OWN = (  # of these no approval covers anything
    Run, Transition, Approval, ApprovalSeen, Refusal, AuthorisedException, Urgency, Task,
)  # fmt: skip


def record_of(row: Any) -> int | None:
    """Return the id of the record that a row belongs to, or None."""
    if isinstance(row, Record):
        return row.id
    if (isinstance(row, _OWN) and not isinstance(row, Answer)) or getattr(type(row), "__beside__", False):
        return None
    parent = getattr(type(row), "__audit_parent__", None)
    return getattr(row, parent, None) if parent else getattr(row, "record_id", None)


def mark(session: Session, _context: Any) -> None:
    """Remember which records the flush touches."""
    touched = session.info.setdefault(TOUCHED, set())
    for row in (*session.new, *session.dirty, *session.deleted):
        if (found := record_of(row)) is not None and not _only_kept(session, row):
            touched.add(found)


def _only_kept(session: Session, row: Any) -> bool:
    """Whether nothing of a record changed but what a step itself writes."""
    if not isinstance(row, Record) or row in session.new or row in session.deleted:
        return False
    return all(a.key in _KEPT or not a.history.has_changes() for a in inspect(row).attrs)


def check(session: Session) -> None:
    """Before the commit: reopen what no longer covers its record, count deadlines again."""
    session.flush()
    touched = session.info.pop(TOUCHED, set())
    if not 0 < len(touched) <= MANY:
        return
    runs = select(Run).where(Run.record_id.in_(touched), Run.finished_at.is_(None)).order_by(Run.record_id)
    for run in session.scalars(runs).all():
        record = session.get(Record, run.record_id)
        if record is not None and kind_of(record) is not None:
            case = gather(session, record, run)
            reopen_if_changed(session, record, case)
            recount(case)
            settle(case)
    session.flush()
    session.info.pop(TOUCHED, None)


def forget(session: Session, _previous: Any = None) -> None:
    """A rolled-back transaction touched nothing."""
    session.info.pop(TOUCHED, None)


def init() -> None:
    """Begin to watch; once a process."""
    if not event.contains(Session, "after_flush", mark):
        event.listen(Session, "after_flush", mark)
        event.listen(Session, "before_commit", check)
        event.listen(Session, "after_soft_rollback", forget)
