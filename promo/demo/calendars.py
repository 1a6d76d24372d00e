"""Calendars of the invented ministry: most posts have confirmed theirs, a few have not; one decree."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from promo.calendars.models import CalendarDay, CalendarYear
from promo.core.calendars import proposed
from promo.demo.people import HOME, Office
from promo.reference.models import Post

LATE = ("EMB-JP-TYO", "CG-ES-BCN", "EMB-AE-AUH", "CON-EC-MCH", "EMB-IN-DEL", "CG-BR-SAO")
"""Posts that have not confirmed the coming year; the last two of them not even the present one."""


def confirm_calendars(session: Session, offices: list[Office], today: date) -> None:
    """Let the heads of posts confirm their calendars of last year, this one and the next."""
    heads = {o.post_id: o.head for o in offices}
    posts = session.scalars(select(Post).where(Post.active).order_by(Post.id)).all()
    years, days = [], []
    for post in posts:
        for year in (today.year - 1, today.year, today.year + 1):
            if year > today.year - (post.code in LATE[-2:]) and post.code in LATE:
                continue
            at = datetime.combine(min(date(year - 1, 12, 10), today - timedelta(days=3)), time(15), UTC)
            years.append(_year(post, year, heads.get(post.id), at))
            days += [_day(post.id, on, *names) for on, names in _holidays(post, year)]
    for month, day, counts_as, es, en in (
        (12, 24, "half", "Nochebuena, medio día", "Christmas Eve, half day"),
        (7, 27, "holiday", "Recepción por Fiestas Patrias", "Reception for Peru's national day"),
    ):
        home = next(p for p in posts if p.code == HOME)
        on = date(today.year + 1, month, day)
        if on.isoweekday() < 6 and on not in {d["on"] for d in days if d["post_id"] == home.id}:
            days.append(_day(home.id, on, es, en, source="post", counts_as=counts_as))
    years.append(_year(None, today.year + 1, None, None))
    session.execute(insert(CalendarYear), years)
    session.execute(insert(CalendarDay), [*days, _decree(today)])


def _holidays(post: Post, year: int) -> list[tuple[date, tuple[str, str]]]:
    return list(proposed(post.holiday_country, post.holiday_subdivision, year).items())


def _year(post: Post | None, year: int, by: int | None, at: datetime | None) -> dict[str, Any]:
    return {
        "post_id": post.id if post else None, "year": year, "weekend": post.weekend if post else None,
        "confirmed_by_id": by, "confirmed_at": at, "version": 2,
    }  # fmt: skip


def _day(post_id: int | None, on: date, es: str, en: str, **more: str) -> dict[str, Any]:
    return {
        "scope": "post", "post_id": post_id, "on": on, "counts_as": "holiday", "name_es": es[:200],
        "name_en": en[:200], "source": "library", "act_number": None, **more,
    }  # fmt: skip


def _decree(today: date) -> dict[str, Any]:
    """Return the day before or after the national days that the public sector does not work next year."""
    on = next(d for d in (date(today.year + 1, 7, n) for n in (27, 30, 26)) if d.isoweekday() < 6)
    named = ("Día no laborable para el sector público", "Day without work in the public sector")
    number = f"DS 118-{today.year}-PCM"
    return _day(None, on, *named, scope="peru", source="decree", act_number=number)
