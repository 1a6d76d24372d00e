"""Proofs of inclusion (RFC 6962, 2.1.1) for many events at once, from few reads.

The path of a leaf consists of the roots of complete subtrees. A subtree that is a left child is one of the *peaks* of
every tree that ends before its brother does; since a block keeps the peaks at its end, its root is read from any block
that ends there. Everything else is put together from its halves, down to the leaves of a block. What was found once
serves all events, so a proof costs a few rows, whatever the size of the trail.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from promo.core.audit import merkle
from promo.core.audit.checkpoints import Checkpoint
from promo.core.audit.reading import BLOCK, bind_of, snapshot, unpack_ids
from promo.core.audit.seal import last_checkpoint

Span = tuple[int, int]  # leaves from, to (not included)
KEPT = 64  # blocks whose leaves are held at once


class Prover:
    """Proves events under one signed head."""

    def __init__(self, connection: Connection, head: Checkpoint) -> None:
        self.connection, self.head = connection, head
        columns = (BLOCK.c.number, BLOCK.c.first, BLOCK.c.size, BLOCK.c.last_event_id)
        rows = connection.execute(select(*columns).order_by(BLOCK.c.number)).all()
        self.numbers = [row.number for row in rows]
        self.ends = [row.first + row.size for row in rows]  # the size of the tree at the end of each block
        self.last_events = [row.last_event_id for row in rows]
        self.nodes: dict[Span, bytes] = {}
        self._leaves: dict[int, Any] = {}

    def places(self, event_ids: Iterable[int]) -> dict[int, tuple[int, bytes]]:
        """Return index and leaf hash of each event. Raises ``LookupError`` for one that the head does not cover."""
        found = {}
        for id_ in sorted(event_ids):
            at = bisect_left(self.last_events, id_)
            block = self._block(at) if at < len(self.numbers) else None
            place = block.place(id_) if block else None
            if block is None or place is None or block.first + place >= self.head.size:
                raise LookupError(f"event {id_} is not sealed yet")
            found[id_] = (block.first + place, block.leaf(place))
        return found

    def path(self, index: int) -> dict[Span, bytes]:
        """Return the audit path of a leaf: the roots beside its way to the root, the lowest first, by their spans."""
        return {span: self._root(*span) for span in merkle.spans(index, self.head.size)}

    def _root(self, low: int, high: int) -> bytes:
        """Return the root over some leaves: a complete subtree, or the end of the tree."""
        if (low, high) in self.nodes:
            return self.nodes[low, high]
        at = bisect_left(self.ends, high)
        if at < len(self.numbers) and low >= self._start(at):  # all in one block
            block = self._block(at)
            root = merkle.root_of([block.leaf(place) for place in range(low - block.first, high - block.first)])
        else:
            root = self._peak(low, high) or self._halves(low, high)
        self.nodes[low, high] = root
        return root

    def _start(self, at: int) -> int:
        return self.ends[at - 1] if at else 0

    def _halves(self, low: int, high: int) -> bytes:
        middle = merkle.halved(low, high)
        return merkle.node(self._root(low, middle), self._root(middle, high))

    def _peak(self, low: int, high: int) -> bytes | None:
        """Return a left child's root from the peaks of a block that ends before its brother does, if one does."""
        width = high - low
        if width & (width - 1) or low % (2 * width):
            return None
        at = bisect_left(self.ends, high)
        if at >= len(self.ends) or self.ends[at] >= high + width:
            return None
        size = self.ends[at]
        packed = self.connection.execute(select(BLOCK.c.peaks).where(BLOCK.c.number == self.numbers[at])).scalar_one()
        before = (size >> width.bit_length()).bit_count()  # the larger peaks stand to its left
        return bytes(packed[32 * before : 32 * before + 32])

    def _block(self, at: int) -> _Block:
        if at not in self._leaves:
            if len(self._leaves) >= KEPT:
                self._leaves.pop(next(iter(self._leaves)))
            columns = (BLOCK.c.first, BLOCK.c.ids, BLOCK.c.hashes)
            row = self.connection.execute(select(*columns).where(BLOCK.c.number == self.numbers[at])).one()
            before = self.last_events[at - 1] if at else 0
            self._leaves[at] = _Block(row.first, unpack_ids(row.ids, before), bytes(row.hashes))
        return self._leaves[at]


class _Block:
    """One sealed block in memory."""

    def __init__(self, first: int, ids: list[int], hashes: bytes) -> None:
        self.first, self.ids, self.hashes = first, ids, hashes

    def place(self, event_id: int) -> int | None:
        at = bisect_left(self.ids, event_id)
        return at if at < len(self.ids) and self.ids[at] == event_id else None

    def leaf(self, place: int) -> bytes:
        return self.hashes[32 * place : 32 * place + 32]


def inclusion(session: Session, event_id: int, head: Checkpoint | None = None) -> dict[str, Any]:
    """Return the proof that an event stands under a signed head (else the newest), to be checked by anybody.

    ``{"event_id", "leaf", "index", "path", "checkpoint"}``, hashes in hexadecimal; see ``merkle.root_from_proof``.
    Raises ``LookupError`` when it was not sealed by then.
    """
    head = head or last_checkpoint(session)
    if head is None:
        raise LookupError(f"event {event_id} is not sealed yet")
    with snapshot(bind_of(session)) as connection:
        prover = Prover(connection, head)
        index, leaf = prover.places([event_id])[event_id]
        path = prover.path(index)
    return {
        "event_id": event_id,
        "leaf": leaf.hex(),
        "index": index,
        "path": [h.hex() for h in path.values()],
        "checkpoint": head.as_dict(),
    }
