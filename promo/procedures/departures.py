"""What departs from a procedure and is known beforehand: an authorised exception from one item, an urgency of a run.

How each stands is said by the request of approval about it (``subjects.py``): an exception holds while its request is
approved, an urgency is confirmed or objected to. What is found afterwards is a nonconforming output, elsewhere.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from promo.core import clock
from promo.core.db import BigId, Json, Model, UTCDateTime, on_create
from promo.core.fields import info
from promo.core.records import Record
from promo.procedures.models import Approval

EXCEPTION, URGENCY = "exception", "urgency"  # what requests of approval about them are about


class AuthorisedException(Model):
    """Leave to do without one item of the checklist: asked before, for a reason, until a day (None: for good)."""

    __tablename__ = "procedure_exception"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("Authorised exception")
    __audit_which__ = "item"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("procedure_run.id"), index=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("procedure_version.id"))
    stage: Mapped[str] = mapped_column(String(30), info=info(_l("Stage"), type="status"))
    item: Mapped[str] = mapped_column(String(120), info=info(_l("What is excepted"), type="item"))
    reason: Mapped[str] = mapped_column(String(2000), info=info(_l("Why"), type="long"))
    instead: Mapped[str] = mapped_column(String(2000), info=info(_l("What is done instead"), type="long"))
    until_on: Mapped[date | None] = mapped_column(Date, info=info(_l("Until")))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), info=info(_l("Asked by"), type="person"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=info(_l("Ended by"), type="person"))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Ended")))
    end_reason: Mapped[str | None] = mapped_column(String(2000), info=info(_l("Why it ended"), type="long"))
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when its owner was told that it is over
    approval_id: Mapped[int | None] = mapped_column(ForeignKey("approval.id"))  # the request about it

    record: Mapped[Record] = relationship(lazy="select")
    approval: Mapped[Approval | None] = relationship(lazy="select")

    __table_args__ = (
        Index("ix_procedure_exception_asked_at_id", "asked_at", "id"),
        Index("ix_procedure_exception_until_on", "until_on"),
    )


class Urgency(Model):
    """A run was moved on although items were missing: who declared it, why, what is owed, and until when.

    ``items`` are the keys of what is owed, each behind its stage: ``proposal:answer.risks``.
    """

    __tablename__ = "procedure_urgency"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("Urgency")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("procedure_run.id"), index=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("procedure_version.id"))
    from_stage: Mapped[str] = mapped_column(String(30), info=info(_l("From stage"), type="status"))
    to_stage: Mapped[str] = mapped_column(String(30), info=info(_l("To stage"), type="status"))
    reason: Mapped[str] = mapped_column(String(2000), info=info(_l("Why"), type="long"))
    items: Mapped[list[Any]] = mapped_column(Json, info=info(_l("What was missing"), type="item"))
    due_on: Mapped[date] = mapped_column(Date, info=info(_l("To be regularised by")))
    declared_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), info=info(_l("Declared by"), type="person"))
    declared_as: Mapped[str] = mapped_column(String(60), info=info(_l("As"), type="function"))
    declared_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    by_author: Mapped[bool] = mapped_column(Boolean, default=False, info=info(_l("Declared by its own author")))
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Nothing is owed any more")))
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when its owner was told that it is overdue
    approval_id: Mapped[int | None] = mapped_column(ForeignKey("approval.id"))  # the request to confirm it

    record: Mapped[Record] = relationship(lazy="select")
    approval: Mapped[Approval | None] = relationship(lazy="select")

    __table_args__ = (
        Index("ix_procedure_urgency_declared_at_id", "declared_at", "id"),
        Index("ix_procedure_urgency_due_on", "due_on"),
    )


def owed_item(stage: str, own: str) -> str:
    """Return how an urgency names an item of a stage."""
    return f"{stage}:{own}"


def end_of(day: date, timezone: str) -> datetime:
    """Return the moment at which a day is over at a post."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(timezone))


_ONE_OPEN = (
    "CREATE UNIQUE INDEX IF NOT EXISTS uq_procedure_urgency_one_open ON procedure_urgency (run_id) "
    "WHERE closed_at IS NULL"
)
on_create("procedure_urgency", sqlite=[_ONE_OPEN], postgresql=[_ONE_OPEN])
