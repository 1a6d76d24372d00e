"""Long writing in short transactions, so that people who save meanwhile do not wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from promo.core.db import is_sqlite, write
from promo.core.jobs.running import JobContext

T = TypeVar("T")
LIMIT = 0.100  # seconds that a chunk may hold the write lock (DESIGN.md section 4)
AIM = 0.035  # seconds that a chunk tries to hold it
FIRST, MOST = 20, 5000  # rows in the first chunk, and in any


def write_in_chunks(
    job: JobContext | None,
    items: Callable[[Any], Iterable[T]],
    act: Callable[[Session, list[T]], object],
    *,
    mark: Callable[[T], Any],
    total: int | None = None,
    seconds: float = AIM,
) -> int:
    """Write many rows, each chunk in a transaction of about ``seconds``; return how many were written in all.

    ``items(after)`` yields what is to be written, in a stable order, beginning after the mark ``after`` (None: from the
    start); it must not depend on a transaction staying open. ``act(session, chunk)`` writes one chunk. ``mark(item)``
    names the place of an item (JSON): it is saved in the chunk's own transaction, so that after ``kill -9`` the job
    goes on behind the last chunk that was committed, none lost and none twice.
    """
    done = job.done if job and job.resume is not None else 0
    if job and total is not None:
        job.total = total
    source: Iterator[T] = iter(items(job.resume if job else None))
    size = FIRST
    while chunk := list(islice(source, size)):
        if job:
            job.check()
        done += len(chunk)
        with write() as session:
            if job:
                job.hold(session)  # takes the lock: what counts is how long others wait from here on
            began = time.perf_counter()
            act(session, chunk)
            session.flush()
            if job:
                job.done = done
                job.save_resume(mark(chunk[-1]), session)
        held = time.perf_counter() - began
        size = _next_size(size, held, seconds)
        if is_sqlite():
            time.sleep(min(max(held, 0.005), LIMIT))  # SQLite has no queue: whoever waits must find the lock free
    return done


def _next_size(size: int, held: float, aim: float) -> int:
    """Return how many rows fit the time aimed at: at most doubled at once, quartered at once when it was too long."""
    return max(1, min(MOST, int(size * min(2.0, max(0.25, aim / max(held, 0.0001))))))
