"""Trade missions."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from promo.acts.models import Act

TYPES = (
    ("outgoing", _l("Outgoing trade mission")),
    ("inverse", _l("Inverse trade mission")),
    ("prospecting", _l("Prospecting trade mission")),
)


class Mission(Act):
    """One trade mission."""

    __tablename__ = "mission"
    __mapper_args__ = {"polymorphic_identity": "mission"}

    TYPES = TYPES
    FEATURE = "missions"
    PREFIX = "MI"

    id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
