"""Writing very many rows: collected a table at a time, then one ``executemany`` (SQLite) or ``COPY`` (PostgreSQL).

What a single save derives (the reference and its counter, sort key, search text) is made here in the same way. Indexes
are taken away before and built at the end: much quicker than row by row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, ForeignKeyConstraint, Index, Table, delete, func, insert, select, text
from sqlalchemy.orm import Session
from sqlalchemy.schema import AddConstraint, DropConstraint

from promo.core import audit
from promo.core.db import Model, create_extras
from promo.core.records import Record, ReferenceCounter
from promo.core.search import fold
from promo.demo.people import Office

TRIGGERS = ("record_search_insert", "record_search_update", "record_search_delete")
FULL_TEXT = ("record_part", "record_word")
BUILDING_MEMORY = "1GB"  # what PostgreSQL may use to build an index
INDEXES = ("ix_record_search_part", "ix_record_search_word")


class Store:
    """Collects rows of many tables and writes them when told to. Ids of records are given here, one after another."""

    def __init__(self, session: Session) -> None:
        self.rows: dict[Table, list[tuple[Any, ...]]] = {}
        self.events: list[audit.Event] = []
        self.columns: dict[Table, tuple[str, ...]] = {}
        self.last_id: int = session.scalar(select(func.max(Record.id))) or 0
        self.numbered: Counter[Table] = Counter()
        counter = ReferenceCounter
        found = session.execute(select(counter.prefix, counter.post_id, counter.year, counter.last))
        self.counters: Counter[tuple[str, int, int]] = Counter({(p, post, year): last for p, post, year, last in found})

    def add(self, model: type[Model], **values: Any) -> None:
        """Collect a row. Every row of a table names the same columns in the same order."""
        table: Table = model.__table__  # type: ignore[assignment]
        rows = self.rows.get(table)
        if rows is None:
            rows = self.rows[table] = []
            self.columns[table] = tuple(values)
        elif tuple(values) != self.columns[table]:
            raise ValueError(f"{table.name}: {tuple(values)} instead of {self.columns[table]}")
        rows.append(tuple(values.values()))

    def number(self, model: type[Model]) -> int:
        """Return the next id of a table other than the records', for rows that others point to."""
        table: Table = model.__table__  # type: ignore[assignment]
        self.numbered[table] += 1
        return self.numbered[table]

    def add_record(
        self, kind: str, prefix: str, office: Office, title: str, at: datetime, *, owner_id: int, pillar: str | None,
        country: str | None, status: str, visibility: str, parts: tuple[str | None, ...], sort: str | None = None,
        starts_on: date | None = None,
    ) -> int:  # fmt: skip
        """Collect the spine's row of a record entered at a moment; returns its id."""
        self.last_id += 1
        key = (prefix, office.post_id, at.astimezone(office.zone).year)
        self.counters[key] += 1
        reference = f"{prefix}-{office.code}-{key[2]}-{self.counters[key]:04d}"
        sort_key, search = derived(title, reference, *parts, sort=sort)
        self.add(
            Record, id=self.last_id, kind=kind, reference=reference, title=title, sort_key=sort_key, search=search,
            post_id=office.post_id, owner_id=owner_id, pillar=pillar, country=country, status=status,
            starts_on=starts_on, visibility=visibility, created_at=at, updated_at=at, version=1,
        )  # fmt: skip
        self.events.append(
            audit.Event("create", owner_id, record_id=self.last_id, kind=kind, reference=reference, at=at)
        )
        return self.last_id

    def write(self, session: Session) -> None:
        """Write what was collected, in the caller's transaction, and the counters as they stand now."""
        connection = session.connection()
        for table in Model.metadata.sorted_tables:  # what others point to comes first
            if rows := self.rows.get(table):
                insert_many(connection, table, self.columns[table], rows)
                rows.clear()
        audit.bulk_create_events(connection, self.events)
        self.events.clear()
        keys = ("prefix", "post_id", "year", "last")
        counters = [dict(zip(keys, (*key, last), strict=True)) for key, last in sorted(self.counters.items())]
        session.execute(delete(ReferenceCounter))
        if counters:
            session.execute(insert(ReferenceCounter), counters)


def derived(title: str, reference: str, *parts: str | None, sort: str | None = None) -> tuple[str, str]:
    """Return sort key and search text, as :func:`promo.core.records.refresh_texts` makes them."""
    return fold(sort or title)[:320], fold(" ".join(t for t in (title, reference, *parts) if t))


def insert_many(connection: Connection, table: Table, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Insert rows by the driver's quickest way, their values converted as the columns' types say."""
    dialect = connection.dialect
    processors = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns]
    names = ", ".join(columns)
    if dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - our own names
        connection.exec_driver_sql(statement, list(converted(rows, processors)))
        return
    cursor: Any = connection.connection.cursor()
    with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in converted(rows, processors):
            copy.write_row(row)


def converted(
    rows: list[tuple[Any, ...]], processors: Sequence[Callable[[Any], Any] | None]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows as the driver takes them, converted a column at a time."""
    by_column = (
        column if process is None else [process(value) for value in column]
        for column, process in zip(zip(*rows, strict=True), processors, strict=True)
    )
    return zip(*by_column, strict=True)


def _indexes() -> Iterator[Index]:
    """Yield the plain indexes of records and of whatever belongs to them."""
    spine: Any = Record.__table__
    for table in Model.metadata.sorted_tables:
        if table is spine or any(key.column.table is spine for key in table.foreign_keys):
            yield from sorted((i for i in table.indexes if not i.unique), key=lambda i: str(i.name))


def _references() -> Iterator[ForeignKeyConstraint]:
    """Yield the foreign keys of records and of whatever belongs to them."""
    spine: Any = Record.__table__
    for table in Model.metadata.sorted_tables:
        if table is spine or any(key.column.table is spine for key in table.foreign_keys):
            yield from sorted(table.foreign_key_constraints, key=lambda key: str(key.name))


def drop_indexes(connection: Connection) -> None:
    """Take the indexes of records away, those for finding among them, to be built at the end.

    On PostgreSQL the foreign keys too: to check them all at once at the end is much quicker than row by row.
    """
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA cache_size = -262144"))  # KiB; whoever loads has the machine to themselves
        for name in TRIGGERS:
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
    else:
        for name in INDEXES:
            connection.execute(text(f"DROP INDEX IF EXISTS {name}"))
        for key in _references():
            connection.execute(DropConstraint(key))
    for index in _indexes():
        index.drop(connection, checkfirst=True)


def build_indexes(connection: Connection, numbered: Iterable[Table]) -> None:
    """Build the indexes and create the triggers again; move PostgreSQL's sequences on."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL maintenance_work_mem = '{BUILDING_MEMORY}'"))
    for index in _indexes():
        index.create(connection)
    if connection.dialect.name == "sqlite":
        for name in FULL_TEXT:
            connection.execute(text(f"INSERT INTO {name}({name}) VALUES ('rebuild')"))  # noqa: S608
    else:
        for name in (Record.__tablename__, *(table.name for table in numbered)):
            last = f"(SELECT coalesce(max(id), 1) FROM {name})"  # noqa: S608 - our own names
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {last})"))
        for key in _references():
            connection.execute(AddConstraint(key, isolate_from_table=False))
    create_extras(connection)
    connection.execute(text("ANALYZE"))
