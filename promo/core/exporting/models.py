"""The table of exports: what somebody asked for, and the file that was made of it. How far it is stands in its job."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from promo.core import clock
from promo.core.db import BigId, Json, Model, UTCDateTime
from promo.core.jobs import Job


class Export(Model):
    """A file that somebody asked for. ``name`` and ``args`` say of which builder, ``words`` the filters for people.

    It is there once ``finished_at`` is set, under the key ``stored``, until ``expires``.
    """

    __tablename__ = "export"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(80))
    args: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    format: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(300))
    words: Mapped[list[list[str]]] = mapped_column(Json, default=list)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"), index=True)
    stored: Mapped[str] = mapped_column(String(100), unique=True)
    rows: Mapped[int | None] = mapped_column(Integer)
    size: Mapped[int | None] = mapped_column(BigInteger)
    notes: Mapped[list[str]] = mapped_column(Json, default=list)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    expires: Mapped[datetime] = mapped_column(UTCDateTime, index=True)

    job: Mapped[Job | None] = relationship(lazy="joined")

    __table_args__ = (Index("ix_export_person_id_id", "person_id", "id"),)

    @property
    def state(self) -> str:
        """How it stands: waiting, running, done, failed or cancelled."""
        if self.finished_at is not None:
            return "done"
        return self.job.state if self.job is not None else "failed"

    @property
    def is_open(self) -> bool:
        """Whether it is still to come or under way."""
        return self.state in ("waiting", "running")
