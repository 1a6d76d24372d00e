"""A worker to be killed: ``python -m tests.core.job_victim <job id>`` writes the rows of a job in small chunks."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Column, Integer, MetaData, Table
from sqlalchemy.orm import Session

from promo.app import create_app
from promo.core import jobs
from promo.core.jobs import JobContext, running

ROWS = 400
EFFECT = Table("test_effect", MetaData(), Column("id", Integer, primary_key=True), Column("number", Integer))


@jobs.job("victim.fill", attempts=10)
def fill(job: JobContext) -> None:
    """Write the numbers 1 … ROWS, slowly."""

    def act(session: Session, chunk: Sequence[int]) -> None:
        time.sleep(0.003 * len(chunk))
        session.execute(EFFECT.insert(), [{"number": n} for n in chunk])

    print("begun", flush=True)
    jobs.write_in_chunks(job, lambda after: range((after or 0) + 1, ROWS + 1), act, mark=lambda n: n)


if __name__ == "__main__":
    running.LEASE = timedelta(seconds=1)
    with create_app().app_context():
        jobs.run(int(sys.argv[1]))
