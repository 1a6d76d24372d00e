"""What the trail tells other pages of itself."""

from __future__ import annotations

from flask import Flask

from promo.core import records
from promo.trail import queries


def init_app(_app: Flask) -> None:
    """Name, on the page of a stale edit, who changed the record."""
    records.changed_by(queries.changer)
