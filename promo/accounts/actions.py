"""Every write on other people: who they are, their roles, functions and absences. One's own are in ``me_actions``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from promo.accounts import queries
from promo.accounts.models import Absence, FunctionHeld, Person, PersonRole, RecoveryCode, SignIn
from promo.core import clock, parties
from promo.core.access import Viewer, require
from promo.core.errors import Difference, NotFound, Reason, Refused, Stale
from promo.core.fields import fields_of

EDITABLE = ("name", "email", "post_id", "phone", "locale")


def add(session: Session, viewer: Viewer | None, values: Mapping[str, Any], password_hash: str | None) -> Person:
    """Add somebody; without a password they choose one by a link. ``viewer`` is None on the command line.

    Raises :class:`Refused` when the e-mail is none or taken, or the phone is none.
    """
    if viewer is not None:
        require(viewer, "accounts.new")
    person = Person(password_hash=password_hash, **_checked(session, None, values))
    session.add(person)
    session.flush()
    return person


def edit(session: Session, viewer: Viewer, id_: int, values: Mapping[str, Any], seen: int | None = None) -> Person:
    """Change somebody's name, e-mail, post, phone or language.

    Raises :class:`Stale` when somebody saved it since version ``seen``, :class:`Refused` as :func:`add`.
    """
    require(viewer, "accounts.edit")
    person = queries.person(session, id_)
    new = _checked(session, person, values)
    if seen is not None and seen != person.version:
        labels = {f.name: f.label for f in fields_of(Person)}
        pairs = ((name, mine, getattr(person, name)) for name, mine in new.items())
        raise Stale(person.id, person.version, [Difference(n, labels[n], m, t) for n, m, t in pairs if m != t])
    for name, value in new.items():
        setattr(person, name, value)
    person.version += 1
    return person


def _checked(session: Session, person: Person | None, values: Mapping[str, Any]) -> dict[str, Any]:
    reasons: list[Reason] = []
    new: dict[str, Any] = {"name": values["name"], "locale": values.get("locale") or "es"}
    new["post_id"] = int(values["post_id"]) if values.get("post_id") else None
    new["phone"] = values.get("phone") or None
    try:
        new["email"] = parties.email(values["email"], "email").lower()
        if new["email"] != (person.email if person else None) and queries.email_taken(session, new["email"]):
            reasons.append(Reason(_l("Somebody has this e-mail already."), "email"))
        if new["phone"] and not (person and new["phone"] == person.phone):
            new["phone"] = parties.phone(new["phone"], queries.country_of(session, new["post_id"]), "phone")
    except Refused as refused:
        reasons += refused.reasons
    if reasons:
        raise Refused(reasons)
    return new


def grant(session: Session, viewer: Viewer | None, id_: int, values: Mapping[str, Any]) -> PersonRole:
    """Give a role from one day to another. ``viewer`` is None on the command line."""
    if viewer is not None:
        require(viewer, "accounts.grant")
    person = queries.person(session, id_)
    _check_dates(values["valid_from"], values.get("valid_to"), "valid_to")
    role = PersonRole(person_id=person.id, role=values["role"], post_id=int(values["post_id"]))
    role.pillar, role.valid_from, role.valid_to = values.get("pillar"), values["valid_from"], values.get("valid_to")
    session.add(role)
    session.flush()
    return role


def end_grant(session: Session, viewer: Viewer, id_: int, role_id: int) -> None:
    """End a role: yesterday was its last day. The last administrator's stays, else nobody could give it again."""
    require(viewer, "accounts.end_grant")
    role = session.get(PersonRole, role_id)
    if role is None or role.person_id != id_:
        raise NotFound()
    if role.role == "admin" and queries.administrators_besides(session, clock.today(), role_id=role.id) == 0:
        raise Refused(_l("This is the last administrator: name another one first."))
    _end(session, role)


