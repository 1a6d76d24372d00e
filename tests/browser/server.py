"""A real Promo, web and worker, in a process group of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from promo.config import ROOT, Settings

BEGIN_WITHIN = 30.0


@dataclass
class Running:
    """A server at an address; ``process`` leads its group."""

    address: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """End the whole group at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """Return the environment in which a command works on the same installation as these settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PROMO_")}
    names = ("data_dir", "database_url", "files_url", "mail_url", "secret_key", "signing_key", "testing", "demo")
    return kept | {f"PROMO_{n.upper()}": str(getattr(settings, n)) for n in names} | more


@contextmanager
def serving(settings: Settings, log: Path, *arguments: str, **more: str) -> Iterator[Running]:
    """``promo serve`` with these settings, until the block ends."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    promo = Path(sys.executable).with_name("promo")
    with log.open("ab") as out:
        process = subprocess.Popen(
            [promo, "serve", *arguments],
            env=environment(settings, PORT=str(port), PROMO_BASE_URL=address, **more),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        _await(address, process, log)
        yield Running(address, process)
    finally:
        end(process)


def _await(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + BEGIN_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"promo serve ended with {process.returncode}:\n{log.read_text()[-3000:]}")
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise RuntimeError(f"promo serve did not answer:\n{log.read_text()[-3000:]}")


def end(process: subprocess.Popen[bytes]) -> None:
    """End the group: politely first."""
    for how, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        try:
            os.killpg(process.pid, how)
        except ProcessLookupError:
            break
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    process.wait()
