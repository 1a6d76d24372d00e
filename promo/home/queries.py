"""SELECTs that read across kinds. The viewer comes first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text, union_all
from sqlalchemy.orm import Session

from promo.core.access import Viewer, visible
from promo.core.db import built_once
from promo.core.records import Kind, Record, kinds
from promo.core.search import fold, matches

SHOWN = 12
WHOLE_REFERENCE = re.compile(r"[A-Z]{2}-[A-Z-]+-\d{4}-\d{4,}")


@dataclass(frozen=True)
class Found:
    """One record that matches what was typed."""

    id: int
    kind: Kind
    title: str
    reference: str
    country: str | None


def find(session: Session, viewer: Viewer, typed: str) -> list[Found]:
    """Return at most twelve records for what was typed: names that begin so first, then own post's, then the newest.

    A whole reference finds its record alone, by the index on references.
    """
    if not fold(typed):
        return []
    known = {k.name: k for k in kinds() if k.findable}
    columns = (Record.id, Record.kind, Record.title, Record.reference, Record.country, Record.post_id, Record.sort_key)
    there = visible(select(*columns).where(Record.kind.in_(known), Record.archived_at.is_(None)), viewer)
    start, reference = fold(typed), typed.strip().upper()
    named = there.where(Record.reference == reference)
    rows = session.execute(named).all() if WHOLE_REFERENCE.fullmatch(reference) else []
    if not rows:
        like = there.where(matches(session, typed, Record.search, Record.id))
        rows = session.execute(like.order_by(Record.id.desc()).limit(60)).all()
    ranked = sorted(rows, key=lambda r: (start not in f" {r.sort_key}", r.post_id != viewer.post_id))
    return [Found(r.id, known[r.kind], r.title, r.reference, r.country) for r in ranked[:SHOWN]]


def recent(session: Session, viewer: Viewer, limit: int = 5) -> list[Found]:
    """Return the records that the viewer changed or owns, the latest first."""
    known = {k.name: k for k in kinds() if k.findable}
    rows = session.execute(_recent(viewer, tuple(known), limit))
    return [Found(r.id, known[r.kind], r.title, r.reference, r.country) for r in rows]


@built_once
def _recent(viewer: Viewer, known: tuple[str, ...], limit: int) -> Any:
    """Return the SELECT of them: the latest of each kind by its index, then the latest of these."""
    parts = [
        visible(
            select(Record.id, Record.kind, Record.title, Record.reference, Record.country, Record.updated_at), viewer
        )
        .where(Record.owner_id == viewer.person_id, Record.archived_at.is_(None), Record.kind == name)
        .order_by(Record.updated_at.desc(), Record.id.desc())
        .limit(limit)
        .subquery()
        for name in known
    ]
    every = union_all(*(select(part) for part in parts)).subquery()
    return select(every).order_by(every.c.updated_at.desc(), every.c.id.desc()).limit(limit)


def answers(session: Session) -> bool:
    """Whether the database answers."""
    return session.scalar(text("SELECT 1")) == 1
