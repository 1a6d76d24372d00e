"""Events of the trail as evidence: every field that their hashes cover, and where they stand in the tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from promo.core.audit import Hide, NotSealed, Prover, merkle
from promo.core.audit.digests import event_body, event_hash, iso, value_digest
from promo.core.audit.reading import EVENT, VALUE

CHUNK = 500  # events whose values are read at once
FACTS = (
    "actor_id", "on_behalf_of_id", "action", "record_id", "kind", "reference", "table_name", "row_key", "request_id",
    "device", "procedure_version_id",
)  # fmt: skip
"""The fields of an event that its hash covers after id and moment, in this order."""


@dataclass(frozen=True)
class Happened:
    """One event with its values, as rows of the trail."""

    row: Any
    values: list[Any] = field(default_factory=list)

    @property
    def id(self) -> int:
        """Its number."""
        return int(self.row.id)

    @property
    def at(self) -> datetime:
        """When it was."""
        moment: datetime = self.row.at
        return moment

    @property
    def leaf(self) -> bytes:
        """Its leaf in the tree. Raises :class:`NotSealed` when a value is not as it was written."""
        for value in self.values:
            whole = value.salt is None or value.digest == value_digest(
                value.salt, value.part, value.row_key, value.field, value.old, value.new
            )
            if not whole:
                raise NotSealed(f"event {self.id}: its value of {value.field!r} is altered")
        body = event_body((iso(self.at), *(getattr(self.row, name) for name in FACTS)), [v.digest for v in self.values])
        return merkle.leaf(event_hash(self.id, body))

    def as_dict(self, hide: Hide) -> dict[str, Any]:
        """Return it for the pack. Of what is hidden the digest stays, so that its hash can still be verified."""
        return {
            "id": self.id,
            "at": iso(self.at),
            **{name: getattr(self.row, name) for name in FACTS},
            "values": [self._value(value, hide) for value in self.values],
        }

    def _value(self, value: Any, hide: Hide) -> dict[str, Any]:
        about = {"part": value.part, "row_key": value.row_key, "field": value.field, "digest": value.digest.hex()}
        if value.erased_by is not None:
            return about | {"erased_by": value.erased_by}
        if hide(self.row.kind if value.part is None else None, value.part or self.row.table_name, value.field):
            return about | {"masked": True}
        return about | {"old": value.old, "new": value.new, "salt": value.salt.hex()}


def happened(connection: Connection, chosen: ColumnElement[bool], until: int) -> Iterator[Happened]:
    """Yield the events that a condition chooses, up to a number, in their order, with their values."""
    query = select(EVENT).where(chosen, EVENT.c.id <= until).order_by(EVENT.c.id)
    rows = connection.execute(query).all()
    for start in range(0, len(rows), CHUNK):
        chunk = {row.id: Happened(row) for row in rows[start : start + CHUNK]}
        values = select(VALUE).where(VALUE.c.event_id.in_(chunk)).order_by(VALUE.c.event_id, VALUE.c.position)
        for value in connection.execute(values):
            chunk[value.event_id].values.append(value)
        yield from chunk.values()


def proofs(prover: Prover, events: Iterable[Happened]) -> dict[str, Any]:
    """Return the proofs of events under the prover's head: where each stands, and the roots beside their ways.

    A root is named by its leaves, ``"low-high"``; several ways share it. Raises :class:`NotSealed` for an event that is
    not what was sealed.
    """
    known = {event.id: event for event in events}
    where: dict[str, int] = {}
    nodes: dict[str, str] = {}
    for id_, (index, leaf) in prover.places(known).items():
        path = prover.path(index)
        if known[id_].leaf != leaf:
            raise NotSealed(f"event {id_}: it is not what was sealed")
        if merkle.root_from_proof(leaf, index, prover.head.size, list(path.values())).hex() != prover.head.root:
            raise NotSealed(f"event {id_}: the seal of its time does not lead to the signed one")
        where[str(id_)] = index
        nodes |= {f"{low}-{high}": root.hex() for (low, high), root in path.items()}
    return {"checkpoint": prover.head.number, "size": prover.head.size, "events": where, "nodes": nodes}
