"""The tables of files."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from promo.core import clock
from promo.core.db import BigId, Json, Model, UTCDateTime
from promo.core.fields import info

SCANS = (("off", _l("Not scanned")), ("clean", _l("Scanned, clean")))


class Upload(Model):
    """A file on its way: pieces in the holding area, then (``ready_at``) one checked file that waits to be attached.

    ``problem`` says why its content was refused. ``record_id`` is the record it was promised to before it arrived.
    """

    __tablename__ = "upload"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(40), default="")
    name: Mapped[str] = mapped_column(String(255))
    type: Mapped[str | None] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    pieces: Mapped[list[str]] = mapped_column(Json, default=list)
    sha256: Mapped[str | None] = mapped_column(String(64))
    stored: Mapped[str | None] = mapped_column(String(100))
    scan: Mapped[str] = mapped_column(String(10), default="off")
    problem: Mapped[str | None] = mapped_column(Text)
    record_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"), index=True)
    category: Mapped[str] = mapped_column(String(60), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    ready_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    expires: Mapped[datetime] = mapped_column(UTCDateTime, index=True)

    @property
    def is_complete(self) -> bool:
        """Whether every byte is there."""
        return self.received >= self.size


class File(Model):
    """A file of a record. ``category`` is the evidence that it is (or empty).

    Without a record it belongs to the row that names it (the signed act of a procedure's version).
    """

    __tablename__ = "file"
    __audit_parent__ = "record_id"
    __audit_name__ = _l("File")

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    record_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"))
    category: Mapped[str] = mapped_column(String(60), default="", info=info(_l("Kind of file"), type="evidence"))
    name: Mapped[str] = mapped_column(String(255), info=info(_l("Name")))
    type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger, info=info(_l("Size")))
    sha256: Mapped[str] = mapped_column(String(64), info=info(_l("Digest (SHA-256)")))
    stored: Mapped[str] = mapped_column(String(100), unique=True)
    scan: Mapped[str] = mapped_column(String(10), default="off", info=info(_l("Scan"), choices=SCANS))
    uploaded_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Uploaded by"), type="person")
    )
    upload_token: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Archived")))

    __table_args__ = (Index("ix_file_record_id_category_id", "record_id", "category", "id"),)

    @property
    def is_image(self) -> bool:
        """Whether it is a picture."""
        return self.type.startswith("image/")
