"""Every write on people, their roles and functions, and their sign-ins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.accounts import queries, security
from promo.accounts.models import FunctionHeld, Person, PersonRole, SignIn
from promo.core import clock, parties
from promo.core.access import Viewer, require
from promo.core.errors import NotFound, Reason, Refused


def add(session: Session, viewer: Viewer | None, values: Mapping[str, Any], password_hash: str) -> Person:
    """Add somebody. ``viewer`` is None on the command line. Raises :class:`Refused` when the e-mail is taken."""
    if viewer is not None:
        require(viewer, "accounts.new")
    person = Person(name=values["name"], email=_free_email(session, values["email"]), password_hash=password_hash)
    person.post_id, person.locale = int(values["post_id"]), values.get("locale") or "es"
    session.add(person)
    session.flush()
    return person


def edit(session: Session, viewer: Viewer, id_: int, values: Mapping[str, Any]) -> Person:
    """Change somebody's name, e-mail, post or language."""
    require(viewer, "accounts.edit")
    person = queries.person(session, id_)
    if (values["email"] or "").lower() != person.email:
        person.email = _free_email(session, values["email"])
    person.name, person.post_id, person.locale = values["name"], int(values["post_id"]), values["locale"]
    return person


def _free_email(session: Session, address: str) -> str:
    normal = parties.email(address, "email").lower()
    if session.scalar(select(Person.id).where(Person.email == normal)) is not None:
        raise Refused(Reason(_l("Somebody has this e-mail already."), "email"))
    return normal


def grant(session: Session, viewer: Viewer | None, id_: int, values: Mapping[str, Any]) -> PersonRole:
    """Give a role from one day to another."""
    if viewer is not None:
        require(viewer, "accounts.grant")
    person = queries.person(session, id_)
    _check_dates(values)
    role = PersonRole(person_id=person.id, role=values["role"], post_id=int(values["post_id"]))
    role.pillar, role.valid_from, role.valid_to = values.get("pillar"), values["valid_from"], values.get("valid_to")
    session.add(role)
    session.flush()
    return role


def end_grant(session: Session, viewer: Viewer, id_: int, role_id: int) -> None:
    """End a role today. The last administrator's stays, else nobody could give it again."""
    require(viewer, "accounts.end_grant")
    role = session.get(PersonRole, role_id)
    if role is None or role.person_id != id_:
        raise NotFound()
    if role.role == "admin" and _administrators_besides(session, role.id) == 0:
        raise Refused(_l("This is the last administrator: name another one first."))
    role.valid_to = _yesterday()


def _administrators_besides(session: Session, role_id: int) -> int:
    today = clock.today()
    rows = session.scalars(
        select(PersonRole).join(Person, Person.id == PersonRole.person_id).where(PersonRole.role == "admin", Person.active)
    )
    return sum(1 for r in rows if r.id != role_id and r.valid_from <= today and (r.valid_to or today) >= today)


def _yesterday() -> date:
    return date.fromordinal(clock.today().toordinal() - 1)


def appoint(session: Session, viewer: Viewer | None, id_: int, values: Mapping[str, Any]) -> FunctionHeld:
    """Give a function by an appointing act."""
    if viewer is not None:
        require(viewer, "accounts.appoint")
    person = queries.person(session, id_)
    _check_dates(values)
    held = FunctionHeld(person_id=person.id, function=values["function"], post_id=int(values["post_id"]))
    held.pillar, held.act_number, held.acting = values.get("pillar"), values["act_number"], bool(values.get("acting"))
    held.valid_from, held.valid_to = values["valid_from"], values.get("valid_to")
    session.add(held)
    session.flush()
    return held


def end_function(session: Session, viewer: Viewer, id_: int, held_id: int) -> None:
    """End a function today; it stays in the list of who held it."""
    require(viewer, "accounts.end_function")
    held = session.get(FunctionHeld, held_id)
    if held is None or held.person_id != id_:
        raise NotFound()
    held.valid_to = _yesterday()


def _check_dates(values: Mapping[str, Any]) -> None:
    if values.get("valid_to") and values["valid_to"] < values["valid_from"]:
        raise Refused(Reason(_l("The last day is before the first."), "valid_to"))


def deactivate(session: Session, viewer: Viewer, id_: int) -> Person:
    """Let somebody sign in no more, here and on every device. Never deletes."""
    require(viewer, "accounts.deactivate")
    person = queries.person(session, id_)
    if person.id == viewer.person_id:
        raise Refused(_l("Ask another administrator to deactivate your own account."))
    person.active = False
    for sign_in in queries.sign_ins(session, person.id, clock.now()):
        sign_in.ended_at = clock.now()
    return person


def reactivate(session: Session, viewer: Viewer, id_: int) -> Person:
    """Let somebody sign in again."""
    require(viewer, "accounts.reactivate")
    person = queries.person(session, id_)
    person.active = True
    return person


def edit_me(session: Session, viewer: Viewer, values: Mapping[str, Any]) -> None:
    """Change one's own language, time zone, appearance and shortcuts."""
    person = queries.person(session, viewer.person_id)
    person.locale, person.timezone = values["locale"], values.get("timezone")
    person.theme, person.shortcuts = values["theme"], bool(values.get("shortcuts"))


def change_password(session: Session, viewer: Viewer, new_hash: str, keep_digest: str) -> None:
    """Set one's password (checked and hashed before) and end every other session."""
    person = queries.person(session, viewer.person_id)
    person.password_hash = new_hash
    for sign_in in queries.sign_ins(session, person.id, clock.now()):
        if sign_in.token_digest != keep_digest:
            sign_in.ended_at = clock.now()


def end_session(session: Session, viewer: Viewer, id_: int) -> None:
    """End one of one's own sessions."""
    sign_in = session.get(SignIn, id_)
    if sign_in is None or sign_in.person_id != viewer.person_id:
        raise NotFound()
    sign_in.ended_at = clock.now()


def sign_in(session: Session, email: str, address: str, device: str, *, right: bool, shared: bool) -> str | None:
    """Open a session when the password was right, else count the failure. Returns the device's token, or None."""
    key = security.failure_key(email, address)
    person = queries.person_by_email(session, email)
    if not right or person is None:
        security.count_failure(session, key, clock.now())
        return None
    security.forget_failures(session, key)
    return security.open_session(session, person, device, address, shared=shared)


def choose_language(session: Session, viewer: Viewer, locale: str) -> None:
    """Change one's own language."""
    queries.person(session, viewer.person_id).locale = locale


def choose_theme(session: Session, viewer: Viewer, theme: str) -> None:
    """Change one's own appearance."""
    queries.person(session, viewer.person_id).theme = theme
