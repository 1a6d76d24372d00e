"""Every SELECT on notices: one's own, and those that wait for the morning's mail."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from promo.accounts.models import Person
from promo.core.access import Viewer
from promo.core.errors import NotFound
from promo.notices.models import DIGEST, Notice, NoticeChoice

# How many notices somebody has not opened: asked on every page, with the other numbers of the frame.
UNSEEN: Any = (
    select(func.count()).select_from(Notice).where(Notice.person_id == bindparam("person"), Notice.seen_at.is_(None))
)


def mine(session: Session, viewer: Viewer, limit: int = 50, before: int | None = None) -> list[Notice]:
    """Return the viewer's notices, the newest first; ``before`` (an id) goes on to the older ones."""
    found = select(Notice).where(Notice.person_id == viewer.person_id)
    if before is not None:
        there = select(Notice.created_at).where(Notice.id == before).scalar_subquery()
        found = found.where(tuple_(Notice.created_at, Notice.id) < tuple_(there, before))
    return list(session.scalars(found.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(limit)))


def notice(session: Session, viewer: Viewer, id_: int) -> Notice:
    """Return one of the viewer's notices; raises NotFound for anybody else's."""
    found = session.scalars(select(Notice).where(Notice.id == id_, Notice.person_id == viewer.person_id)).first()
    if found is None:
        raise NotFound("notices.open_")
    return found


def choices(session: Session, person_id: int) -> dict[str, str]:
    """Return how a person chose to hear of each kind."""
    rows = session.scalars(select(NoticeChoice).where(NoticeChoice.person_id == person_id))
    return {row.kind: row.how for row in rows}


def by_key(session: Session, key: str) -> Notice | None:
    """Return the notice that was told under a key, or None."""
    return session.scalars(select(Notice).where(Notice.key == key)).first()


def waiting_for_morning(session: Session) -> list[tuple[Person, list[Notice]]]:
    """Return the notices that wait for the morning's mail, by person, the oldest first."""
    found = (
        select(Notice, Person)
        .join(Person, Person.id == Notice.person_id)
        .where(Notice.how == DIGEST, Notice.mailed_at.is_(None))
        .order_by(Notice.person_id, Notice.created_at, Notice.id)
    )
    people: dict[int, tuple[Person, list[Notice]]] = {}
    for one, person in session.execute(found):
        people.setdefault(person.id, (person, []))[1].append(one)
    return list(people.values())
