"""What is kept about versions besides their text: who has read one, what was accepted, when one was looked at again."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from promo.core import clock
from promo.core.db import BigId, Model, UTCDateTime
from promo.core.fields import info


class Acknowledgement(Model):
    """Somebody said that they have read a version. It holds for the later editorial ones of its procedure too."""

    __tablename__ = "procedure_acknowledgement"
    __audit__ = True
    __audit_name__ = _l("Version read")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    version_id: Mapped[int] = mapped_column(
        ForeignKey("procedure_version.id"), info=info(_l("Version of a procedure"), type="version")
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True, info=info(_l("Who"), type="person"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now, info=info(_l("Read")))

    __table_args__ = (UniqueConstraint("version_id", "person_id"),)


class Vacancy(Model):
    """A post with nobody for a function, accepted for one version with a reason: it comes into force all the same."""

    __tablename__ = "procedure_vacancy"
    __audit__ = True
    __audit_name__ = _l("Accepted vacancy")

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    version_id: Mapped[int] = mapped_column(
        ForeignKey("procedure_version.id"), info=info(_l("Version of a procedure"), type="version")
    )
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), info=info(_l("Post"), type="post"))
    function: Mapped[str] = mapped_column(ForeignKey("function.code"), info=info(_l("Function"), type="function"))
    reason: Mapped[str] = mapped_column(String(2000), info=info(_l("Reason")))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), info=info(_l("Who"), type="person"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    __table_args__ = (UniqueConstraint("version_id", "post_id", "function"),)


class Review(Model):
    """A procedure was looked at again and still holds: by whom, with what note, until when."""

    __tablename__ = "procedure_review"
    __audit__ = True
    __audit_name__ = _l("Review of a procedure")

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    version_id: Mapped[int] = mapped_column(
        ForeignKey("procedure_version.id"), index=True, info=info(_l("Version of a procedure"), type="version")
    )
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), info=info(_l("Who"), type="person"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    note: Mapped[str] = mapped_column(String(2000), info=info(_l("Note")))
    was_due_on: Mapped[date | None] = mapped_column(Date, info=info(_l("Was due")))
    next_on: Mapped[date] = mapped_column(Date, info=info(_l("Next review")))
