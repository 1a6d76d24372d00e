"""Open work under a former version, what a move would change, the moves that were. The viewer comes first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import Session, aliased

from promo.accounts.models import Person
from promo.core.access import READERS, Viewer, require, visible
from promo.core.errors import NotFound
from promo.core.records import Record
from promo.moves.models import Move
from promo.procedures import moving, words
from promo.procedures.case import Case, definition_of, gather
from promo.procedures.models import Procedure, ProcedureVersion, Run
from promo.reference.models import Post

MOST = 30  # records that are asked for at once
SHOWN = 200  # records in the list
Newer = aliased(ProcedureVersion)


@dataclass(frozen=True)
class Behind:
    """A record whose run stands under a version no longer in force; whether a move is asked for, or the viewer may."""

    record: Record
    post: str
    code: str
    number: int
    newest: int
    stage: str
    asked: bool
    may_ask: bool


@dataclass(frozen=True)
class Asked:
    """What the list is narrowed to."""

    code: str = ""
    number: int = 0
    post_id: int = 0


def _works_on(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition of the records on which somebody works by role or as owner; the action asks of each."""
    if viewer.has_at(None, "manager", "promoter"):
        return true()
    return or_(Record.owner_id == viewer.person_id, Record.post_id.in_(sorted(viewer.posts_as("officer", "manager"))))


def _reads(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition of the records in the list: those on which somebody works, and where they read all."""
    if viewer.has_at(None, *READERS):
        return true()
    return or_(_works_on(viewer), Record.post_id.in_(sorted(viewer.posts_as(*READERS))))


def _behind(viewer: Viewer) -> Select[Any]:
    waiting = select(Move.id).where(Move.run_id == Run.id, Move.state == "asked")
    found: Any = (
        select(Record, Post, ProcedureVersion, Newer.number, Run.stage, waiting.exists(), _works_on(viewer))
        .join(Run, Run.record_id == Record.id)
        .join(Post, Post.id == Record.post_id)
        .join(ProcedureVersion, ProcedureVersion.id == Run.version_id)
        .join(
            Newer,
            and_(
                Newer.procedure_id == ProcedureVersion.procedure_id, Newer.status == "effective",
                Newer.number > ProcedureVersion.number,
            ),
        )
        .where(Run.finished_at.is_(None), Record.archived_at.is_(None), _reads(viewer))
    )  # fmt: skip
    return visible(found, viewer)


def behind(session: Session, viewer: Viewer, asked: Asked) -> list[Behind]:
    """Return the open work that the viewer works on or reads under a former version: by procedure, oldest first."""
    found = _behind(viewer)
    if asked.code:
        found = found.where(ProcedureVersion.procedure.has(Procedure.code == asked.code))
    if asked.number:
        found = found.where(ProcedureVersion.number == asked.number)
    if asked.post_id:
        found = found.where(Record.post_id == asked.post_id)
    found = found.order_by(ProcedureVersion.procedure_id, ProcedureVersion.number, Record.id).limit(SHOWN)
    return [
        Behind(
            record, post.name(viewer.locale), version.code, version.number, newest,
            words.stage_title(definition_of(version), stage), bool(waits), bool(works),
        )
        for record, post, version, newest, stage, waits, works in session.execute(found)
    ]  # fmt: skip


def choices(session: Session, viewer: Viewer) -> dict[str, list[tuple[str, str]]]:
    """Return what the list can be narrowed to: the procedures, versions and posts of the viewer's open work."""
    narrow = _behind(viewer).with_only_columns(ProcedureVersion, Post, maintain_column_froms=True).distinct()
    codes: dict[str, str] = {}
    numbers: dict[str, str] = {}
    posts: dict[str, str] = {}
    for version, post in session.execute(narrow):
        codes[version.code] = f"{version.code} {words.pick(definition_of(version).title)}"
        numbers[str(version.number)] = f"v{version.number}"
        posts[str(post.id)] = post.name(viewer.locale)
    return {name: sorted(of.items(), key=lambda pair: pair[1]) for name, of in
            (("code", codes), ("number", numbers), ("post", posts))}  # fmt: skip


@dataclass
class Preview:
    """What becomes of one record under the version in force."""

    record: Record
    kind: Any
    version: ProcedureVersion
    newest: ProcedureVersion
    stage: str
    to_stage: str
    title: str
    lost: bool
    stages: list[tuple[str, str]]
    missing: list[str] = field(default_factory=list)


def case_of(session: Session, viewer: Viewer, record_id: int) -> Case:
    """Return the case of a record that the viewer sees and works on; raises NotFound, Forbidden."""
    record = session.scalars(visible(select(Record).where(Record.id == record_id), viewer)).first()
    run = session.scalars(select(Run).where(Run.record_id == record_id)).first() if record else None
    if record is None or run is None:
        raise NotFound("moves.ask")
    require(viewer, "moves.ask", record)
    return gather(session, record, run)


def waits(session: Session, run_id: int) -> bool:
    """Whether a move of a run is asked for and not decided."""
    return session.scalar(select(Move.id).where(Move.run_id == run_id, Move.state == "asked").limit(1)) is not None


def previews(
    session: Session, viewer: Viewer, record_ids: Iterable[int], chosen: Mapping[int, str] | None = None
) -> list[Preview]:
    """Return what becomes of records under the version in force; those that need no move are left out."""
    found = []
    for record_id in dict.fromkeys(record_ids):
        case = case_of(session, viewer, record_id)
        newest = None if case.run.finished_at else moving.newer(session, case.run)
        if newest is not None and not waits(session, case.run.id):
            found.append(preview(case, newest, (chosen or {}).get(record_id)))
    return found


def preview(case: Case, newest: ProcedureVersion, chosen: str | None = None) -> Preview:
    """Return what becomes of a record in the same stage of another version, or the one that was chosen for it."""
    definition = definition_of(newest)
    same = moving.same_stage(definition, case.run.stage)
    options = [(s.key, words.pick(s.title)) for s in moving.stages(definition)]
    to_stage = same.key if same else chosen if chosen in dict(options) else ""
    made = Preview(
        case.record, case.kind, case.run.version, newest, case.run.stage, to_stage or "", words.pick(case.stage.title),
        same is None, options,
    )  # fmt: skip
    if made.to_stage:
        other = moving.under(case, newest, made.to_stage)
        made.missing = [words.item_label(i, case.kind, case.functions) for i in moving.becomes_missing(case, other)]
    return made


@dataclass(frozen=True)
class Moved:
    """A move that was asked for, for the record's page."""

    move: Move
    from_number: int
    to_number: int
    by: str


From, To = aliased(ProcedureVersion), aliased(ProcedureVersion)


def of_record(session: Session, record_id: int) -> list[Moved]:
    """Return the moves of a record, the latest first: those that were made, and one that waits."""
    found = (
        select(Move, From.number, To.number, Person.name)
        .join(From, From.id == Move.from_version_id)
        .join(To, To.id == Move.to_version_id)
        .join(Person, Person.id == Move.asked_by_id)
        .where(Move.record_id == record_id, Move.state.in_(("asked", "moved")))
        .order_by(Move.id.desc())
    )
    return [Moved(*row) for row in session.execute(found)]


@dataclass(frozen=True)
class Newest:
    """That a newer version than a record's own is in force."""

    code: str
    number: int
    newest: int
    since: datetime | None


def newest(session: Session, run: Run) -> Newest | None:
    """Return that a newer version is in force than the one under which an open record stands; else None."""
    found = None if run.finished_at else moving.newer(session, run)
    return Newest(run.version.code, run.version.number, found.number, found.in_force_at) if found else None
