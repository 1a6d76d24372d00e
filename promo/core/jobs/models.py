"""The tables of background work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from promo.core.db import BigId, Json, Model, UTCDateTime
from promo.core.fields import info

STATES = (
    ("waiting", _l("Waiting")),
    ("running", _l("Running")),
    ("done", _l("Done")),
    ("failed", _l("Failed")),
    ("cancelled", _l("Cancelled")),
)


class Job(Model):
    """One piece of background work. ``key`` makes asking twice harmless; ``resume`` is where to go on."""

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    key: Mapped[str | None] = mapped_column(String(200), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="waiting", info=info(_l("Status"), choices=STATES))
    run_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int | None] = mapped_column(Integer)
    message: Mapped[str | None] = mapped_column(Text)
    result: Mapped[Any | None] = mapped_column(Json)
    resume: Mapped[Any | None] = mapped_column(Json)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    locale: Mapped[str] = mapped_column(String(2), default="es")
    claim: Mapped[str | None] = mapped_column(String(40))
    locked_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        Index("ix_job_state_run_at_id", "state", "run_at", "id"),
        Index("ix_job_owner_id_created_at", "owner_id", "created_at"),
    )

    @property
    def is_open(self) -> bool:
        """Whether it is still to come or under way."""
        return self.state in ("waiting", "running")

    @property
    def percent(self) -> int | None:
        """How far it is, 0–100, or None while nobody knows."""
        if self.state == "done":
            return 100
        return min(100, 100 * self.done // self.total) if self.total else None


class Lease(Model):
    """Whose turn it is: the scheduler's seat, and when each periodic task is due again (``until``)."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    holder: Mapped[str] = mapped_column(String(100))
    until: Mapped[datetime] = mapped_column(UTCDateTime)
