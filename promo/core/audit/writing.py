"""Writing events: numbers, marks and rows, in the transaction that is told of.

Numbers are taken at the very end of a transaction, just before its commit. On SQLite it holds the write lock, so they
follow each other without gaps. On PostgreSQL transactions take them from a sequence side by side, each holding a
*shared* advisory lock from then to its commit; sealing takes the exclusive one for a moment and so knows that every
number given by then is either committed or void. No writer waits for another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert, text

from promo.core import clock
from promo.core.audit import keys
from promo.core.audit.digests import Value, encode, event_body, event_hash, iso, marker, salts
from promo.core.audit.models import AuditEvent, AuditValue

EVENT: Any = AuditEvent.__table__
VALUE: Any = AuditValue.__table__
EVENT_COLUMNS = tuple(column.name for column in EVENT.columns)
VALUE_COLUMNS = tuple(column.name for column in VALUE.columns)
LOCK = 0x70726F6D6F01  # the advisory lock of PostgreSQL that writers share and sealing takes alone
CHUNK = 5000


@dataclass(slots=True)
class Event:
    """An event to be written. ``at`` defaults to the moment of writing."""

    action: str
    actor_id: int | None = None
    on_behalf_of_id: int | None = None
    record_id: int | None = None
    kind: str | None = None
    reference: str | None = None
    table_name: str | None = None
    row_key: str | None = None
    request_id: str | None = None
    device: str | None = None
    procedure_version_id: int | None = None
    at: datetime | None = None
    values: list[Value] = field(default_factory=list)


def values_of(data: Mapping[str, Any] | None, *, whole: bool = False) -> list[Value]:
    """Return the values that tell what an event carries: each name with its content as *new*.

    Of a very long content the digest is kept, unless it is wanted ``whole``.
    """
    return [Value(name, None, encode(content, whole=whole)) for name, content in (data or {}).items()]


def insert_events(connection: Connection, events: Sequence[Event]) -> list[int]:
    """Write events; return their numbers. The last thing to do before the commit."""
    if not events:
        return []
    ids = take_numbers(connection, len(events))
    rows, values = _rows(events, ids)
    connection.execute(insert(EVENT), [dict(zip(EVENT_COLUMNS, row, strict=True)) for row in rows])
    if values:
        connection.execute(insert(VALUE), [dict(zip(VALUE_COLUMNS, row, strict=True)) for row in values])
    return ids


def bulk_create_events(connection: Connection, events: Iterable[Event]) -> int:
    """Write very many events (demo data, an import) in large chunks; return how many.

    PostgreSQL takes them by COPY, SQLite by prepared statements. For events of a transaction of their own: sealing
    waits for it.
    """
    source, count = iter(events), 0
    write = _insert_sqlite if connection.dialect.name == "sqlite" else _copy_postgresql
    while chunk := list(islice(source, CHUNK)):
        rows, values = _rows(chunk, take_numbers(connection, len(chunk)))
        write(connection, EVENT.name, EVENT_COLUMNS, rows)
        if values:
            write(connection, VALUE.name, VALUE_COLUMNS, values)
        count += len(chunk)
    return count


def take_numbers(connection: Connection, count: int) -> list[int]:
    """Take the next numbers for events; on PostgreSQL together with the lock that sealing waits for."""
    if connection.dialect.name == "sqlite":
        last = last_given(connection)
        return list(range(last + 1, last + 1 + count))
    statement = text(
        "WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(:lock))"
        " SELECT nextval('audit_event_id_seq') FROM held, generate_series(1, :count)"
    )
    return sorted(connection.execute(statement, {"lock": LOCK, "count": count}).scalars())


def last_given(connection: Connection) -> int:
    """Return the last number given on SQLite, also when its row is no longer there."""
    query = text("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'audit_event'")
    return int(connection.execute(query).scalar_one())


def _rows(events: Sequence[Event], ids: Sequence[int]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Return the rows of both tables, marked."""
    mark, now = marker(keys.event_key()), clock.now()
    fresh = iter(salts(sum(len(e.values) for e in events)))
    rows, values = [], []
    for id_, e in zip(ids, events, strict=True):
        digests = []
        for position, value in enumerate(e.values):
            salt = next(fresh)
            digest = value.digest(salt)
            digests.append(digest)
            values.append(
                (id_, position, value.part, value.row_key, value.field, value.old, value.new, salt, digest, None)
            )
        at = e.at or now
        facts = (
            e.actor_id, e.on_behalf_of_id, e.action, e.record_id, e.kind, e.reference, e.table_name, e.row_key,
            e.request_id, e.device, e.procedure_version_id,
        )  # fmt: skip
        mac = mark(event_hash(id_, event_body((iso(at), *facts), digests)))
        rows.append((id_, at, *facts, len(digests), mac))
    return rows, values


def _insert_sqlite(connection: Connection, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    if "at" in columns:
        where = columns.index("at")
        rows = [(*r[:where], r[where].strftime("%Y-%m-%d %H:%M:%S.%f"), *r[where + 1 :]) for r in rows]
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our own names
    connection.exec_driver_sql(statement, rows)


def _copy_postgresql(connection: Connection, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    cursor: Any = connection.connection.cursor()
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
