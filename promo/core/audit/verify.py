"""Verification: is the trail as it was written, and as it was sealed? If not, which row is the first that is not?

One pass in the order of the events, in bounded memory, over one moment of the database. Each event is held against its
mark (by a key that is not in the database), its values against their digests; sealed ones against what was sealed, and
at each checkpoint the tree's root against the signed one. So it does not matter whether the triggers were there.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlalchemy.orm import Session

from promo.core.audit import keys, merkle
from promo.core.audit.checkpoints import BEGINNING, Checkpoint
from promo.core.audit.digests import event_hash, marker
from promo.core.audit.erasure import erased_values
from promo.core.audit.reading import EVENT, Stored, Stray, bind_of, checkpoints, numbers, sealed, snapshot, stored
from promo.core.audit.writing import last_given
from promo.core.db import is_sqlite

ALTERED, MISSING, INSERTED, REORDERED = "altered", "missing", "inserted", "reordered"


@dataclass(frozen=True)
class Problem:
    """The first thing that is wrong: ``what`` is altered, missing, inserted or reordered; ``detail`` says how."""

    event_id: int | None
    what: str
    detail: str
    checkpoint: int | None = None

    def __str__(self) -> str:
        where = f"event {self.event_id}" if self.event_id is not None else f"checkpoint {self.checkpoint}"
        return f"{where} is {self.what}: {self.detail}"


@dataclass
class Report:
    """What verification found. ``gaps`` are numbers in the tail that PostgreSQL gave to transactions that failed."""

    ok: bool = True
    events: int = 0
    sealed: int = 0
    tail: int = 0
    checkpoints: int = 0
    erased: int = 0
    gaps: int = 0
    head: dict[str, Any] | None = None
    first_problem: Problem | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


class _Found(Exception):
    """Ends the walk."""

    def __init__(self, event_id: int | None, what: str, detail: str, checkpoint: int | None = None) -> None:
        super().__init__(detail)
        self.problem = Problem(event_id, what, detail, checkpoint)


@dataclass
class _Walk:
    """One verification on its way: the tree so far, what was sealed, the signed heads still to come."""

    connection: Connection
    report: Report
    known: list[Checkpoint]
    mark: Callable[[bytes], bytes] = field(default_factory=lambda: marker(keys.event_key()))
    tree: merkle.Tree = field(default_factory=merkle.Tree)
    last_id: int = 0
    gap: int | None = None  # the first number missing since the last checkpoint
    last_head: Checkpoint | None = None
    erasures: dict[int, frozenset[tuple[int, int]]] = field(default_factory=dict)

    def run(self) -> None:
        self.gapless = is_sqlite(self.connection)
        self.heads = self._heads()
        self.head = next(self.heads, None)
        self.leaves = sealed(self.connection, self._sealed_size())
        self.leaf = self._next_leaf()
        for event in stored(self.connection):
            if isinstance(event, Stray):
                raise _Found(event.event_id, INSERTED, "a value stands there without its event")
            self._check_head()
            self._check(event)
        self._check_head()
        if self.leaf is not None:
            raise _Found(self.leaf[0], MISSING, "it was sealed and is no longer there")
        if self.head is not None:
            raise _Found(None, MISSING, f"it signs {self.head.size} events, there are fewer", self.head.number)
        if self.known:
            raise _Found(None, MISSING, "events that an exported checkpoint signs are gone", self.known[0].number)
        self._check_end()

    def _sealed_size(self) -> int:
        size = self.connection.execute(text("SELECT max(size) FROM audit_checkpoint")).scalar()
        self.report.sealed = int(size or 0)
        return self.report.sealed

    def _heads(self) -> Iterator[Checkpoint]:
        """Yield the checkpoints, each signed by us and following the one before."""
        before: Checkpoint | None = None
        for row in checkpoints(self.connection):
            head, expected = Checkpoint.of(row), before.number + 1 if before else 1
            if head.number != expected:
                raise _Found(None, MISSING, "checkpoints follow each other without gaps", expected)
            if not head.is_ours:
                raise _Found(None, ALTERED, "its signature is not this installation's", head.number)
            if head.previous != (before.digest if before else BEGINNING).hex() or head.size <= (
                before.size if before else 0
            ):
                raise _Found(None, ALTERED, "it does not follow the one before", head.number)
            before = head
            yield head

    def _next_leaf(self) -> tuple[int, bytes] | None:
        try:
            return next(self.leaves, None)
        except (ValueError, TypeError) as error:
            raise _Found(self.last_id + 1, ALTERED, f"what was sealed of it can't be read: {error}") from None

    def _check(self, event: Stored) -> None:
        hashed = event.hash
        marked = hmac.compare_digest(self.mark(hashed), event.mac)
        if self.leaf is not None:
            self._compare(event, hashed, marked)
        if event.fault:
            raise _Found(event.id, ALTERED, event.fault)
        if not marked:
            raise self._unmarked(event)
        if self.leaf is None and self.gapless and event.id != self.last_id + 1:
            raise _Found(self.last_id + 1, MISSING, f"the next one is {event.id}")
        if event.id != self.last_id + 1:
            self.gap = self.gap or self.last_id + 1
            self.report.gaps += event.id - self.last_id - 1 if self.leaf is None else 0
        self._check_erased(event)
        self.tree.add(merkle.leaf(hashed))
        self.last_id = event.id
        self.report.events += 1
        self.leaf = self._next_leaf() if self.leaf is not None else None

    def _compare(self, event: Stored, hashed: bytes, marked: bool) -> None:
        """Hold an event against what was sealed in its place."""
        assert self.leaf is not None
        id_, leaf = self.leaf
        if event.id > id_:
            raise _Found(id_, MISSING, "it was sealed and is no longer there")
        if event.id < id_:
            raise _Found(event.id, INSERTED, "it stands among sealed events and was not sealed with them")
        if marked and not event.fault and merkle.leaf(hashed) != leaf:
            raise _Found(event.id, ALTERED, "it is not what was sealed")

    def _unmarked(self, event: Stored) -> _Found:
        """Say of an event without a right mark whether it is another one under this number."""
        for id_ in numbers(self.connection):
            if id_ != event.id and hmac.compare_digest(self.mark(event_hash(id_, event.body)), event.mac):
                return _Found(event.id, REORDERED, f"it was written as event {id_}")
        if self.leaf is not None:
            return _Found(event.id, ALTERED, "its fields are not those that were marked and sealed")
        return _Found(event.id, ALTERED, "its fields are not those that were marked, or somebody inserted it")

    def _check_erased(self, event: Stored) -> None:
        for position, by in event.erased:
            if by not in self.erasures:
                self.erasures = {by: erased_values(self.connection, by)}  # an erasure's values stand close together
            if by <= event.id or (event.id, position) not in self.erasures[by]:
                raise _Found(event.id, ALTERED, f"a value was removed without an erasure that names it (event {by})")
            self.report.erased += 1

    def _check_head(self) -> None:
        """At the size of a signed head, ours or an exported one: is this the tree that was signed?"""
        while self.head is not None and self.head.size == self.tree.size:
            self._same_root(self.head)
            self.report.checkpoints += 1
            self.last_head, self.gap = self.head, None
            self.head = next(self.heads, None)
        while self.known and self.known[0].size <= self.tree.size:
            self._same_root(self.known.pop(0))

    def _same_root(self, head: Checkpoint) -> None:
        if self.tree.root.hex() != head.root or self.last_id != head.last_event_id:
            first = self.last_head.last_event_id + 1 if self.last_head else 1
            detail = f"events {first} to {head.last_event_id} are not those that checkpoint {head.number} signs"
            raise _Found(self.gap or first, MISSING if self.gap else ALTERED, detail, head.number)

    def _check_end(self) -> None:
        """On SQLite numbers have no gaps, so the last one given is the last one there."""
        if self.gapless:
            given = last_given(self.connection)
            if given > self.last_id:
                raise _Found(self.last_id + 1, MISSING, f"numbers were given up to {given}")


def verify(session: Session, known: Sequence[Checkpoint] = ()) -> Report:
    """Verify the whole trail. ``known`` are exported checkpoints, kept where nobody could change them.

    Never raises for what it finds: ``report.ok`` and ``report.first_problem`` tell. Reads on a connection of its own.
    """
    report = Report()
    with snapshot(bind_of(session)) as connection:
        walk = _Walk(connection, report, sorted(known, key=lambda head: head.size))
        try:
            for head in known:
                if not head.is_ours:
                    raise _Found(None, ALTERED, "the exported one is not signed by this installation", head.number)
            walk.run()
        except _Found as found:
            report.ok, report.first_problem = False, found.problem
        except (TypeError, ValueError, AttributeError) as error:  # SQLite lets anything be put anywhere
            report.ok, report.first_problem = False, Problem(walk.last_id + 1, ALTERED, f"it can't be read: {error}")
        last = walk.last_head
        report.head = last.as_dict() if last else None
        report.tail = _tail(connection, report)
    return report


def _tail(connection: Connection, report: Report) -> int:
    """Return how many events follow the last sealed one."""
    last = connection.execute(text("SELECT coalesce(max(last_event_id), 0) FROM audit_checkpoint")).scalar_one()
    return int(connection.execute(select(func.count()).select_from(EVENT).where(EVENT.c.id > last)).scalar_one())
