"""The files of a record, as procedures see them: their category, name and digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from promo.core.files import File

TIERS = (
    ("A", _l("A: contract, invoice or customs declaration")),
    ("B", _l("B: statement signed by the firm")),
    ("C", _l("C: survey, word of mouth or another file")),
)
_TIER = {"contract": "A", "statement": "B"}  # of a category; any other file is C


def tier(categories: Iterable[str | None]) -> str | None:
    """Return how firm the evidence is by the categories of its files: that of the best one, None without files."""
    return min((_TIER.get(category or "", "C") for category in categories), default=None)


@dataclass(frozen=True)
class Attached:
    """One file of a record: an approval covers its digest."""

    id: int
    category: str
    name: str
    digest: str


_ATTACHED = (
    select(File.id, File.category, File.name, File.sha256)
    .where(File.record_id == bindparam("record"), File.archived_at.is_(None), File.category != "")
    .order_by(File.category, File.id)
)


def attached(session: Session, record_id: int) -> list[Attached]:
    """Return the files of a record that are evidence, by category and in the order of their arrival."""
    return [Attached(*row) for row in session.execute(_ATTACHED, {"record": record_id})]


def counted(files: Iterable[Attached]) -> dict[str, int]:
    """Return how many files there are of each category."""
    return dict(Counter(f.category for f in files))
