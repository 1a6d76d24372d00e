"""Making a backup while people work."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine

from promo.config import Settings, settings
from promo.core import audit, clock
from promo.core.backup import tables
from promo.core.db import db, session, write

FORMAT = 1
MARK = "last-backup.json"  # in the data folder: when and where, for the doctor
HEAD = "checkpoint.json"
KEYS = ("secret_key", "signing_key")


def backup(folder: Path) -> dict[str, Any]:
    """Seal the trail, write a backup into a new or empty folder, tell the trail; return the manifest.

    Raises ``FileExistsError`` for a folder with content.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    current = settings()
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "made_at": clock.now().isoformat(),
        "database": "sqlite" if current.sqlite else "postgresql",
    }
    manifest |= sealed(folder)
    (folder / "database").mkdir()
    manifest |= copy_sqlite(current, folder) if current.sqlite else copy_postgresql(db.engine, folder)
    manifest["files"] = copy_files(current, folder / "files")
    copy_keys(current, folder / "keys")
    _write_last(folder / "manifest.json", manifest)
    _write_last(current.data_dir / MARK, {"made_at": manifest["made_at"], "folder": str(folder.resolve())})
    with write() as writing:
        audit.note(writing, "backup", data={"made_at": manifest["made_at"]})
    return manifest


def sealed(folder: Path) -> dict[str, Any]:
    """Seal the trail and keep the signed head beside; a trail that can't be sealed is copied as it is, and it is said.

    Sealed just before the copy, so whatever the head signs is in it.
    """
    try:
        head = audit.checkpoint(session()).as_dict()
    except audit.NotSealed as error:
        return {"checkpoint": None, "not_sealed": str(error)}
    _write_last(folder / HEAD, head)
    return {"checkpoint": head}


def copy_sqlite(current: Settings, folder: Path) -> dict[str, Any]:
    """Copy the database in one reading transaction, which hinders no writer; describe the copy."""
    target = folder / "database" / "promo.db"
    with closing(sqlite3.connect(database_file(current))) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)  # all pages in one step: one snapshot
        copy.execute("PRAGMA journal_mode=DELETE")
    engine = create_engine(f"sqlite:///{target}")
    with engine.connect() as connection:
        described = describe(connection)
    engine.dispose()
    return described


def copy_postgresql(engine: Engine, folder: Path) -> dict[str, Any]:
    """Write each table in one snapshot, which waits for nobody and hinders nobody; describe it."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True) as connection:
        return describe(connection, folder / "database")


def describe(connection: Connection, into: Path | None = None) -> dict[str, Any]:
    """Return the schema's revision and every table's rows and digest."""
    return {"revision": tables.revision(connection), "tables": tables.digests(connection, into)}


def copy_files(current: Settings, target: Path) -> dict[str, Any]:
    """Copy the stored files; return their count, bytes and digest. Those of an S3 store stay there, and it is said."""
    if not current.files_url.startswith("file://"):
        return {"store": current.files_url.split("?")[0], "kept": "in the store: back up the bucket with its own tools"}
    source = Path(current.files_url.removeprefix("file://"))
    if source.exists():
        passing = shutil.ignore_patterns(".incoming", "holding")  # files on their way: no record has them yet
        shutil.copytree(source, target, ignore=passing, copy_function=_copy_if_there)
    return describe_files(target)


def _copy_if_there(source: str, target: str) -> str:
    """Copy a file, unless it was one that nobody attached and that is being removed at this moment."""
    try:
        return str(shutil.copy2(source, target))
    except FileNotFoundError:
        return target


def describe_files(folder: Path) -> dict[str, Any]:
    """Return count, bytes and one digest over names and contents of a folder's files."""
    sha, count, size = hashlib.sha256(), 0, 0
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                own = hashlib.file_digest(file, "sha256").hexdigest()
            sha.update(f"{path.relative_to(folder)} {own}\n".encode())
            count, size = count + 1, size + path.stat().st_size
    return {"count": count, "bytes": size, "sha256": sha.hexdigest()}


def copy_keys(current: Settings, folder: Path) -> None:
    """Write the keys into a folder of their own, readable by their owner only."""
    folder.mkdir(mode=0o700)
    for name in KEYS:
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(getattr(current, name))


def database_file(current: Settings) -> str:
    """Return the path of the SQLite database."""
    return current.database_url.removeprefix("sqlite:///")


def _write_last(path: Path, content: dict[str, Any]) -> None:
    """Write a file that is there either whole or not at all: without its manifest a backup does not count."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(content, indent=2, ensure_ascii=False))
    draft.replace(path)
