"""The message that wakes a worker: Huey over a file of its own, or over Redis. A lost message is only a delay."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import structlog
from huey import Huey, MemoryHuey, RedisHuey, SqliteHuey
from sqlalchemy import event
from sqlalchemy.orm import Session

from promo.config import settings

log = structlog.get_logger()
NAME = "promo"


def _nobody(job_id: int) -> None:
    raise RuntimeError("this process runs no jobs")


_deliver: Callable[[int], object] = _nobody


def deliver_to(function: Callable[[int], object]) -> None:
    """Say what a worker process does with a message (serving does)."""
    global _deliver
    _deliver = function


def look_at(job_id: int) -> None:
    """What the message says."""
    _deliver(job_id)


@cache
def _connect(testing: bool, redis_url: str, folder: Path) -> tuple[Huey, Callable[[int], object]]:
    if testing:
        huey = MemoryHuey(NAME, results=False)
    elif redis_url:
        huey = RedisHuey(NAME, url=redis_url, results=False)
    else:
        # No fsync: the rows in Promo's database are the truth, this file only saves them from being polled.
        huey = SqliteHuey(NAME, filename=str(folder / "huey.db"), fsync=False, results=False)
    return huey, huey.task(name="look_at")(look_at)


def broker() -> Huey:
    """Return the carrier of messages that the settings name."""
    return _connect(settings().testing, settings().redis_url, settings().data_dir)[0]


def wake(job_ids: Iterable[int]) -> None:
    """Tell the workers of these rows. A broker out of order is logged: the sweeper finds the rows."""
    try:
        _, send = _connect(settings().testing, settings().redis_url, settings().data_dir)
        for job_id in job_ids:
            send(job_id)
    except Exception as error:
        log.warning("no message to the workers; the sweeper will find the jobs", error=str(error))


def wake_after_commit(session: Session, job_id: int) -> None:
    """Tell the workers once the transaction is committed, and not at all when it is not."""
    session.info.setdefault("wake", []).append(job_id)


@event.listens_for(Session, "after_commit")
def _committed(session: Session) -> None:
    if "wake" in session.info and not session.in_nested_transaction():
        wake(session.info.pop("wake"))


@event.listens_for(Session, "after_rollback")
def _rolled_back(session: Session) -> None:
    session.info.pop("wake", None)
