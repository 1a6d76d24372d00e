"""Every SELECT on people, roles, functions and sign-ins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, bindparam, exists, false, func, literal, null, or_, select, true, union_all
from sqlalchemy.orm import Session

from promo.accounts.models import Absence, FunctionHeld, Passkey, Person, PersonRole, RecoveryCode, SignIn
from promo.core.access import Grant, Held, Viewer
from promo.core.db import UTCDateTime
from promo.core.errors import NotFound
from promo.core.search import fold
from promo.reference.models import HEADQUARTERS, Post


def _on(model: type[PersonRole] | type[FunctionHeld], day: Any):  # type: ignore[no-untyped-def]
    return model.valid_from <= day, or_(model.valid_to.is_(None), model.valid_to >= day)


def _roles(person: Any) -> Any:
    return (
        select(literal("role").label("what"), PersonRole.role.label("role_or_function"), PersonRole.post_id.label("at"),
               PersonRole.pillar, null().label("act"), false().label("acting"), Post.code.label("at_code"))
        .outerjoin(Post, Post.id == PersonRole.post_id)
        .where(PersonRole.person_id == person, *_on(PersonRole, bindparam("today", type_=Date())))
    )  # fmt: skip


def _functions(person: Any) -> Any:
    return (
        select(literal("function"), FunctionHeld.function, FunctionHeld.post_id, FunctionHeld.pillar,
               FunctionHeld.act_number, FunctionHeld.acting, Post.code)
        .outerjoin(Post, Post.id == FunctionHeld.post_id)
        .where(FunctionHeld.person_id == person, *_on(FunctionHeld, bindparam("today", type_=Date())))
    )  # fmt: skip


def _who(person: Any) -> Any:
    """Return the SELECT of an active person with the roles and functions of a day: a row for each, or one without."""
    held = union_all(_roles(person), _functions(person)).subquery("held")
    return (
        select(
            Person.id, Person.name, Person.email, Person.post_id, Person.locale, Person.timezone, Person.theme,
            Person.shortcuts, Post.code, Post.city, Post.timezone.label("post_zone"), held,
        )
        .outerjoin(Post, Post.id == Person.post_id)
        .outerjoin(held, true())
        .where(Person.id == person, Person.active)
    )  # fmt: skip


# Asked at every request, so they are put together once.
_DIGEST: Any = bindparam("digest")
_NOW: Any = bindparam("now", type_=UTCDateTime())
_PERSON = _who(bindparam("person"))
_SIGNED_IN = (
    _who(select(SignIn.person_id).where(SignIn.token_digest == _DIGEST).scalar_subquery())
    .add_columns(SignIn.id.label("sign_in"), SignIn.shared, SignIn.strong, SignIn.seen_at)
    .join(SignIn, SignIn.person_id == Person.id)
    .where(SignIn.token_digest == _DIGEST, SignIn.ended_at.is_(None), SignIn.expires_at > _NOW)
)


@dataclass(frozen=True)
class Device:
    """A device on which somebody is signed in."""

    id: int
    shared: bool
    strong: bool
    seen_at: datetime


def viewer_of(session: Session, person_id: int, today: date) -> Viewer | None:
    """Return who somebody is today, in one SELECT; None when unknown or deactivated."""
    rows = session.execute(_PERSON, {"person": person_id, "today": today}).all()
    return _viewer(rows, shared=False) if rows else None


def signed_in(session: Session, digest: str, now: datetime, today: date) -> tuple[Viewer, Device] | None:
    """Return the viewer and device of a token's digest, in one SELECT; None when its sign-in ended or expired."""
    rows = session.execute(_SIGNED_IN, {"digest": digest, "now": now, "today": today}).all()
    if not rows:
        return None
    device = Device(rows[0].sign_in, rows[0].shared, rows[0].strong, rows[0].seen_at)
    return _viewer(rows, shared=device.shared), device


def _viewer(rows: Sequence[Any], *, shared: bool) -> Viewer:
    """Put a viewer together. A role at headquarters' post is one for the whole ministry."""
    grants, held = [], []
    for row in rows:
        at = None if row.at_code == HEADQUARTERS else row.at
        if row.what == "role":
            grants.append(Grant(row.role_or_function, at, row.pillar))
        elif row.what == "function":
            held.append(Held(row.role_or_function, at, row.pillar, bool(row.acting), row.act))
    row = rows[0]
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


def person_by_email(session: Session, email: str) -> Person | None:
    """Return an active person by e-mail, whatever its case."""
    return session.scalar(select(Person).where(Person.email == email.strip().lower(), Person.active))


def email_taken(session: Session, email: str) -> bool:
    """Whether somebody, active or not, has this address (in small letters)."""
    return session.scalar(select(Person.id).where(Person.email == email)) is not None


def country_of(session: Session, post_id: int | None) -> str | None:
    """Return the country of a post, to read phone numbers without a prefix."""
    return session.scalar(select(Post.country).where(Post.id == post_id)) if post_id else None


def person(session: Session, id_: int) -> Person:
    """Return a person; raises NotFound."""
    found = session.get(Person, id_)
    if found is None:
        raise NotFound()
    return found


def active_person(session: Session, id_: int) -> Person | None:
    """Return a person who may sign in, or None."""
    return session.scalar(select(Person).where(Person.id == id_, Person.active))


def people(session: Session, typed: str = "", *, active: bool | None = True) -> list[Person]:
    """Return people by name without caring for accents; ``typed``: each word begins a word of the name or e-mail."""
    chosen = select(Person).order_by(Person.name, Person.id)
    if active is not None:
        chosen = chosen.where(Person.active.is_(active))
    wanted = fold(typed).split()
    found = [p for p in session.scalars(chosen) if _named(p, wanted)]
    return sorted(found, key=lambda p: (fold(p.name), p.id))


