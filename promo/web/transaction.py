"""When a request's transactions begin and end.

A view reads through :func:`session`, in a reading transaction that is always rolled back at the end; it acts inside
``with write() as writing:``, which commits at the end of the block (see ``core/db.py``).
"""

from __future__ import annotations

from flask import Flask
from sqlalchemy.orm import Session

from promo.core.db import db, session, write

__all__ = ["Session", "init_app", "session", "write"]


def init_app(app: Flask) -> None:
    """Roll the reading transaction back when the request is over."""

    @app.teardown_request
    def end_reading(_error: BaseException | None) -> None:
        db.session.rollback()
