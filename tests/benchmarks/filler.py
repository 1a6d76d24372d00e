"""``python -m tests.benchmarks.filler``: a job that writes 100,000 rows through ``core/jobs``, and its worker."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import insert
from sqlalchemy.orm import Session

from promo.app import create_app
from promo.core import clock
from promo.core.db import write
from promo.core.jobs import Job, JobContext, enqueue, job, run, write_in_chunks

ROWS = 100_000


def _items(after: int | None) -> Iterable[int]:
    return range((after or 0) + 1, ROWS + 1)


def _write(session: Session, numbers: list[int]) -> None:
    now = clock.now()
    when = {"run_at": now, "created_at": now, "finished_at": now}
    rows = [{"name": "bench.nothing", "payload": {"number": n}, "state": "done", **when} for n in numbers]
    session.execute(insert(Job), rows)


@job("bench.fill")
def fill(context: JobContext) -> None:
    """Write the rows."""
    write_in_chunks(context, _items, _write, mark=lambda number: number, total=ROWS)


if __name__ == "__main__":
    with create_app().app_context():
        with write() as session:
            enqueued = enqueue(session, "bench.fill")
        run(enqueued.id)
