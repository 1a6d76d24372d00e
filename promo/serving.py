"""``promo serve``: web, worker and scheduler together; when one of them ends, all do.

The first process makes the application, which those that it forks share, and then only watches. Under it stand gunicorn
(2 processes of 4 threads) and one process that runs jobs and the scheduler. ``--web`` and ``--worker`` start one of the
two, on as many machines as one likes: rows and leases in the database keep them apart.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import click
import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication
from sqlalchemy import inspect

from promo import config
from promo.app import create_app
from promo.core import jobs
from promo.core.db import db
from promo.core.jobs import broker, running
from promo.core.jobs.schedule import Scheduler
from promo.core.records import Record

log = structlog.get_logger()
GRACE = 25.0  # seconds for everything to end by itself
PROCESSES, THREADS, JOBS = 2, 4, 2


class Web(BaseApplication):
    """Gunicorn with our settings: the application is made before, and shared by the processes."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        self.app_made, self.host, self.port = app, host, port
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn how to serve."""
        memory = Path("/dev/shm")  # noqa: S108 - the heartbeat file; on a disk it can stall
        chosen: dict[str, Any] = {
            "bind": f"{self.host}:{self.port}",
            "worker_class": "gthread",
            "workers": PROCESSES,
            "threads": THREADS,
            "preload_app": True,
            "timeout": 60,
            "graceful_timeout": 10,
            "keepalive": 5,
            "loglevel": "warning",
            "control_socket_disable": True,
            "worker_tmp_dir": str(memory) if os.access(memory, os.W_OK) else None,
            "post_fork": _forget_connections,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application."""
        return self.app_made


def _forget_connections(_arbiter: object, worker: Any) -> None:
    """Let a new process open connections of its own."""
    app = worker.app.wsgi()
    with app.app_context():
        db.engine.dispose(close=False)


def run_worker(app: Flask) -> None:
    """Run jobs and the scheduler until told to end. A job under way goes back to the queue at its next look."""
    stop = threading.Event()

    def work(job_id: int) -> None:
        with app.app_context():
            jobs.run(job_id)

    def end(_signal: int, _frame: FrameType | None) -> None:
        running.stopping.set()
        stop.set()

    broker.deliver_to(work)
    consumer = broker.broker().create_consumer(
        workers=JOBS,
        periodic=False,
        initial_delay=0.1,
        max_delay=0.5,
        scheduler_interval=60,
        shutdown_timeout=GRACE - 5,
    )
    scheduler = threading.Thread(target=Scheduler().run, args=(app.app_context, stop), name="scheduler")
    consumer.start()
    for signal_ in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_, end)
    scheduler.start()
    while not stop.wait(10):
        consumer.check_worker_health()
        if not scheduler.is_alive():
            raise RuntimeError("the scheduler ended")
    consumer.stop(graceful=True)
    scheduler.join(GRACE)


def _die_with(parent: int) -> None:
    """Ask the kernel to end this process when the watching one dies, even by ``kill -9``. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)


class Watcher:
    """Starts each part in a process of its own and ends them together."""

    def __init__(self, parts: Mapping[str, Callable[[], None]]) -> None:
        self.parts = parts
        self.children: dict[int, str] = {}
        self.asked = False

    def run(self) -> int:
        """Watch until told to end (0) or until a part ends by itself (1); return the exit code."""
        for signal_ in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_, self._end)
        for name, part in self.parts.items():
            self.children[self._start(part)] = name
        while not self.asked and not (ended := self._reap()):
            time.sleep(0.1)
        if not self.asked:
            log.error("a part ended by itself; ending the others", part=ended)
        self._end_all()
        return 0 if self.asked else 1

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        self.asked = True

    def _start(self, part: Callable[[], None]) -> int:
        parent = os.getpid()
        child = os.fork()
        if child:
            return child
        code = 1
        try:
            for signal_ in (signal.SIGTERM, signal.SIGINT):
                signal.signal(signal_, signal.SIG_DFL)
            _die_with(parent)
            part()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _reap(self) -> str | None:
        """Return the name of a part that has ended, if any."""
        for child, name in list(self.children.items()):
            if os.waitpid(child, os.WNOHANG)[0]:
                del self.children[child]
                return name
        return None

    def _end_all(self) -> None:
        """Ask the children to end, and make them when they take too long."""
        for child in self.children:
            os.kill(child, signal.SIGTERM)
        late = time.monotonic() + GRACE
        while self.children and time.monotonic() < late:
            self._reap()
            time.sleep(0.05)
        for child in self.children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


class NotUpgraded(click.ClickException):
    """The schema is not the one that the program needs."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__("The database is not of this version of Promo: run promo db upgrade first.")


def _refuse_an_empty_database(app: Flask) -> None:
    """Raise :class:`NotUpgraded` before anything is served from a database without tables."""
    with app.app_context():
        with db.engine.connect() as connection:
            empty = not inspect(connection).has_table(Record.__tablename__)
        db.engine.dispose()  # what is forked opens connections of its own
    if empty:
        raise NotUpgraded()


@click.command()
@click.option("--web", is_flag=True, help="Only the pages.")
@click.option("--worker", is_flag=True, help="Only jobs and the scheduler.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen at, else the setting PORT.")
def serve(web: bool, worker: bool, host: str, port: int | None) -> None:
    """Serve the pages and run the jobs, until interrupted."""
    port = port or config.settings().port
    app = create_app()
    _refuse_an_empty_database(app)
    gc.freeze()  # what is loaded by now stays: looking through it would copy it into every process
    parts: dict[str, Callable[[], None]] = {}
    if web or not worker:
        parts["web"] = lambda: Web(app, host, port).run()
    if worker or not web:
        parts["worker"] = lambda: run_worker(app)
    if "web" in parts:
        click.echo(f"Promo: http://{host}:{port}")
    sys.exit(Watcher(parts).run())
