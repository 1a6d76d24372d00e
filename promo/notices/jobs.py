"""The morning's mail."""

from __future__ import annotations

from sqlalchemy.orm import Session

from promo.accounts.models import Person
from promo.core.db import session, write
from promo.core.jobs import periodic
from promo.notices import actions, queries
from promo.notices.models import Notice


@periodic(minutes=30, name="notices.morning")
def morning() -> None:
    """Send each person whose morning has come one mail of what waited for it, each in a transaction of its own."""
    waiting = [(person.id, [n.id for n in notices]) for person, notices in queries.waiting_for_morning(session())]
    for person_id, ids in waiting:
        with write() as writing:
            _send(writing, person_id, ids)


def _send(writing: Session, person_id: int, ids: list[int]) -> None:
    notices = [n for id_ in ids if (n := writing.get(Notice, id_)) is not None and n.mailed_at is None]
    if notices:
        actions.send_mornings(writing, writing.get_one(Person, person_id), notices)
