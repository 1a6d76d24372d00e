"""Sealing: what has committed goes into the tree, and its head is signed.

Events are read and checked without a lock; each block is then appended in a transaction of milliseconds, so nobody
waits and a sealing that was cut off goes on behind its last block. A row that bears no mark of ours is not sealed.
"""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.audit import keys, merkle
from promo.core.audit.checkpoints import BEGINNING, Checkpoint
from promo.core.audit.digests import marker
from promo.core.audit.reading import (
    BLOCK,
    CHECKPOINT,
    EVENT,
    Stored,
    bind_of,
    pack_ids,
    snapshot,
    stored,
)
from promo.core.audit.writing import LOCK, last_given
from promo.core.db import apart, is_sqlite, writing
from promo.core.errors import NestedWrite, PromoError

BLOCK_SIZE = 4096
PATIENCE = "300ms"  # how long writers on PostgreSQL may be kept waiting while sealing asks where the trail ends


class NotSealed(PromoError):
    """The trail can't be sealed: a row is not as it was written. ``promo audit verify`` says more."""


@dataclass
class _End:
    """Where sealing stands: the last block's number, its last event, the tree so far."""

    block: int
    event_id: int
    tree: merkle.Tree


def checkpoint(session: Session) -> Checkpoint:
    """Seal what has committed and return the signed head; the last one when nothing is new.

    Uses transactions of its own; raises :class:`NestedWrite` inside ``write()`` and :class:`NotSealed` for a row that
    is not as it was written (what stands before it is sealed into blocks, without a new head).
    """
    if writing():
        raise NestedWrite("checkpoint() inside write()")
    engine = bind_of(session)
    session.rollback()  # its snapshot would keep SQLite from tidying up meanwhile
    for _ in range(5):
        try:
            horizon = last_finished(engine)
            with snapshot(engine) as connection:
                end = _end(connection)
                _append_blocks(connection, end, horizon)
            return _sign(end)
        except IntegrityError:
            continue  # somebody else sealed at the same time: go on behind them
    raise NotSealed("others seal the trail at the same time")


def last_finished(engine: Any) -> int:
    """Return the highest number such that no transaction in flight can still bring a lower one."""
    highest = select(func.coalesce(func.max(EVENT.c.id), 0))
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            return last_given(connection)
    for attempt in range(20):
        try:
            with engine.begin() as connection:
                connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
                return int(connection.execute(highest).scalar_one())
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != "55P03":  # lock_not_available
                raise
            time.sleep(0.1 * (attempt + 1))
    raise NotSealed("a long transaction writes to the trail: try again when it is over")


def _end(connection: Connection) -> _End:
    last = connection.execute(select(BLOCK).order_by(BLOCK.c.number.desc()).limit(1)).first()
    if last is None:
        return _End(0, 0, merkle.Tree())
    return _End(last.number, last.last_event_id, merkle.Tree.unpack(last.first + last.size, last.peaks))


def _append_blocks(connection: Connection, end: _End, horizon: int) -> None:
    """Append blocks up to the horizon; raises :class:`NotSealed` at the first row that is not as it was written."""
    mark, gapless, before = marker(keys.event_key()), is_sqlite(connection), end.event_id
    ids: list[int] = []
    hashes: list[bytes] = []
    for event in stored(connection, end.event_id, horizon) if horizon > end.event_id else ():
        if not isinstance(event, Stored):
            raise NotSealed(f"event {event.event_id}: a value without its event")
        hashed = event.hash
        if event.fault or not hmac.compare_digest(mark(hashed), event.mac):
            raise NotSealed(f"event {event.id}: {event.fault or 'altered, or not written by Promo'}")
        if gapless and event.id != before + 1:
            raise NotSealed(f"event {before + 1} is missing")
        before = event.id
        ids.append(event.id)
        hashes.append(merkle.leaf(hashed))
        if len(ids) == BLOCK_SIZE:
            _append(end, ids, hashes)
            ids, hashes = [], []
    if gapless and before < horizon:
        raise NotSealed(f"event {before + 1} is missing")
    if ids:
        _append(end, ids, hashes)


def _append(end: _End, ids: list[int], hashes: list[bytes]) -> None:
    first = end.tree.size
    for hashed in hashes:
        end.tree.add(hashed)
    row = {
        "number": end.block + 1, "first": first, "size": len(ids), "last_event_id": ids[-1],
        "ids": pack_ids(ids, end.event_id), "hashes": b"".join(hashes), "peaks": end.tree.packed,
    }  # fmt: skip
    with apart() as session:
        session.connection().execute(insert(BLOCK), [row])
    end.block, end.event_id = end.block + 1, ids[-1]


def _sign(end: _End) -> Checkpoint:
    """Write the checkpoint of the tree so far, unless the last one is already of that size."""
    with apart() as session:
        connection = session.connection()
        last = connection.execute(select(CHECKPOINT).order_by(CHECKPOINT.c.number.desc()).limit(1)).first()
        before = Checkpoint.of(last) if last is not None else None
        if before is not None and before.size >= end.tree.size:
            return before
        made_at, number = clock.now(), before.number + 1 if before else 1
        previous = before.digest if before else BEGINNING
        made = Checkpoint.signed(number, made_at, end.tree.size, end.event_id, end.tree.root, previous)
        row = {
            "number": number, "at": made_at, "size": made.size, "last_event_id": made.last_event_id,
            "root": end.tree.root, "previous": previous, "public_key": keys.public_key(),
            "signature": bytes.fromhex(made.signature),
        }  # fmt: skip
        connection.execute(insert(CHECKPOINT), [row])
    return made


def last_checkpoint(session: Session) -> Checkpoint | None:
    """Return the newest signed head, None before the first."""
    row = session.connection().execute(select(CHECKPOINT).order_by(CHECKPOINT.c.number.desc()).limit(1)).first()
    return None if row is None else Checkpoint.of(row)


def chain(session: Session, head: Checkpoint, most: int) -> list[Checkpoint]:
    """Return a signed head with at most so many before it, the oldest first: each names the one before."""
    found = select(CHECKPOINT).where(CHECKPOINT.c.number > head.number - most, CHECKPOINT.c.number <= head.number)
    return [Checkpoint.of(row) for row in session.connection().execute(found.order_by(CHECKPOINT.c.number))]


def unsealed(session: Session) -> tuple[Checkpoint | None, int, datetime | None]:
    """Return the newest signed head, how many events follow it, and since when the first of them waits."""
    head = last_checkpoint(session)
    later = select(func.count(), func.min(EVENT.c.at)).where(EVENT.c.id > (head.last_event_id if head else 0))
    tail, since = session.connection().execute(later).one()
    return head, tail, since
