"""The table of rehearsals: of which text, since when, what was found. How far one is stands in its job."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from promo.core import clock
from promo.core.db import BigId, Json, Model, UTCDateTime
from promo.core.fields import info
from promo.core.jobs import Job


class Rehearsal(Model):
    """What a draft would have done. ``digest`` is that of its rules: another one, and it is of an older text."""

    __tablename__ = "procedure_rehearsal"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("procedure_version.id"))
    digest: Mapped[str] = mapped_column(String(64))
    since: Mapped[date] = mapped_column(Date, info=info(_l("What was done since")))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"), index=True)
    result: Mapped[dict[str, Any] | None] = deferred(mapped_column(Json))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    job: Mapped[Job | None] = relationship(lazy="joined")

    __table_args__ = (Index("ix_procedure_rehearsal_version_id_id", "version_id", "id"),)

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
