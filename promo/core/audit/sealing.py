"""What the trail has to do with background work: it is sealed by the clock; a job acts for whoever asked for it."""

from __future__ import annotations

from contextlib import AbstractContextManager

import structlog

from promo.core.audit.acting import Actor, acting
from promo.core.audit.seal import NotSealed, checkpoint
from promo.core.db import session
from promo.core.jobs import periodic
from promo.core.jobs.running import JobContext, surround

log = structlog.get_logger()
EVERY = 5  # minutes


@periodic(minutes=EVERY, name="audit.seal")
def seal() -> None:
    """Seal what has committed. A row that is not as it was written is told in the log each time, and by ``verify``."""
    try:
        head = checkpoint(session())
    except NotSealed as error:
        log.error("the trail can't be sealed", problem=str(error))
    else:
        log.info("trail sealed", checkpoint=head.number, size=head.size)


def _for_owner(job: JobContext) -> AbstractContextManager[Actor]:
    return acting(job.owner_id, device=f"job {job.name}")


surround(_for_owner)
