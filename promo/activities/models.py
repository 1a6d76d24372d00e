"""Activities. With whom and part of what are record links; the next step is a task."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from promo.core.db import UTCDateTime
from promo.core.fields import info
from promo.core.records import Record

WITH, PART_OF = "with", "part_of"
TYPES = (
    ("meeting", _l("Meeting")),
    ("call", _l("Call")),
    ("visit", _l("Visit")),
    ("message", _l("Message")),
    ("mail", _l("E-mail")),
)
ICONS = {"meeting": "message", "call": "phone", "visit": "map-pin", "message": "brand-whatsapp", "mail": "mail"}


class Activity(Record):
    """One activity. ``starts_on`` is the date of the fact where it happened; ``created_at`` the moment of entry.

    It has one stage, so it stores the version of the procedure in force when it was logged, and no run.
    """

    __tablename__ = "activity"
    __mapper_args__ = {"polymorphic_identity": "activity"}

    id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
    activity_type: Mapped[str] = mapped_column(String(20), info=info(_l("What"), choices=TYPES))
    occurred_at: Mapped[datetime] = mapped_column(UTCDateTime, info=info(_l("When")))
    timezone: Mapped[str] = mapped_column(String(50))
    text: Mapped[str | None] = mapped_column(String(8000), info=info(_l("What was said"), type="long"))
    next_step: Mapped[str | None] = mapped_column(String(300), info=info(_l("Next step")))
    next_on: Mapped[date | None] = mapped_column(Date, info=info(_l("Next step by")))
    on_behalf_of_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("On behalf of"), type="person")
    )
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), info=info(_l("Entered by"), type="person"))
    procedure_version_id: Mapped[int | None] = mapped_column(ForeignKey("procedure_version.id"))
    late: Mapped[bool] = mapped_column(Boolean, default=False, info=info(_l("Entered late")))

    __table_args__ = (Index("ix_activity_occurred_at", "occurred_at"),)
