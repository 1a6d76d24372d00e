"""What exceptions do by the clock: their owners are told when they are over."""

from __future__ import annotations

from promo.core import clock
from promo.core.db import session, write
from promo.core.jobs import periodic
from promo.exceptions import actions, queries


@periodic(minutes=30, name="exceptions.tell_over")
def tell_over() -> None:
    """Tell of each exception whose last day is over, each in a transaction of its own."""
    for id_ in queries.over(session(), clock.today()):
        with write() as writing:
            actions.tell_over(writing, id_)
