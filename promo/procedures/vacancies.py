"""Posts in which nobody could be asked for a function that a version names: they keep it from coming into force."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core.errors import Reason, Refused
from promo.core.records import PILLARS, Record
from promo.procedures import routing, words
from promo.procedures.case import definition_of, function_names
from promo.procedures.definitions import Definition
from promo.procedures.models import ProcedureVersion
from promo.procedures.version_models import Vacancy
from promo.reference.models import Post

Hole = tuple[Post, str]
SHOWN = 20  # posts that a refusal names


def holes(session: Session, definition: Definition, on: date) -> list[Hole]:
    """Return the posts in use, by code, with the functions of a definition for which nobody could be asked on a day."""
    functions = sorted(definition.functions())
    anybody = Record(post_id=0, pillar=None)
    if not functions or _asked(session, anybody, "director_general", on):
        return []
    pillars: Iterable[str | None] = definition.pillars or (*(name for name, _label in PILLARS), None)
    posts = session.scalars(select(Post).where(Post.active).order_by(Post.code))
    found: list[Hole] = []
    for post in posts:
        for function in functions:
            records = (Record(post_id=post.id, pillar=pillar) for pillar in pillars)
            if not all(_asked(session, record, function, on) for record in records):
                found.append((post, function))
    return found


def _asked(session: Session, record: Record, function: str, on: date) -> bool:
    return any(c.person_id is not None and c.why_not is None for c in routing.candidates(session, record, function, on))


def accepted(session: Session, version_id: int) -> list[Vacancy]:
    """Return the vacancies that were accepted for a version, with their reasons."""
    found = select(Vacancy).where(Vacancy.version_id == version_id).order_by(Vacancy.post_id, Vacancy.function)
    return list(session.scalars(found))


def unaccepted(session: Session, version: ProcedureVersion, on: date) -> list[Hole]:
    """Return the vacancies of a version on a day that nobody has accepted."""
    known = {(v.post_id, v.function) for v in accepted(session, version.id)}
    return [(post, f) for post, f in holes(session, definition_of(version), on) if (post.id, f) not in known]


def check(session: Session, version: ProcedureVersion, on: date) -> None:
    """Raise :class:`Refused` with each post that has nobody for a function of a version, accepted ones apart."""
    found = unaccepted(session, version, on)
    if not found:
        return
    functions = function_names(session)
    raise Refused([Reason(_said(post, function, functions), "vacancies") for post, function in found[:SHOWN]])


def _said(post: Post, function: str, functions: dict[str, dict[str, str]]):  # type: ignore[no-untyped-def]
    return _l(
        "%(post)s has nobody for «%(function)s».",
        post=words.lazily(lambda: post.name(words.language())),
        function=words.lazily(lambda: words.function_label(function, functions)),
    )


def accept(session: Session, version: ProcedureVersion, on: date, by_id: int, reason: str) -> int:
    """Accept the vacancies of a version as they are on a day, with a reason; returns how many there were."""
    found = unaccepted(session, version, on)
    for post, function in found:
        session.add(Vacancy(version_id=version.id, post_id=post.id, function=function, reason=reason, by_id=by_id))
    session.flush()
    return len(found)
