"""The files of a record, as procedures see them: their category, name and digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core.files import File


@dataclass(frozen=True)
class Attached:
    """One file of a record: an approval covers its digest."""

    id: int
    category: str
    name: str
    digest: str


def attached(session: Session, record_id: int) -> list[Attached]:
    """Return the files of a record that are evidence, by category and in the order of their arrival."""
    found = (
        select(File.id, File.category, File.name, File.sha256)
        .where(File.record_id == record_id, File.archived_at.is_(None), File.category != "")
        .order_by(File.category, File.id)
    )
    return [Attached(*row) for row in session.execute(found)]


def counted(files: Iterable[Attached]) -> dict[str, int]:
    """Return how many files there are of each category."""
    return dict(Counter(f.category for f in files))
