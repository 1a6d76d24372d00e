"""What signing in rests on: passwords, devices' tokens, codes of the second factor, links by mail, and the lock-out.

The one importer of Flask-Security, whose TOTP does the second factor and the recovery codes. Sessions and lock-out are
ours. The token of a device is a secret of 256 bits; we keep its digest only. Locking is polite: from the fifth failure
on each further one makes the same name from the same address wait twice as long, at most fifteen minutes; the right
password after the wait works (NIST SP 800-63B, 5.2.2).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask_security import Totp
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from promo.accounts.models import FailedSignIn, Person, SignIn
from promo.accounts.queries import Device
from promo.config import settings
from promo.core import clock
from promo.core.access import Viewer
from promo.core.db import is_sqlite

OWN_DEVICE = timedelta(days=30)
SHARED_DEVICE = timedelta(minutes=15)
RESET_WITHIN = timedelta(hours=2)
INVITE_WITHIN = timedelta(days=7)
FREE_TRIES = 5
LONGEST_WAIT = timedelta(minutes=15)
CODES_ON_PAPER = 10
NEED_SECOND_FACTOR = ("manager", "quality", "auditor", "admin", "guest")


# Passwords


def _hasher() -> PasswordHasher:
    """Argon2id with the library's defaults (RFC 9106); light in tests, which hash hundreds of times."""
    return PasswordHasher(time_cost=1, memory_cost=1024) if settings().testing else PasswordHasher()


def hash_password(password: str) -> str:
    """Return the argon2 hash. Slow on purpose: call it outside a writing transaction."""
    return _hasher().hash(password)


def check_password(password: str, hash_: str | None) -> bool:
    """Whether this is the password. Takes as long for somebody unknown, so that names can't be guessed by the time."""
    try:
        return _hasher().verify(hash_ or _nobodys_hash(settings().testing), password) and hash_ is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobodys_hash(_testing: bool) -> str:
    return _hasher().hash(secrets.token_hex(16))


# Devices


def digest(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(
    session: Session, person: Person, device: str, address: str, *, shared: bool, strong: bool = False
) -> str:
    """Sign a device in; return its token, which is never seen again. ``strong``: with a second factor or a passkey."""
    token, now = secrets.token_urlsafe(32), clock.now()
    session.add(
        SignIn(
            token_digest=digest(token),
            person_id=person.id,
            device=device[:200],
            address=address[:45],
            shared=shared,
            strong=strong,
            expires_at=now + (SHARED_DEVICE if shared else OWN_DEVICE),
        )
    )
    session.execute(update(Person).where(Person.id == person.id).values(last_sign_in_at=now))
    return token


def needs_second_factor(viewer: Viewer) -> bool:
    """Whether these roles may be used only after a second factor (not in a demonstration)."""
    return not settings().demo and viewer.has(*NEED_SECOND_FACTOR)


def is_due(sign_in: Device, now: datetime) -> bool:
    """Whether the moment last seen is old enough to be written again."""
    return now - sign_in.seen_at >= (timedelta(minutes=1) if sign_in.shared else timedelta(minutes=10))


def seen(session: Session, sign_in_id: int, now: datetime) -> None:
    """Move a sign-in's end on, because its device was used."""
    found = session.get(SignIn, sign_in_id)
    if found is not None and found.ended_at is None:
        found.seen_at = now
        found.expires_at = now + (SHARED_DEVICE if found.shared else OWN_DEVICE)


# The second factor


@dataclass
class _Last:
    """The last code's place in time, which Flask-Security asks for and tells, so that no code works twice."""

    counter: int | None


class _OnceOnly(Totp):
    def get_last_counter(self, user: Any) -> int | None:
        return user.counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        user.counter = tmatch.counter


def _totp() -> Totp:
    return _OnceOnly({"1": settings().secret_key}, "Promo (demo)" if settings().demo else "Promo")


def new_secret() -> str:
    """Return a fresh secret for an authenticator app, encrypted with the site's key. Slow: outside ``write()``."""
    return str(_totp().generate_totp_secret())


def secret_for_people(secret: str, email: str) -> tuple[str, str]:
    """Return the secret as a picture to scan (a data address) and as letters to type."""
    return _totp().generate_qrcode(email, secret), _totp().get_totp_pretty_key(secret)


def check_code(secret: str | None, code: str, last_counter: int | None) -> int | None:
    """Return the place in time of an app's code, None when it is wrong or used. Half a minute early or late is right.

    Slow (the secret is deciphered): outside ``write()``, which then stores the place by :func:`use_code`.
    """
    digits = "".join(c for c in code if not c.isspace())
    if not secret or not (digits.isascii() and digits.isdigit()) or len(digits) != 6:
        return None
    last: Any = _Last(last_counter)
    return last.counter if _totp().verify_totp(digits, secret, last, window=30) else None


def use_code(session: Session, person_id: int, counter: int) -> bool:
    """Store that a code was used; False when another request was faster with the same one."""
    fresh = Person.totp_counter.is_(None) | (Person.totp_counter < counter)
    done = session.execute(update(Person).where(Person.id == person_id, fresh).values(totp_counter=counter))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def codes_on_paper() -> list[str]:
    """Return fresh recovery codes, each for one use."""
    return list(_totp().generate_recovery_codes(CODES_ON_PAPER))


def digest_of_code(person_id: int, code: str) -> str:
    """Return what is kept of a recovery code: a digest keyed by the site's secret, since the codes are short."""
    typed = "".join(c for c in code.lower() if c.isalnum())
    return hmac.digest(settings().secret_key.encode(), f"{person_id}:{typed}".encode(), "sha256").hex()


# Links by mail


def _letters() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().secret_key, salt="promo-password")


