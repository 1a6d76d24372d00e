"""Every write on one's own account: preferences, password, second factor, passkeys, sessions.

What is slow (hashing, deciphering) is done before, outside the transaction, by ``security`` and ``passkeys``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete
from sqlalchemy.orm import Session

from promo.accounts import queries, security
from promo.accounts.actions import end_sessions
from promo.accounts.models import Passkey, Person, RecoveryCode, SignIn
from promo.accounts.passkeys import Registered
from promo.core import audit, clock, parties
from promo.core.access import Viewer
from promo.core.errors import NotFound, Reason, Refused

MOST_PASSKEYS = 20


def edit(session: Session, viewer: Viewer, values: Mapping[str, Any]) -> None:
    """Change one's own language, time zone, phone, appearance and shortcuts. Raises :class:`Refused` for the phone."""
    person = queries.person(session, viewer.person_id)
    phone = values.get("phone") or None
    if phone and phone != person.phone:
        phone = parties.phone(phone, queries.country_of(session, person.post_id), "phone")
    person.phone, person.locale, person.timezone = phone, values["locale"], values.get("timezone") or None
    person.theme, person.shortcuts = values["theme"], bool(values.get("shortcuts"))


def choose_language(session: Session, viewer: Viewer, locale: str) -> None:
    """Change one's own language."""
    queries.person(session, viewer.person_id).locale = locale


def choose_theme(session: Session, viewer: Viewer, theme: str) -> None:
    """Change one's own appearance."""
    queries.person(session, viewer.person_id).theme = theme


def change_password(session: Session, viewer: Viewer, new_hash: str, keep_digest: str) -> None:
    """Set one's password (checked and hashed before) and end every other session."""
    queries.person(session, viewer.person_id).password_hash = new_hash
    end_sessions(session, viewer.person_id, keep_digest)


def end_session(session: Session, viewer: Viewer, id_: int) -> None:
    """End one of one's own sessions; raises :class:`NotFound` for anybody else's."""
    sign_in = session.get(SignIn, id_)
    if sign_in is None or sign_in.person_id != viewer.person_id:
        raise NotFound()
    sign_in.ended_at = sign_in.ended_at or clock.now()
    audit.note(session, "sign_out", table="person", row=viewer.person_id)


def end_other_sessions(session: Session, viewer: Viewer, keep_digest: str) -> None:
    """End all of one's own sessions but this one."""
    end_sessions(session, viewer.person_id, keep_digest)


def set_totp(session: Session, person_id: int, secret: str, counter: int, codes: Sequence[str]) -> Person:
    """Set up an authenticator app, whose first code was checked before, with new recovery codes (their digests)."""
    person = queries.person(session, person_id)
    person.totp_secret, person.totp_counter = secret, counter
    set_recovery_codes(session, person_id, codes)
    return person


def set_recovery_codes(session: Session, person_id: int, digests: Sequence[str]) -> None:
    """Replace somebody's recovery codes; only digests are kept."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    audit.note(session, "recovery_codes", table="person", row=person_id)
    session.add_all(RecoveryCode(person_id=person_id, digest=digest) for digest in digests)


def remove_second_factor(session: Session, viewer: Viewer) -> None:
    """Remove the authenticator app. Raises :class:`Refused` where the role needs a second factor and none is left."""
    person = queries.person(session, viewer.person_id)
    if security.needs_second_factor(viewer) and not queries.passkeys_of(session, person.id):
        raise Refused(_l("Your role needs a second factor: add a passkey first."))
    person.totp_secret = person.totp_counter = None


def name_handle(session: Session, person_id: int, handle: str) -> None:
    """Give somebody the random name by which their devices know them, if they have none."""
    person = queries.person(session, person_id)
    person.passkey_handle = person.passkey_handle or handle


def add_passkey(session: Session, person_id: int, name: str, made: Registered) -> Passkey:
    """Store a new passkey, verified before. Raises :class:`Refused` when it is known or there are too many."""
    if queries.passkey(session, made.credential_id) is not None:
        raise Refused(_l("This passkey is known already."))
    if len(queries.passkeys_of(session, person_id)) >= MOST_PASSKEYS:
        raise Refused(_l("These are many passkeys: remove one first."))
    if not name.strip():
        raise Refused(Reason(_l("Fill this in."), "name"))
    if len(name.strip()) > 100:
        raise Refused(Reason(_l("At most %(limit)s characters, please.", limit=100), "name"))
    passkey = Passkey(person_id=person_id, name=name.strip(), credential_id=made.credential_id)
    passkey.public_key, passkey.sign_count, passkey.transports = made.public_key, made.sign_count, made.transports
    session.add(passkey)
    session.flush()
    return passkey


def remove_passkey(session: Session, viewer: Viewer, id_: int) -> None:
    """Remove one of one's own passkeys. Raises :class:`Refused` for the last where the role needs a second factor."""
    passkey = session.get(Passkey, id_)
    if passkey is None or passkey.person_id != viewer.person_id:
        raise NotFound()
    person = queries.person(session, viewer.person_id)
    alone = person.totp_secret is None and len(queries.passkeys_of(session, person.id)) == 1
    if alone and security.needs_second_factor(viewer):
        raise Refused(_l("Your role needs a second factor: set up an authenticator app first."))
    session.delete(passkey)
