"""Runs migrations, on a connection of their own.

SQLite: foreign keys are off meanwhile and checked after (a batch operation copies a table, and dropping the old one
would empty its children by cascade); the write lock is taken at once. Triggers, full-text tables and partial indexes
are not in the migrations: they are declared once beside their tables (``core.db.on_create``), made anew after each run
that ends at today's schema.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from alembic import context
from sqlalchemy import Connection, Engine, create_engine, event, inspect

from promo.config import settings
from promo.core.db import Base, BigId, Json, UTCDateTime, create_extras, extras

INDEX = re.compile(r"\s*CREATE (?:UNIQUE )?INDEX IF NOT EXISTS (\w+)", re.I)
FULL_TEXT = re.compile(r"CREATE VIRTUAL TABLE (\w+)", re.I)
OWN_TYPES = {BigId: "BigId", Json: "Json"}


def engine() -> Engine:
    """Return an engine for one run, to the database of the settings (or of the test that asks)."""
    made = create_engine(context.config.attributes.get("url") or settings().database_url)
    if made.dialect.name == "sqlite":

        @event.listens_for(made, "connect")
        def connect(connection: sqlite3.Connection, _record: object) -> None:
            connection.isolation_level = None
            for pragma in ("journal_mode=WAL", "busy_timeout=60000", "foreign_keys=OFF"):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(made, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return made


def full_text_tables(connection: Connection) -> list[str]:
    """Return the names of SQLite's full-text tables."""
    if connection.dialect.name != "sqlite":
        return []
    rows = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%'"
    )
    return [found.group(1) for (sql,) in rows if (found := FULL_TEXT.match(sql))]


def render(kind: str, thing: Any, autogen: Any) -> str | bool:
    """Write our own column types by their names, so that one migration serves both databases."""
    if kind != "type":
        return False
    name = OWN_TYPES.get(thing) or ("UTCDateTime()" if isinstance(thing, UTCDateTime) else None)
    if name is None:
        return False
    autogen.imports.add(f"from promo.core.db import {name.removesuffix('()')}")
    return name


def is_ours(connection: Connection) -> Any:
    """Return the filter that keeps autogeneration away from what :func:`create_extras` makes."""
    full_text = full_text_tables(connection)
    indexes = {found.group(1) for s in extras(connection.dialect.name) if (found := INDEX.match(s))}

    def include(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
        if kind == "table" and reflected and any(name == t or str(name).startswith(f"{t}_") for t in full_text):
            return False
        return not (kind == "index" and name in indexes)

    return include


def drop_leftovers(connection: Connection) -> None:
    """After a way back to the very beginning: drop what :func:`create_extras` had made beside the tables."""
    if inspect(connection).has_table("record"):
        return
    for name in full_text_tables(connection):
        connection.exec_driver_sql(f'DROP TABLE "{name}"')
    if connection.dialect.name == "postgresql":
        rows = connection.exec_driver_sql(
            "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = current_schema() AND NOT EXISTS"
            " (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
        )
        for (function,) in rows.all():
            connection.exec_driver_sql(f"DROP FUNCTION {function} CASCADE")


def check_keys(connection: Connection) -> None:
    """Raise when a migration left a row that points nowhere (SQLite)."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise RuntimeError(f"foreign keys are broken after the migration: {broken[:5]}")


def run(connection: Connection) -> None:
    """Run the migrations in one transaction, then make the extras anew."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=render,
        compare_type=True,
        include_object=is_ours(connection),
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    if context.get_context().get_current_heads() == context.script.as_revision_number("heads"):  # today's columns
        create_extras(connection)
    drop_leftovers(connection)
    check_keys(connection)


own = engine()
with own.begin() as one:
    run(one)
own.dispose()
