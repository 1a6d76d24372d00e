"""What procedures need of the application when it starts."""

from __future__ import annotations

from flask import Flask

from promo.core import audit
from promo.procedures import calendar_watch, queries, watching


def init_app(_app: Flask) -> None:
    """Watch for changes of what approvals cover and of calendars; tell the trail under which version records stand."""
    watching.init()
    calendar_watch.init()
    audit.versions_from(queries.version_ids)
