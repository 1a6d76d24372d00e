"""``promo serve``: everything starts, works and ends together; a kill loses nothing that was acknowledged."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.core import jobs
from promo.core.db import write
from promo.core.files import Upload
from tests import database
from tests.cast import Cast, Member

WAIT = 20.0  # seconds for anything to happen


def until(happened: Callable[[], object], what: str) -> None:
    """Wait for something; fail saying what did not happen."""
    late = time.monotonic() + WAIT
    while not happened():
        assert time.monotonic() < late, f"{what} within {WAIT} s"
        time.sleep(0.05)


@dataclass
class Answer:
    """What came back."""

    status: int
    text: str
    headers: Message

    @property
    def token(self) -> str:
        """The form token on the page."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.text)
        assert found
        return found[1]

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that the browser is to keep."""
        found: SimpleCookie = SimpleCookie()
        for line in self.headers.get_all("Set-Cookie") or []:
            found.load(line)
        return {name: morsel.value for name, morsel in found.items()}


class Serving:
    """A running ``promo serve`` on a port of its own, over the test's database."""

    def __init__(self, place: database.Place, folder: Path, *options: str) -> None:
        database.touched()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        environment = os.environ | {
            "PROMO_DATABASE_URL": place.url,
            "PROMO_DATA_DIR": str(folder),
            "PROMO_SECRET_KEY": "s" * 48,
            "PROMO_SIGNING_KEY": "k" * 48,
            "PORT": str(self.port),
        }
        command = [sys.executable, "-c", "from promo.cli import main; main()", "serve", *options]
        self.log = folder / "log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def ask(self, method: str, path: str, form: dict[str, object] | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, urlencode(form) if form is not None else None, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode(), answer.headers)
        finally:
            connection.close()

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz").status == 200
        except OSError:
            return False

    def children(self) -> list[int]:
        """The processes under the watching one, in the order of their start."""
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        return [int(pid) for pid in found.stdout.split()]

    def sign_in(self, member: Member) -> dict[str, str]:
        """Sign in by the form; return the headers of a browser that is."""
        page = self.ask("GET", "/login")
        cookies = page.cookies
        form: dict[str, object] = {"email": member.email, "password": member.password, "csrf_token": page.token}
        answer = self.ask("POST", "/login", form, Cookie=written(cookies))
        assert answer.status in (302, 303), answer.text
        cookies |= answer.cookies
        page = self.ask("GET", "/organisations/new", Cookie=written(cookies))
        cookies |= page.cookies
        return {"Cookie": written(cookies), "X-CSRFToken": page.token}


def written(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@contextmanager
def serving(place: database.Place, folder: Path, *options: str) -> Iterator[Serving]:
    running = Serving(place, folder, *options)
    try:
        if "--worker" not in options:
            until(lambda: running.answers() or running.process.poll() is not None, "a first answer")
            assert running.process.poll() is None, running.log.read_text()
        yield running
    finally:
        running.process.terminate()
        try:
            running.process.wait(WAIT + 10)
        finally:
            running.process.kill()
            running.process.wait()


def ask_for_mail_job(name: str = "mail.send") -> int:
    with write() as current:
        return jobs.enqueue(current, name, {"mail": 0}).id


def state_of(session: Session, job_id: int) -> str:
    session.rollback()
    return jobs.find(session, job_id).state


def test_web_worker_and_scheduler_run_and_end_together(session: Session, place: database.Place, tmp_path: Path) -> None:
    with serving(place, tmp_path) as running:
        waiting = ask_for_mail_job()
        until(lambda: state_of(session, waiting) == "done", "the job")
        until(lambda: jobs.health(session)["scheduler"], "the scheduler's seat")
        parts = running.children()
        assert len(parts) == 2
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(WAIT) == 0
        assert not [pid for pid in parts if alive(pid)]
    session.rollback()
    assert jobs.health(session)["scheduler"] is None


@pytest.mark.parametrize("part", [0, 1], ids=["web", "worker"])
def test_when_one_part_dies_all_end(session: Session, place: database.Place, tmp_path: Path, part: int) -> None:
    with serving(place, tmp_path) as running:
        until(lambda: len(running.children()) == 2, "two parts")
        parts = running.children()
        os.kill(parts[part], signal.SIGKILL)
        assert running.process.wait(WAIT) == 1
        until(lambda: not [pid for pid in parts if alive(pid)], "the end of both")


def test_nothing_is_left_when_the_watcher_is_killed(session: Session, place: database.Place, tmp_path: Path) -> None:
    with serving(place, tmp_path) as running:
        until(lambda: len(running.children()) == 2, "two parts")
        parts = running.children()
        running.process.kill()
        until(lambda: not [pid for pid in parts if alive(pid)], "the end of both")


def test_the_worker_alone(session: Session, place: database.Place, tmp_path: Path) -> None:
    with serving(place, tmp_path, "--worker") as running:
        waiting = ask_for_mail_job()
        until(lambda: state_of(session, waiting) == "done", "the job, found by the sweeper")
        assert not running.answers()
        memory = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{running.children()[0]}/status").read_text())
        assert memory
        assert int(memory[1]) < 150_000  # kB


def test_killed_while_writing_nothing_acknowledged_is_lost(
    session: Session, place: database.Place, tmp_path: Path, cast: Cast
) -> None:
    acknowledged: set[str] = set()
    over = threading.Event()

    def write_on(running: Serving, headers: dict[str, str], number: int) -> None:
        for turn in range(100_000):
            if over.is_set():
                return
            form: dict[str, object] = {"name": f"{number}-{turn}.pdf", "size": 100}
            try:
                answer = running.ask("POST", "/files/uploads", form, **headers)
            except (OSError, http.client.HTTPException):
                continue  # killed before it answered: nothing was promised
            if answer.status == 201:
                acknowledged.add(json.loads(answer.text)["token"])

    for _ in range(2):
        before = len(acknowledged)
        with serving(place, tmp_path, "--web") as running:
            headers = running.sign_in(cast.officer)
            over.clear()
            writers = [threading.Thread(target=write_on, args=(running, headers, n)) for n in range(4)]
            for writer in writers:
                writer.start()
            until(lambda: len(acknowledged) > before + 40, "writes")  # noqa: B023 - called at once
            (web,) = running.children()
            group = subprocess.run(["ps", "-o", "pid=", "--ppid", str(web)], capture_output=True, text=True)
            for pid in [running.process.pid, web, *map(int, group.stdout.split())]:
                os.kill(pid, signal.SIGKILL)
            over.set()
            for writer in writers:
                writer.join()
    session.rollback()
    with serving(place, tmp_path, "--web"):
        stored = set(session.scalars(select(Upload.token)))
    assert len(acknowledged) > 80
    assert acknowledged <= stored
