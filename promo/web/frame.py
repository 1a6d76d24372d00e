"""What stands around every page: navigation, the viewer, the counts in the bar. Features add their own lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, request, url_for

from promo.config import settings
from promo.core import access
from promo.core.access import Viewer
from promo.core.errors import Text
from promo.web.guard import maybe_viewer


@dataclass(frozen=True)
class Line:
    """One line of the navigation; shown to those who may reach its endpoint."""

    endpoint: str
    label: Text
    icon: str
    order: int
    bar: bool = True  # in the side bar; else only in Ctrl K and behind More


_lines: list[Line] = []
_counts: dict[str, Callable[[Viewer], int]] = {}


def navigation(endpoint: str, label: Text, icon: str, order: int, *, bar: bool = True) -> None:
    """Add a line to the navigation (each feature, once)."""
    if all(line.endpoint != endpoint for line in _lines):
        _lines.append(Line(endpoint, label, icon, order, bar))
        _lines.sort(key=lambda line: line.order)


def count(name: str, of: Callable[[Viewer], int]) -> None:
    """Say how a number in the frame is found: an endpoint's badge, or ``waiting`` for approvals."""
    _counts[name] = of


def lines(viewer: Viewer | None) -> list[dict[str, Any]]:
    """Return the navigation of this viewer for the template: label, icon, url, count, current, bar."""
    if viewer is None:
        return []
    here = (request.endpoint or "").split(".")[0]
    return [
        {
            "label": line.label,
            "icon": line.icon,
            "url": url_for(line.endpoint),
            "endpoint": line.endpoint,
            "count": _counts[line.endpoint](viewer) if line.endpoint in _counts else None,
            "current": line.endpoint.split(".")[0] == here,
            "bar": line.bar,
        }
        for line in _lines
        if access.can(viewer, line.endpoint)
    ]


def init_app(app: Flask) -> None:
    """Make the frame's values known to templates."""

    @app.context_processor
    def frame() -> dict[str, Any]:
        viewer = maybe_viewer()
        return {
            "viewer": viewer,
            "nav": lines(viewer),
            "waiting_count": _counts["waiting"](viewer) if viewer and "waiting" in _counts else 0,
            "site_banner": settings().demo,
            "can": lambda action, record=None: access.can(viewer, action, record),
        }
