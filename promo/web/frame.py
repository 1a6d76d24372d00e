"""What stands around every page: navigation, the viewer, the counts in the bar. Features add their own lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, g, render_template, request, url_for
from flask_babel import get_translations
from markupsafe import Markup
from sqlalchemy import Select, select

from promo.config import settings
from promo.core import access
from promo.core.access import Viewer
from promo.core.db import session
from promo.core.errors import Text
from promo.web.guard import maybe_viewer, permission_of


@dataclass(frozen=True)
class Line:
    """One line of the navigation; shown to those who may reach its endpoint."""

    endpoint: str
    label: Text
    icon: str
    order: int
    bar: bool | tuple[str, ...] = True  # in the side bar (of these roles); else only in Ctrl K and behind More


PARTS = 1000  # drawn parts of the frame that a process keeps
_lines: list[Line] = []
_counts: dict[str, Any] = {}


def navigation(endpoint: str, label: Text, icon: str, order: int, *, bar: bool | tuple[str, ...] = True) -> None:
    """Add a line to the navigation (each feature, once)."""
    if all(line.endpoint != endpoint for line in _lines):
        _lines.append(Line(endpoint, label, icon, order, bar))
        _lines.sort(key=lambda line: line.order)


def count(endpoint: str, of: Select[tuple[int]]) -> None:
    """Say how the number beside a line of the navigation is found: a SELECT with the parameter ``person``."""
    _counts[endpoint] = of
    _counting.cache_clear()


@lru_cache(maxsize=1)
def _counting() -> Select[Any]:
    """Return the one SELECT of all these numbers: every page asks for them."""
    return select(*(of.scalar_subquery() for of in _counts.values()))


def _counted(viewer: Viewer | None) -> dict[str, int]:
    """Return the numbers beside the navigation's lines, by endpoint."""
    if viewer is None or not _counts:
        return {}
    row = session().execute(_counting(), {"person": viewer.person_id}).one()
    return dict(zip(_counts, row, strict=True))


def lines(viewer: Viewer | None) -> list[dict[str, Any]]:
    """Return the navigation of this viewer for the template: label, icon, url, count, current, bar."""
    if viewer is None:
        return []
    here = _current(request.endpoint or "")
    return [
        {
            "label": line.label,
            "icon": line.icon,
            "url": url_for(line.endpoint),
            "endpoint": line.endpoint,
            "count": of_request()["counts"].get(line.endpoint),
            "current": line.endpoint == here,
            "bar": viewer.has(*line.bar) if isinstance(line.bar, tuple) else line.bar,
        }
        for line in _lines
        if access.can(viewer, line.endpoint)
    ]


def _current(endpoint: str) -> str | None:
    """Return the line under which a page stands: its own, else the first of its feature."""
    own = next((line.endpoint for line in _lines if line.endpoint == endpoint), None)
    feature = endpoint.split(".")[0]
    return own or next((line.endpoint for line in _lines if line.endpoint.split(".")[0] == feature), None)


def link(endpoint: str, **values: Any) -> str | None:
    """Return the address of a view, or None when there is no such view or this viewer may not go there."""
    if endpoint not in current_app.view_functions:
        return None
    permission = permission_of(current_app, endpoint)
    if permission not in ("public", None) and not access.can(maybe_viewer(), str(permission)):
        return None
    return url_for(endpoint, **values)


_drawn: dict[tuple[Any, ...], Markup] = {}


def once(template: str, **context: Any) -> Markup:
    """Draw a part of a page that is the same for everybody who reads the language, with whatever it is drawn from."""
    place = (template, get_translations())
    return _kept(place, lambda: current_app.jinja_env.get_template(template).render(**context))


def around(template: str) -> Markup:
    """Draw a part of the frame that is the same on every page of an endpoint, for this viewer and these counts."""
    counts = tuple(of_request()["counts"].values())
    place = (template, maybe_viewer(), request.endpoint, counts, get_translations())
    return _kept(place, lambda: render_template(template))


def _kept(place: tuple[Any, ...], draw: Callable[[], str]) -> Markup:
    """Return what was drawn for a place; a viewer whose roles, name or language change is another place."""
    if place not in _drawn:
        if len(_drawn) >= PARTS:
            _drawn.clear()
        _drawn[place] = Markup(draw())  # noqa: S704 - our own templates draw it, escaped
    return _drawn[place]


def init_app(app: Flask) -> None:
    """Make the frame's values known to templates."""
    app.jinja_env.globals["link"] = link
    app.jinja_env.globals["once"] = once
    app.jinja_env.globals["around"] = around

    app.context_processor(of_request)


def of_request() -> dict[str, Any]:
    """Return what the layouts need of this request's viewer: found once, however many fragments it draws."""
    if "frame" not in g:
        g.frame = values(maybe_viewer())
    return g.frame


def values(viewer: Viewer | None) -> dict[str, Any]:
    """Return what the layouts need of this viewer."""
    return {
        "viewer": viewer,
        "nav": lambda: lines(viewer),
        "counts": _counted(viewer),
        "site_banner": settings().demo,
        "can": lambda action, record=None: access.can(viewer, action, record),
    }


Due = Callable[[Viewer, date], list[dict[str, Any]]]
_due: list[Due] = []


def due(of: Due) -> None:
    """Add lines to what is due for somebody, the oldest first: icon, title, url, note, due_on, doubt, ends."""
    _due.append(of)


def all_due(viewer: Viewer, today: date) -> list[dict[str, Any]]:
    """Return the lines of every feature, those due first at the top."""
    return sorted((line for of in _due for line in of(viewer, today)), key=lambda line: line["due_on"])


Block = Callable[[Viewer, Any], str]
_blocks: dict[str, list[tuple[int, Block]]] = {}


def block(kind: str, order: int, draw: Block) -> None:
    """Add a block to the page of a kind that stands on a lower floor (``any`` for all): contacts on an organisation's.

    ``event_aside`` stands beside the record, ``event_above`` between head and content, ``event_actions`` in the head.
    ``draw(viewer, record)`` returns safe markup, drawn from the upper feature's own fragment.
    """
    _blocks.setdefault(kind, []).append((order, draw))
    _blocks[kind].sort(key=lambda pair: pair[0])


def blocks(kind: str, viewer: Viewer, record: Any, place: str = "") -> list[str]:
    """Return the blocks that features add to a record's page, at a place of it (``aside``, ``above``, ``actions``)."""
    at = f"_{place}" if place else ""
    found = sorted([*_blocks.get(kind + at, ()), *_blocks.get("any" + at, ())], key=lambda pair: pair[0])
    return [text for _order, draw in found if (text := draw(viewer, record))]
