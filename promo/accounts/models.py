"""People, the roles and functions they hold with their dates, and where they are signed in."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from promo.core import clock
from promo.core.access import ROLES
from promo.core.db import BigId, Json, Model, UTCDateTime
from promo.core.fields import info
from promo.core.records import PILLARS

LOCALES = (("es", "Español"), ("en", "English"))
THEMES = (("auto", _l("As the device")), ("light", _l("Light")), ("dark", _l("Dark")))


class Person(Model):
    """Somebody who works with Promo. Deactivated, never deleted."""

    __tablename__ = "person"
    __audit__ = True
    __audit_name__ = _l("Person")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), info=info(_l("Name")))
    email: Mapped[str] = mapped_column(String(254), unique=True, info=info(_l("E-mail")))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"), info=info(_l("Post"), type="post"))
    locale: Mapped[str] = mapped_column(String(2), default="es", info=info(_l("Language"), choices=LOCALES))
    timezone: Mapped[str | None] = mapped_column(String(50), info=info(_l("Time zone")))
    theme: Mapped[str] = mapped_column(String(5), default="auto", info=info(_l("Appearance"), choices=THEMES))
    shortcuts: Mapped[bool] = mapped_column(Boolean, default=True, info=info(_l("Keyboard shortcuts")))
    phone: Mapped[str | None] = mapped_column(String(40), info=info(_l("Phone"), sensitive=True))
    active: Mapped[bool] = mapped_column(Boolean, default=True, info=info(_l("Active")))
    totp_secret: Mapped[str | None] = mapped_column(String(500))
    totp_counter: Mapped[int | None] = mapped_column(Integer)
    passkey_handle: Mapped[str | None] = mapped_column(String(64), unique=True)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    version: Mapped[int] = mapped_column(Integer, default=1)

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Two letters for the small round picture."""
        parts = [p for p in self.name.split() if p[:1].isalpha()]
        return "".join(p[0] for p in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper()


class PersonRole(Model):
    """A role from one day to another, for a post (None: the whole ministry) and a pillar (None: all)."""

    __tablename__ = "person_role"
    __audit__ = True
    __audit_name__ = _l("Role")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True, info=info(_l("Person"), type="person"))
    role: Mapped[str] = mapped_column(String(20), info=info(_l("Role"), choices=ROLES))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"), info=info(_l("Post"), type="post"))
    pillar: Mapped[str | None] = mapped_column(String(20), info=info(_l("Pillar"), choices=PILLARS))
    valid_from: Mapped[date] = mapped_column(Date, info=info(_l("From")))
    valid_to: Mapped[date | None] = mapped_column(Date, info=info(_l("Until")))


class FunctionHeld(Model):
    """A function (*cargo*) held from one day to another by an appointing act."""

    __tablename__ = "function_held"
    __audit__ = True
    __audit_name__ = _l("Function")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True, info=info(_l("Person"), type="person"))
    function: Mapped[str] = mapped_column(ForeignKey("function.code"), info=info(_l("Function"), type="function"))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"), info=info(_l("Post"), type="post"))
    pillar: Mapped[str | None] = mapped_column(String(20), info=info(_l("Pillar"), choices=PILLARS))
    acting: Mapped[bool] = mapped_column(Boolean, default=False, info=info(_l("Acting (a. i.)")))
    act_number: Mapped[str] = mapped_column(String(100), info=info(_l("Number of the appointing act")))
    valid_from: Mapped[date] = mapped_column(Date, info=info(_l("From")))
    valid_to: Mapped[date | None] = mapped_column(Date, info=info(_l("Until")))

    __table_args__ = (Index("ix_function_held_function_post_id", "function", "post_id"),)


class Absence(Model):
    """Days on which somebody is away, so that what waits for them goes on to the next."""

    __tablename__ = "absence"
    __audit__ = True
    __audit_name__ = _l("Absence")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True, info=info(_l("Person"), type="person"))
    starts_on: Mapped[date] = mapped_column(Date, info=info(_l("From")))
    ends_on: Mapped[date] = mapped_column(Date, info=info(_l("Until")))


class SignIn(Model):
    """One signed-in device. Only a digest of its token is kept, so a copy of the table opens nothing."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    device: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(45))
    shared: Mapped[bool] = mapped_column(Boolean, default=False)
    strong: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Passkey(Model):
    """A passkey (WebAuthn credential): the public half; the secret never leaves the person's device."""

    __tablename__ = "passkey"
    __audit__ = True
    __audit_name__ = _l("Passkey")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True, info={"audit": False})
    public_key: Mapped[bytes] = mapped_column(LargeBinary, info={"audit": False})
    sign_count: Mapped[int] = mapped_column(BigId, default=0, info={"audit": False})
    transports: Mapped[list[str] | None] = mapped_column(Json, info={"audit": False})
    name: Mapped[str] = mapped_column(String(100), info=info(_l("Name of the passkey")))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info={"audit": False})


class RecoveryCode(Model):
    """One of the codes on paper that open the account once each when the second factor is lost. A keyed digest only."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class FailedSignIn(Model):
    """How often a name failed from one address (or a person at the second step), and until when it must wait."""

    __tablename__ = "failed_sign_in"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int] = mapped_column(Integer, default=0)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    wait_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
