"""Every SELECT on organisations. The viewer comes first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from promo.core.access import Viewer, sees, visible, visible_one
from promo.core.records import Record
from promo.core.search import fold, matches, words
from promo.organisations.models import Organisation
from promo.reference.models import Post

LIKELY = 82  # of 100, as rapidfuzz's token_sort_ratio counts: a typo or a legal form apart
_LEGAL_FORMS = frozenset(
    "sa sac saa srl eirl scrl llc inc ltd ltda gmbh ag bv nv spa corp co cia limited company".split()
)


def organisation(session: Session, viewer: Viewer, id_: int) -> Organisation:
    """Return one organisation; raises NotFound when it is missing or invisible."""
    return visible_one(session, viewer, Organisation, id_)


def organisations(session: Session, viewer: Viewer, ids: list[int]) -> list[Organisation]:
    """Return the visible ones of these, in the order of their names."""
    found = select(Organisation).where(Organisation.id.in_(ids)).order_by(Organisation.sort_key, Organisation.id)
    return list(session.scalars(visible(found, viewer)))


def suggest(session: Session, viewer: Viewer, typed: str, limit: int = 10) -> list[tuple[int, str, str | None]]:
    """Return (id, name, country) of the newest that match what was typed, those whose name begins so first."""
    found = (
        select(Record.id, Record.title, Record.country, Record.sort_key)
        .where(Record.kind == "organisation", Record.archived_at.is_(None))
        .where(matches(session, typed, Record.search, Record.id))
        .order_by(Record.id.desc())
        .limit(limit * 5)
    )
    start = fold(typed)
    rows = sorted(session.execute(visible(found, viewer)), key=lambda r: not r.sort_key.startswith(start))
    return [(r.id, r.title, r.country) for r in rows[:limit]]


@dataclass(frozen=True)
class Similar:
    """A probable duplicate. When the viewer may not see it, only its post is told."""

    post: str
    why: str
    id: int | None = None
    title: str | None = None
    hidden_id: int | None = None


def core_name(name: str) -> str:
    """Return a folded name without its legal form: ``"Agroandina S.A.C."`` → ``"agroandina"``."""
    kept = [w.replace(".", "") for w in fold(name).split()]
    return " ".join(w for w in kept if w not in _LEGAL_FORMS) or fold(name)


def similar(
    session: Session, viewer: Viewer, name: str, tax_id: str | None = None, besides: int | None = None
) -> list[Similar]:
    """Return at most five probable duplicates of a name or tax id, the likeliest first."""
    core = core_name(name)
    numbers = {tax_id, re.sub(r"[\s./-]", "", tax_id)} if tax_id else set()
    tests: list[ColumnElement[bool]] = []
    if numbers:
        tests.append(Organisation.tax_id.in_(numbers))
    if len(core) >= 3:
        longest = max(words(core), key=len)
        tests.append(matches(session, longest[:12], Record.search, Record.id))
    if not tests:
        return []
    found = (
        select(Organisation, Post.name_es)
        .join(Post, Post.id == Record.post_id)
        .where(Record.kind == "organisation", Record.archived_at.is_(None), or_(*tests))
        .order_by(Record.id.desc())
        .limit(300)
    )
    scored: list[tuple[float, Similar]] = []
    for row, post in session.execute(found):
        score = 100.0 if row.tax_id in numbers else fuzz.token_sort_ratio(core, core_name(row.title))
        if score >= LIKELY and row.id != besides:
            why = "tax_id" if row.tax_id in numbers else "name"
            mine = sees(viewer, row)
            scored.append((score, Similar(post, why, row.id if mine else None, row.title if mine else None, row.id)))
    return [s for _, s in sorted(scored, key=lambda pair: -pair[0])[:5]]
