"""The floor: the least that this machine's gunicorn can answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Say hello."""
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", "6")])
    return [b"Hello\n"]
