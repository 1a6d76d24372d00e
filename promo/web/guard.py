"""Who asks, and may they: every view carries ``@may("feature.verb")`` or ``@public``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from werkzeug.exceptions import Unauthorized

from promo.core import access
from promo.core.access import Viewer
from promo.core.errors import Forbidden

Found = TypeVar("Found")
View = TypeVar("View", bound=Callable[..., Any])
_who: Callable[[], Viewer | None] = lambda: None  # noqa: E731 - replaced by accounts at start


def who(find: Callable[[], Viewer | None]) -> None:
    """Say how the viewer of a request is found (accounts does)."""
    global _who
    _who = find


def maybe_viewer() -> Viewer | None:
    """Return who asks, or None when nobody is signed in. Found once a request."""
    if "viewer" not in g:
        g.viewer = _who()
    return g.viewer


def viewer() -> Viewer:
    """Return who asks; raises 401 when nobody is signed in."""
    found = maybe_viewer()
    if found is None:
        raise Unauthorized()
    return found


def may(action: str) -> Callable[[View], View]:
    """Let a view be reached by those whom the permission table lets do ``action`` somewhere.

    The view's query and action then ask about the very record.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not access.can(viewer(), action):
                raise Forbidden(action, access.rule(action).who)
            return view(*args, **kwargs)

        guarded.permission = action  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def permitted(found: Found) -> Found:
    """Return what a view has found, when the viewer may do to it what the view is for.

    So nobody fills in a form that would be refused. Raises :class:`Forbidden`, which says who may.
    """
    access.require(viewer(), str(permission_of(current_app, request.endpoint or "")), found)
    return found


def public(view: View) -> View:
    """Let a view be reached by anybody, signed in or not."""
    view.permission = "public"  # type: ignore[attr-defined]
    return view


def permission_of(app: Flask, endpoint: str) -> str | None:
    """Return the permission that stands above a view, or None when somebody forgot it."""
    return getattr(app.view_functions[endpoint], "permission", None)


def init_app(app: Flask) -> None:
    """Refuse whatever has no permission, so that forgetting one shuts the door instead of leaving it open."""

    @app.before_request
    def check_declared() -> None:
        endpoint = request.endpoint
        if endpoint and endpoint != "static" and permission_of(app, endpoint) is None:
            raise RuntimeError(f"{endpoint} has no @may or @public")
