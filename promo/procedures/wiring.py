"""What procedures need of the application when it starts."""

from __future__ import annotations

from flask import Flask

from promo.procedures import watching


def init_app(_app: Flask) -> None:
    """Watch for changes of what approvals cover."""
    watching.init()
