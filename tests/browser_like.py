"""The test client: asks like a browser would, and checks every page that comes back (see ``pages.py``)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from contextvars import Context
from typing import Any

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests import database, pages

GENEROUS = 15  # SQL statements for a page that the route table gives no limit of its own
INLINE = re.compile(r"unsafe-inline|unsafe-eval|script-src[^;]*\*|default-src[^;]*\*")
SAFE = ("GET", "HEAD", "OPTIONS")


class Client(FlaskClient):
    """A client that sends the form token with each write and checks whatever it fetches.

    ``last`` holds the statements of the last request. Each request runs in a context of its own, as in a server, so it
    shares neither session nor viewer with the test.
    """

    after: Any = None  # called when a request is over, to let the test's own session read anew
    last: database.Watch
    csrf = True

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Ask; a write brings the form's token unless ``client.csrf`` is off."""
        method = str(kwargs.get("method", "GET")).upper()
        if self.csrf and method not in SAFE:
            headers = dict(kwargs.pop("headers", None) or {})
            kwargs["headers"] = {"X-CSRFToken": self.token(), **headers}
        response = super().open(*args, **kwargs)
        if self.after:
            self.after()
        return response

    def token(self) -> str:
        """Return a form token that belongs to this client's session."""
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", secrets.token_hex(20))
        secret = str(self.application.config.get("WTF_CSRF_SECRET_KEY", self.application.secret_key))
        return str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(raw))

    def run_wsgi_app(self, environ: dict[str, Any], buffered: bool = False) -> Any:
        """Run one request in a fresh context, and check the answer."""
        with database.watch() as seen:
            body, status, headers = Context().run(super().run_wsgi_app, environ, True)
        self.last = seen
        whole = b"".join(body)
        found = list(check(environ, whole, status, headers, seen, self.limit_of(environ)))
        if found:
            raise AssertionError(
                f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} ({status}):\n  " + "\n  ".join(found)
            )
        return [whole], status, headers

    def limit_of(self, environ: dict[str, Any]) -> int:
        """Return how many statements the page may use, from the route table."""
        from tests.test_every_route import ROUTES

        try:
            endpoint, _arguments = self.application.url_map.bind_to_environ(environ).match()
        except HTTPException:
            return GENEROUS
        row = ROUTES.get(endpoint)
        return row.queries if row and row.queries is not None else GENEROUS


def check(
    environ: dict[str, Any], body: bytes, status: str, headers: Any, seen: database.Watch, limit: int
) -> Iterable[str]:
    """Yield what is wrong with an answer: a write by a GET, too many statements, a fault of the page, a weak policy."""
    if environ["REQUEST_METHOD"] in SAFE:
        yield from (f"a GET writes: {statement[:200]}" for statement in seen.writes)
        if len(seen.statements) > limit:
            listed = "\n    ".join(" ".join(s.split())[:160] for s in seen.statements)
            yield f"{len(seen.statements)} SQL statements, the limit is {limit}:\n    {listed}"
    if status[:1] == "3" or not headers.get("Content-Type", "").startswith("text/html"):
        return
    html = body.decode()
    policy = headers.get("Content-Security-Policy", "")
    if not policy or INLINE.search(policy):
        yield f"Content-Security-Policy is weak: {policy!r}"
    if html.strip():
        yield from pages.faults(html)
