"""Contacts and what belongs to one: positions, e-mails, phones, consents."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from promo.core.db import BigId, Json, Model, UTCDateTime
from promo.core.fields import info
from promo.core.records import Record
from promo.organisations.models import Organisation

ORDERS = (("family_first", _l("Family name first")), ("given_first", _l("Given name first")))
SOURCES = (
    ("in_person", _l("Met in person")),
    ("activity", _l("Through an activity")),
    ("event", _l("At an event")),
    ("enquiry", _l("Wrote to us")),
    ("referral", _l("Referred by somebody")),
    ("public", _l("Public source")),
    ("institution", _l("By office held")),
)
PURPOSES = (
    ("contact", _l("To be contacted")),
    ("mailing", _l("Mailings and invitations")),
    ("sharing", _l("Sharing with firms")),
    ("photos", _l("Photographs")),
)
CONSENT_STATES = {"given": _l("Consented"), "first": _l("First contact"), "withdrawn": _l("Withdrawn")}
LANGUAGES = (
    ("es", "Español"), ("en", "English"), ("qu", "Runasimi"), ("pt", "Português"), ("fr", "Français"),
    ("de", "Deutsch"), ("it", "Italiano"), ("zh", "中文"), ("ja", "日本語"), ("ko", "한국어"), ("ar", "العربية"),
    ("ru", "Русский"), ("nl", "Nederlands"), ("hi", "हिन्दी"),
)  # fmt: skip


class Contact(Record):
    """Somebody outside the ministry. The record's title is the name as it stands in their culture and script."""

    __tablename__ = "contact"
    __mapper_args__ = {"polymorphic_identity": "contact"}

    id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
    given_name: Mapped[str | None] = mapped_column(String(140), info=info(_l("Given names")))
    family_name: Mapped[str] = mapped_column(
        String(140), info=info(_l("Family names"), help=_l("In their own script, as on their card"))
    )
    name_order: Mapped[str] = mapped_column(
        String(12), default="given_first", info=info(_l("Order of the name"), choices=ORDERS)
    )
    romanised: Mapped[str | None] = mapped_column(
        String(200), info=info(_l("In Latin letters"), help=_l("How it is pronounced, when the script is another"))
    )
    languages: Mapped[list[str]] = mapped_column(Json, default=list, info=info(_l("Languages")))
    source: Mapped[str] = mapped_column(
        String(20),
        default="in_person",
        info=info(_l("Source"), choices=SOURCES, help=_l("How we came to know them (Ley 29733 asks it)")),
    )
    notes: Mapped[str | None] = mapped_column(String(4000), info=info(_l("Notes"), type="long"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    position: Mapped[str | None] = mapped_column(String(200), info=info(_l("Position")))
    last_contact_on: Mapped[date | None] = mapped_column(Date, info=info(_l("Last contact")))
    consent_state: Mapped[str] = mapped_column(String(12), default="first", info=info(_l("Consent")))

    organisation: Mapped[Organisation | None] = relationship(foreign_keys=organisation_id, lazy="select")
    positions: Mapped[list[Position]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="Position.since.desc()"
    )
    emails: Mapped[list[ContactEmail]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    phones: Mapped[list[ContactPhone]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    consents: Mapped[list[Consent]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="Consent.given_on.desc()"
    )

    @property
    def full_name(self) -> str:
        """The name in the order of their culture, then in Latin letters: ``李明 (Li Ming)``."""
        latin = f" ({self.romanised})" if self.romanised else ""
        return spoken_name(self.given_name, self.family_name, self.name_order) + latin


def spoken_name(given: str | None, family: str, order: str) -> str:
    """Join a name in the order of its culture; names in ideographs stand without a space."""
    if not given:
        return family
    parts = (family, given) if order == "family_first" else (given, family)
    close = all("\u3040" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7af" for c in given + family)
    return ("" if close else " ").join(parts)


class Position(Model):
    """What somebody does at an organisation, from one day to another."""

    __tablename__ = "position"
    __audit_parent__ = "contact_id"
    __audit_name__ = _l("Position")
    __audit_which__ = "organisation_id"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id"), index=True, info=info(_l("Organisation"), type="organisation")
    )
    title: Mapped[str | None] = mapped_column(String(200), info=info(_l("Position")))
    since: Mapped[date | None] = mapped_column(Date, info=info(_l("From")))
    until: Mapped[date | None] = mapped_column(Date, info=info(_l("Until")))

    organisation: Mapped[Organisation | None] = relationship(lazy="select")


class ContactEmail(Model):
    """An e-mail address of a contact."""

    __tablename__ = "contact_email"
    __audit_parent__ = "contact_id"
    __audit_name__ = _l("E-mail")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    address: Mapped[str] = mapped_column(String(254), index=True, info=info(_l("E-mail")))


class ContactPhone(Model):
    """A telephone number in international form (E.164); ``chat`` says that it is on WhatsApp or the like."""

    __tablename__ = "contact_phone"
    __audit_parent__ = "contact_id"
    __audit_name__ = _l("Phone")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    number: Mapped[str] = mapped_column(String(20), index=True, info=info(_l("Phone")))
    chat: Mapped[bool] = mapped_column(Boolean, default=False)


class Consent(Model):
    """What somebody agreed to, when and how (Ley 29733, art. 13.5: prior, informed, express)."""

    __tablename__ = "consent"
    __audit_parent__ = "contact_id"
    __audit_name__ = _l("Consent")
    __audit_which__ = "purpose"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(20), info=info(_l("Purpose"), choices=PURPOSES))
    given_on: Mapped[date] = mapped_column(Date, info=info(_l("Given on")))
    how: Mapped[str | None] = mapped_column(String(200), info=info(_l("How it was given")))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Withdrawn")))

    __table_args__ = (Index("ix_consent_contact_id_purpose", "contact_id", "purpose"),)
