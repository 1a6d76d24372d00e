"""What activities need of the application when it starts."""

from __future__ import annotations

from flask import Flask

from promo.activities import queries
from promo.core import audit


def init_app(_app: Flask) -> None:
    """Tell the trail under which version an activity stands."""
    audit.versions_from(queries.version_ids)
