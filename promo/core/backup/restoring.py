"""Bringing a backup back into an empty place."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text

from promo import config
from promo.config import ROOT, Settings, settings
from promo.core import clock
from promo.core.backup import tables
from promo.core.backup.writing import FORMAT, KEYS, database_file, describe_files
from promo.core.db import create_schema

SKIP = 100  # serials passed over in each series: those given after the backup may stand on paper


class BadBackup(Exception):
    """The backup is not whole, or the place is not empty; the text says which and what to do."""


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return a backup's manifest; raises :class:`BadBackup` when it is none or for the other kind of database."""
    path = folder / "manifest.json"
    if not path.exists():
        raise BadBackup(f"{folder} holds no finished backup: manifest.json is missing")
    manifest: dict[str, Any] = json.loads(path.read_text())
    if manifest.get("format") != FORMAT:
        raise BadBackup(f"the backup has format {manifest.get('format')}, this version reads {FORMAT}")
    kind = "sqlite" if settings().sqlite else "postgresql"
    if manifest["database"] != kind:
        raise BadBackup(f"the backup is of {manifest['database']}, PROMO_DATABASE_URL names {kind}")
    return manifest


def restore(folder: Path, engine: Engine) -> dict[str, Any]:
    """Bring a backup back, at the schema's revision that it has; return its manifest.

    Raises :class:`BadBackup` when database or files are not empty, or a digest is not the one that the backup lists.
    """
    manifest, current = read_manifest(folder), settings()
    refuse_unless_empty(current, engine)
    restore_keys(folder / "keys", current)
    if current.sqlite:
        restore_sqlite(folder, current, engine)
    else:
        restore_postgresql(folder, engine, manifest["revision"])
    restore_files(folder / "files", current, manifest["files"])
    with engine.connect() as connection:
        check(manifest["tables"], tables.digests(connection))
    return manifest


def refuse_unless_empty(current: Settings, engine: Engine) -> None:
    """Raise :class:`BadBackup` when there are tables or files already."""
    if not current.sqlite or Path(database_file(current)).exists():
        with engine.connect() as connection:
            if inspect(connection).get_table_names():
                raise BadBackup(f"the database is not empty: {current.database_url.rpartition('@')[2]}")
    if current.files_url.startswith("file://"):
        place = Path(current.files_url.removeprefix("file://"))
        if place.exists() and any(path.is_file() for path in place.rglob("*")):
            raise BadBackup(f"there are files already: {place}")


def restore_keys(source: Path, current: Settings) -> None:
    """Put the keys into the data folder, unless the environment gives them: then they must be the same."""
    target = current.data_dir / "keys"
    if not source.exists():
        raise BadBackup(f"{source} is missing: put the keys that were kept apart there again")
    for name in KEYS:
        kept = (source / name).read_text().strip()
        if kept == getattr(current, name):
            continue
        if os.environ.get(f"PROMO_{name.upper()}"):
            raise BadBackup(f"PROMO_{name.upper()} is not the key of this backup: set it to that of keys/{name}")
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(target / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(kept)
        config.use(current.model_copy(update={name: kept}))
        current = settings()


def restore_sqlite(folder: Path, current: Settings, engine: Engine) -> None:
    """Copy the database file into place."""
    engine.dispose()
    target = Path(database_file(current))
    target.parent.mkdir(parents=True, exist_ok=True)
    for end in ("-wal", "-shm"):
        target.with_name(target.name + end).unlink(missing_ok=True)
    shutil.copyfile(folder / "database" / "promo.db", target)


def restore_postgresql(folder: Path, engine: Engine, revision: str | None) -> None:
    """Make the tables at the backup's revision and fill them."""
    from alembic import command  # here, so that no process that serves carries it
    from alembic.config import Config

    if revision is not None:
        command.upgrade(Config(ROOT / "migrations" / "alembic.ini"), revision)
    with engine.begin() as connection:
        if revision is None:
            create_schema(connection)
        tables.fill(connection, folder / "database")


def restore_files(source: Path, current: Settings, described: dict[str, Any]) -> None:
    """Copy the files into place and compare them with what the backup lists."""
    if "sha256" not in described or not current.files_url.startswith("file://"):
        return
    target = Path(current.files_url.removeprefix("file://"))
    if source.exists():
        shutil.copytree(source, target, dirs_exist_ok=True)
    if describe_files(target) != described:
        raise BadBackup("the files are not those that the backup lists: take another backup")


def check(listed: dict[str, Any], found: dict[str, Any]) -> None:
    """Raise :class:`BadBackup` naming the tables whose rows are not those that the backup lists."""
    wrong = sorted(name for name in listed.keys() | found.keys() if listed.get(name) != found.get(name))
    if wrong:
        raise BadBackup(f"these tables are not as the backup lists them: {', '.join(wrong)}. Take another backup.")


def skip_serials(connection: Connection, skip: int = SKIP) -> list[dict[str, Any]]:
    """Move every series of references on; return what is passed over: ``{"prefix", "post", "year", "from", "to"}``.

    A series of this year that the backup does not know yet begins after ``skip`` too, where prefix and post are known.
    """
    rows = connection.execute(text("SELECT prefix, post_id, year, last FROM reference_counter")).all()
    known = {(prefix, post, year): last for prefix, post, year, last in rows}
    year = clock.now().year
    for prefix, post, _ in list(known):
        known.setdefault((prefix, post, year), 0)
    passed = []
    for (prefix, post, of), last in sorted(known.items()):
        if of < year - 1:
            continue  # nobody gives numbers of those years any more
        values = {"prefix": prefix, "post": post, "year": of, "last": last + skip}
        if last == 0:
            insert = "INSERT INTO reference_counter (prefix, post_id, year, last) VALUES (:prefix, :post, :year, :last)"
            connection.execute(text(insert), values)
        else:
            update = (
                "UPDATE reference_counter SET last = :last WHERE prefix = :prefix AND post_id = :post AND year = :year"
            )
            connection.execute(text(update), values)
        passed.append({"prefix": prefix, "post": post, "year": of, "from": last + 1, "to": last + skip})
    return passed
