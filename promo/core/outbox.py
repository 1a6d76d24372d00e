"""The outbox: messages written in the action's transaction, sent afterwards by a job.

A message is one row. Its Message-ID follows from its key, so that should a server die between taking a message and our
noting it, the second sending bears the same id and is recognised as the same message. Without a mail server
(``PROMO_MAIL_URL`` empty) messages stay here, to be read at ``/outbox``.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

import structlog
from sqlalchemy import ForeignKey, Index, Integer, String, Text, select, tuple_, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from promo.config import settings
from promo.core import clock
from promo.core.db import BigId, Model, UTCDateTime, session, write
from promo.core.errors import NotFound
from promo.core.jobs import JobContext, job

log = structlog.get_logger()
TIMEOUT = 20  # seconds to wait for the mail server


class Mail(Model):
    """One message to one address."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    to: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    message_id: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("ix_outbox_created_at_id", "created_at", "id"),)


def messages(session: Session, limit: int = 50, before: int | None = None) -> list[Mail]:
    """Return the newest messages, the newest first; ``before`` (an id) goes on to the older ones."""
    statement = select(Mail).order_by(Mail.created_at.desc(), Mail.id.desc()).limit(limit)
    if before is not None:
        there = select(Mail.created_at).where(Mail.id == before).scalar_subquery()
        statement = statement.where(tuple_(Mail.created_at, Mail.id) < tuple_(there, before))
    return list(session.scalars(statement))


def message(session: Session, mail_id: int) -> Mail:
    """Return one message; raises :class:`NotFound`."""
    found = session.get(Mail, mail_id)
    if found is None:
        raise NotFound("outbox")
    return found


def message_id(key: str) -> str:
    """Return the Message-ID of a key: the same for ever, and telling nothing of the key."""
    host = urlsplit(settings().base_url).hostname or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{host}>"


@dataclass(frozen=True)
class Server:
    """A mail server, from ``smtp://user:password@host:587?tls=yes|no`` or ``smtps://…``.

    ``tls`` left out: demanded when there is a password, else used if the server offers it.
    """

    host: str
    port: int
    user: str
    password: str
    tls: Literal["wrapped", "yes", "no", "offered"]

    @classmethod
    def from_url(cls, url: str) -> Server:
        """Read the setting; raises ``ValueError`` naming what is wrong with it."""
        parts = urlsplit(url)
        asked = parse_qs(parts.query).get("tls", [""])[0]
        if not parts.hostname or asked not in ("", "yes", "no"):
            raise ValueError("PROMO_MAIL_URL: smtp://user:password@host:587?tls=yes|no")
        wrapped = parts.scheme == "smtps"
        tls = "wrapped" if wrapped else asked or ("yes" if parts.username else "offered")
        port = parts.port or (465 if wrapped else 587 if parts.username else 25)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port, user, password, tls)  # type: ignore[arg-type]

    def connect(self) -> smtplib.SMTP:
        """Connect and sign in. Raises ``OSError`` or ``smtplib.SMTPException``."""
        context = ssl.create_default_context()
        if self.tls == "wrapped":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=context)
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        try:
            connection.ehlo()
            if self.tls == "yes" or (self.tls == "offered" and connection.has_extn("starttls")):
                connection.starttls(context=context)
                connection.ehlo()
            if self.user:
                connection.login(self.user, self.password)
        except BaseException:
            connection.close()
            raise
        return connection


def compose(mail: Mail) -> EmailMessage:
    """Make the message of a row: the same bytes each time."""
    composed = EmailMessage()
    composed["From"] = settings().mail_from
    composed["To"] = _address(mail.to)
    composed["Subject"] = mail.subject
    composed["Date"] = format_datetime(mail.created_at)
    composed["Message-ID"] = mail.message_id
    composed["Auto-Submitted"] = "auto-generated"
    composed.set_content(mail.text)
    if mail.html:
        composed.add_alternative(mail.html, subtype="html")
        composed.set_boundary(f"={hashlib.sha256(mail.message_id.encode()).hexdigest()[:32]}=")
    return composed


def _address(to: str) -> Address | str:
    name, address = parseaddr(to)
    return Address(name, addr_spec=address) if address.isascii() else formataddr((name, address))


@job("mail.send", attempts=12)
def send(job: JobContext) -> str:
    """Send one message, unless it is sent; note it at once. A refusal for good by the server is not tried again."""
    mail = session().get(Mail, job.payload["mail"])
    if mail is None or mail.sent_at is not None or not settings().mail_url:
        return "nothing to send"
    composed, mail_id = compose(mail), mail.id
    session().rollback()  # nothing stays open while we talk to the server
    try:
        connection = Server.from_url(settings().mail_url).connect()
        try:
            connection.send_message(composed)
            _note(mail_id, sent_at=clock.now(), error=None)  # before QUIT: the shorter the gap, the better
        finally:
            connection.close()
    except (OSError, smtplib.SMTPException) as error:
        _note(mail_id, error=reason(error))
        if not is_final(error):
            raise
        return "refused by the server"
    return "sent"


def _note(mail_id: int, **values: object) -> None:
    with write() as current:
        current.execute(update(Mail).where(Mail.id == mail_id).values(attempts=Mail.attempts + 1, **values))


def is_final(error: Exception) -> bool:
    """Whether the server refused this message for good (a 5xx answer about it), so that trying again is in vain."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, (smtplib.SMTPSenderRefused, smtplib.SMTPDataError)) and error.smtp_code >= 500


def reason(error: Exception) -> str:
    """Say in a line what the server or the connection answered."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = [f"{code} {text.decode(errors='replace')}" for code, text in error.recipients.values()]
        return "; ".join(answers)[:1000]
    return f"{type(error).__name__}: {error}"[:1000]


def reachable() -> str | None:
    """Try the mail server; return what is wrong, or None when it answers or none is set."""
    if not settings().mail_url:
        return None
    try:
        Server.from_url(settings().mail_url).connect().close()
    except (OSError, ValueError, smtplib.SMTPException) as error:
        return reason(error)
    return None
