"""Where the addresses of procedures hang, for their several files of views, and the colours of a version's states."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("procedures", __name__, url_prefix="/procedures")
TONES = {"draft": "plain", "in_review": "warn", "approved": "now", "effective": "ok", "obsolete": "off"}
