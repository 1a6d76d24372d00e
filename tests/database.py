"""The database under test: made once for each test process, set back after every test that wrote to it.

``PROMO_TEST_DATABASE`` chooses ``sqlite`` (default) or ``postgresql``. Actions really commit, so a test is not wrapped
in a transaction: what it wrote is undone by copying a template over (a file on SQLite, 2 ms; ``CREATE DATABASE …
TEMPLATE`` on PostgreSQL, 25 ms), and only when a statement that writes was seen.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, event

from tests import postgres

CHOSEN = os.environ.get("PROMO_TEST_DATABASE", "sqlite")
SOCKET = "PROMO_TEST_POSTGRESQL"  # the folder of the running server's socket, for the workers of one run

_WRITES = re.compile(r"\b(insert|update|delete|replace|truncate|create|drop|alter|nextval|setval|vacuum)\b", re.I)
_LITERALS = re.compile(r"'(?:[^']|'')*'")
_FRAME = re.compile(r"\s*(begin|commit|rollback|savepoint|release|pragma|set)\b", re.I)


@dataclass(eq=False)  # two that saw the same are still two
class Watch:
    """The statements seen while a block ran. ``noted`` are the writes made through ``core/notes.py``."""

    statements: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)

    @property
    def writes(self) -> list[str]:
        """The statements that write, notes apart."""
        return [s for s in self.statements if writes(s)]


_watching: list[Watch] = []
_dirty = False


def writes(statement: str) -> bool:
    """Whether a statement may change data (``SELECT … FOR UPDATE`` only locks)."""
    bare = _LITERALS.sub("''", statement)
    if bare.lstrip()[:6].lower() == "select":
        return bool(re.search(r"\b(nextval|setval)\b", bare, re.I))
    return bool(_WRITES.search(bare))


def _noting() -> bool:
    notes = sys.modules.get("promo.core.notes")
    return notes is not None and notes.noting()


@event.listens_for(Engine, "before_cursor_execute")
def _see(_connection, _cursor, statement, _parameters, _context, _many) -> None:
    global _dirty
    if _FRAME.match(statement):
        return
    changing = writes(statement)
    _dirty = _dirty or changing
    if _watching:
        noted = _noting()
        for watch in _watching:
            (watch.noted if noted else watch.statements).append(statement)


@contextmanager
def watch() -> Iterator[Watch]:
    """Collect the statements of every engine while the block runs."""
    seen = Watch()
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)


def touched() -> None:
    """Say that another process may have written, so that the database is set back after this test."""
    global _dirty
    _dirty = True


class Place:
    """Where the database of this test process stands, and how it is set back."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.sqlite = CHOSEN == "sqlite"
        self.file, self.template = folder / "promo.db", folder / "template.db"
        if not self.sqlite:
            self.socket = os.environ[SOCKET]
            postgres.run_sql(self.socket, f'CREATE DATABASE "{name}"')

    @property
    def url(self) -> str:
        """The address for the settings."""
        return f"sqlite:///{self.file}" if self.sqlite else postgres.url(self.socket, self.name)

    def keep(self, engine: Engine) -> None:
        """Make the present state the template."""
        global _dirty
        if self.sqlite:
            with engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")
            engine.dispose()
            shutil.copyfile(self.file, self.template)
        else:
            engine.dispose()
            postgres.copy_database(self.socket, self.name, f"{self.name}_template")
        _dirty = False

    def set_back(self, engine: Engine) -> None:
        """Undo what was written since :meth:`keep`."""
        global _dirty
        if not _dirty:
            return
        engine.dispose()
        if self.sqlite:
            for end in ("-wal", "-shm"):
                self.file.with_name(self.file.name + end).unlink(missing_ok=True)
            fresh = self.file.with_suffix(".fresh")
            shutil.copyfile(self.template, fresh)
            fresh.replace(self.file)
        else:
            postgres.copy_database(self.socket, f"{self.name}_template", self.name)
        _dirty = False

    def empty(self, name: str) -> str:
        """Return the address of another, empty database (for migrations and restores)."""
        if self.sqlite:
            path = self.folder / f"{name}.db"
            for end in ("", "-wal", "-shm"):
                path.with_name(path.name + end).unlink(missing_ok=True)
            return f"sqlite:///{path}"
        other = f"{self.name}_{name}"
        postgres.run_sql(self.socket, f'DROP DATABASE IF EXISTS "{other}" WITH (FORCE)')
        postgres.run_sql(self.socket, f'CREATE DATABASE "{other}"')
        return postgres.url(self.socket, other)
