"""Every SELECT of the pages of conformance: what was counted, the rows behind a figure, second looks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_
from sqlalchemy.orm import Session

from promo.conformance.models import ConformanceCount, ConformanceMonth, SecondLook
from promo.core import access
from promo.core.access import Viewer, visible
from promo.core.errors import NotFound
from promo.core.periods import Period
from promo.core.records import Record
from promo.core.rollups import month_of
from promo.procedures.models import Approval, Procedure, ProcedureVersion, Refusal, Run, Transition
from promo.reference import queries as reference
from promo.reference.models import Post

ALL_POSTS = 0
LONGEST = 400  # working days that are told apart
IN_TIME, LATE, NO_TERM = 0, 1, -1
DEPARTURE = "departure"
BY_POST = frozenset({"start", "finish", "stay", "refusal", DEPARTURE})  # what the lines of posts say
# Of which kind the rows behind each thing counted are.
ROWS: Mapping[str, str] = {
    "start": "run",
    "finish": "finish",
    "stay": "move",
    "refusal": "refusal",
    "request": "request",
}
# How an item of the checklist was met when its stage was left, by the code of its reason.
MET_BY: Mapping[str, str] = {
    "attached": "evidence",
    "approved": "evidence",
    "all_have": "evidence",
    "declared": "declaration",
    "answered": "data",
    "filled": "data",
    "counted": "data",
}


@dataclass(frozen=True)
class Scope:
    """What is asked about: versions of one procedure, whole months, posts (None: all together)."""

    versions: tuple[int, ...]
    period: Period
    posts: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Cell:
    """How often one thing happened: of which kind, where, how long it took, whether late."""

    what: str
    stage: str
    detail: str
    days: int
    waited: int
    late: int
    count: int


def in_period(column: Any, period: Period) -> ColumnElement[bool]:
    """Return the condition that a moment lies in a period."""
    since, until = period.bounds()
    return and_(column >= since, column < until)


def counted_at(session: Session, scope: Scope) -> datetime | None:
    """Return when the newest month of a scope was counted; None when nothing was."""
    return session.scalar(
        select(func.max(ConformanceMonth.counted_at)).where(
            ConformanceMonth.month.between(month_of(scope.period.since), month_of(scope.period.until))
        )
    )


def _counted(viewer: Viewer, scope: Scope) -> list[ColumnElement[bool]]:
    return [
        ConformanceCount.version_id.in_(scope.versions),
        ConformanceCount.month.between(month_of(scope.period.since), month_of(scope.period.until)),
        access.openly(viewer, ConformanceCount.visibility, ConformanceCount.post_id),
    ]


def cells(session: Session, viewer: Viewer, scope: Scope) -> list[Cell]:
    """Return what was counted in a scope, of all its posts together."""
    posts = (ALL_POSTS,) if scope.posts is None else scope.posts
    c = ConformanceCount
    sides = (c.what, c.stage, c.detail, c.days, c.waited, c.late)
    found = select(*sides, func.sum(c.count)).where(*_counted(viewer, scope), c.post_id.in_(posts), c.what != "post")
    return [Cell(*row[:-1], int(row[-1])) for row in session.execute(found.group_by(*sides))]


def by_post(session: Session, viewer: Viewer, scope: Scope) -> dict[int, dict[tuple[str, int], int]]:
    """Return for each post how many (what, late) were counted there."""
    c = ConformanceCount
    found = select(c.post_id, c.detail, c.late, func.sum(c.count)).where(*_counted(viewer, scope), c.what == "post")
    found = found.where(c.post_id.in_(scope.posts) if scope.posts is not None else c.post_id != ALL_POSTS)
    lines: dict[int, dict[tuple[str, int], int]] = {}
    for post, what, late, count in session.execute(found.group_by(c.post_id, c.detail, c.late)):
        lines.setdefault(post, {})[what, late] = int(count)
    return lines


def procedures(session: Session, viewer: Viewer) -> list[tuple[str, list[ProcedureVersion]]]:
    """Return every procedure that was ever in force, with those versions, the newest first."""
    found = (
        select(ProcedureVersion)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .where(ProcedureVersion.status.in_(("effective", "obsolete")))
        .order_by(Procedure.code, ProcedureVersion.number.desc())
    )
    grouped: dict[str, list[ProcedureVersion]] = {}
    for version in session.scalars(found):
        grouped.setdefault(version.code, []).append(version)
    return list(grouped.items())


def versions(session: Session, viewer: Viewer, code: str) -> list[ProcedureVersion]:
    """Return the versions of one procedure that were ever in force, the newest first; raises NotFound."""
    found = dict(procedures(session, viewer)).get(code)
    if not found:
        raise NotFound("conformance.show")
    return found


_SOURCES: Mapping[str, tuple[Any, Any, Any]] = {  # of each kind of row: its moment, its run, its record
    "run": (Run.started_at, Run.id, Run.record_id),
    "finish": (Run.finished_at, Run.id, Run.record_id),
    "move": (Transition.at, Transition.run_id, Transition.record_id),
    "refusal": (Refusal.at, None, Refusal.record_id),
    "request": (Approval.decided_at, Approval.run_id, Approval.record_id),
}


@dataclass(frozen=True)
class Wanted:
    """Which rows are meant: of which kind (see :data:`ROWS`), late or not, of which stage and detail."""

    source: str
    late: int | None = None
    stage: str = ""
    detail: str = ""


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.source == "run" and wanted.late:
        found.append(Run.late_start.is_(True))
    for source, stage, detail in (
        ("move", Transition.from_stage, Transition.to_stage),
        ("refusal", Refusal.stage, Refusal.item),
        ("request", Approval.stage, Approval.state),
    ):
        if wanted.source == source:
            found += [stage == wanted.stage] if wanted.stage else []
            found += [detail == wanted.detail] if wanted.detail else []
    if wanted.source == "move":
        found.append(Transition.to_version_id.is_(None))  # not what only went on under another version
        found += [Transition.late.is_(bool(wanted.late))] if wanted.late is not None else []
    return found


def rows(
    session: Session,
    viewer: Viewer,
    scope: Scope,
    wanted: Wanted,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[Any]:
    """Return the records behind a figure that the viewer sees, the newest first, after a place (moment, id)."""
    statement = _rows(viewer, scope, wanted)
    moment, id_ = statement.selected_columns.moment, statement.selected_columns.row_id
    if after is not None:
        statement = statement.where(tuple_(moment, id_) < tuple_(after[0], after[1]))
    return list(session.execute(statement.order_by(moment.desc(), id_.desc()).limit(limit)))


def _rows(viewer: Viewer, scope: Scope, wanted: Wanted) -> Select[Any]:
    source = wanted.source
    moment, run, record = _SOURCES[source]
    entity = moment.class_
    found = select(
        Record.id.label("record_id"),
        Record.kind,
        Record.reference,
        Record.title,
        Post.code.label("post"),
        moment.label("moment"),
        entity.id.label("row_id"),
        _stage_of(source).label("stage"),
    ).select_from(entity)
    found = found.join(Record, Record.id == record).join(Post, Post.id == Record.post_id)
    version: Any = Refusal.version_id
    if source != "refusal":
        version = Run.version_id
        found = found if source in ("run", "finish") else found.join(Run, Run.id == run)
    found = found.where(version.in_(scope.versions), in_period(moment, scope.period))
    if scope.posts is not None:
        found = found.where(Record.post_id.in_(scope.posts))
    return visible(found.where(*_conditions(wanted)), viewer)


def _stage_of(source: str) -> Any:
    return {
        "run": Run.stage,
        "finish": Run.stage,
        "move": Transition.from_stage,
        "refusal": Refusal.stage,
        "request": Approval.stage,
    }[source]


def posts(session: Session, viewer: Viewer) -> list[tuple[int, str]]:
    """Return (id, name) of the posts whose figures the viewer may read: their own, or all from headquarters."""
    every = [(int(id_), name) for id_, name in reference.post_choices(session, viewer.locale)]
    return every if viewer.headquarters else [(id_, name) for id_, name in every if id_ in viewer.posts]


def post_names(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    """Return the names of posts in the viewer's language."""
    name = Post.name_en if viewer.locale == "en" else Post.name_es
    return dict(session.execute(select(Post.id, name).where(Post.id.in_(ids))).all())


