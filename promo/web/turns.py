"""A few pages at a time in a process.

Threads that all compute only take Python's one lock from each other, at every statement anew: sixteen clients were
answered half as fast by eight threads as by one. So a thread waits for its turn before it makes a page. Two turns, so
that one slow query stops nobody; long bodies, which a phone sends slowly, are read without holding one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from flask import Flask

TURNS = 2
LONG = 64 * 1024  # bytes; a form is shorter, a file or a part of one may be longer


def init_app(app: Flask) -> None:
    """Let the application's threads take turns. The files beside the pages are served around this and never wait."""
    turn, make = threading.BoundedSemaphore(TURNS), app.wsgi_app

    def in_turn(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > LONG or environ.get("HTTP_TRANSFER_ENCODING"):
            return make(environ, start_response)
        if int(length):
            environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(length)))
        with turn:
            return make(environ, start_response)

    app.wsgi_app = in_turn  # type: ignore[method-assign]