def appoint(session: Session, viewer: Viewer | None, id_: int, values: Mapping[str, Any]) -> FunctionHeld:
    """Give a function by an appointing act. ``viewer`` is None on the command line."""
    if viewer is not None:
        require(viewer, "accounts.appoint")
    person = queries.person(session, id_)
    _check_dates(values["valid_from"], values.get("valid_to"), "valid_to")
    held = FunctionHeld(person_id=person.id, function=values["function"], post_id=int(values["post_id"]))
    held.pillar, held.act_number, held.acting = values.get("pillar"), values["act_number"], bool(values.get("acting"))
    held.valid_from, held.valid_to = values["valid_from"], values.get("valid_to")
    session.add(held)
    session.flush()
    return held


def end_function(session: Session, viewer: Viewer, id_: int, held_id: int) -> None:
    """End a function: yesterday was its last day; it stays in the list of who held it."""
    require(viewer, "accounts.end_function")
    held = session.get(FunctionHeld, held_id)
    if held is None or held.person_id != id_:
        raise NotFound()
    _end(session, held)


def _end(session: Session, dated: PersonRole | FunctionHeld) -> None:
    """End what has begun; what has not yet begun never was."""
    yesterday = clock.today() - timedelta(days=1)
    if dated.valid_from > yesterday:
        session.delete(dated)
    elif dated.valid_to is None or dated.valid_to > yesterday:
        dated.valid_to = yesterday


def _check_dates(first: date, last: date | None, field: str) -> None:
    if last and last < first:
        raise Refused(Reason(_l("The last day is before the first."), field))


def add_absence(session: Session, viewer: Viewer, id_: int, first: date, last: date) -> Absence:
    """Say that somebody is away, so that what waits for them goes on to the next. Raises :class:`Refused` for dates."""
    person = queries.person(session, id_)
    require(viewer, "accounts.add_absence", person)
    _check_dates(first, last, "ends_on")
    absence = Absence(person_id=person.id, starts_on=first, ends_on=last)
    session.add(absence)
    session.flush()
    return absence


def end_absence(session: Session, viewer: Viewer, id_: int, absence_id: int) -> None:
    """Say that somebody is back (yesterday was the last day away), or will not be away at all."""
    person = queries.person(session, id_)
    require(viewer, "accounts.end_absence", person)
    absence = session.get(Absence, absence_id)
    if absence is None or absence.person_id != person.id:
        raise NotFound()
    yesterday = clock.today() - timedelta(days=1)
    if absence.starts_on > yesterday:
        session.delete(absence)
    else:
        absence.ends_on = min(absence.ends_on, yesterday)


def deactivate(session: Session, viewer: Viewer, id_: int) -> Person:
    """Let somebody sign in no more, here and on every device. Never deletes."""
    require(viewer, "accounts.deactivate")
    person = queries.person(session, id_)
    if person.id == viewer.person_id:
        raise Refused(_l("Ask another administrator to deactivate your own account."))
    person.active = False
    end_sessions(session, person.id)
    return person


def reactivate(session: Session, viewer: Viewer, id_: int) -> Person:
    """Let somebody sign in again."""
    require(viewer, "accounts.reactivate")
    person = queries.person(session, id_)
    person.active = True
    return person


def forget_factors(session: Session, viewer: Viewer, id_: int) -> Person:
    """Forget the second factor of somebody who lost the telephone, and end every session of theirs."""
    require(viewer, "accounts.forget_factors")
    person = queries.person(session, id_)
    person.totp_secret = person.totp_counter = None
    for passkey in queries.passkeys_of(session, person.id):
        session.delete(passkey)
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    end_sessions(session, person.id)
    return person


def end_sessions(session: Session, person_id: int, keep_digest: str | None = None) -> None:
    """End every session of somebody, but for the device whose token has this digest."""
    theirs = update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None))
    if keep_digest is not None:
        theirs = theirs.where(SignIn.token_digest != keep_digest)
    session.execute(theirs.values(ended_at=clock.now()))
