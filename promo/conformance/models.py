"""What was counted of how procedures are followed, month by month, and second looks at what was merely declared."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from promo.core import clock
from promo.core.db import BigId, Model, UTCDateTime
from promo.core.fields import info

VERDICTS = (
    ("borne_out", _l("Borne out")),
    ("not_borne_out", _l("Not borne out")),
)


class ConformanceCount(Model):
    """How often one thing happened under a version in a month, at one post and (``post_id`` 0) at all together.

    ``what`` is one of :data:`promo.conformance.measures.WHAT`; ``stage`` and ``detail`` say where and of which kind;
    ``days`` and ``waited`` are working days, ``late`` 0 in time, 1 late, -1 without a term.
    """

    __tablename__ = "conformance_count"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    month: Mapped[int] = mapped_column(Integer)  # 202611
    version_id: Mapped[int] = mapped_column(ForeignKey("procedure_version.id"))
    post_id: Mapped[int] = mapped_column(Integer)
    visibility: Mapped[str] = mapped_column(String(10))
    what: Mapped[str] = mapped_column(String(12))
    stage: Mapped[str] = mapped_column(String(30), default="")
    detail: Mapped[str] = mapped_column(String(120), default="")
    days: Mapped[int] = mapped_column(Integer, default=0)
    waited: Mapped[int] = mapped_column(Integer, default=0)
    late: Mapped[int] = mapped_column(Integer, default=-1)
    count: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        Index("ix_conformance_count_version_id_post_id_month", "version_id", "post_id", "month"),
        Index("ix_conformance_count_version_id_what_month", "version_id", "what", "month"),
        Index("ix_conformance_count_month", "month"),
    )


class ConformanceMonth(Model):
    """That a month was counted, and when."""

    __tablename__ = "conformance_month"

    month: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    counted_at: Mapped[datetime] = mapped_column(UTCDateTime)


class SecondLook(Model):
    """What somebody found on looking again at an item that was merely declared when its stage was left."""

    __tablename__ = "second_look"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("Second look")
    __audit_which__ = "item"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), index=True)
    transition_id: Mapped[int] = mapped_column(ForeignKey("procedure_transition.id"))
    item: Mapped[str] = mapped_column(String(120), info=info(_l("Requirement")))
    verdict: Mapped[str] = mapped_column(String(15), info=info(_l("What was found"), choices=VERDICTS))
    note: Mapped[str | None] = mapped_column(String(2000), info=info(_l("Note")))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), info=info(_l("Who"), type="person"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    __table_args__ = (UniqueConstraint("transition_id", "item"),)
