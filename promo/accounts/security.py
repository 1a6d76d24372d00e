"""Passwords, sign-ins and their lock-out. The token of a device is a secret of 256 bits; we keep its digest only.

Locking is polite: after five failures each further one makes the same name from the same address wait twice as long, at
most fifteen minutes; the right password after the wait works (NIST SP 800-63B, 5.2.2).
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy.orm import Session

from promo.accounts.models import FailedSignIn, Person, SignIn
from promo.config import settings
from promo.core import clock

OWN_DEVICE = timedelta(days=30)
SHARED_DEVICE = timedelta(minutes=15)
FREE_TRIES = 5
LONGEST_WAIT = timedelta(minutes=15)
SEEN_EVERY = timedelta(minutes=1)


def _hasher() -> PasswordHasher:
    """Argon2id with the library's defaults (RFC 9106); light in tests, which hash hundreds of times."""
    return PasswordHasher(time_cost=1, memory_cost=1024) if settings().testing else PasswordHasher()


def hash_password(password: str) -> str:
    """Return the argon2 hash. Slow on purpose: call it outside a writing transaction."""
    return _hasher().hash(password)


def check_password(password: str, hash_: str | None) -> bool:
    """Whether this is the password. Takes as long for somebody unknown, so that names can't be guessed by the time."""
    try:
        return _hasher().verify(hash_ or _DUMMY, password) and hash_ is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


_DUMMY = PasswordHasher(time_cost=1, memory_cost=1024).hash(secrets.token_hex(16))


def digest(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(session: Session, person: Person, device: str, address: str, *, shared: bool) -> str:
    """Sign a device in; return its token, which is never seen again."""
    token, now = secrets.token_urlsafe(32), clock.now()
    session.add(
        SignIn(
            token_digest=digest(token),
            person_id=person.id,
            device=device[:200],
            address=address[:45],
            shared=shared,
            expires_at=now + (SHARED_DEVICE if shared else OWN_DEVICE),
        )
    )
    return token


def is_due(sign_in: SignIn, now: datetime) -> bool:
    """Whether the moment last seen is old enough to be written again."""
    return now - sign_in.seen_at >= SEEN_EVERY


def seen(session: Session, sign_in_id: int, now: datetime) -> None:
    """Move a sign-in's end on, because its device was used."""
    found = session.get(SignIn, sign_in_id)
    if found is not None and found.ended_at is None:
        found.seen_at = now
        found.expires_at = now + (SHARED_DEVICE if found.shared else OWN_DEVICE)


def failure_key(email: str, address: str) -> str:
    """Return the key under which failures of a name from an address are counted."""
    return hashlib.sha256(f"{email.strip().lower()}\n{address}".encode()).hexdigest()


def must_wait(session: Session, key: str, now: datetime) -> timedelta | None:
    """Return how long this name must wait before the next try, or None."""
    found = session.get(FailedSignIn, key)
    if found is None or found.wait_until is None or found.wait_until <= now:
        return None
    return found.wait_until - now


def count_failure(session: Session, key: str, now: datetime) -> None:
    """Count one more failure; those of yesterday are forgotten."""
    found = session.get(FailedSignIn, key)
    if found is None:
        found = FailedSignIn(key=key, count=0, last_at=now)
        session.add(found)
    elif now - found.last_at > timedelta(days=1):
        found.count = 0
    found.count += 1
    found.last_at = now
    if found.count >= FREE_TRIES:
        found.wait_until = now + min(timedelta(seconds=15) * 2 ** min(found.count - FREE_TRIES, 10), LONGEST_WAIT)


def forget_failures(session: Session, key: str) -> None:
    """Forget the failures of a name that signed in."""
    found = session.get(FailedSignIn, key)
    if found is not None:
        session.delete(found)
