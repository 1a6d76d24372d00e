"""A backup taken while people write comes back whole, into an empty place only."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from promo.activities import actions as activities
from promo.config import ROOT, settings
from promo.core import audit
from promo.core.access import Viewer
from promo.core.backup import backup, digests
from promo.core.db import apart, db, write
from promo.reference.models import Fair
from tests.database import Place

FAIR = dict.fromkeys(("city", "month_text", "period", "pillar", "sector", "certainty"), "x") | {"country": "PE"}
CHANGED = {"reference_counter", "audit_event", "audit_value"}  # by the restore itself


def _elsewhere(tmp_path: Path, url: str) -> dict[str, str]:
    """The settings of another, empty installation."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PROMO_")}
    return kept | {"PROMO_DATABASE_URL": url, "PROMO_DATA_DIR": str(tmp_path / "elsewhere")}


def _promo(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("promo")), *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120)


def _restored(environment: dict[str, str], folder: Path) -> dict[str, Any]:
    done = _promo(environment, "restore", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _digests_of(url: str) -> dict[str, Any]:
    from sqlalchemy import create_engine

    engine = create_engine(url)
    with engine.connect() as connection:
        found = digests(connection)
    engine.dispose()
    return found


def _count_on(session: Session, last: int) -> None:
    post = session.execute(text("SELECT id FROM post WHERE code = 'CG-US-LAX'")).scalar_one()
    values = {"post": post, "last": last, "year": 2026}
    insert = "INSERT INTO reference_counter (prefix, post_id, year, last) VALUES ('EV', :post, :year, :last)"
    session.execute(text(insert), values)


def test_what_comes_back_is_what_the_backup_lists(app: Flask, session, place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    with write() as writing:
        _count_on(writing, 7)
    stored = Path(settings().files_url.removeprefix("file://"))
    stored.mkdir(parents=True, exist_ok=True)
    (stored / "ab").mkdir()
    (stored / "ab" / "abcdef").write_bytes(b"evidence")
    manifest = backup(folder)
    assert manifest["files"]["count"] == 1
    url = place.empty("elsewhere")
    result = _restored(_elsewhere(tmp_path, url), folder)
    found, listed = _digests_of(url), manifest["tables"]
    assert {t: d for t, d in found.items() if t not in CHANGED} == {t: d for t, d in listed.items() if t not in CHANGED}
    assert {"prefix": "EV", "year": 2026, "from": 8, "to": 107}.items() <= result["skipped"][0].items()
    assert (tmp_path / "elsewhere" / "files" / "ab" / "abcdef").read_bytes() == b"evidence"
    assert (tmp_path / "elsewhere" / "keys" / "signing_key").read_text() == settings().signing_key


def test_backup_under_load_is_one_moment(app: Flask, session, tmp_path: Path) -> None:
    """Each write adds two rows that belong together; the copy never holds one without the other."""
    stop = threading.Event()
    written: list[int] = []
    faults: list[Exception] = []

    def work() -> None:
        with app.app_context():
            while not stop.is_set():
                try:
                    with write() as writing:
                        for half in ("one", "two"):
                            writing.add(Fair(name=f"{half} {len(written)}", **FAIR))
                            writing.flush()
                    written.append(1)
                except Exception as error:
                    faults.append(error)
                    return
            db.session.remove()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        manifests = [backup(tmp_path / f"backup{n}") for n in range(3)]
    finally:
        stop.set()
        thread.join()
    assert not faults
    rows = [m["tables"]["fair"]["rows"] for m in manifests]
    assert rows[0] <= rows[1] <= rows[2]
    assert len({count % 2 for count in rows}) == 1


def _logging(app: Flask, viewer: Viewer, stop: threading.Event, faults: list[Exception]) -> int:
    """Log activities until told to stop; return how many."""
    count = 0
    with app.app_context():
        while not stop.is_set():
            try:
                with audit.acting(viewer.person_id), write() as writing:
                    values = {"activity_type": "call", "who": [f"+Rosa Quispe {count}"], "text": "Quinua"}
                    activities.log(writing, viewer, values)
                count += 1
            except Exception as error:
                faults.append(error)
                break
        db.session.remove()
    return count


def _under_load(app: Flask, viewer: Viewer, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Back up by the command while two threads log activities; return the manifest."""
    stop, faults = threading.Event(), list[Exception]()
    with ThreadPoolExecutor(2) as pool:
        working = [pool.submit(_logging, app, viewer, stop, faults) for _ in range(2)]
        try:
            done = _promo(environment, "backup", str(folder), "--json")
        finally:
            stop.set()
    assert not faults
    assert sum(one.result() for one in working) > 2
    assert done.returncode == 0, done.stderr
    manifest: dict[str, Any] = json.loads(done.stdout)
    return manifest


def test_a_backup_under_load_is_restored_with_its_trail(
    app: Flask, cast, session, place: Place, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    here = _elsewhere(tmp_path, settings().database_url) | {"PROMO_DATA_DIR": str(settings().data_dir)}
    here |= {"PROMO_SECRET_KEY": settings().secret_key, "PROMO_SIGNING_KEY": settings().signing_key}
    session.rollback()
    listed = _under_load(app, cast.officer.viewer, folder, here)["tables"]
    url = place.empty("elsewhere")
    there = _elsewhere(tmp_path, url)
    result = _restored(there, folder)
    found = _digests_of(url)
    assert {t for t in listed if listed[t] != found[t]} == CHANGED
    assert found.keys() == listed.keys()
    assert found["audit_event"]["rows"] == listed["audit_event"]["rows"] + 1
    assert found["reference_counter"]["rows"] == listed["reference_counter"]["rows"]
    assert result["trail"]["ok"]
    assert {row["to"] - row["from"] for row in result["skipped"]} == {99}
    head = json.loads((folder / "checkpoint.json").read_text())
    assert result["checkpoint"] == head
    verified = _promo(there, "audit", "verify", "--json", "--checkpoint", str(folder / "checkpoint.json"))
    assert verified.returncode == 0, verified.stdout
    assert json.loads(verified.stdout)["events"] == listed["audit_event"]["rows"] + 1


def test_a_restore_says_that_the_trail_it_brings_back_was_altered(session, place: Place, tmp_path: Path) -> None:
    with write() as writing:
        audit.note(writing, "export")
    with apart() as own:
        gone = "DROP TRIGGER audit_event_no_update" if place.sqlite else "ALTER TABLE audit_event DISABLE TRIGGER USER"
        own.connection().execute(text(gone))
        own.connection().execute(text("UPDATE audit_event SET action = 'view'"))
    manifest = backup(tmp_path / "backup")
    assert manifest["checkpoint"] is None
    done = _promo(_elsewhere(tmp_path, place.empty("elsewhere")), "restore", str(tmp_path / "backup"))
    assert done.returncode == 1
    assert "is altered" in done.stderr


def test_keys_stand_apart_for_their_owner_only(app: Flask, session, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    backup(folder)
    for path in (folder / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert settings().secret_key not in (folder / "manifest.json").read_text()


def test_restore_refuses_a_place_with_data(app: Flask, session, place: Place, tmp_path: Path) -> None:
    backup(tmp_path / "backup")
    environment = _elsewhere(tmp_path, place.empty("elsewhere"))
    _restored(environment, tmp_path / "backup")
    again = _promo(environment, "restore", str(tmp_path / "backup"))
    assert again.returncode == 1
    assert "not empty" in again.stderr


def test_restore_refuses_an_altered_backup(app: Flask, session, place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    backup(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["tables"]["person"]["sha256"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(manifest))
    done = _promo(_elsewhere(tmp_path, place.empty("elsewhere")), "restore", str(folder))
    assert done.returncode == 1
    assert "person" in done.stderr


def test_an_unfinished_backup_is_none(app: Flask, session, place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    backup(folder)
    (folder / "manifest.json").unlink()
    done = _promo(_elsewhere(tmp_path, place.empty("elsewhere")), "restore", str(folder))
    assert done.returncode == 1
    assert "manifest.json" in done.stderr


def test_backup_refuses_a_folder_with_content(app: Flask, session, tmp_path: Path) -> None:
    shutil.copyfile(__file__, tmp_path / "something")
    with pytest.raises(FileExistsError):
        backup(tmp_path)
