"""By when the stages of bulk case files were to be finished: the procedures' own rule, on the posts' own calendars."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from promo.calendars import queries as calendars
from promo.core.calendars import Calendar
from promo.demo.people import Office
from promo.procedures.deadlines import binding, dues
from promo.procedures.definitions import Definition
from promo.reference.models import Post


class Terms:
    """Says the terms of stages, each found once for a post and its days."""

    def __init__(self, session: Session) -> None:
        self.calendars: dict[int, Mapping[str, Calendar]] = {
            post.id: calendars.both(session, post) for post in session.scalars(select(Post))
        }
        self.known: dict[tuple[object, ...], date | None] = {}

    def due(self, definition: Definition, stage: str, facts: Mapping[str, date], office: Office) -> date | None:
        """Return the day by which a stage is to be finished, or None without a term."""
        place = (definition.code, stage, office.post_id, *sorted(facts.items()))
        if place not in self.known:
            found = dues(definition, stage, facts, {}, None, self.calendars[office.post_id], office.zone.key)
            first = binding(found)
            self.known[place] = first.on if first else None
        return self.known[place]


def is_late(at: datetime, due: date | None, office: Office) -> bool | None:
    """Whether a stage was left after its term, by the post's day; None without a term."""
    return None if due is None else at.astimezone(office.zone).date() > due
