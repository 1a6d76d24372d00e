"""Notices, and how each person chooses to hear of each kind."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from promo.core import clock
from promo.core.db import BigId, Model, UTCDateTime

AT_ONCE, DIGEST, HERE, OFF = "at_once", "digest", "here", "off"
HOWS = (
    (AT_ONCE, _l("Mail at once")),
    (DIGEST, _l("One mail in the morning")),
    (HERE, _l("Only here")),
    (OFF, _l("Not at all")),
)


class Notice(Model):
    """One thing that one person is told, in their language, with why it is told to them."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"), index=True)
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(String(300), default="")
    address: Mapped[str] = mapped_column(String(500), default="")  # a path of this site
    how: Mapped[str] = mapped_column(String(10))
    key: Mapped[str | None] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    mailed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        Index("ix_notice_person_id_created_at_id", "person_id", "created_at", "id"),
        Index("ix_notice_person_id_seen_at", "person_id", "seen_at"),
        Index("ix_notice_how_mailed_at", "how", "mailed_at"),
    )


class NoticeChoice(Model):
    """How a person wants to hear of one kind of notice; without a row, as the kind says."""

    __tablename__ = "notice_choice"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    how: Mapped[str] = mapped_column(String(10))
