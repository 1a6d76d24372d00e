"""The trail is sealed by the clock."""

from __future__ import annotations

import structlog

from promo.core.audit.seal import NotSealed, checkpoint
from promo.core.db import session
from promo.core.jobs import periodic

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
