"""Answering with a page or a fragment of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, flash, g, make_response, redirect, request, url_for

from promo.core.errors import Text


def is_htmx() -> bool:
    """Whether htmx asked, and wants a fragment."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def page(template: str, status: int = 200, **context: Any) -> Response:
    """Answer with a page (or fragment) drawn from a template."""
    return make_response(render(template, **context), status)


def render(template: str, **context: Any) -> str:
    """Draw a template: a page, or a fragment for a block on another feature's page.

    What Flask and the features give to every template is put together once a request: a page draws some ten.
    """
    if "around" not in g:
        g.around = {}
        current_app.update_template_context(g.around)
    return current_app.jinja_env.get_template(template).render({**g.around, **context})


def page_or_fragment(template: str, fragment: str, status: int = 200, **context: Any) -> Response:
    """Answer with a page, or with the very fragment that it includes when htmx asked."""
    response = page(fragment if is_htmx() else template, status, **context)
    response.headers["Vary"] = "HX-Request"
    return response


def done(endpoint: str, message: Text | None = None, *, undo: str | None = None, **values: Any) -> Response:
    """Answer a successful act: say so, offer its undo (an address to POST to), go on to a page."""
    if message is not None:
        flash({"message": str(message), "undo": undo}, "done")  # type: ignore[arg-type]
    return make_response(redirect(url_for(endpoint, **values), 303))


def same_site(target: str | None) -> str | None:
    """Return an address of this site as a path, or None for any other (an open redirect is a phisher's friend)."""
    if not target:
        return None
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or target.startswith(("//", "/\\")):
        return None
    return target
