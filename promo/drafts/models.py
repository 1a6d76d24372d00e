"""What was changed in a draft, change by change: to undo it, and to see what two people wrote at the same time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from promo.core import clock
from promo.core.db import BigId, Json, Model, UTCDateTime


class DraftEdit(Model):
    """One change: the smallest part of the text that differs, before and after, and the edition that it made."""

    __tablename__ = "draft_edit"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("procedure_version.id"))
    edition: Mapped[int] = mapped_column(Integer)
    verb: Mapped[str] = mapped_column(String(30))
    subject: Mapped[dict[str, Any]] = mapped_column(Json)
    place: Mapped[list[Any]] = mapped_column(Json)
    before: Mapped[Any] = mapped_column(Json)
    after: Mapped[Any] = mapped_column(Json)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    undone: Mapped[bool] = mapped_column(Boolean, default=False)

    __table_args__ = (UniqueConstraint("version_id", "edition"),)
