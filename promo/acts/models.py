"""The columns and parts of an act. A kind of act is a table of its own; the parts of all kinds share their tables."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, Date, ForeignKey, Integer, Numeric, String, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, foreign, mapped_column, relationship

from promo.core.db import BigId, Model
from promo.core.errors import Text
from promo.core.fields import info
from promo.core.records import Record

TAKES_PART = "participant"  # the role of the tie between an act and each party
ROLES = (
    ("buyer", _l("Buyer")),
    ("exhibitor", _l("Exhibitor")),
    ("speaker", _l("Speaker")),
    ("guest", _l("Guest")),
    ("partner", _l("Partner")),
    ("leader", _l("Head of delegation")),
)
ATTENDANCE = (
    ("invited", _l("Invited")),
    ("confirmed", _l("Confirmed")),
    ("attended", _l("Attended")),
    ("no_show", _l("Did not come")),
)


class ActCountry(Model):
    """A target country of an act."""

    __tablename__ = "act_country"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("Target country")

    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
    country: Mapped[str] = mapped_column(
        ForeignKey("country.code"), primary_key=True, index=True, info=info(_l("Target country"), type="country")
    )


class ActSector(Model):
    """A target sector of an act."""

    __tablename__ = "act_sector"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("Target sector")

    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
    sector_id: Mapped[int] = mapped_column(
        ForeignKey("sector.id"), primary_key=True, index=True, info=info(_l("Sector"), type="sector")
    )


class ActPost(Model):
    """Another post that takes part in carrying the act out."""

    __tablename__ = "act_post"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("Post involved")

    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
    post_id: Mapped[int] = mapped_column(
        ForeignKey("post.id"), primary_key=True, index=True, info=info(_l("Post involved"), type="post")
    )


class ActParticipant(Model):
    """A contact or organisation that takes part in an act, once for each role."""

    __tablename__ = "act_participant"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("Participant")
    __audit_which__ = "party_id"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"))
    party_id: Mapped[int] = mapped_column(
        ForeignKey("record.id"), index=True, info=info(_l("Who takes part"), type="record")
    )
    role: Mapped[str] = mapped_column(String(20), info=info(_l("Role"), choices=ROLES))
    status: Mapped[str] = mapped_column(String(20), default="invited", info=info(_l("Attendance"), choices=ATTENDANCE))
    qualified: Mapped[bool] = mapped_column(
        Boolean, default=False, info=info(_l("Qualified"), help=_l("Decides on purchases, and was checked"))
    )
    note: Mapped[str | None] = mapped_column(String(300), info=info(_l("Note")))

    __table_args__ = (UniqueConstraint("record_id", "party_id", "role"),)


class ActParticipantFile(Model):
    """A file of the act that belongs to one participant, such as its commitment letter."""

    __tablename__ = "act_participant_file"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("File of a participant")

    participant_id: Mapped[int] = mapped_column(
        ForeignKey("act_participant.id"), primary_key=True, info=info(_l("Participant"), type="participant")
    )
    file_id: Mapped[int] = mapped_column(
        ForeignKey("file.id"), primary_key=True, index=True, info=info(_l("File"), type="file")
    )
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), index=True)


class Act(Record):
    """What every kind of act has. ``starts_on`` to ``ends_on`` are days of ``timezone``.

    ``budget_usd`` is ``budget_amount`` by the rate named beside it, taken when the budget was typed.
    """

    __abstract__ = True

    TYPES: ClassVar[tuple[tuple[str, Text], ...]]
    FEATURE: ClassVar[str]  # blueprint, and first word of its permissions
    PREFIX: ClassVar[str]  # of its references

    @declared_attr
    def act_type(cls) -> Mapped[str]:  # noqa: N805 - a class is declared
        """Which kind of event or mission it is."""
        return mapped_column(String(30), info=info(_l("Type"), choices=cls.TYPES))

    executing_entity: Mapped[str | None] = mapped_column(
        ForeignKey("executing_entity.code"), info=info(_l("Executing entity"), type="entity")
    )
    ends_on: Mapped[date] = mapped_column(Date, info=info(_l("Ends on")))
    starts_at: Mapped[time | None] = mapped_column(Time, info=info(_l("From (time)"), type="time"))
    ends_at: Mapped[time | None] = mapped_column(Time, info=info(_l("To (time)"), type="time"))
    timezone: Mapped[str] = mapped_column(String(50), info=info(_l("Time zone")))
    venue: Mapped[str | None] = mapped_column(String(200), info=info(_l("Venue")))
    city: Mapped[str | None] = mapped_column(String(100), info=info(_l("City")))
    objective: Mapped[str | None] = mapped_column(String(4000), info=info(_l("Objective"), type="long"))
    capacity: Mapped[int | None] = mapped_column(Integer, info=info(_l("Capacity")))
    budget_amount: Mapped[Decimal | None] = mapped_column(Numeric(18, 2), info=info(_l("Budget")))
    budget_currency: Mapped[str | None] = mapped_column(String(3), info=info(_l("Currency")))
    budget_usd: Mapped[Decimal | None] = mapped_column(Numeric(18, 2), info=info(_l("Budget in US dollars")))
    budget_rate: Mapped[Decimal | None] = mapped_column(Numeric(18, 8), info=info(_l("Exchange rate")))
    budget_rate_on: Mapped[date | None] = mapped_column(Date, info=info(_l("Date of the exchange rate")))
    budget_rate_source: Mapped[str | None] = mapped_column(String(100), info=info(_l("Source of the exchange rate")))
    fair_id: Mapped[int | None] = mapped_column(ForeignKey("fair.id"), info=info(_l("Beside the fair"), type="fair"))

    @declared_attr
    def countries(cls) -> Mapped[list[ActCountry]]:  # noqa: N805
        """Its target countries."""
        return _parts(ActCountry, ActCountry.country)

    @declared_attr
    def sectors(cls) -> Mapped[list[ActSector]]:  # noqa: N805
        """Its target sectors."""
        return _parts(ActSector, ActSector.sector_id)

    @declared_attr
    def posts(cls) -> Mapped[list[ActPost]]:  # noqa: N805
        """The other posts involved."""
        return _parts(ActPost, ActPost.post_id)


def _parts(part: type, order: Any) -> Any:
    """Return the parts of one kind that belong to an act."""
    return relationship(
        part,
        primaryjoin=lambda: Record.__table__.c.id == foreign(part.__table__.c.record_id),  # type: ignore[attr-defined]
        cascade="all, delete-orphan",
        order_by=lambda: order,
    )
