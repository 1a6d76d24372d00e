"""Proposals to change a procedure: the same item was excepted again and again."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from promo.core import clock
from promo.core.db import BigId, Model, UTCDateTime, on_create
from promo.core.fields import info

STATES = (  # how an exception stands: from its request, its days and whether it was ended
    ("asked", _l("Asked for")),
    ("granted", _l("In force")),
    ("expired", _l("Expired")),
    ("ended", _l("Ended early")),
    ("returned", _l("Not granted")),
    ("recalled", _l("Taken back by whoever asked")),
)
ANSWERS = (("open", _l("To look at")), ("dismissed", _l("Dismissed")), ("answered", _l("Answered by a draft")))


class Proposal(Model):
    """That a procedure be changed, since an item of it was excepted often; dismissed, or answered by a draft."""

    __tablename__ = "exception_proposal"
    __audit__ = True
    __audit_name__ = _l("Proposal to change a procedure")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    procedure_id: Mapped[int] = mapped_column(ForeignKey("procedure.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("procedure_version.id"))  # the one whose words name the item
    stage: Mapped[str] = mapped_column(String(30))
    item: Mapped[str] = mapped_column(String(120), info=info(_l("What is excepted")))
    since: Mapped[datetime] = mapped_column(UTCDateTime, info=info(_l("Counted from")))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    state: Mapped[str] = mapped_column(String(10), default="open", info=info(_l("State"), choices=ANSWERS))
    reason: Mapped[str | None] = mapped_column(String(2000), info=info(_l("Reason"), type="long"))
    draft_id: Mapped[int | None] = mapped_column(
        ForeignKey("procedure_version.id"), info=info(_l("Draft that answers it"), type="version")
    )
    decided_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Decided by"), type="person")
    )
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Decided")))


_ONE_OPEN = (
    "CREATE UNIQUE INDEX IF NOT EXISTS uq_exception_proposal_one_open ON exception_proposal "
    "(procedure_id, stage, item) WHERE state = 'open'"
)
on_create("exception_proposal", sqlite=[_ONE_OPEN], postgresql=[_ONE_OPEN])
