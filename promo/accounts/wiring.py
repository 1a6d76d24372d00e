"""How a request's viewer is found: by the token of its device, through Flask-Login."""

from __future__ import annotations

from flask import Flask, Request, Response, g, request
from flask_login import LoginManager, UserMixin, current_user

from promo.accounts import blueprints, queries, security
from promo.config import settings
from promo.core import clock
from promo.core.access import ROLES, Viewer
from promo.core.db import session, write
from promo.core.records import PILLARS
from promo.web import guard

COOKIE = "promo_device"


class SignedIn(UserMixin):
    """Who Flask-Login says is signed in: the viewer, found by the device's token."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.id = viewer.person_id


def init_app(app: Flask) -> None:
    """Tell Flask-Login how to find somebody, and the guard whom to ask; hang up the addresses besides ``/accounts``."""
    app.register_blueprint(blueprints.security)
    app.register_blueprint(blueprints.outbox)
    manager = LoginManager(app)
    manager.session_protection = None  # sessions are ours: see security.py
    manager.request_loader(load)
    guard.who(who)

    @app.context_processor
    def words() -> dict[str, object]:
        """The names of roles and pillars, which several pages write."""
        return {"role_names": dict(ROLES), "pillars": PILLARS}

    @app.before_request
    def keep_open() -> None:
        """Write now and then that the device was used, in a transaction of its own, before the view's."""
        sign_in = g.get("sign_in") if guard.maybe_viewer() else None
        if sign_in is not None and security.is_due(sign_in, clock.now()):
            with write() as writing:
                security.seen(writing, sign_in.id, clock.now())
            g.keep_cookie = not sign_in.shared

    @app.after_request
    def keep_cookie(response: Response) -> Response:
        """Let one's own device stay signed in for 30 days from now, not from the first day."""
        if g.get("keep_cookie") and not any(c.startswith(f"{COOKIE}=") for c in response.headers.getlist("Set-Cookie")):
            give_token(response, request.cookies[COOKIE], shared=False)
        return response


def who() -> Viewer | None:
    """Return the viewer of this request."""
    user = current_user._get_current_object()
    return user.viewer if isinstance(user, SignedIn) else None


def load(asked: Request) -> SignedIn | None:
    """Find who is signed in on the device that asks.

    A role that needs a second factor, given since the device signed in without one, asks for sign-in again.
    """
    token = asked.cookies.get(COOKIE)
    if not token:
        return None
    found = queries.signed_in(session(), security.digest(token), clock.now(), clock.today())
    if found is None:
        return None
    viewer, sign_in = found
    if security.needs_second_factor(viewer) and not sign_in.strong:
        return None
    g.sign_in = sign_in
    return SignedIn(viewer)


def give_token(response: Response, token: str, *, shared: bool) -> Response:
    """Let the device keep its token: 30 days on one's own, until the browser is closed on a shared one."""
    lasting = None if shared else int(security.OWN_DEVICE.total_seconds())
    response.set_cookie(COOKIE, token, max_age=lasting, httponly=True, samesite="Lax", secure=settings().secure_cookies)
    return response


def present_digest() -> str:
    """Return the digest of the token of the device that asks."""
    return security.digest(request.cookies.get(COOKIE, ""))
