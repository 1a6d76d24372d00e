"""Events."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from promo.acts.models import Act

TYPES = (
    ("matchmaking", _l("Business matchmaking round")),
    ("seminar", _l("Seminar")),
    ("webinar", _l("Webinar")),
    ("tasting", _l("Tasting")),
    ("festival", _l("Festival")),
    ("fair_participation", _l("Stand at a fair")),
    ("investor_forum", _l("Investor forum")),
    ("roadshow", _l("Roadshow")),
    ("day_roadshow", _l("Roadshow of one day")),
    ("fam_trip", _l("Familiarisation trip")),
    ("press_trip", _l("Press trip")),
    ("official_visit", _l("Official visit")),
    ("other", _l("Other event")),
)


class Event(Act):
    """One event, held by the ministry or taken part in."""

    __tablename__ = "event"
    __mapper_args__ = {"polymorphic_identity": "event"}

    TYPES = TYPES
    FEATURE = "events"
    PREFIX = "EV"

    id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
