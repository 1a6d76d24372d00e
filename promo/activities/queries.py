"""Every SELECT on activities. The viewer comes first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Integer, bindparam, select
from sqlalchemy.orm import Session

from promo.accounts.models import Person, PersonRole
from promo.activities.models import WITH, Activity
from promo.core.access import Viewer, sees, visible, visible_one
from promo.core.db import UTCDateTime, built_once
from promo.core.errors import NotFound
from promo.core.records import Record, RecordLink, kinds
from promo.core.search import fold, matches

PARTIES = ("contact", "organisation")


def activity(session: Session, viewer: Viewer, id_: int) -> Activity:
    """Return one activity; raises NotFound when it is missing or invisible."""
    return visible_one(session, viewer, Activity, id_)


def linked(session: Session, viewer: Viewer, activity_id: int) -> list[tuple[str, Record]]:
    """Return (role, record) of what an activity is tied to and the viewer sees, by name."""
    found = (
        select(RecordLink.role, Record)
        .join(Record, Record.id == RecordLink.to_id)
        .where(RecordLink.from_id == activity_id)
        .order_by(RecordLink.role.desc(), Record.sort_key, Record.id)
    )
    return [(role, record) for role, record in session.execute(visible(found, viewer))]


@dataclass(frozen=True)
class Entry:
    """One line of a timeline; ``link_id`` with ``at`` is its place."""

    link_id: int
    id: int
    kind: str
    title: str
    at: datetime
    role: str
    activity_type: str | None
    text: str | None
    late: bool | None
    person: str | None


def timeline(
    session: Session,
    viewer: Viewer,
    record_id: int,
    before: tuple[datetime, int] | None = None,
    size: int = 20,
    what: str | None = None,
) -> list[Entry]:
    """Return what is tied to a record, newest first, after the place ``before``: one seek on the links.

    ``what`` keeps the activities of one type only.
    """
    place = {"at": before[0], "link": before[1]} if before else {}
    values = {"record": record_id, "size": size, **({"what": what} if what else {}), **place}
    rows = session.execute(_timeline(viewer, bool(what), bool(place)), values)
    return [
        Entry(row[0], row[1], row.kind, row.title, row.at, row.role, row.activity_type, row.text, row.late, row.name)
        for row in rows
    ]


@built_once
def _timeline(viewer: Viewer, of_one_type: bool, goes_on: bool) -> Any:
    act = Activity.__table__
    found = (
        select(RecordLink.id, Record.id, Record.kind, Record.title, RecordLink.at, RecordLink.role,
               act.c.activity_type, act.c.text, act.c.late, Person.name)
        .join(Record, Record.id == RecordLink.from_id)
        .outerjoin(act, act.c.id == Record.id)
        .outerjoin(Person, Person.id == Record.owner_id)
        .where(RecordLink.to_id == bindparam("record"), Record.archived_at.is_(None))
        .order_by(RecordLink.at.desc(), RecordLink.id.desc())
        .limit(bindparam("size", type_=Integer))
    )  # fmt: skip
    if of_one_type:
        found = found.where(act.c.activity_type == bindparam("what"))
    if goes_on:
        at, link = bindparam("at", type_=UTCDateTime()), bindparam("link", type_=BigInteger())
        found = found.where((RecordLink.at < at) | ((RecordLink.at == at) & (RecordLink.id < link)))
    return visible(found, viewer)


def parties(session: Session, viewer: Viewer, typed: str, limit: int = 10) -> list[tuple[int, str, str, str]]:
    """Return (id, name, kind, note) of the contacts and organisations that match, own post's and contacts first."""
    found = (
        select(Record.id, Record.title, Record.kind, Record.reference, Record.country, Record.post_id, Record.sort_key)
        .where(Record.kind.in_(PARTIES), Record.archived_at.is_(None))
        .where(matches(session, typed, Record.search, Record.id))
        .order_by(Record.id.desc())
        .limit(limit * 5)
    )
    start = fold(typed)
    rows = sorted(
        session.execute(visible(found, viewer)),
        key=lambda r: (r.post_id != viewer.post_id, r.kind != "contact", start not in f" {r.sort_key}"),
    )
    return [(r.id, r.title, r.kind, r.country or "") for r in rows[:limit]]


def names(session: Session, viewer: Viewer, ids: list[int]) -> list[tuple[str, str]]:
    """Return (id, name) of these records as the viewer sees them, for boxes chosen already."""
    if not ids:
        return []
    found = select(Record.id, Record.title).where(Record.id.in_(ids)).order_by(Record.sort_key, Record.id)
    return [(str(i), t) for i, t in session.execute(visible(found, viewer))]


def colleagues(session: Session, viewer: Viewer) -> list[tuple[str, str]]:
    """Return (id, name) of those of the viewer's post on whose behalf one may log."""
    values = {"post": viewer.post_id, "person": viewer.person_id}
    return [(str(i), name) for i, name in session.execute(_COLLEAGUES, values)]


_COLLEAGUES = (
    select(Person.id, Person.name)
    .where(Person.post_id == bindparam("post"), Person.active, Person.id != bindparam("person"))
    .where(select(PersonRole.id).where(PersonRole.person_id == Person.id).exists())
    .order_by(Person.name, Person.id)
)


def acts_around(session: Session, viewer: Viewer, day: date) -> list[tuple[str, str]]:
    """Return (id, title) of the post's events and missions about a day: what an activity is probably part of."""
    acts = tuple(k.name for k in kinds() if k.name in ("event", "mission"))
    return [(str(i), t) for i, t in session.execute(_acts_around(viewer, acts, day))] if acts else []


@built_once
def _acts_around(viewer: Viewer, acts: tuple[str, ...], day: date) -> Any:
    found = (
        select(Record.id, Record.title)
        .where(Record.kind.in_(acts), Record.post_id == viewer.post_id, Record.archived_at.is_(None))
        .where(Record.starts_on.between(day - timedelta(days=45), day + timedelta(days=120)))
        .order_by(Record.starts_on, Record.id)
        .limit(30)
    )
    return visible(found, viewer)


def party(session: Session, viewer: Viewer, id_: int) -> Record:
    """Return a contact or organisation that the viewer sees; raises NotFound."""
    record = session.get(Record, id_)
    if record is None or record.kind not in PARTIES or not sees(viewer, record):
        raise NotFound()
    return record


def party_links(session: Session, activity_id: int) -> list[RecordLink]:
    """Return the ties of an activity to those it was with."""
    found = select(RecordLink).where(RecordLink.from_id == activity_id, RecordLink.role == WITH)
    return list(session.scalars(found.order_by(RecordLink.id)))


def version_ids(session: Session, record_ids: list[int]) -> dict[int, int]:
    """Return under which procedure version these activities stand, for the trail: whoever asks, it is the same."""
    found = select(Activity.id, Activity.procedure_version_id).where(
        Activity.id.in_(record_ids), Activity.procedure_version_id.is_not(None)
    )
    return {row.id: row.procedure_version_id for row in session.execute(found)}
