"""Mail: one door, used inside an action's transaction. See :mod:`promo.core.outbox` for what becomes of it."""

from __future__ import annotations

import re
import secrets
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.config import settings
from promo.core import clock
from promo.core.jobs import enqueue
from promo.core.outbox import Mail, message_id

_SPACE = re.compile(r"[\s\x00-\x1f\x7f]+")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


def queue_mail(
    session: Session,
    to: str,
    subject: str,
    text: str,
    html: str | None = None,
    person_id: int | None = None,
    key: str | None = None,
) -> Mail:
    """Write a message in the caller's transaction; it is sent after the commit, or stays in the outbox.

    The same ``key`` twice writes (and sends) it once and returns the first. Raises ``ValueError`` for an address that
    is none; line breaks in the subject become spaces, so that nobody smuggles a header in.
    """
    key = key or secrets.token_urlsafe(24)
    found = session.scalar(select(Mail).where(Mail.key == key))
    if found is not None:
        return found
    mail = Mail(
        to=checked_address(to),
        subject=_SPACE.sub(" ", str(subject)).strip()[:300],
        text=_UNSTORABLE.sub("\ufffd", str(text)),
        html=_UNSTORABLE.sub("\ufffd", str(html)) if html else None,
        person_id=person_id,
        key=key,
        message_id=message_id(key),
        created_at=clock.now(),
    )
    session.add(mail)
    session.flush()
    if settings().mail_url:
        enqueue(session, "mail.send", {"mail": mail.id}, key=f"mail-{mail.id}")
    return mail


def checked_address(to: str) -> str:
    """Return ``name <address>`` or the address, without line breaks; raises ``ValueError`` when it is no address."""
    clean = _SPACE.sub(" ", to).strip()
    name, address = parseaddr(clean)
    local, _, domain = address.rpartition("@")
    if not local or not domain or len(clean) > 320 or " " in address or ("<" not in clean and address != clean):
        raise ValueError(f"not an address: {clean[:80]!r}")
    if address.isascii():
        try:
            return str(Address(name, addr_spec=address))
        except (HeaderParseError, IndexError) as error:
            raise ValueError(f"not an address: {clean[:80]!r}") from error
    return clean
