"""Every SELECT on people, roles, functions and sign-ins."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from sqlalchemy import literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from promo.accounts.models import FunctionHeld, Person, PersonRole, SignIn
from promo.core.access import Grant, Held, Viewer
from promo.core.errors import NotFound
from promo.reference.models import Post


def viewer_of(session: Session, person_id: int, today: date) -> Viewer | None:
    """Return who somebody is today, in two SELECTs; None when unknown or deactivated."""
    row = session.execute(_person().where(Person.id == person_id)).first()
    return _viewer(session, row, today, shared=False) if row else None


def signed_in(session: Session, digest: str, now: datetime, today: date) -> tuple[Viewer, SignIn] | None:
    """Return the viewer and sign-in of a token's digest, in two SELECTs; None when it ended or expired."""
    found = _person().add_columns(SignIn).join(SignIn, SignIn.person_id == Person.id)
    row = session.execute(
        found.where(SignIn.token_digest == digest, SignIn.ended_at.is_(None), SignIn.expires_at > now)
    ).first()
    if row is None:
        return None
    return _viewer(session, row, today, shared=row.SignIn.shared), row.SignIn


def _person():  # type: ignore[no-untyped-def]
    columns = (Person.id, Person.name, Person.email, Person.post_id, Person.locale, Person.timezone)
    return (
        select(*columns, Person.theme, Person.shortcuts, Post.code, Post.city, Post.timezone.label("post_zone"))
        .outerjoin(Post, Post.id == Person.post_id)
        .where(Person.active)
    )


def _viewer(session: Session, row, today: date, *, shared: bool) -> Viewer:  # type: ignore[no-untyped-def]
    """Put a viewer together. A role at headquarters' post is one for the whole ministry."""
    roles = (
        select(literal("role").label("what"), PersonRole.role.label("name"), PersonRole.post_id, PersonRole.pillar,
               null().label("act"), literal(0).label("acting"), Post.code)
        .outerjoin(Post, Post.id == PersonRole.post_id)
        .where(PersonRole.person_id == row.id, *_on(PersonRole, today))
    )  # fmt: skip
    functions = (
        select(literal("function"), FunctionHeld.function, FunctionHeld.post_id, FunctionHeld.pillar,
               FunctionHeld.act_number, literal(0), Post.code)
        .outerjoin(Post, Post.id == FunctionHeld.post_id)
        .where(FunctionHeld.person_id == row.id, *_on(FunctionHeld, today))
    )  # fmt: skip
    grants, held = [], []
    for what, name, post_id, pillar, act, _acting, code in session.execute(union_all(roles, functions)):
        if what == "role":
            grants.append(Grant(name, None if code == "HQ-PE-LIM" else post_id, pillar))
        else:
            held.append(Held(name, None if code == "HQ-PE-LIM" else post_id, pillar, False, act))
    return Viewer(
        person_id=row.id,
        name=row.name,
        email=row.email,
        grants=tuple(grants),
        functions=tuple(held),
        post_id=row.post_id,
        post_code=row.code or "",
        post_name=row.city or "",
        locale=row.locale,
        timezone=row.timezone or row.post_zone or "America/Lima",
        theme=row.theme,
        shortcuts=row.shortcuts,
        shared_device=shared,
    )


def _on(model: type[PersonRole] | type[FunctionHeld], day: date):  # type: ignore[no-untyped-def]
    return model.valid_from <= day, or_(model.valid_to.is_(None), model.valid_to >= day)


def person_by_email(session: Session, email: str) -> Person | None:
    """Return an active person by e-mail, whatever its case."""
    return session.scalar(select(Person).where(Person.email == email.strip().lower(), Person.active))


def person(session: Session, id_: int) -> Person:
    """Return a person; raises NotFound."""
    found = session.get(Person, id_)
    if found is None:
        raise NotFound()
    return found


def people(session: Session) -> list[Person]:
    """Return everybody by name."""
    return list(session.scalars(select(Person).order_by(Person.name, Person.id)))


def roles_of(session: Session, person_id: int) -> list[tuple[PersonRole, Post | None]]:
    """Return somebody's roles with their posts, the latest first."""
    found = (
        select(PersonRole, Post)
        .outerjoin(Post, Post.id == PersonRole.post_id)
        .where(PersonRole.person_id == person_id)
        .order_by(PersonRole.valid_from.desc(), PersonRole.id)
    )
    return [(role, post) for role, post in session.execute(found)]


def functions_of(session: Session, person_id: int) -> list[tuple[FunctionHeld, Post | None]]:
    """Return the functions that somebody holds or held, the latest first."""
    found = (
        select(FunctionHeld, Post)
        .outerjoin(Post, Post.id == FunctionHeld.post_id)
        .where(FunctionHeld.person_id == person_id)
        .order_by(FunctionHeld.valid_from.desc(), FunctionHeld.id)
    )
    return [(held, post) for held, post in session.execute(found)]


def sign_ins(session: Session, person_id: int, now: datetime) -> list[SignIn]:
    """Return where somebody is signed in now, the latest seen first."""
    found = select(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.expires_at > now)
    return list(session.scalars(found.order_by(SignIn.seen_at.desc())))


def names(session: Session, ids: set[int]) -> dict[int, str]:
    """Return the names of these people."""
    if not ids:
        return {}
    return {i: n for i, n in session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))}


def demo_logins(session: Session, today: date) -> list[tuple[Person, str | None, list[str], list[str]]]:
    """Return the demonstration's people with their post's code, roles and functions, by e-mail."""
    found = select(Person, Post.code).outerjoin(Post, Post.id == Person.post_id)
    people = session.execute(found.where(Person.email.endswith("@promo.example"), Person.active).order_by(Person.id)).all()
    roles: dict[int, list[str]] = defaultdict(list)
    for person_id, role in session.execute(select(PersonRole.person_id, PersonRole.role).where(*_on(PersonRole, today))):
        roles[person_id].append(role)
    held: dict[int, list[str]] = defaultdict(list)
    functions = select(FunctionHeld.person_id, FunctionHeld.function).where(*_on(FunctionHeld, today))
    for person_id, function in session.execute(functions):
        held[person_id].append(function)
    return [(p, code, roles[p.id], held[p.id]) for p, code in people]
