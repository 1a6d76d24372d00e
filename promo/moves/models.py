"""Moves of open work to another version of its procedure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from promo.core import clock
from promo.core.db import BigId, Json, Model, UTCDateTime
from promo.core.fields import info

STATES = (
    ("asked", _l("Waits for approval")),
    ("moved", _l("Moved")),
    ("returned", _l("Returned")),
    ("recalled", _l("Recalled")),
)


class Move(Model):
    """A run that is to go on under another version, or did: from where to where, why, and what it then lacked.

    ``missing`` holds what became missing as ``{"key", "es", "en"}``, in the words of the day on which it was asked.
    """

    __tablename__ = "procedure_move"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("Move to another version")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), index=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("procedure_run.id"))
    from_version_id: Mapped[int] = mapped_column(
        ForeignKey("procedure_version.id"), info=info(_l("From version"), type="version")
    )
    to_version_id: Mapped[int] = mapped_column(
        ForeignKey("procedure_version.id"), info=info(_l("To version"), type="version")
    )
    from_stage: Mapped[str] = mapped_column(String(30), info=info(_l("From stage"), type="status"))
    to_stage: Mapped[str] = mapped_column(String(30), info=info(_l("To stage"), type="status"))
    reason: Mapped[str] = mapped_column(String(2000), info=info(_l("Reason")))
    missing: Mapped[list[Any]] = mapped_column(Json, default=list)
    state: Mapped[str] = mapped_column(String(10), default="asked", info=info(_l("State"), choices=STATES))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), info=info(_l("Asked by"), type="person"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Decided")))
    transition_id: Mapped[int | None] = mapped_column(ForeignKey("procedure_transition.id"))
