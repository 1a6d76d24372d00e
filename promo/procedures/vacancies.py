"""Posts in which nobody could be asked for a function that a version names: they keep it from coming into force."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from promo.accounts.models import Absence, FunctionHeld, Person
from promo.core.errors import Reason, Refused, Text
from promo.core.records import PILLARS
from promo.procedures import words
from promo.procedures.case import definition_of, function_names
from promo.procedures.definitions import Definition
from promo.procedures.models import ApprovalRoute, ProcedureVersion
from promo.procedures.version_models import Vacancy
from promo.reference.models import Function, Post

Hole = tuple[Post, str]
SHOWN = 20  # posts that a refusal names
LAST = ("line_director", "director_general")  # who is asked when nobody at the post or above it can be


def holes(session: Session, definition: Definition, on: date) -> list[Hole]:
    """Return the posts in use, by code, with the functions of a definition for which nobody could be asked on a day.

    Of a definition for several pillars it is enough that one of them has nobody. Four SELECTs for all posts.
    """
    functions = sorted(definition.functions())
    pillars: tuple[str | None, ...] = definition.pillars or (*(name for name, _label in PILLARS), None)
    posts = list(session.scalars(select(Post).order_by(Post.code)))
    there = _present(session, {*functions, *LAST}, on, {p.id for p in posts if p.headquarters})
    above = {post.id: post.parent_id for post in posts}
    post_scoped = set(session.scalars(select(Function.code).where(Function.scope == "post")))

    def asked(post: Post, function: str, pillar: str | None) -> bool:
        places = [post.id, *(_above(above, post.id) if function in post_scoped else ())]
        some = [(function, place) for place in (*places, None)] + [(last, None) for last in LAST]
        return any(of is None or pillar is None or of == pillar for key in some for of in there.get(key, ()))

    return [(p, f) for p in posts if p.active for f in functions if not all(asked(p, f, of) for of in pillars)]


def _present(session: Session, functions: set[str], on: date, lima: set[int]) -> dict[tuple[str, int | None], set[Any]]:
    """Return for which pillars somebody is present, by function and post (None: the whole ministry)."""
    away = exists().where(Absence.person_id == Person.id, Absence.starts_on <= on, Absence.ends_on >= on)
    held = select(FunctionHeld.function, FunctionHeld.post_id, FunctionHeld.pillar).join(
        Person, Person.id == FunctionHeld.person_id
    )
    dated = FunctionHeld.valid_from <= on, or_(FunctionHeld.valid_to.is_(None), FunctionHeld.valid_to >= on)
    named = select(ApprovalRoute.function, ApprovalRoute.post_id, ApprovalRoute.pillar).join(
        Person, Person.id.in_((ApprovalRoute.deputy_id, ApprovalRoute.stand_in_id))
    )
    found: dict[tuple[str, int | None], set[Any]] = defaultdict(set)
    for statement in (held.where(FunctionHeld.function.in_(functions), *dated), named):
        for function, post_id, pillar in session.execute(statement.where(Person.active, ~away)):
            found[function, None if post_id in lima else post_id].add(pillar)
    return found


def _above(parents: dict[int, int | None], post_id: int) -> list[int]:
    """Return the posts above a post, the nearest first."""
    found = [post_id]
    while (parent := parents.get(found[-1])) is not None and parent not in found:
        found.append(parent)
    return found[1:]


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


def _said(post: Post, function: str, functions: dict[str, dict[str, str]]) -> Text:
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
