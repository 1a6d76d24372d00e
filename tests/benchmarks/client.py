"""One keep-alive client that times whole answers."""

from __future__ import annotations

import http.client
import socket
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from tests.pages import Page


@dataclass
class Answer:
    """What came back, and after how many milliseconds."""

    status: int
    body: bytes
    headers: dict[str, str]
    ms: float

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


@dataclass
class Client:
    """A browser with one connection and a cookie jar."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, data: dict[str, str] | None = None, **headers: str) -> Answer:
        """Send a request on the connection, opening it again when the server had closed it."""
        body = urlencode(data) if data is not None else None
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        for attempt in (1, 2):
            connection = self._connected()
            began = time.perf_counter()
            try:
                connection.request(method, path, body, sent)
                response = connection.getresponse()
                content = response.read()
                break
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.close()
                if attempt == 2 or method != "GET":
                    raise
        ms = (time.perf_counter() - began) * 1000
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                self.cookies.update({k: m.value for k, m in SimpleCookie(value).items()})
        return Answer(response.status, content, {k.lower(): v for k, v in response.getheaders()}, ms)

    def get(self, path: str, **headers: str) -> Answer:
        """GET, which must answer 200."""
        answer = self.ask("GET", path, None, **headers)
        if answer.status != 200:
            raise RuntimeError(f"GET {path} answered {answer.status}")
        return answer

    def form(self, path: str) -> dict[str, str]:
        """Return what the main form of a page would send if nothing were typed."""
        page = Page(self.get(path).text)
        forms = [
            f for f in page.all("form") if f["method"].lower() == "post" and f["action"].split("?")[0] in (path, "")
        ]
        if not forms:
            raise RuntimeError(f"no form on {path} posts to it")
        inside = [e for e in page.all("input", "textarea") if e.within("form") is forms[0] and e["name"]]
        return {
            e["name"]: e["value"] if e.tag == "input" else e.text
            for e in inside
            if e["type"] not in ("checkbox", "radio", "submit", "file") or "checked" in e.attributes
        }

    def sign_in(self, email: str, password: str) -> None:
        """Sign in by the form."""
        data = {**self.form("/login"), "email": email, "password": password}
        answer = self.ask("POST", "/login", data)
        if answer.status not in (302, 303):
            raise RuntimeError(f"sign-in of {email} answered {answer.status}")

    def close(self) -> None:
        """Close the connection."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _connected(self) -> http.client.HTTPConnection:
        if self.connection is None:
            parts = urlsplit(self.address)
            self.connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
            self.connection.connect()
            self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.connection


def times(ask: Callable[[], Answer], count: int, warm: int = 20) -> list[float]:
    """Return the milliseconds of ``count`` answers, after ``warm`` that do not count."""
    for _ in range(warm):
        ask()
    return sorted(ask().ms for _ in range(count))


def median(values: list[float]) -> float:
    """The median."""
    return statistics.median(values)


def percentile(values: list[float], percent: float) -> float:
    """The value that ``percent`` of the (sorted) values do not exceed."""
    return values[min(len(values) - 1, int(len(values) * percent / 100))]
