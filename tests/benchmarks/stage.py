"""Where a bench plays: a demo set, built once and kept in ``var/bench``, and gunicorn in front of a copy of it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from promo.config import ROOT, Settings, load
from promo.serving import THREADS
from tests import postgres
from tests.benchmarks.client import Client
from tests.browser.server import end, environment, free_port

KEPT = ROOT / "var" / "bench"
SEED, TODAY = "1", "2026-11-23"
BIN = Path(sys.executable).parent


@dataclass
class Stage:
    """A demo set behind a server. ``size`` is small or large."""

    database: str
    size: str
    settings: Settings
    address: str = ""

    def client(self, role: str = "officer") -> Client:
        """Return a client signed in as the demo person of a role."""
        client = Client(self.address)
        person = next(p for p in logins(self.settings) if p["role"] == role)
        client.sign_in(person["email"], person["password"])
        return client


def promo(settings: Settings, *arguments: str) -> str:
    """Run a command on an installation; return what it prints."""
    done = subprocess.run(
        [BIN / "promo", *arguments], env=environment(settings), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"promo {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    return done.stdout


def logins(settings: Settings) -> list[dict[str, str]]:
    """Return the demo people."""
    return json.loads(promo(settings, "demo", "logins", "--json"))


def version() -> str:
    """Return what the sets depend on, as a short digest: the schema, the demo data's code and the procedures."""
    patterns = (
        "migrations/versions/*.py",
        "promo/demo/*.py",
        "promo/procedures/versions.py",
        "promo/procedures/library/**/*",
    )
    files = [path for pattern in patterns for path in ROOT.glob(pattern)]
    sha = hashlib.sha256()
    for path in sorted(p for p in files if p.is_file()):
        sha.update(path.read_bytes())
    return sha.hexdigest()[:12]


@contextmanager
def database(kind: str) -> Iterator[postgres.Server | None]:
    """The database server that a kind needs, waiting for the disk as a real one; its data are kept."""
    if kind == "sqlite":
        yield None
        return
    with postgres.running(durable=True, kept=KEPT / "postgresql") as server:
        yield server


def prepared(kind: str, size: str, server: postgres.Server | None) -> Stage:
    """Return a fresh copy of a demo set, building the set first when it is not kept already."""
    name = f"{size}_{version()}"
    folder = KEPT / kind / name
    if not (folder / "ready").exists():
        _build(kind, size, name, folder, server)
    play = KEPT / kind / f"play_{size}"
    shutil.rmtree(play, ignore_errors=True)
    shutil.copytree(folder, play)
    if server is not None:
        postgres.copy_database(server.folder, name, f"play_{size}")
    return Stage(kind, size, _settings(kind, play, f"play_{size}", server))


def _build(kind: str, size: str, name: str, folder: Path, server: postgres.Server | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if server is not None:
        server.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.sql(f'CREATE DATABASE "{name}"')
    settings = _settings(kind, folder, name, server)
    promo(settings, "db", "upgrade")
    promo(settings, "demo", "load", "--size", size, "--seed", SEED, "--today", TODAY)
    if server is not None:
        server.sql("VACUUM ANALYZE", name)
    (folder / "ready").touch()


def _settings(kind: str, folder: Path, name: str, server: postgres.Server | None) -> Settings:
    url = f"sqlite:///{folder / 'promo.db'}" if server is None else server.url(name)
    return load(data_dir=folder, database_url=url, demo=True, secret_key="s" * 48, signing_key="k" * 48)


@contextmanager
def gunicorn(app: str, settings: Settings | None = None, workers: int = 1) -> Iterator[str]:
    """A gunicorn with gthread workers; yields its address."""
    port = free_port()
    command = [str(BIN / "gunicorn"), "--worker-class", "gthread", "--threads", str(THREADS), "--workers", str(workers)]
    command += ["--bind", f"127.0.0.1:{port}", "--no-control-socket", "--log-level", "error", "--keep-alive", "60", app]
    with open(os.devnull, "wb") as nowhere:
        process = subprocess.Popen(
            command,
            env=environment(settings) if settings else None,
            cwd=ROOT,
            stdout=nowhere,
            stderr=nowhere,
            start_new_session=True,
        )
    try:
        _await(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)


def _await(port: int, seconds: float = 60) -> None:
    import socket
    import time

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
            return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError("gunicorn did not answer")
