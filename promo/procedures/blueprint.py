"""Where the addresses of procedures hang, for their several files of views."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("procedures", __name__, url_prefix="/procedures")
