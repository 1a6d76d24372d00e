"""What runs by the clock: the sweeper, and every registered :func:`periodic` function, on one machine at a time."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import structlog
from sqlalchemy import Engine, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from promo.core import clock
from promo.core.db import db, is_sqlite, session, write
from promo.core.jobs.broker import wake
from promo.core.jobs.models import Job, Lease
from promo.core.jobs.queue import due
from promo.core.jobs.registry import Periodic, periodic, periodics

log = structlog.get_logger()
TICK = 2.0  # seconds between two sweeps
SEAT = timedelta(seconds=20)  # how long the scheduler's seat holds without being renewed
AGAIN = 30.0  # seconds before a row that nobody took is announced again
KEPT = timedelta(days=30)  # how long finished jobs stay readable


def take(engine: Engine, name: str, holder: str, period: timedelta) -> bool:
    """Take a lease until ``period`` from now if it is free, has run out, or is this holder's; return whether it was."""
    now = clock.now()
    with engine.begin() as connection:
        taken = connection.execute(
            update(Lease)
            .where(Lease.name == name, or_(Lease.until <= now, Lease.holder == holder))
            .values(holder=holder, until=now + period)
            .returning(Lease.name)
        ).first()
        if taken is not None:
            return True
        insert = (sqlite.insert if is_sqlite(connection) else postgresql.insert)(Lease)
        first = insert.values(name=name, holder=holder, until=now + period).on_conflict_do_nothing()
        return connection.execute(first.returning(Lease.name)).first() is not None


def release(engine: Engine, name: str, holder: str) -> None:
    """Give a lease back before its time."""
    with engine.begin() as connection:
        connection.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))


class Scheduler:
    """Keeps the seat, announces forgotten jobs, runs what is due by the clock. One of many at a time does."""

    def __init__(self) -> None:
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.seated_until = 0.0
        self.announced: dict[int, float] = {}

    def tick(self) -> bool:
        """Do what is due; return whether this scheduler has the seat. Needs an application context."""
        moment = time.monotonic()
        if moment >= self.seated_until:
            if not take(db.engine, "scheduler", self.holder, SEAT):
                return False
            self.seated_until = moment + SEAT.total_seconds() / 2
        self.sweep(moment)
        for task in periodics():
            self.run_if_due(task)
        return True

    def sweep(self, moment: float) -> None:
        """Announce what is due and was not taken: forgotten messages, retries, jobs of a later hour, broken claims."""
        ids = due(session())
        session().rollback()
        still = set(ids)
        self.announced = {i: at for i, at in self.announced.items() if i in still and moment - at < AGAIN}
        fresh = [i for i in ids if i not in self.announced]
        wake(fresh)
        self.announced |= dict.fromkeys(fresh, moment)

    def run_if_due(self, task: Periodic) -> None:
        """Run a periodic function if its time has come and no other machine runs it; a failure waits for next time."""
        lease = session().get(Lease, f"periodic:{task.name}", populate_existing=True)
        session().rollback()
        if lease is not None and lease.until > clock.now():
            return
        turn = secrets.token_hex(8)
        if not take(db.engine, f"periodic:{task.name}", turn, task.every):
            return
        try:
            task.run()
        except Exception:
            log.exception("periodic task failed", task=task.name)
        finally:
            session().rollback()

    def run(self, context: Callable[[], AbstractContextManager[object]], stop: threading.Event) -> None:
        """Tick until told to stop, then give the seat up. ``context`` makes an application context."""
        while not stop.is_set():
            try:
                with context():
                    self.tick()
            except Exception:
                log.exception("scheduler tick failed")
            stop.wait(TICK)
        with context():
            release(db.engine, "scheduler", self.holder)


@periodic(hours=6, name="jobs.clean_up")
def clean_up() -> None:
    """Remove jobs that ended long ago."""
    old = select(Job.id).where(Job.finished_at < clock.now() - KEPT).order_by(Job.id).limit(1000)
    while True:
        with write() as current:
            gone = current.execute(delete(Job).where(Job.id.in_(old)).returning(Job.id)).all()
        if not gone:
            return
