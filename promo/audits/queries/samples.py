"""Samples, their case files, who may read them; the registers outside Promo."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, func, select, true
from sqlalchemy.orm import Session, undefer

from promo.accounts.models import Person
from promo.audits.models import AuditGuest, AuditGuestSample, AuditPick, AuditRegister, AuditSample
from promo.audits.queries.masking import Level, level_of
from promo.core.access import GUEST, READERS, Grant, Viewer, first_visible, visible_one
from promo.core.errors import NotFound
from promo.core.records import Record
from promo.reference.models import Post

LATEST = 200  # samples in the list


def is_guest(viewer: Viewer) -> bool:
    """Whether the viewer is from outside: sees what was named to them and nothing else."""
    return viewer.roles <= {GUEST}


def guest_of(session: Session, viewer: Viewer) -> AuditGuest | None:
    """Return the invitation of a guest who has the role today, else None."""
    if not viewer.has(GUEST):
        return None
    return session.scalars(select(AuditGuest).where(AuditGuest.person_id == viewer.person_id)).first()


def level(session: Session, viewer: Viewer | None) -> Level:
    """Return how much is masked for somebody."""
    guest = guest_of(session, viewer) if viewer is not None and is_guest(viewer) else None
    return level_of(viewer, opened=guest is not None and guest.personal)


def reader(session: Session, viewer: Viewer) -> Viewer:
    """Return with whose eyes case files are read for somebody: a guest reads, what was named to them, as an auditor."""
    if not is_guest(viewer):
        return viewer
    return Viewer(
        viewer.person_id, viewer.name, grants=(Grant("auditor"),), locale=viewer.locale, timezone=viewer.timezone
    )


def _readable(viewer: Viewer) -> ColumnElement[bool]:
    """Return which samples somebody reads: at headquarters all, at a post their own, a guest those named to them."""
    if viewer.has_at(None, *READERS):
        return true()
    if viewer.has(*READERS):
        return AuditSample.drawn_by_id == viewer.person_id
    if not viewer.has(GUEST):
        return false()
    named = select(AuditGuestSample.sample_id).join(AuditGuest, AuditGuest.id == AuditGuestSample.guest_id)
    return AuditSample.id.in_(named.where(AuditGuest.person_id == viewer.person_id))


@dataclass(frozen=True)
class Listed:
    """A sample in the list: who drew it, how many case files it has, how many were looked at."""

    sample: AuditSample
    drawn_by: str | None
    count: int
    looked: int


def listed(session: Session, viewer: Viewer) -> list[Listed]:
    """Return the samples that the viewer reads, the newest first."""
    count, looked = func.count(AuditPick.id), func.count(AuditPick.looked_at)
    columns: Any = select(AuditSample, Person.name, count, looked)
    found = (
        columns.outerjoin(Person, Person.id == AuditSample.drawn_by_id)
        .outerjoin(AuditPick, AuditPick.sample_id == AuditSample.id)
        .where(_readable(viewer))
        .group_by(AuditSample.id, Person.name)
        .order_by(AuditSample.id.desc())
        .limit(LATEST)
    )
    return [Listed(*row) for row in session.execute(found)]


def sample(session: Session, viewer: Viewer, id_: int) -> AuditSample:
    """Return a sample that the viewer reads; raises NotFound."""
    found = session.scalars(select(AuditSample).where(AuditSample.id == id_, _readable(viewer))).first()
    if found is None:
        raise NotFound("sample")
    return found


def by_key(session: Session, key: str | None) -> AuditSample | None:
    """Return the sample that an earlier press of the same form drew, or None."""
    return session.scalars(select(AuditSample).where(AuditSample.idempotency_key == key)).first() if key else None


def kept_list(session: Session, sample: AuditSample) -> str:
    """Return the kept list of a sample."""
    whole = select(AuditSample).where(AuditSample.id == sample.id).options(undefer(AuditSample.population))
    return zlib.decompress(session.scalars(whole.execution_options(populate_existing=True)).one().population).decode()


@dataclass(frozen=True)
class Picked:
    """A case file of a sample, as its record stands today; who looked at it, who added it."""

    pick: AuditPick
    kind: str
    title: str
    status: str
    archived_at: datetime | None
    post: str
    looked_by: str | None


def picks(session: Session, viewer: Viewer, sample_id: int) -> list[Picked]:
    """Return the case files of a sample: those drawn in the order of their ranks, then those added by judgement.

    What a guest may not read of them is masked.
    """
    mask = level(session, viewer)
    found = (
        select(AuditPick, Record.kind, Record.title, Record.status, Record.archived_at, Post.code, Person.name)
        .join(Record, Record.id == AuditPick.record_id)
        .join(Post, Post.id == Record.post_id)
        .outerjoin(Person, Person.id == AuditPick.looked_by_id)
        .where(AuditPick.sample_id == sample_id)
        .order_by(AuditPick.reason.is_not(None), AuditPick.position, AuditPick.id)
    )
    return [
        Picked(p, kind, mask.title(kind, title), status, archived, post, name)
        for p, kind, title, status, archived, post, name in session.execute(found)
    ]


def pick(session: Session, viewer: Viewer, sample_id: int, pick_id: int) -> AuditPick:
    """Return a case file of a sample that the viewer reads; raises NotFound."""
    found = session.get(AuditPick, pick_id)
    if found is None or found.sample_id != sample(session, viewer, sample_id).id:
        raise NotFound("pick")
    return found


def record(session: Session, viewer: Viewer, id_: int) -> Record:
    """Return a record whose evidence the viewer reads: one they see, a guest's of the samples named to them."""
    if not is_guest(viewer):
        return visible_one(session, viewer, Record, id_)
    theirs = select(AuditPick.record_id).join(AuditSample, AuditSample.id == AuditPick.sample_id)
    found = session.scalars(
        select(Record).where(Record.id == id_, Record.id.in_(theirs.where(_readable(viewer))))
    ).first()
    if found is None:
        raise NotFound("record")
    return found


def by_reference(session: Session, viewer: Viewer | None, reference: str) -> Record | None:
    """Return the visible record of a reference (None: whoever gives commands sees all), or None."""
    found = select(Record).where(Record.reference == reference.strip().upper())
    try:
        return session.scalars(found).first() if viewer is None else first_visible(session, found, viewer)
    except NotFound:
        return None


def samples_of(session: Session, viewer: Viewer, record_id: int) -> list[AuditSample]:
    """Return the samples that the viewer reads in which a record stands, the newest first."""
    found = select(AuditSample).join(AuditPick, AuditPick.sample_id == AuditSample.id)
    found = found.where(AuditPick.record_id == record_id, _readable(viewer)).order_by(AuditSample.id.desc())
    return list(session.scalars(found))


def registers(session: Session) -> dict[str, list[AuditRegister]]:
    """Return the registers outside Promo by clause."""
    found: dict[str, list[AuditRegister]] = {}
    for one in session.scalars(select(AuditRegister).order_by(AuditRegister.clause, AuditRegister.id)):
        found.setdefault(one.clause, []).append(one)
    return found


def register(session: Session, clause: str, id_: int | None) -> AuditRegister | None:
    """Return a register of a clause, None for one that is to be added; raises NotFound."""
    if not id_:
        return None
    found = session.get(AuditRegister, id_)
    if found is None or found.clause != clause:
        raise NotFound("register")
    return found
