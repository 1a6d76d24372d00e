"""Error pages: what happened, and what to do next, in the reader's language. Never a stack trace."""

from __future__ import annotations

import structlog
from flask import Flask, Response, make_response, redirect, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from promo.core.errors import Forbidden, NotFound, Refused, Stale
from promo.web.pages import is_htmx, page

log = structlog.get_logger()
PAGES = (400, 401, 403, 404, 405, 409, 413, 422, 429, 500)


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    if code == 401:
        return _sign_in_first()
    if code < 400 and error.response is not None:
        return error.response  # type: ignore[return-value]
    shown = code if code in PAGES else 400 if code < 500 else 500
    response = page(f"errors/{404 if shown == 405 else shown}.html", code, error=error)
    if retry := getattr(error, "retry_after", None):
        response.headers["Retry-After"] = str(retry)
    return response


def _sign_in_first() -> Response:
    """Ask for sign-in: a page is left for it, a script is told, a form is kept and sent again after it."""
    asked_by_script = is_htmx() or request.headers.get("X-Requested-With")
    if request.method in ("GET", "HEAD") and not asked_by_script:
        return make_response(redirect(url_for("accounts.login", next=request.full_path.rstrip("?")), 303))
    response = page("errors/401.html", 401, typed=_typed(), again=request.full_path)
    response.headers["X-Promo-Signin"] = "1"
    return response


def _csrf(error: CSRFError) -> Response:
    """The form's token is missing or old: 400, with the text that was typed and a way to send it again."""
    return page("errors/400.html", 400, error=error, typed=_typed(), again=request.full_path)


def _typed(*besides: str) -> list[tuple[str, str]]:
    """What was typed, to be sent again from another page: no secrets, nor the form's own machinery."""
    fields = request.form.items(multi=True)
    return [(k, v) for k, v in fields if k not in ("csrf_token", *besides) and "password" not in k]


def init_app(app: Flask) -> None:
    """Draw a page for each error that may reach people."""
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)

    @app.errorhandler(NotFound)
    def not_found(error: NotFound) -> Response:
        return page("errors/404.html", 404, error=error)

    @app.errorhandler(Forbidden)
    def forbidden(error: Forbidden) -> Response:
        return page("errors/403.html", 403, error=error, who=error.who)

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return page("errors/422.html", 422, error=error, reasons=error.reasons)

    @app.errorhandler(Stale)
    def stale(error: Stale) -> Response:
        return page("errors/stale.html", 409, error=error, typed=_typed("version"), again=request.full_path)

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        log.exception("request failed", path=request.path, endpoint=request.endpoint)
        if app.testing and app.config.get("PROPAGATE"):
            raise error
        return page("errors/500.html", 500, error=error)
