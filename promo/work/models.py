"""Tasks."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from promo.core import clock
from promo.core.db import BigId, Model, UTCDateTime
from promo.core.fields import info
from promo.core.records import Record


class Task(Model):
    """Something that somebody is to do by a day, for a record."""

    __tablename__ = "task"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("Task")
    __audit_which__ = "title"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), index=True)
    title: Mapped[str] = mapped_column(String(300), info=info(_l("Task")))
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), info=info(_l("Owner"), type="person"))
    due_on: Mapped[date | None] = mapped_column(Date, info=info(_l("Due")))
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Done")))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    record: Mapped[Record] = relationship(lazy="select")

    __table_args__ = (Index("ix_task_owner_id_done_at_due_on", "owner_id", "done_at", "due_on"),)
