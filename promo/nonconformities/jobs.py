"""What the clock proposes: at most one nonconforming output for each stage of a case file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.db import session as current
from promo.core.db import write
from promo.core.jobs import JobContext, enqueue, job, periodic, write_in_chunks
from promo.nonconformities import actions, queries
from promo.nonconformities.queries import Found
from promo.reference.queries import setting

PROPOSE = "nonconformities.propose"


@periodic(hours=1, name=PROPOSE)
def ask_to_propose() -> None:
    """Ask for a look at what was late, skipped or wrong of late."""
    with write() as writing:
        enqueue(writing, PROPOSE)


@job(PROPOSE, attempts=3)
def propose(job: JobContext | None = None) -> dict[str, int]:
    """Propose what is found, in chunks; quality is told once a day."""
    today = clock.today()
    since = clock.now() - timedelta(days=setting(current(), "nonconformities_days"))
    made = 0

    def act(session: Session, chunk: list[Found]) -> None:
        nonlocal made
        made += sum(actions.propose(session, one) is not None for one in chunk)

    def behind(after: Any) -> Iterator[Found]:
        return queries.found_since(current(), since, today, after)

    write_in_chunks(job, behind, act, mark=lambda one: one.mark)
    if made:
        with write() as writing:
            actions.tell_proposed(writing, today, made)
    return {"proposed": made}
