"""The lists of the approvals page: what waits for me, what I sent, what I decided. One statement each, however long.

A line knows of its request only what the list shows; the case file is gathered for the one that is open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, Integer, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from promo.accounts.models import Person
from promo.core import clock
from promo.core.access import Viewer, visibility
from promo.core.db import UTCDateTime
from promo.core.records import HIGHEST, Record
from promo.procedures import subjects, words
from promo.procedures.building import known
from promo.procedures.case import definition_of, function_names
from promo.procedures.items import UNDONE
from promo.procedures.marks import Mark, of_records
from promo.procedures.models import DELEGATE, IS_OPEN, IS_WAITING, STEP, Approval, ApprovalSeen, ProcedureVersion, Run
from promo.reference.models import Post

PAGE = 30
DECIDED_FOR = timedelta(days=30)  # what one decided stays in one's list
MINE, SENT, DECIDED = "mine", "sent", "decided"
LISTS = (MINE, SENT, DECIDED)
NOBODY = "nobody"  # what nobody can approve: of quality and the administrator
_LAST = 253_402_300_799_999_999  # the end of year 9999, in microseconds
_START = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"(\d{1,18})-(\d{1,18})\Z")


@dataclass(frozen=True)
class Line:
    """A request in a list. ``person`` is who asked for it, or of what one sent or decided: who it waits for."""

    id: int
    record_id: int
    title: str
    reference: str
    kind: str
    stage: str
    function: str
    person: str
    asked_at: datetime
    state: str
    decided_at: datetime | None
    digest: str
    unseen: bool = False
    together: bool = False
    reminded_at: datetime | None = None
    dispute_until: date | None = None
    entered: bool = False
    marks: tuple[Mark, ...] = field(default_factory=tuple)
    post_code: str = ""


@dataclass(frozen=True)
class Entered:
    """An approval that somebody entered in the viewer's name."""

    id: int
    title: str
    until: date | None


_CHANGED, _OVERDUE, _ASKED_AGAIN = _l("changed"), _l("overdue"), _l("asked again")
_DELEGATED, _ON_PAPER = _l("delegated"), _l("on paper")
_Other = aliased(Person)
_Earlier = aliased(Approval)
_AGAIN = (
    select(func.count())
    .where(
        _Earlier.run_id == Approval.run_id, _Earlier.stage == Approval.stage, _Earlier.function == Approval.function,
        _Earlier.requirement == Approval.requirement, _Earlier.id < Approval.id, _Earlier.subject == STEP,
        Approval.subject == STEP, _Earlier.state.in_(("returned", *UNDONE)),
    )
    .correlate(Approval)
    .scalar_subquery()
)  # fmt: skip
_LINES: Any = (
    select(
        Approval.id, Approval.record_id, Approval.stage, Approval.requirement, Approval.function, Approval.subject,
        Approval.state, Approval.asked_at, Approval.decided_at, Approval.digest, Approval.route_step,
        Approval.reminded_at, Approval.dispute_until, Approval.entered_by_id, Record.title, Record.reference,
        Record.kind, _Other.name.label("person"), ApprovalSeen.digest.label("seen"), ApprovalSeen.at.label("seen_at"),
        Run.due_on, _AGAIN.label("again"), ProcedureVersion.id.label("version_id"), ProcedureVersion.content_hash,
    )
    .join(Record, Record.id == Approval.record_id)
    .join(Run, Run.id == Approval.run_id)
    .join(ProcedureVersion, ProcedureVersion.id == Run.version_id)
    .outerjoin(
        ApprovalSeen,
        and_(ApprovalSeen.approval_id == Approval.id, ApprovalSeen.person_id == bindparam("person", type_=Integer)),
    )
)  # fmt: skip
_ME = bindparam("person", type_=Integer)
_AT, _ID = bindparam("at", type_=UTCDateTime()), bindparam("id", type_=Integer)


def _after(column: Any, *, newest: bool = False) -> Any:
    """Return the condition of what comes after a place in a list."""
    beyond, same = (column < _AT, Approval.id < _ID) if newest else (column > _AT, Approval.id > _ID)
    return or_(beyond, and_(column == _AT, same))


# Asked again and again, so each is put together once: whose they are, their order, what comes after a place.
_WHOSE: Mapping[str, Any] = {
    MINE: and_(Approval.assigned_to_id == _ME, IS_WAITING),
    SENT: and_(Approval.asked_by_id == _ME, IS_OPEN),
    DECIDED: and_(Approval.decided_by_id == _ME, Approval.decided_at >= bindparam("since", type_=UTCDateTime())),
    NOBODY: Approval.state == "nobody",
}


def _part(name: str, *, after_place: bool) -> Any:
    """Return the SELECT of a part of a list. Its place is found in the index first, whatever the database expects."""
    at, newest = (Approval.decided_at, True) if name == DECIDED else (Approval.asked_at, False)
    order = (at.desc(), Approval.id.desc()) if newest else (at, Approval.id)
    chosen = select(Approval.id).where(_WHOSE[name], *((_after(at, newest=newest),) if after_place else ()))
    part = chosen.order_by(*order).limit(bindparam("most", type_=Integer)).subquery()
    who = Approval.assigned_to_id if name == SENT else Approval.asked_by_id
    return _LINES.join(part, part.c.id == Approval.id).outerjoin(_Other, _Other.id == who).order_by(*order)


