"""The table of nonconforming outputs: what was found, contained, decided, and whether it worked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from promo.core import clock
from promo.core.db import BigId, Json, Model, UTCDateTime, on_create
from promo.core.fields import info
from promo.core.records import Record

PREFIX = "SNC"  # of its number, in the ministry's own words
PERSON = "person"  # the origin of what somebody reports; the others are found by the clock
STATES = (
    ("proposed", _l("Proposed")),
    ("dismissed", _l("Dismissed")),
    ("open", _l("Accepted")),
    ("decided", _l("Decision taken")),
    ("closed", _l("Closed")),
)
ORIGINS = (
    ("late", _l("Stage left after its term")),
    ("expired", _l("Exception that expired with its item missing")),
    ("unregularised", _l("Not regularised by its day")),
    ("objected", _l("Urgency that was objected to")),
    ("reopened", _l("Approval that is no longer valid after the event")),
    (PERSON, _l("Reported by somebody")),
)
DECISIONS = (
    ("repeat", _l("Repeat it")),
    ("correct", _l("Correct it")),
    ("concession", _l("Accept it as it is (concession)")),
)


class Nonconformity(Model):
    """One nonconforming output: proposed → dismissed, or open → decided → closed, each by whom and when."""

    __tablename__ = "nonconformity"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("Nonconforming output")
    __audit_which__ = "reference"
    __beside__ = True  # no approval of the record covers it

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reference: Mapped[str | None] = mapped_column(String(40), unique=True, info=info(_l("Number")))
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), index=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("procedure_run.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("procedure_version.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    stage: Mapped[str] = mapped_column(String(30), info=info(_l("Stage"), type="status"))
    origin: Mapped[str] = mapped_column(String(20), info=info(_l("Origin"), choices=ORIGINS))
    item: Mapped[str | None] = mapped_column(String(120), info=info(_l("What is asked for"), type="item"))
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # what the clock found: days, reasons
    description: Mapped[str | None] = mapped_column(
        String(2000), info=info(_l("What is not as it should be"), type="long")
    )
    found_on: Mapped[date] = mapped_column(Date, info=info(_l("Found on")))
    state: Mapped[str] = mapped_column(String(10), default="proposed", info=info(_l("State"), choices=STATES))
    proposed_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Reported by"), type="person")
    )
    proposed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    judged_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Accepted or dismissed by"), type="person")
    )
    judged_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Accepted or dismissed")))
    dismissal: Mapped[str | None] = mapped_column(String(2000), info=info(_l("Why it was dismissed"), type="long"))
    containment: Mapped[str | None] = mapped_column(
        String(2000),
        info=info(_l("Containment"), type="long", help=_l("What was done at once so that it does no more harm.")),
    )
    contained_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Contained by"), type="person")
    )
    contained_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Contained")))
    cause: Mapped[str | None] = mapped_column(String(2000), info=info(_l("Cause"), type="long"))
    decision: Mapped[str | None] = mapped_column(String(10), info=info(_l("Decision"), choices=DECISIONS))
    decision_text: Mapped[str | None] = mapped_column(String(2000), info=info(_l("What is done"), type="long"))
    responsible_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Responsible"), type="person")
    )
    due_on: Mapped[date | None] = mapped_column(Date, info=info(_l("Due")))
    decided_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Decided by"), type="person")
    )
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Decided")))
    effectiveness: Mapped[str | None] = mapped_column(
        String(2000), info=info(_l("Effectiveness"), type="long", help=_l("How it was checked that it worked."))
    )
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=info(_l("Closed by"), type="person"))
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Closed")))

    record: Mapped[Record] = relationship(lazy="select")

    __table_args__ = (
        CheckConstraint(
            "closed_by_id IS NULL OR decided_by_id IS NULL OR closed_by_id <> decided_by_id", name="four_eyes"
        ),
        Index("ix_nonconformity_state_id", "state", "id"),
        Index("ix_nonconformity_post_id_state", "post_id", "state"),
        Index("ix_nonconformity_found_on_id", "found_on", "id"),
    )


_ONCE = (
    "CREATE UNIQUE INDEX IF NOT EXISTS uq_nonconformity_once_a_stage ON nonconformity (run_id, stage) "
    "WHERE origin <> 'person'"
)
on_create("nonconformity", sqlite=[_ONCE], postgresql=[_ONCE])
