"""Where the addresses of drafts hang."""

from __future__ import annotations

from flask import Blueprint

drafts = Blueprint("drafts", __name__, url_prefix="/drafts")
