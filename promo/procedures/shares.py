"""Which share of the case files departed from their procedure: by an exception, an urgency, a nonconforming output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.access import Viewer, visible
from promo.core.records import Record
from promo.procedures.deadlines import as_day
from promo.procedures.models import Procedure, ProcedureVersion, Run
from promo.reference import queries as reference


@dataclass(frozen=True)
class Share:
    """Of so many runs of a procedure at a post, how many have any."""

    post_id: int
    code: str
    runs: int
    having: int

    @property
    def share(self) -> float:
        """Runs with any ÷ runs."""
        return self.having / self.runs if self.runs else 0.0


def shares(session: Session, viewer: Viewer, since: date, until: date, having: ColumnElement[bool]) -> list[Share]:
    """Return the shares by post and procedure among the runs that were begun from one day to another, both included.

    ``having`` is the condition on a :class:`Run` that it has any. Within what the viewer sees.
    """
    zone = ZoneInfo(viewer.timezone)
    first, after = (datetime.combine(day, time(), zone) for day in (since, until + timedelta(days=1)))
    found = (
        select(Record.post_id, Procedure.code, func.count(Run.id), func.sum(case((having, 1), else_=0)))
        .select_from(Run)
        .join(Record, Record.id == Run.record_id)
        .join(ProcedureVersion, ProcedureVersion.id == Run.version_id)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .where(Run.started_at >= first, Run.started_at < after)
        .group_by(Record.post_id, Procedure.code)
        .order_by(Record.post_id, Procedure.code)
    )
    return [
        Share(post, code, runs, int(having)) for post, code, runs, having in session.execute(visible(found, viewer))
    ]


@dataclass(frozen=True)
class Bar:
    """One bar of an overview: a post or a procedure, how many of its runs have any."""

    key: str
    name: str
    having: int
    runs: int


@dataclass(frozen=True)
class Overview:
    """The shares of a period, for the page of a list: all together, by post, by procedure."""

    since: date
    until: date
    having: int
    runs: int
    posts: Sequence[Bar]
    procedures: Sequence[Bar]


Find = Callable[[Session, Viewer, date, date], list[Share]]
SHOWN = 6  # bars of an overview


def overview(session: Session, viewer: Viewer, args: Mapping[str, str], find: Find) -> Overview:
    """Return the shares of the period that an address asks for, else of the last twelve months."""
    today = clock.today(viewer.timezone)
    until = as_day(args.get("until"), viewer.timezone) or today
    since = as_day(args.get("since"), viewer.timezone) or until - timedelta(days=365)
    found = find(session, viewer, min(since, until), until)
    names = dict(reference.post_choices(session, viewer.locale, active=False))
    posts = [Bar(str(key), names.get(str(key), ""), *counted) for key, *counted in summed(found, "post_id")]
    procedures = [Bar(key, key, *counted) for key, *counted in summed(found, "code")]
    return Overview(
        since=min(since, until),
        until=until,
        having=sum(one.having for one in found),
        runs=sum(one.runs for one in found),
        posts=posts[:SHOWN],
        procedures=procedures[:SHOWN],
    )


def summed(found: Iterable[Share], by: str) -> list[tuple[Any, int, int]]:
    """Return (post or code, runs with any, runs), the largest share first; those without any are left out."""
    sums: dict[Any, tuple[int, int]] = {}
    for one in found:
        having, runs = sums.get(getattr(one, by), (0, 0))
        sums[getattr(one, by)] = (having + one.having, runs + one.runs)
    kept = [(key, having, runs) for key, (having, runs) in sums.items() if having]
    return sorted(kept, key=lambda line: (-line[1] / line[2], -line[1], str(line[0])))