SHARE = 10  # one in so many declared items is offered for a second look


@dataclass(frozen=True)
class Look:
    """An item that was merely declared, offered for a second look, and what was found if somebody looked."""

    transition_id: int
    record_id: int
    kind: str
    reference: str
    title: str
    stage: str
    item: str
    moment: datetime
    found: SecondLook | None


def is_drawn(transition_id: int, item: str) -> bool:
    """Whether an item belongs to the sample: always the same, whoever asks, whenever."""
    return int(hashlib.sha256(f"{transition_id}/{item}".encode()).hexdigest(), 16) % SHARE == 0


def _declared(checklist: Any) -> list[str]:
    return [
        i["key"] for i in checklist or () if i.get("state") == "met" and MET_BY.get(i.get("why", "")) == "declaration"
    ]


def to_look_at(session: Session, viewer: Viewer, scope: Scope, limit: int = 50) -> list[Look]:
    """Return the sample of declared items of a scope, the newest first, those nobody looked at before the others."""
    found = (
        select(Transition, Transition.checklist, Record)
        .join(Run, Run.id == Transition.run_id)
        .join(Record, Record.id == Transition.record_id)
        .where(Run.version_id.in_(scope.versions), in_period(Transition.at, scope.period))
        .where(Transition.to_version_id.is_(None))
        .order_by(Transition.at.desc(), Transition.id.desc())
        .limit(limit * SHARE * 2)
    )
    if scope.posts is not None:
        found = found.where(Record.post_id.in_(scope.posts))
    drawn = [
        (move, record, item)
        for move, checklist, record in session.execute(visible(found, viewer))
        for item in _declared(checklist)
        if is_drawn(move.id, item)
    ][:limit]
    looked = session.scalars(select(SecondLook).where(SecondLook.transition_id.in_([m.id for m, _r, _i in drawn])))
    by = {(look.transition_id, look.item): look for look in looked}
    lines = [
        Look(
            move.id, record.id, record.kind, record.reference, record.title, move.from_stage, item, move.at,
            by.get((move.id, item)),
        )
        for move, record, item in drawn
    ]  # fmt: skip
    return sorted(lines, key=lambda line: line.found is not None)


def offered(session: Session, viewer: Viewer, transition_id: int, item: str) -> tuple[Transition, Record]:
    """Return the move of an item offered for a second look, and its record; raises NotFound for any other."""
    move = session.get(Transition, transition_id)
    if move is None or not is_drawn(move.id, item) or item not in _declared(move.checklist):
        raise NotFound("conformance.look")
    return move, access.visible_one(session, viewer, Record, move.record_id)
