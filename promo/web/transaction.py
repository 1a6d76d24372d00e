"""When a request's transaction ends: always with a rollback, since ``core.db.write()`` has committed what was to stay."""

from __future__ import annotations

from flask import Flask

from promo.core.db import db


def init_app(app: Flask) -> None:
    """Roll the reading transaction back when the request is over."""

    @app.teardown_request
    def end_reading(_error: BaseException | None) -> None:
        db.session.rollback()
