"""What reviewers write beside the stages of a version."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from promo.core import clock
from promo.core.db import BigId, Model, UTCDateTime
from promo.core.fields import info


class Comment(Model):
    """A remark on a stage of a version (``stage`` empty: on the whole), what was answered, until it is settled."""

    __tablename__ = "procedure_comment"
    __audit__ = True
    __audit_name__ = _l("Comment on a version")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    version_id: Mapped[int] = mapped_column(
        ForeignKey("procedure_version.id"), info=info(_l("Version of a procedure"), type="version")
    )
    stage: Mapped[str] = mapped_column(String(30), default="", info=info(_l("Stage")))
    text: Mapped[str] = mapped_column(String(4000), info=info(_l("Comment")))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), info=info(_l("Who"), type="person"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    answer: Mapped[str | None] = mapped_column(String(4000), info=info(_l("Answer")))
    answered_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Answered by"), type="person")
    )
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    resolved_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Settled by"), type="person")
    )
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Settled")))

    __table_args__ = (Index("ix_procedure_comment_version_id_id", "version_id", "id"),)
