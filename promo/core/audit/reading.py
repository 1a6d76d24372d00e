"""The trail in its order, in bounded memory: events with their values, and what was sealed of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.orm import Session

from promo.core.audit.digests import event_body, event_hash, iso, value_digest
from promo.core.audit.models import AuditBlock, AuditCheckpoint, AuditEvent, AuditValue

EVENT: Any = AuditEvent.__table__
VALUE: Any = AuditValue.__table__
BLOCK: Any = AuditBlock.__table__
CHECKPOINT: Any = AuditCheckpoint.__table__
CHUNK = 2000  # events held at once, with their values


@dataclass(slots=True)
class Stored:
    """An event as it stands: the bytes that its hash covers, its mark, and what is wrong with its values."""

    id: int
    body: bytes
    mac: bytes
    fault: str | None
    erased: list[tuple[int, int]]  # position of an erased value, the event that erased it

    @property
    def hash(self) -> bytes:
        """The event's hash."""
        return event_hash(self.id, self.body)


@dataclass(slots=True)
class Stray:
    """A value that belongs to no event."""

    event_id: int


@contextmanager
def snapshot(bind: Engine | Connection) -> Iterator[Connection]:
    """A connection of its own that sees one moment of the database."""
    engine = bind if isinstance(bind, Engine) else bind.engine
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**options) as connection:
        yield connection


def bind_of(session: Session) -> Engine:
    """Return the engine of a session."""
    bind = session.get_bind()
    return bind if isinstance(bind, Engine) else bind.engine


_EVENTS = f"SELECT {', '.join(c.name for c in EVENT.columns)} FROM audit_event WHERE id > :last"  # noqa: S608 - our own names
_VALUES = (
    "SELECT event_id, position, part, row_key, field, old, new, salt, digest, erased_by FROM audit_value"
    " WHERE event_id > :last AND event_id <= :until ORDER BY event_id, position"
)
LOWEST, HIGHEST = -(1 << 63), (1 << 63) - 1


def stored(connection: Connection, after: int = LOWEST, until: int = HIGHEST) -> Iterator[Stored | Stray]:
    """Yield the events after a number (and up to another), and stray values where they stand.

    The rows are read as they stand, without types: on SQLite somebody may have put anything there.
    """
    last = after
    while last < until:
        query = text(f"{_EVENTS} AND id <= :until ORDER BY id LIMIT :chunk")
        rows = connection.execute(query, {"last": last, "until": until, "chunk": CHUNK}).all()
        end = rows[-1][0] if len(rows) == CHUNK else until
        values = connection.execute(text(_VALUES), {"last": last, "until": end}).all()
        yield from _joined(rows, iter(values))
        last = end


def numbers(connection: Connection) -> Iterator[int]:
    """Yield the numbers of all events, rising."""
    last = LOWEST
    query = select(EVENT.c.id).order_by(EVENT.c.id).limit(20_000)
    while found := connection.execute(query.where(EVENT.c.id > last)).scalars().all():
        yield from found
        last = found[-1]


def _joined(rows: Any, values: Iterator[Any]) -> Iterator[Stored | Stray]:
    value = next(values, None)
    for row in rows:
        id_, own = row[0], []
        while value is not None and value[0] < id_:
            yield Stray(value[0])
            value = next(values, None)
        while value is not None and value[0] == id_:
            own.append(value)
            value = next(values, None)
        try:
            yield _stored(row, own)
        except (TypeError, ValueError, AttributeError) as error:
            yield Stored(id_, b"", b"", f"it can't be read: {error}", [])
    while value is not None:
        yield Stray(value[0])
        value = next(values, None)


def _stored(row: Any, values: list[Any]) -> Stored:
    id_, at, *facts, parts, mac = row
    fault, erased, digests = None, [], []
    for place, (_, position, part, row_key, name, old, new, salt, digest, erased_by) in enumerate(values):
        if position != place:
            fault = fault or f"value {place} is missing"
        if salt is None and erased_by is not None and old is None and new is None:
            erased.append((position, erased_by))
        elif salt is None or value_digest(salt, part, row_key, name, old, new) != digest or erased_by is not None:
            fault = fault or f"its value of {name!r} is altered"
        digests.append(digest)
    if len(values) != parts:
        fault = fault or f"it has {len(values)} values and was written with {parts}"
    moment = f"{at[:10]}T{at[11:]}Z" if isinstance(at, str) else iso(at)
    return Stored(id_, event_body((moment, *facts), digests), bytes(mac), fault, erased)


def sealed(connection: Connection, until: int) -> Iterator[tuple[int, bytes]]:
    """Yield ``(event id, leaf hash)`` of the first ``until`` sealed events, as their blocks tell.

    Raises ``ValueError`` where the blocks do not follow each other.
    """
    position, last, number = 0, 0, 0
    while position < until:
        query = select(BLOCK).where(BLOCK.c.number > number).order_by(BLOCK.c.number).limit(1)
        block = connection.execute(query).first()
        if block is None or block.number != number + 1 or block.first != position:
            raise ValueError(f"block {number + 1} is missing")
        ids = unpack_ids(block.ids, last)
        if len(ids) != block.size or len(block.hashes) != 32 * block.size or (ids and ids[-1] != block.last_event_id):
            raise ValueError(f"block {block.number} is altered")
        for place, id_ in enumerate(ids):
            yield id_, block.hashes[32 * place : 32 * place + 32]
        position, last, number = position + block.size, block.last_event_id, block.number


def checkpoints(connection: Connection) -> Iterator[Any]:
    """Yield the rows of all checkpoints in order."""
    number = 0
    while True:
        query = select(CHECKPOINT).where(CHECKPOINT.c.number > number).order_by(CHECKPOINT.c.number).limit(500)
        rows = connection.execute(query).all()
        yield from rows
        if len(rows) < 500:
            return
        number = rows[-1].number


def pack_ids(ids: list[int], last: int) -> bytes:
    """Return rising numbers as differences, seven bits a byte, the lowest first."""
    out = bytearray()
    for id_ in ids:
        step, last = id_ - last, id_
        while step > 127:
            out.append(step & 127 | 128)
            step >>= 7
        out.append(step)
    return bytes(out)


def unpack_ids(packed: bytes, last: int) -> list[int]:
    """Return the numbers that :func:`pack_ids` packed."""
    ids, step, shift = [], 0, 0
    for byte in packed:
        step |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            last += step
            ids.append(last)
            step = shift = 0
    return ids
