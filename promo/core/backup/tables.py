"""Tables as a stream of bytes, and the digest of that stream.

A digest belongs to its database's kind: SQLite's is over each row as Python writes it, PostgreSQL's over the text of
``COPY … ORDER BY key``. Both are the same whenever the rows are, whatever order they were written in.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, inspect, text

from promo.core.db import Base

PLAIN = (  # so that the same rows are the same bytes, however the server is set up
    "SET LOCAL datestyle = 'ISO'; SET LOCAL timezone = 'UTC'; SET LOCAL bytea_output = 'hex';"
    " SET LOCAL extra_float_digits = 1"
)


def names(connection: Connection) -> list[str]:
    """Return the tables of a database, parents first; without full-text tables, which are made from the others."""
    known = [table.name for table in Base.metadata.sorted_tables]
    look = inspect(connection)
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
        virtual = tuple(name for (name,) in rows)
        there = [t for t in look.get_table_names() if not any(t == v or t.startswith(f"{v}_") for v in virtual)]
    else:
        there = look.get_table_names()
    return sorted(there, key=lambda name: (known.index(name) if name in known else -1, name))


def columns(connection: Connection, table: str) -> list[str]:
    """Return the columns of a table, but for those that the database computes."""
    return [c["name"] for c in inspect(connection).get_columns(table) if not c.get("computed")]


def _ordered(connection: Connection, table: str) -> str:
    wanted = ", ".join(f'"{name}"' for name in columns(connection, table))
    key = inspect(connection).get_pk_constraint(table)["constrained_columns"] or columns(connection, table)
    order = ", ".join(f'"{name}"' for name in key)
    return f'SELECT {wanted} FROM "{table}" ORDER BY {order}'  # noqa: S608 - names of our own tables


def stream(connection: Connection, table: str) -> Iterator[bytes]:
    """Yield a table as bytes, row by row (SQLite) or block by block (PostgreSQL)."""
    query = _ordered(connection, table)
    if connection.dialect.name == "sqlite":
        for row in connection.execution_options(yield_per=2000).exec_driver_sql(query):
            yield repr(tuple(row)).encode() + b"\n"
        return
    connection.exec_driver_sql(PLAIN)
    cursor: Any = connection.connection.cursor()
    with cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
        for block in copy:
            yield bytes(block)


def digest(connection: Connection, table: str, into: Path | None = None) -> dict[str, Any]:
    """Return ``{"rows", "sha256"}`` of a table; with ``into``, write the stream there, compressed, on the way."""
    rows, sha = 0, hashlib.sha256()
    with gzip.open(into, "wb", compresslevel=1) if into else _nowhere() as out:
        for block in stream(connection, table):
            rows += block.count(b"\n")
            sha.update(block)
            out.write(block)
    return {"rows": rows, "sha256": sha.hexdigest()}


class _nowhere:  # noqa: N801 - reads as the verb it is
    def __enter__(self) -> _nowhere:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def write(self, _block: bytes) -> None:
        """Forget a block."""


def digests(connection: Connection, into: Path | None = None) -> dict[str, dict[str, Any]]:
    """Return the digest of every table; with ``into``, write each to ``<table>.copy.gz`` in that folder."""
    return {
        table: digest(connection, table, into / f"{table}.copy.gz" if into else None) for table in names(connection)
    }


def revision(connection: Connection) -> str | None:
    """Return the schema's revision, or None for a schema without history."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def fill(connection: Connection, folder: Path) -> None:
    """Fill the empty tables of a PostgreSQL database from a backup's folder.

    Foreign keys are dropped meanwhile and made again, which checks every row; triggers are off meanwhile.
    """
    there = names(connection)
    keys = connection.exec_driver_sql(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
    ).all()
    for table, name, _definition in keys:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for table in there:
        _fill_one(connection, table, folder / f"{table}.copy.gz")
    for table, name, definition in keys:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    set_sequences(connection)


def _fill_one(connection: Connection, table: str, file: Path) -> None:
    wanted = ", ".join(f'"{name}"' for name in columns(connection, table))
    connection.exec_driver_sql(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
    if table == "alembic_version":
        connection.exec_driver_sql("DELETE FROM alembic_version")
    cursor: Any = connection.connection.cursor()
    with gzip.open(file, "rb") as source, cursor.copy(f'COPY "{table}" ({wanted}) FROM STDIN') as copy:
        while block := source.read(1 << 20):
            copy.write(block)
    connection.exec_driver_sql(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


def set_sequences(connection: Connection) -> None:
    """Move each sequence to the highest number in use."""
    for table in Base.metadata.sorted_tables:
        for column in _serial_columns(table):
            sequence = connection.execute(text("SELECT pg_get_serial_sequence(:t, :c)"), {"t": table.name, "c": column})
            if name := sequence.scalar():
                highest = f'(SELECT max("{column}") FROM "{table.name}")'  # noqa: S608 - names of our own tables
                connection.exec_driver_sql(f"SELECT setval('{name}', coalesce({highest}, 1), {highest} IS NOT NULL)")


def _serial_columns(table: Table) -> list[str]:
    column = table.autoincrement_column
    return [] if column is None else [column.name]
