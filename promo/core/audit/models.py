"""The tables of the trail. Nothing in them points to other tables: it outlives what it tells of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from promo.core.db import BigId, Model, UTCDateTime


class AuditEvent(Model):
    """What somebody did, once: to a record and its parts, to another row, or (an export, a sign-in) to neither.

    ``parts`` is the number of its values; ``mac`` marks all of it with a key that is not in the database.
    """

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor_id: Mapped[int | None] = mapped_column(BigId)
    on_behalf_of_id: Mapped[int | None] = mapped_column(BigId)
    action: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int | None] = mapped_column(BigId)
    kind: Mapped[str | None] = mapped_column(String(20))
    reference: Mapped[str | None] = mapped_column(String(40))
    table_name: Mapped[str | None] = mapped_column(String(60))
    row_key: Mapped[str | None] = mapped_column(String(100))
    request_id: Mapped[str | None] = mapped_column(String(64))
    device: Mapped[str | None] = mapped_column(String(200))
    procedure_version_id: Mapped[int | None] = mapped_column(BigId)
    parts: Mapped[int] = mapped_column(Integer)
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))

    __table_args__ = (
        Index("ix_audit_event_record_id_id", "record_id", "id"),
        Index("ix_audit_event_at_id", "at", "id"),
        Index("ix_audit_event_actor_id_at_id", "actor_id", "at", "id"),
        Index("ix_audit_event_action_at_id", "action", "at", "id"),
        Index("ix_audit_event_kind_at_id", "kind", "at", "id"),
        {"sqlite_autoincrement": True},  # a number once given is never given again, so a gap is a missing row
    )


class AuditValue(Model):
    """One field that an event changed, from what to what, as JSON texts.

    ``part`` and ``row_key`` name the table and key of a child row (a position, an e-mail) when the field is not the
    record's own. ``digest`` covers all of it with a salt; erasing makes ``old``, ``new`` and ``salt`` NULL and leaves
    the digest, from which nothing can be guessed without the salt, and on which the event's mark rests.
    """

    __tablename__ = "audit_value"

    event_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    part: Mapped[str | None] = mapped_column(String(60))
    row_key: Mapped[str | None] = mapped_column(String(100))
    field: Mapped[str] = mapped_column(String(60))
    old: Mapped[str | None] = mapped_column(Text)
    new: Mapped[str | None] = mapped_column(Text)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    erased_by: Mapped[int | None] = mapped_column(BigId)

    __table_args__ = ({"sqlite_with_rowid": False},)


class AuditBlock(Model):
    """Up to some thousand events in the order in which they were sealed: which, and their leaf hashes.

    ``ids`` are the differences between event ids, as variable-length numbers; ``hashes`` 32 bytes each; ``peaks`` those
    of the tree at the block's end. Only what a checkpoint signs counts: the block helps to say which event is wrong.
    """

    __tablename__ = "audit_block"

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    first: Mapped[int] = mapped_column(BigId)
    size: Mapped[int] = mapped_column(Integer)
    last_event_id: Mapped[int] = mapped_column(BigId)
    ids: Mapped[bytes] = mapped_column(LargeBinary)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)
    peaks: Mapped[bytes] = mapped_column(LargeBinary)


class AuditCheckpoint(Model):
    """A signed head of the tree: how many events, their root, and the digest of the checkpoint before."""

    __tablename__ = "audit_checkpoint"

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    size: Mapped[int] = mapped_column(BigId)
    last_event_id: Mapped[int] = mapped_column(BigId)
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))