def password_token(person: Person, *, invited: bool = False) -> str:
    """Return what stands in a link that lets somebody choose a password: once, and for some time."""
    return str(_letters().dumps([person.id, _mark(person), int(invited)]))


def read_password_token(token: str) -> tuple[int, str] | None:
    """Return the person's id and the mark of the password then, or None for a wrong or old link."""
    try:
        (id_, mark, invited), at = _letters().loads(token, return_timestamp=True)
        fresh = clock.now() - at <= (INVITE_WITHIN if invited else RESET_WITHIN)
        return (int(id_), str(mark)) if fresh else None
    except (BadData, TypeError, ValueError):
        return None


def still_valid(person: Person, mark: str) -> bool:
    """Whether the password is the one for which the link was made: so each works once."""
    return person.active and hmac.compare_digest(mark, _mark(person))


def _mark(person: Person) -> str:
    return digest(f"{person.id}:{person.email}:{person.password_hash}")[:24]


# Locking


def failure_key(email: str, address: str) -> str:
    """Return the key under which failures of a name from an address are counted."""
    return hashlib.sha256(f"{email.strip().lower()}\n{address}".encode()).hexdigest()


def second_key(person_id: int) -> str:
    """Return the key under which failures at the second step are counted: from anywhere, as the password is known."""
    return hashlib.sha256(f"second step of {person_id}".encode()).hexdigest()


def must_wait(session: Session, key: str, now: datetime) -> timedelta | None:
    """Return how long this name must wait before the next try, or None."""
    found = session.get(FailedSignIn, key)
    if found is None or found.wait_until is None or found.wait_until <= now:
        return None
    return found.wait_until - now


def count_failure(session: Session, key: str, now: datetime) -> None:
    """Count one more failure; those of yesterday are forgotten, everybody's."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.last_at < now - timedelta(days=1)))
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    session.execute(insert(FailedSignIn).values(key=key, count=0, last_at=now).on_conflict_do_nothing())
    found = session.get_one(FailedSignIn, key, with_for_update=None if is_sqlite(session) else True)
    found.count += 1
    found.last_at = now
    if found.count >= FREE_TRIES:
        found.wait_until = now + min(timedelta(seconds=15) * 2 ** min(found.count - FREE_TRIES, 10), LONGEST_WAIT)


def forget_failures(session: Session, key: str) -> None:
    """Forget the failures of a name that signed in."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.key == key))
