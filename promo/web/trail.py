"""Who acts, for the trail: the viewer of the request, unless the work says otherwise."""

from __future__ import annotations

from flask import Flask, g, has_request_context, request

from promo.core import audit
from promo.core.audit import Actor


def init_app(_app: Flask) -> None:
    """Tell the trail who acts in a request."""
    audit.by_default(requester)


def requester() -> Actor:
    """Return the viewer with request and device; nobody outside a request and before sign-in."""
    if not has_request_context():
        return Actor()
    viewer = g.get("viewer")
    return Actor(
        person_id=viewer.person_id if viewer else None,
        request_id=g.get("request_id"),
        device=request.user_agent.string[:200] or None,
    )