_FIRST: Mapping[str, Any] = {name: _part(name, after_place=False) for name in _WHOSE}
_NEXT: Mapping[str, Any] = {name: _part(name, after_place=True) for name in _WHOSE}
_TO_DISPUTE = (
    select(Approval.id, Record.title, Approval.dispute_until)
    .join(Record, Record.id == Approval.record_id)
    .where(Approval.decided_by_id == _ME, Approval.state == "approved")
    .where(Approval.dispute_until >= bindparam("today", type_=Date()))
    .order_by(Approval.dispute_until, Approval.id)
    .limit(bindparam("most", type_=Integer))
)
_TOTALS: Any = select(*(select(func.count()).where(_WHOSE[name]).scalar_subquery().label(name) for name in LISTS))


def totals(session: Session, viewer: Viewer) -> dict[str, int]:
    """Return how many there are in each list."""
    row = session.execute(_TOTALS, {"person": viewer.person_id, "since": clock.now() - DECIDED_FOR}).one()
    return dict(zip(LISTS, row, strict=True))


def lines(
    session: Session, viewer: Viewer, name: str, after: str = "", limit: int = PAGE
) -> tuple[list[Line], str | None]:
    """Return a part of one of the viewer's lists, and where the next part begins (None: nowhere)."""
    values: dict[str, Any] = {"person": viewer.person_id, "since": clock.now() - DECIDED_FOR, "most": limit + 1}
    place = _place(after)
    if place is not None:
        values |= {"at": place[0], "id": place[1]}
    rows = session.execute(_FIRST[name] if place is None else _NEXT[name], values).all()
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    functions = function_names(session) if shown and name in (SENT, NOBODY) else {}
    marked = of_records(session, [row.record_id for row in shown])
    found = [_line(session, row, functions, marked.get(row.record_id, ()), viewer) for row in shown]
    return found, _mark(last.decided_at if name == DECIDED else last.asked_at, last.id) if last else None


def without_anybody(session: Session, viewer: Viewer) -> list[Line]:
    """Return the requests that nobody can approve: for quality and the administrator to mend the route.

    One on a record that the viewer does not see has no title.
    """
    if not (viewer.has("quality", "admin") or viewer.holds("quality")):
        return []
    found = lines(session, viewer, NOBODY, limit=100)[0]
    posts = select(Record.id, Post.code, visibility(viewer)).join(Post, Post.id == Record.post_id)
    posts = posts.where(Record.id.in_([one.record_id for one in found]))
    of = {id_: (code, bool(seen)) for id_, code, seen in session.execute(posts)}
    return [
        replace(one, title=one.title if of[one.record_id][1] else "", post_code=of[one.record_id][0]) for one in found
    ]


def to_dispute(session: Session, viewer: Viewer, limit: int = 10) -> list[Entered]:
    """Return the approvals that were entered on paper in the viewer's name and may still be disputed."""
    values = {"person": viewer.person_id, "today": clock.today(viewer.timezone), "most": limit}
    return [Entered(*row) for row in session.execute(_TO_DISPUTE, values)]


def _mark(at: datetime, id_: int) -> str:
    """Write a place in a list for an address."""
    return f"{(at - _START) // timedelta(microseconds=1)}-{id_}"


def _place(text: str) -> tuple[datetime, int] | None:
    """Read a place in a list from an address; None for the beginning, and for what is no place."""
    found = _PLACE.match(text)
    if found is None or int(found[2]) > HIGHEST or int(found[1]) > _LAST:
        return None
    return _START + timedelta(microseconds=int(found[1])), int(found[2])


def _line(
    session: Session, row: Any, functions: Mapping[str, Mapping[str, str]], marked: Sequence[Mark], viewer: Viewer
) -> Line:
    definition = known(row.content_hash) or definition_of(session.get_one(ProcedureVersion, row.version_id))
    stage = definition.stage(row.stage)
    asked = next((a for a in stage.approvals() if a.key == row.requirement), None) if stage else None
    return Line(
        id=row.id, record_id=row.record_id, title=row.title, reference=row.reference, kind=row.kind,
        stage=words.pick(stage.title) if stage else row.stage,
        function=words.function_label(row.function, functions) if functions else "",
        person=row.person or "", asked_at=row.asked_at, state=row.state, decided_at=row.decided_at, digest=row.digest,
        unseen=row.seen_at is None,
        together=row.subject == STEP and bool(getattr(asked, "together", False)),
        reminded_at=row.reminded_at, dispute_until=row.dispute_until, entered=row.entered_by_id is not None,
        marks=(*_marks(row, viewer), *marked),
    )  # fmt: skip


def _marks(row: Any, viewer: Viewer) -> list[Mark]:
    """Return what a line says of its request by itself."""
    waits = row.state == "waiting"
    late = waits and row.due_on is not None and row.due_on < clock.today(viewer.timezone)
    changed = waits and row.seen_at is not None and row.seen not in (None, row.digest)
    found = (
        (row.subject != STEP, subjects.label_of(row.subject), "info"),
        (changed, _CHANGED, "warn"),
        (late, _OVERDUE, "late"),
        (waits and bool(row.again), _ASKED_AGAIN, "plain"),
        (waits and row.route_step == DELEGATE, _DELEGATED, "plain"),
        (row.entered_by_id is not None, _ON_PAPER, "info"),
    )
    return [Mark(str(text), tone) for holds, text, tone in found if holds]
