"""The database: engine, base class, sessions, and when a transaction begins and ends.

Two kinds of transaction, never mixed:

* **reading**: begins by itself at the first query and is rolled back at the end of the request or job; on PostgreSQL,
  where each statement reads its own moment in any case, it is none (see :func:`_reading`);
* **writing**: ``with write() as session:`` ends the reading one, takes the write lock at once (``BEGIN IMMEDIATE`` on
  SQLite), and commits at the end of the block or rolls back when it raises.

Reading first and writing later in one SQLite transaction fails with "database is locked" whatever the busy timeout,
because the snapshot read is no longer the newest. So pages read the viewer and the form first, then ``write()`` begins
around one action, and nothing slow (hashing, files, mail, PDF) stands inside it.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as BoundSession
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    DateTime,
    Engine,
    Integer,
    MetaData,
    Select,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from promo.core.errors import NestedWrite

BigId = BigInteger().with_variant(Integer, "sqlite")
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class UTCDateTime(TypeDecorator[datetime]):
    """A moment: aware in Python, stored in UTC. SQLite keeps it without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True
    python_type = datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables; constraints have predictable names, so that migrations can alter them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class PageSession(BoundSession):
    """A session that asks for columns without the ORM's way of making objects, which takes longer than the database.

    What a SELECT of columns alone returns is the same rows either way, at less than half of the price; a page asks
    some twenty of them.
    """

    def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Ask, see :meth:`sqlalchemy.orm.Session.execute`."""
        if not options and _columns_alone(statement):
            return self.connection().execute(statement, params)
        return super().execute(statement, params, **options)

    def scalars(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Ask for the first value of each row."""
        return self.execute(statement, params, **options).scalars()

    def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Ask for one value; None when no row is found."""
        return self.execute(statement, params, **options).scalar()

    def get_bind(self, *asked: Any, **options: Any) -> Any:
        """Return where to ask: to write in a transaction, to read as :func:`_reading` says."""
        engines = self.info.get("engines")
        if engines is None:
            engine = super().get_bind(*asked, **options)
            engines = self.info["engines"] = (_reading(engine), engine)
        return engines[_writing.get()]


def _columns_alone(statement: Any) -> bool:
    if isinstance(statement, CompoundSelect):
        return all(_columns_alone(one) for one in statement.selects)
    return isinstance(statement, Select) and all(isinstance(c, ColumnElement) for c in statement._raw_columns)


@lru_cache(maxsize=8)
def _reading(engine: Engine) -> Engine:
    """Return the engine for reading.

    PostgreSQL reads each statement's own moment in a transaction or without one, but a rollback makes psycopg forget
    the statements that it prepared: planning them anew took longer than answering. So reading is without one there.
    """
    return engine if engine.dialect.name == "sqlite" else engine.execution_options(isolation_level="AUTOCOMMIT")


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"class_": PageSession, "autoflush": False, "expire_on_commit": False},
)
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

# For a function that returns a SELECT: putting one together costs more than asking it, so those of busy pages are kept.
built_once = lru_cache(maxsize=512)

_writing: ContextVar[bool] = ContextVar("promo_writing", default=False)


def session() -> Session:
    """Return the session of this application context."""
    return db.session()


def is_sqlite(connection: Connection | Session | None = None) -> bool:
    """Whether the database in use (or this connection's) is SQLite."""
    bind = db.engine if connection is None else connection.get_bind() if isinstance(connection, Session) else connection
    return bind.dialect.name == "sqlite"


def writing() -> bool:
    """Whether this thread of work is inside :func:`write`."""
    return _writing.get()


@contextmanager
def write() -> Iterator[Session]:
    """One writing transaction around one action.

    Ends the reading transaction, so everything loaded before is read anew inside; commits at the end, rolls back when
    the block raises. Raises :class:`NestedWrite` when entered twice.
    """
    if _writing.get():
        raise NestedWrite("write() inside write()")
    current = session()
    current.rollback()
    with _turn():
        try:
            yield current
            current.commit()
        except BaseException:
            current.rollback()
            raise


@contextmanager
def apart() -> Iterator[Session]:
    """A short writing transaction on a connection of its own, beside what this thread of work is reading.

    Commits at the end of the block, rolls back when it raises. Raises :class:`NestedWrite` inside :func:`write`, for
    whose lock it would wait for ever.
    """
    if _writing.get():
        raise NestedWrite("apart() inside write()")
    with _turn(), Session(db.engine, autoflush=False, expire_on_commit=False) as own:
        yield own
        own.commit()


def in_parts(session: Session, statement: Any, key: Any, size: int = 2_000) -> Iterator[Any]:
    """Yield the rows of a long SELECT of columns in the order of ``key``, which is among them, ``size`` at a time.

    Each part is sought from where the last ended, so neither memory nor an open cursor grows with the whole.
    """
    ordered = statement.order_by(key).limit(size)
    rows = session.execute(ordered).all()
    yield from rows
    while len(rows) == size:
        rows = session.execute(ordered.where(key > getattr(rows[-1], key.key))).all()
        yield from rows


@contextmanager
def _turn() -> Iterator[None]:
    """Hold this thread of work's turn to write.

    SQLite lets one write at a time, and those who wait ask again after ever longer pauses, so that under load one of
    them waits for seconds. A lock of the system's on a file beside the database wakes the next one at once, among
    threads and processes alike; SQLite's own lock stays the one that counts.
    """
    file = db.engine.url.database if is_sqlite() else None
    queue = os.open(f"{file}-turn", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600) if file else None
    token = None
    try:
        if queue is not None:
            fcntl.flock(queue, fcntl.LOCK_EX)
        token = _writing.set(True)
        yield
    finally:
        if token is not None:
            _writing.reset(token)
        if queue is not None:
            os.close(queue)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Durable, concurrent, and with the foreign keys that SQLite leaves off."""
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=15000",
        "temp_store=MEMORY",
        "cache_size=-8192",
        "mmap_size=1073741824",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


def prepare_engine(engine: Engine) -> None:
    """Set an engine up for Promo's two kinds of transaction. Called once for each engine made."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)


Ddl = Callable[[Connection], None]
_extra_ddl: list[tuple[str, str, str]] = []  # (table, dialect, statement)


def on_create(table: str, *, sqlite: list[str] | None = None, postgresql: list[str] | None = None) -> None:
    """Declare what a table needs beyond columns: triggers, full-text tables, partial or expression indexes.

    The one place for it: used for a fresh schema and re-created after each migration. Each statement must be
    idempotent (``IF NOT EXISTS`` or ``OR REPLACE``).
    """
    _extra_ddl.extend((table, "sqlite", statement) for statement in sqlite or ())
    _extra_ddl.extend((table, "postgresql", statement) for statement in postgresql or ())


def extras(dialect: str) -> list[str]:
    """Return the statements declared with :func:`on_create` for a dialect."""
    return [statement for _, of, statement in _extra_ddl if of == dialect]


def create_extras(connection: Connection) -> None:
    """Create everything declared with :func:`on_create` for the tables that exist."""
    from sqlalchemy import inspect

    names = set(inspect(connection).get_table_names())
    for table, dialect, statement in _extra_ddl:
        if table in names and dialect == connection.dialect.name:
            connection.execute(text(statement.replace(":", r"\:")))


def create_schema(connection: Connection) -> None:
    """Create every table and extra in an empty database (PostgreSQL: with the trigram extension)."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    Base.metadata.create_all(connection)
    create_extras(connection)


def lock(row: Any) -> None:
    """Lock a row for the rest of the writing transaction (SQLite: the whole database already is)."""
    session().refresh(row, with_for_update=None if is_sqlite() else True)
