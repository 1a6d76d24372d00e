"""What urgencies do by the clock: whoever owes something is told when its day is over."""

from __future__ import annotations

from promo.core import clock
from promo.core.db import session, write
from promo.core.jobs import periodic
from promo.urgencies import actions, queries


@periodic(minutes=30, name="urgencies.tell_overdue")
def tell_overdue() -> None:
    """Tell of each urgency that was not regularised in time, each in a transaction of its own."""
    for id_ in queries.overdue(session(), clock.today()):
        with write() as writing:
            actions.tell_overdue(writing, id_)
