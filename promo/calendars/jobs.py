"""What calendars do by the clock: in December every post is asked to confirm the coming year."""

from __future__ import annotations

from promo.calendars import actions, queries
from promo.core import clock
from promo.core.db import session, write
from promo.core.jobs import periodic

DECEMBER = 12


@periodic(hours=6, name="calendars.remind")
def remind() -> None:
    """Remind the posts that have not confirmed the coming year, each in a transaction of its own."""
    today = clock.today()
    if today.month != DECEMBER:
        return
    posts = queries.to_remind(session(), today.year + 1)
    for post_id in posts:
        with write() as writing:
            actions.remind(writing, post_id, today.year + 1)
