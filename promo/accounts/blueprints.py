"""Where the addresses of this feature hang: ``/accounts``, the steps of signing in under ``/login``, ``/outbox``."""

from __future__ import annotations

from flask import Blueprint

accounts = Blueprint("accounts", __name__)
security = Blueprint("security", __name__, url_prefix="/login")
outbox = Blueprint("outbox", __name__, url_prefix="/outbox")
