"""Samples with their case files, guests with their scope, and the registers that stand outside Promo."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from promo.core import clock
from promo.core.db import BigId, Json, Model, UTCDateTime
from promo.core.fields import info

STRATA = (
    ("post", _l("Post")),
    ("procedure", _l("Procedure")),
    ("pillar", _l("Pillar")),
    ("period", _l("Quarter")),
)


class AuditSample(Model):
    """A sample as it was drawn: of which population, fixed at which seal, by which seed. See ``core/sampling.py``.

    ``population`` is the kept list, compressed; ``shares`` says of each stratum how many there are and how many of them
    were drawn. ``words`` are the filters of samples drawn before they were put into words as they are shown.
    """

    __tablename__ = "audit_sample"
    __audit__ = True
    __audit_name__ = _l("Sample")

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    title: Mapped[str] = mapped_column(String(200), info=info(_l("What it is for")))
    size: Mapped[int] = mapped_column(Integer, info=info(_l("How many")))
    seed: Mapped[str] = mapped_column(String(60), info=info(_l("Seed")))
    strata: Mapped[str | None] = mapped_column(String(10), info=info(_l("In proportion by"), choices=STRATA))
    filters: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, info=info(_l("Filters")))
    words: Mapped[list[list[str]]] = mapped_column(Json, default=list, info={"audit": False})
    population: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False, info={"audit": False}))
    population_size: Mapped[int] = mapped_column(Integer, info=info(_l("Case files in the population")))
    population_digest: Mapped[str] = mapped_column(String(64), info=info(_l("Digest of the list")))
    shares: Mapped[list[list[Any]]] = mapped_column(Json, default=list, info={"audit": False})
    checkpoint: Mapped[int] = mapped_column(BigId, info=info(_l("Integrity seal")))
    fixed_at: Mapped[datetime] = mapped_column(UTCDateTime, info=info(_l("Fixed on")))
    drawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=info(_l("Drawn by"), type="person"))
    drawn_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    idempotency_key: Mapped[str | None] = mapped_column(String(64), unique=True)


class AuditPick(Model):
    """A case file of a sample: drawn, or added by judgement with a reason; whether it was looked at, and what of it."""

    __tablename__ = "audit_pick"
    __audit__ = True
    __audit_name__ = _l("Case file of a sample")

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sample_id: Mapped[int] = mapped_column(ForeignKey("audit_sample.id"), info=info(_l("Sample")))
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), info=info(_l("Case file"), type="record"))
    reference: Mapped[str] = mapped_column(String(40), info=info(_l("Reference")))
    stratum: Mapped[str] = mapped_column(String(80), default="", info=info(_l("Group")))
    position: Mapped[int] = mapped_column(Integer, info=info(_l("Place")))
    reason: Mapped[str | None] = mapped_column(String(500), info=info(_l("Why it was added")))
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=info(_l("Added by"), type="person"))
    looked_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Looked at")))
    looked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=info(_l("Who"), type="person"))
    note: Mapped[str | None] = mapped_column(String(4000), info=info(_l("Note"), type="long"))

    __table_args__ = (
        UniqueConstraint("sample_id", "record_id"),
        Index("ix_audit_pick_record_id", "record_id"),
    )

    @property
    def by_judgement(self) -> bool:
        """Whether somebody added it, instead of its being drawn."""
        return self.reason is not None


class AuditGuest(Model):
    """An external auditor: from where, for what, on which days, and whether personal data are open to them."""

    __tablename__ = "audit_guest"
    __audit__ = True
    __audit_name__ = _l("External auditor")

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id"), unique=True, info=info(_l("External auditor"), type="person")
    )
    organisation: Mapped[str] = mapped_column(String(200), info=info(_l("Organisation")))
    scope: Mapped[str] = mapped_column(String(1000), info=info(_l("Scope of the audit"), type="long"))
    valid_from: Mapped[date] = mapped_column(Date, info=info(_l("From")))
    valid_to: Mapped[date] = mapped_column(Date, info=info(_l("Until")))
    personal: Mapped[bool] = mapped_column(Boolean, default=False, info=info(_l("Personal data are open to them")))
    personal_reason: Mapped[str | None] = mapped_column(
        String(1000), info=info(_l("Why personal data are open"), type="long")
    )
    invited_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Invited by"), type="person")
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    version: Mapped[int] = mapped_column(Integer, default=1)


class AuditGuestSample(Model):
    """A sample that a guest may read."""

    __tablename__ = "audit_guest_sample"
    __audit__ = True
    __audit_name__ = _l("Sample of an external auditor")

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    guest_id: Mapped[int] = mapped_column(ForeignKey("audit_guest.id"), info=info(_l("External auditor")))
    sample_id: Mapped[int] = mapped_column(ForeignKey("audit_sample.id"), index=True, info=info(_l("Sample")))

    __table_args__ = (UniqueConstraint("guest_id", "sample_id"),)


class AuditRegister(Model):
    """Where what a clause asks is kept when it is not in Promo: a register, its owner, its place."""

    __tablename__ = "audit_register"
    __audit__ = True
    __audit_name__ = _l("Register outside Promo")

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    clause: Mapped[str] = mapped_column(String(10), index=True, info=info(_l("Clause")))
    name: Mapped[str] = mapped_column(String(200), info=info(_l("Register")))
    owner: Mapped[str] = mapped_column(
        String(200), info=info(_l("Who keeps it"), help=_l("The unit or person who answers for it"))
    )
    place: Mapped[str] = mapped_column(
        String(500), info=info(_l("Where it stands"), help=_l("A folder, an address, a system"))
    )
    reviewed_on: Mapped[date | None] = mapped_column(Date, info=info(_l("Reviewed on")))
    version: Mapped[int] = mapped_column(Integer, default=1)