def _named(person: Person, wanted: list[str]) -> bool:
    hay = f" {fold(person.name)} {fold(person.email)}"
    return all(f" {word}" in hay for word in wanted)


def roles_today(session: Session, today: date) -> dict[int, list[str]]:
    """Return the roles that people have today, by person."""
    return _by_person(session.execute(select(PersonRole.person_id, PersonRole.role).where(*_on(PersonRole, today))))


def functions_today(session: Session, today: date) -> dict[int, list[str]]:
    """Return the functions that people hold today, by person."""
    held = select(FunctionHeld.person_id, FunctionHeld.function).where(*_on(FunctionHeld, today))
    return _by_person(session.execute(held))


def _by_person(pairs: Iterable[Any]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for person_id, name in pairs:
        if name not in found[person_id]:
            found[person_id].append(name)
    return found


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


_NAMES = select(Person.id, Person.name).where(Person.id.in_(bindparam("ids", expanding=True)))


def names(session: Session, ids: set[int]) -> dict[int, str]:
    """Return the names of these people."""
    if not ids:
        return {}
    rows = session.execute(_NAMES, {"ids": list(ids)})
    return {row.id: row.name for row in rows}


@dataclass(frozen=True)
class Holder:
    """Somebody who holds a function on a day, and whether they are away then."""

    person_id: int
    name: str
    email: str
    post_id: int | None
    acting: bool
    act_number: str
    away: bool


def holders(session: Session, function: str, post_id: int | None, pillar: str | None, on: date) -> list[Holder]:
    """Return who holds a function on a day for a post and pillar.

    The order is that of a route of approval: those present first, of the very post before the whole ministry's, of the
    very pillar before all, titular before acting. ``post_id`` None asks for the whole ministry's.
    """
    away = exists().where(Absence.person_id == Person.id, Absence.starts_on <= on, Absence.ends_on >= on)
    whole = or_(FunctionHeld.post_id.is_(None), Post.code == HEADQUARTERS)
    found = (
        select(FunctionHeld, Person.name, Person.email, away.label("away"), whole.label("whole"))
        .join(Person, Person.id == FunctionHeld.person_id)
        .outerjoin(Post, Post.id == FunctionHeld.post_id)
        .where(FunctionHeld.function == function, Person.active, *_on(FunctionHeld, on))
        .where(whole if post_id is None else or_(FunctionHeld.post_id == post_id, whole))
        .order_by(FunctionHeld.id)
    )
    if pillar is not None:
        found = found.where(or_(FunctionHeld.pillar.is_(None), FunctionHeld.pillar == pillar))
    rows = sorted(
        session.execute(found).all(),
        key=lambda r: (r.away, r.whole and post_id is not None, r.FunctionHeld.pillar is None, r.FunctionHeld.acting),
    )
    return [
        Holder(h.person_id, name, email, None if whole else h.post_id, h.acting, h.act_number, bool(away))
        for h, name, email, away, whole in rows
    ]


def absences_of(session: Session, person_id: int, since: date) -> list[Absence]:
    """Return somebody's absences that are not over on a day, the next first."""
    found = select(Absence).where(Absence.person_id == person_id, Absence.ends_on >= since)
    return list(session.scalars(found.order_by(Absence.starts_on, Absence.id)))


def passkeys_of(session: Session, person_id: int) -> list[Passkey]:
    """Return somebody's passkeys, the oldest first."""
    return list(session.scalars(select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id)))


def passkey(session: Session, credential_id: str) -> tuple[Passkey, Person] | None:
    """Return a passkey and its active owner by what the device calls it."""
    found = select(Passkey, Person).join(Person, Person.id == Passkey.person_id)
    row = session.execute(found.where(Passkey.credential_id == credential_id, Person.active)).first()
    return (row[0], row[1]) if row else None


def codes_left(session: Session, person_id: int) -> int:
    """Return how many recovery codes somebody has not used."""
    unused = select(func.count()).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return session.scalar(unused) or 0


def unused_code(session: Session, person_id: int, digest: str) -> RecoveryCode | None:
    """Return a recovery code that was not used yet."""
    found = select(RecoveryCode).where(RecoveryCode.person_id == person_id, RecoveryCode.digest == digest)
    return session.scalars(found.where(RecoveryCode.used_at.is_(None)).order_by(RecoveryCode.id)).first()


def has_second_factor(session: Session, person: Person) -> bool:
    """Whether somebody has set up a second factor."""
    return person.totp_secret is not None or bool(passkeys_of(session, person.id))


def administrators_besides(session: Session, today: date, *, role_id: int) -> int:
    """Return how many active people are administrators today by another role than this."""
    found = (
        select(func.count(Person.id.distinct()))
        .join(PersonRole, Person.id == PersonRole.person_id)
        .where(PersonRole.role == "admin", PersonRole.id != role_id, Person.active, *_on(PersonRole, today))
    )
    return session.scalar(found) or 0


DEMO_DOMAIN = "@promo.example"
DEMO_SHOWN = 22  # the demonstration's first people: at least one of each role and function


def demo_logins(session: Session, today: date) -> list[tuple[Person, str | None, list[str], list[str]]]:
    """Return the demonstration's first people, in the order they were made: with post's code, roles, functions."""
    found = select(Person, Post.code).outerjoin(Post, Post.id == Person.post_id).order_by(Person.id)
    found = found.where(Person.email.endswith(DEMO_DOMAIN), Person.active).limit(DEMO_SHOWN)
    people = session.execute(found).all()
    roles, held = roles_today(session, today), functions_today(session, today)
    return [(p, code, roles.get(p.id, []), held.get(p.id, [])) for p, code in people]
