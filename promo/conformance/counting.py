"""Every SELECT by which a month is counted: where each thing that happened belongs, and what it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from promo.conformance.models import ConformanceMonth
from promo.conformance.queries import in_period
from promo.core import clock
from promo.core.db import in_parts
from promo.core.periods import LIMA, Period
from promo.core.records import Record
from promo.core.rollups import month_of
from promo.exceptions import queries as exceptions
from promo.nonconformities import queries as nonconformities
from promo.procedures.models import Approval, Refusal, Run, Transition
from promo.urgencies import queries as urgencies

# How a run may depart from its procedure: the same conditions as in the shares of each list.
DEPARTURES: Mapping[str, ColumnElement[bool]] = {
    "exception": exceptions.HAVING,
    "urgency": urgencies.HAVING,
    "nonconformity": nonconformities.HAVING,
}
_WHERE = (Run.version_id, Record.post_id, Record.visibility)


def started(session: Session, period: Period) -> Iterator[Any]:
    """Yield (version, post, visibility, late_start) of the runs begun in a period."""
    found = select(*_WHERE, Run.late_start).join(Record, Record.id == Run.record_id)
    yield from session.execute(found.where(in_period(Run.started_at, period)))


def departed(session: Session, period: Period) -> Iterator[Any]:
    """Yield (version, post, visibility, departure) of the runs begun in a period that departed from their procedure."""
    for name, having in DEPARTURES.items():
        found = (
            select(*_WHERE).join(Record, Record.id == Run.record_id).where(in_period(Run.started_at, period), having)
        )
        for where in session.execute(found):
            yield *where, name


def finished(session: Session, period: Period) -> Iterator[Any]:
    """Yield (version, post, visibility, stage) of the runs finished in a period."""
    found = select(*_WHERE, Run.stage).join(Record, Record.id == Run.record_id)
    yield from session.execute(found.where(in_period(Run.finished_at, period)))


def moved(session: Session, period: Period) -> Iterator[Any]:
    """Yield the moves of a period with where they belong and what the checklist said."""
    found = (
        select(
            *_WHERE,
            Transition.id,
            Transition.from_stage,
            Transition.to_stage,
            Transition.left_since,
            Transition.at,
            Transition.late,
            Transition.checklist,
        )
        .join(Run, Run.id == Transition.run_id)
        .join(Record, Record.id == Transition.record_id)
        .where(in_period(Transition.at, period), Transition.to_version_id.is_(None))
    )
    yield from in_parts(session, found, Transition.id)


def asked(session: Session, period: Period) -> dict[int, list[Any]]:
    """Return the requests (asked_at, decided_at) open during the stays that ended in a period, by the move after."""
    found = (
        select(Transition.id, Approval.asked_at, Approval.decided_at)
        .join(Approval, Approval.run_id == Transition.run_id)
        .where(in_period(Transition.at, period), Transition.to_version_id.is_(None))
        .where(Approval.asked_at < Transition.at)
        .where(or_(Approval.decided_at.is_(None), Approval.decided_at > Transition.left_since))
    )
    requests: dict[int, list[Any]] = {}
    for row in session.execute(found):
        requests.setdefault(row.id, []).append(row)
    return requests


def refused(session: Session, period: Period) -> Iterator[Any]:
    """Yield (version, post, visibility, stage, item) of the unmet items that records were refused for."""
    found = select(Refusal.version_id, Record.post_id, Record.visibility, Refusal.stage, Refusal.item)
    yield from session.execute(found.join(Record, Record.id == Refusal.record_id).where(in_period(Refusal.at, period)))


def decided(session: Session, period: Period) -> Iterator[Any]:
    """Yield (version, post, visibility, stage, state) of the requests decided in a period."""
    found = select(*_WHERE, Approval.stage, Approval.state).join(Run, Run.id == Approval.run_id)
    yield from session.execute(
        found.join(Record, Record.id == Run.record_id).where(in_period(Approval.decided_at, period))
    )


def known_months(session: Session) -> list[int]:
    """Return every month from the first run to this one, as ``202611``."""
    first = session.scalar(select(func.min(Run.started_at)))
    counted = session.scalars(select(ConformanceMonth.month)).all()
    months = set(counted)
    if first is not None:
        day, last = first.astimezone(LIMA).date().replace(day=1), clock.today()
        while day <= last:
            months.add(month_of(day))
            day = (day + timedelta(days=32)).replace(day=1)
    return sorted(months)
