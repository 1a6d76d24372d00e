"""Organisations and what belongs to one: sectors, products by HS code, phones, certifications."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from promo.core.db import BigId, Json, Model
from promo.core.fields import info
from promo.core.records import Record

TYPES = (
    ("exporter", _l("Exporter")),
    ("potential_exporter", _l("Potential exporter")),
    ("importer", _l("Importer")),
    ("distributor", _l("Distributor")),
    ("investor", _l("Investor")),
    ("tour_operator", _l("Tour operator")),
    ("airline", _l("Airline")),
    ("restaurant", _l("Restaurant")),
    ("chamber", _l("Chamber or association")),
    ("media", _l("Media")),
    ("public_body", _l("Public body")),
    ("school", _l("University or school")),
    ("other", _l("Other")),
)
SIZES = (
    ("micro", _l("Micro")),
    ("small", _l("Small")),
    ("medium", _l("Medium")),
    ("large", _l("Large")),
)


class Organisation(Record):
    """A firm, chamber, media or public body. The record's title is its legal name."""

    __tablename__ = "organisation"
    __mapper_args__ = {"polymorphic_identity": "organisation"}

    id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
    organisation_type: Mapped[str] = mapped_column(String(30), info=info(_l("Kind"), choices=TYPES))
    trading_names: Mapped[list[str]] = mapped_column(
        Json, default=list, info=info(_l("Trading names"), help=_l("One a line: the names on the door or the product"))
    )
    city: Mapped[str | None] = mapped_column(String(100), info=info(_l("City")))
    address: Mapped[str | None] = mapped_column(String(300), info=info(_l("Address")))
    tax_country: Mapped[str | None] = mapped_column(String(2))
    tax_id: Mapped[str | None] = mapped_column(
        String(40), info=info(_l("Tax id"), help=_l("RUC for Peruvian firms; the equivalent elsewhere"))
    )
    web: Mapped[str | None] = mapped_column(String(300), info=info(_l("Web")))
    email: Mapped[str | None] = mapped_column(String(254), info=info(_l("E-mail")))
    size: Mapped[str | None] = mapped_column(String(10), info=info(_l("Size"), choices=SIZES))
    about: Mapped[str | None] = mapped_column(String(4000), info=info(_l("What it does"), type="long"))

    sectors: Mapped[list[OrganisationSector]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    products: Mapped[list[OrganisationProduct]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    phones: Mapped[list[OrganisationPhone]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    certifications: Mapped[list[Certification]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    __table_args__ = (Index("ix_organisation_tax_country_tax_id", "tax_country", "tax_id"),)


class OrganisationSector(Model):
    """A sector in which an organisation works."""

    __tablename__ = "organisation_sector"
    __audit_parent__ = "organisation_id"
    __audit_name__ = _l("Sector")

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    sector_id: Mapped[int] = mapped_column(
        ForeignKey("sector.id"), primary_key=True, index=True, info=info(_l("Sector"), type="sector")
    )


class OrganisationProduct(Model):
    """A product by its HS code of 2, 4 or 6 digits."""

    __tablename__ = "organisation_product"
    __audit_parent__ = "organisation_id"
    __audit_name__ = _l("Product")

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    hs_code: Mapped[str] = mapped_column(String(6), primary_key=True, index=True, info=info(_l("HS code")))


class OrganisationPhone(Model):
    """A telephone number in international form (E.164)."""

    __tablename__ = "organisation_phone"
    __audit_parent__ = "organisation_id"
    __audit_name__ = _l("Phone")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    number: Mapped[str] = mapped_column(String(20), index=True, info=info(_l("Phone")))


class Certification(Model):
    """A certification, such as organic or HACCP, and until when it holds."""

    __tablename__ = "certification"
    __audit_parent__ = "organisation_id"
    __audit_name__ = _l("Certification")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(100), info=info(_l("Certification")))
    valid_until: Mapped[date | None] = mapped_column(Date, info=info(_l("Valid until")))
