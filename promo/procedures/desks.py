"""Where somebody works: the calendar of their post, and what day it is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from promo.accounts.models import Person
from promo.core import calendars, clock
from promo.core.calendars import Calendar
from promo.reference.models import Post


@dataclass(frozen=True)
class Desk:
    """The calendar and zone by which somebody works."""

    calendar: Calendar
    timezone: str

    @property
    def today(self) -> date:
        """Today there."""
        return clock.today(self.timezone)

    def day(self, moment: datetime) -> date:
        """The day of a moment there."""
        return moment.astimezone(ZoneInfo(self.timezone)).date()


def desk_of(session: Session, person: Person) -> Desk:
    """Return where somebody works; without a post, in Lima."""
    post = session.get(Post, person.post_id) if person.post_id is not None else None
    calendar = calendars.calendar_of(post) if post is not None else calendars.peru()
    return Desk(calendar, person.timezone or (post.timezone if post else "America/Lima"))
