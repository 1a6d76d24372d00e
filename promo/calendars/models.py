"""The days that a post has confirmed, or that a decree declares; and until which year a post's calendar is certain."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Date, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from promo.core.db import Model, UTCDateTime, on_create
from promo.core.fields import info

KINDS = (
    ("holiday", _l("Day off")),
    ("half", _l("Half day: it counts as a working day")),
    ("working", _l("Holiday on which people work")),
)
SCOPES = (
    ("post", _l("The post")),
    ("peru", _l("Peru's calendar: legal terms, and headquarters")),
    ("all", _l("Every post and Peru's calendar")),
)
SOURCES = (
    ("library", _l("Public holiday as proposed")),
    ("post", _l("The post's own")),
    ("decree", _l("Decree")),
)


class CalendarYear(Model):
    """One year of a post's calendar (of the decrees: without a post). Until it is confirmed its dates are not certain.

    Every change of a day raises ``version``, by which processes see that what they keep is out of date.
    """

    __tablename__ = "calendar_year"
    __audit__ = True
    __audit_name__ = _l("Calendar of a year")

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"), info=info(_l("Post"), type="post"))
    year: Mapped[int] = mapped_column(Integer, info=info(_l("Year")))
    weekend: Mapped[str | None] = mapped_column(String(7), info=info(_l("Week-end")))
    confirmed_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), info=info(_l("Confirmed by"), type="person")
    )
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info=info(_l("Confirmed")))
    reminded_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info={"audit": False})
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (UniqueConstraint("post_id", "year"),)


class CalendarDay(Model):
    """A day of a post's calendar, or one that a decree declares for Peru's calendar or for all."""

    __tablename__ = "calendar_day"
    __audit__ = True
    __audit_name__ = _l("Day of a calendar")

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    scope: Mapped[str] = mapped_column(String(4), default="post", info=info(_l("Counts for"), choices=SCOPES))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"), info=info(_l("Post"), type="post"))
    on: Mapped[date] = mapped_column(Date, info=info(_l("Day")))
    counts_as: Mapped[str] = mapped_column(String(7), default="holiday", info=info(_l("Kind"), choices=KINDS))
    name_es: Mapped[str] = mapped_column(String(200), info=info(_l("Name in Spanish")))
    name_en: Mapped[str] = mapped_column(String(200), info=info(_l("Name in English")))
    source: Mapped[str] = mapped_column(String(7), default="post", info=info(_l("Source"), choices=SOURCES))
    act_number: Mapped[str | None] = mapped_column(String(100), info=info(_l("Number of the decree")))

    __table_args__ = (
        UniqueConstraint("post_id", "on"),
        CheckConstraint("(scope = 'post') = (post_id IS NOT NULL)", name="of_a_post_or_a_decree"),
        CheckConstraint("source <> 'decree' OR act_number IS NOT NULL", name="a_decree_has_a_number"),
    )


_ONE_DECREE = (
    'CREATE UNIQUE INDEX IF NOT EXISTS uq_calendar_day_one_decree ON calendar_day ("on") WHERE post_id IS NULL'
)
_ONE_YEAR = (
    "CREATE UNIQUE INDEX IF NOT EXISTS uq_calendar_year_of_decrees ON calendar_year (year) WHERE post_id IS NULL"
)
on_create("calendar_day", sqlite=[_ONE_DECREE], postgresql=[_ONE_DECREE])
on_create("calendar_year", sqlite=[_ONE_YEAR], postgresql=[_ONE_YEAR])
