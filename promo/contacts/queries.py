"""Every SELECT on contacts. The viewer comes first."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlalchemy.orm import Session, lazyload, selectinload

from promo.contacts.models import Contact, ContactEmail, ContactPhone, Position
from promo.core.access import Viewer, sees, visible
from promo.core.db import built_once
from promo.core.errors import NotFound
from promo.core.records import Record
from promo.core.search import fold, matches
from promo.organisations.models import Organisation
from promo.reference.models import Post

LIKELY = 86


def contact(session: Session, viewer: Viewer, id_: int) -> Contact:
    """Return one contact; raises NotFound when it is missing or invisible."""
    found: Contact | None = session.scalars(_contact(viewer), {"id": id_}).first()
    if found is None:
        raise NotFound()
    return found


@built_once
def _contact(viewer: Viewer) -> Any:
    firms = selectinload(Contact.positions).selectinload(Position.organisation).lazyload("*")
    return visible(select(Contact).where(Contact.id == bindparam("id")).options(firms), viewer)


def of_organisation(session: Session, viewer: Viewer, organisation_id: int, limit: int = 50) -> list[Contact]:
    """Return the contacts who work at an organisation now, by name."""
    found = select(Contact).where(Contact.organisation_id == organisation_id, Record.archived_at.is_(None))
    found = found.options(lazyload("*")).order_by(Record.sort_key, Record.id).limit(limit)
    return list(session.scalars(visible(found, viewer)))


def suggest(session: Session, viewer: Viewer, typed: str, limit: int = 10) -> list[tuple[int, str, str]]:
    """Return (id, name, organisation) of the newest that match what was typed, own post's first."""
    found = (
        select(Contact.id, Contact.title, Contact.post_id, Contact.romanised, Contact.position, Contact.organisation_id)
        .where(Record.kind == "contact", Record.archived_at.is_(None))
        .where(matches(session, typed, Record.search, Record.id))
        .order_by(Record.id.desc())
        .limit(limit * 5)
    )
    rows = sorted(session.execute(visible(found, viewer)), key=lambda r: r.post_id != viewer.post_id)[:limit]
    wanted = {r.organisation_id for r in rows if r.organisation_id}
    named = select(Organisation.id, Organisation.title).where(Organisation.id.in_(wanted))
    firms = dict(session.execute(visible(named, viewer)).all()) if wanted else {}
    return [
        (r.id, f"{r.title} ({r.romanised})" if r.romanised else r.title,
         " · ".join(p for p in (r.position, firms.get(r.organisation_id)) if p))
        for r in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class Similar:
    """A probable duplicate. When the viewer may not see it, only its post is told."""

    post: str
    why: str
    id: int | None = None
    title: str | None = None
    hidden_id: int | None = None


def similar(
    session: Session,
    viewer: Viewer,
    name: str,
    email: str | None = None,
    phone: str | None = None,
    besides: int | None = None,
) -> list[Similar]:
    """Return at most five probable duplicates by e-mail, telephone or name, the likeliest first."""
    tests: list[ColumnElement[bool]] = []
    if email:
        tests.append(Record.id.in_(select(ContactEmail.contact_id).where(ContactEmail.address == email.lower())))
    if phone:
        tests.append(Record.id.in_(select(ContactPhone.contact_id).where(ContactPhone.number == phone)))
    folded = fold(name)
    # The beginnings of any two words typed: a wrong letter at the end of one, or a name left out, still finds them.
    starts = [w[:4] for w in folded.split() if len(w) >= 3][:4]
    pairs = [" ".join(pair) for pair in combinations(starts, 2)] or (starts if len(folded) >= 4 else [])
    tests.extend(matches(session, pair, Record.search, Record.id) for pair in pairs)
    if not tests:
        return []
    found = (
        select(Contact, Post.name_es)
        .join(Post, Post.id == Record.post_id)
        .where(Record.kind == "contact", Record.archived_at.is_(None), or_(*tests))
        .order_by(Record.id.desc())
        .limit(200)
    )
    scored: list[tuple[float, Similar]] = []
    for row, post in session.execute(found).unique():
        if email and any(e.address == email.lower() for e in row.emails):
            score, why = 100.0, "email"
        elif phone and any(p.number == phone for p in row.phones):
            score, why = 99.0, "phone"
        else:
            score, why = fuzz.token_sort_ratio(folded, fold(row.full_name)), "name"
        if score >= LIKELY and row.id != besides:
            mine = sees(viewer, row)
            told = Similar(post, why, row.id if mine else None, row.full_name if mine else None, row.id)
            scored.append((score, told))
    return [s for _, s in sorted(scored, key=lambda pair: -pair[0])[:5]]
