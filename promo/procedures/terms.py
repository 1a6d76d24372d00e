"""The term of a run's present stage: counted when the stage begins, and again when what it rests on changes.

It rests on the record's dates, on the calendars of its post and of Peru, and on the post's time zone. The trail says
why it was counted again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from promo.core import audit
from promo.core.records import Record
from promo.procedures.case import Case, definition_of, gather, kind_of
from promo.procedures.deadlines import Due, binding
from promo.procedures.models import Run
from promo.procedures.regularising import regularise_by

PAGE = 500  # runs looked up at once


def set_due(run: Run, due: Due | None) -> None:
    """Store by when the present stage must be finished, and on what that day rests."""
    run.due_on = due.on if due else None
    run.due_calendar = due.deadline.calendar if due else None
    run.due_from = due.since if due else None


def recount(case: Case, recounted: str = "record", **details: Any) -> bool:
    """Count the present stage's term again; returns whether its day changed. ``recounted`` says why, for the trail."""
    before = case.run.due_on
    if case.urgency is not None:
        case.urgency.due_on = regularise_by(case, case.urgency.declared_at)
    set_due(case.run, binding(case.dues()))
    if case.run.due_on == before:
        return False
    session = object_session(case.run)
    if session is not None:
        audit.explain(session, case.record.id, recounted=recounted, **details)
    return True


def open_runs(session: Session, posts: list[int] | None, after: int | None) -> Iterator[int]:
    """Yield the ids of the runs that are open (of these posts, or of all) and whose stage has a term, in order."""
    last = after or 0
    while True:
        found = select(Run).where(Run.finished_at.is_(None), Run.id > last).order_by(Run.id).limit(PAGE)
        if posts is not None:
            found = found.join(Record, Record.id == Run.record_id).where(Record.post_id.in_(posts))
        runs = session.scalars(found).all()
        wanted = [run.id for run in runs if _has_term(run)]
        last = runs[-1].id if runs else last
        session.rollback()  # nothing stays open while somebody writes
        yield from wanted
        if len(runs) < PAGE:
            return


def _has_term(run: Run) -> bool:
    stage = definition_of(run.version).stage(run.stage)
    return run.due_on is not None or bool(stage and stage.deadlines)


def recount_run(session: Session, run_id: int, recounted: str, **details: Any) -> bool:
    """Count an open run's term again; returns whether its day changed."""
    run = session.get(Run, run_id)
    record = session.get(Record, run.record_id) if run is not None and run.finished_at is None else None
    if run is None or record is None or kind_of(record) is None:
        return False
    return recount(gather(session, record, run), recounted, **details)
