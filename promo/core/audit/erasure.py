"""Erasing personal data from the trail (Ley 29733, art. 20): the values go, that there were some stays provable."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session

from promo.core.audit.acting import actor
from promo.core.audit.reading import EVENT, VALUE
from promo.core.audit.writing import Event, insert_events, values_of
from promo.core.records import Record

ERASE = "erase"


def erase(
    session: Session, record: Record, *, fields: Iterable[str] | None = None, reason: str, act: str | None = None
) -> int:
    """Erase the old and new values of a record's events (of some ``fields``, else all); return how many.

    The erasure is an event that names each erased value, the reason and the number of the approving act. The caller
    has checked the permission and holds ``write()``. What the record itself still holds is the caller's to empty.
    """
    session.flush()
    connection = session.connection()
    theirs = select(VALUE.c.event_id, VALUE.c.position).join(EVENT, EVENT.c.id == VALUE.c.event_id)
    theirs = theirs.where(EVENT.c.record_id == record.id, EVENT.c.action != ERASE, VALUE.c.salt.is_not(None))
    if fields is not None:
        theirs = theirs.where(VALUE.c.field.in_(list(fields)))
    found = [(e, p) for e, p in connection.execute(theirs.order_by(VALUE.c.event_id, VALUE.c.position))]
    if not found:
        return 0
    who = actor()
    event = Event(
        ERASE, who.person_id, who.on_behalf_of_id, record.id, record.kind, record.reference,
        request_id=who.request_id, device=who.device,
        values=values_of({"reason": reason, "act": act, "erased": [list(pair) for pair in found]}, whole=True),
    )  # fmt: skip
    (number,) = insert_events(connection, [event])
    for event_id, position in found:
        connection.execute(
            update(VALUE)
            .where(VALUE.c.event_id == event_id, VALUE.c.position == position)
            .values(old=None, new=None, salt=None, erased_by=number)
        )
    return len(found)


def erased_values(connection: Connection, event_id: int) -> frozenset[tuple[int, int]]:
    """Return the values (event, position) that an erasure names; empty for an event that is none."""
    query = (
        select(VALUE.c.new)
        .join(EVENT, EVENT.c.id == VALUE.c.event_id)
        .where(EVENT.c.id == event_id, EVENT.c.action == ERASE, VALUE.c.field == "erased")
    )
    listed: Any = json.loads(connection.execute(query).scalar() or "[]")
    return frozenset((int(e), int(p)) for e, p in listed)
