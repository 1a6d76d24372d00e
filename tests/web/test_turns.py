"""Pages are made a few at a time; writes on SQLite wait for their turn instead of asking again and again."""

from __future__ import annotations

import gzip
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from flask import Flask, request
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session
from werkzeug.test import Client as Browser
from werkzeug.test import EnvironBuilder, run_wsgi_app

from promo.core.db import db, is_sqlite, write
from promo.reference.models import Sector
from promo.web import turns


class Counted:
    """How many threads are inside at once, at most."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.lock = threading.Lock()

    def __enter__(self) -> None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *_error: object) -> None:
        with self.lock:
            self.now -= 1


@pytest.fixture
def inside() -> Counted:
    return Counted()


@pytest.fixture
def small(inside: Counted) -> Flask:
    """An application of one page that takes a moment, by turns."""
    app = Flask("small")

    @app.route("/", methods=["GET", "POST"])
    def page() -> str:
        with inside:
            time.sleep(0.02)
            return str(len(request.get_data()))

    turns.init_app(app)
    return app


def together(count: int, work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_no_more_pages_are_made_at_once_than_there_are_turns(small: Flask, inside: Counted) -> None:
    answers: list[str] = []
    together(8, lambda: answers.append(Browser(small).post("/", data=b"x" * 100).text))
    assert answers == ["100"] * 8
    assert inside.most == turns.TURNS


def test_a_long_body_holds_no_turn(small: Flask, inside: Counted) -> None:
    body = b"x" * (turns.LONG + 1)
    answers: list[str] = []
    together(8, lambda: answers.append(Browser(small).post("/", data=body).text))
    assert answers == [str(len(body))] * 8
    assert inside.most > turns.TURNS


def test_a_turn_is_given_back_when_a_page_fails() -> None:
    app = Flask("failing")
    app.testing = True

    @app.get("/")
    def page() -> str:
        raise RuntimeError("broken")

    turns.init_app(app)
    for _ in range(turns.TURNS + 1):
        with pytest.raises(RuntimeError, match="broken"):
            Browser(app).get("/")


def test_a_body_that_breaks_off_is_refused(app: Flask) -> None:
    environ = EnvironBuilder("/login", method="POST", input_stream=BytesIO(b"email=a")).get_environ()
    environ["CONTENT_LENGTH"], environ["CONTENT_TYPE"] = "100", "application/x-www-form-urlencoded"
    _body, status, _headers = run_wsgi_app(app, environ)
    assert status.startswith("400")


@pytest.fixture
def impatient(session: Session) -> Iterator[None]:
    """Connections that do not wait for SQLite's own lock: a write out of turn fails at once."""

    def hurry(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=0")

    if is_sqlite():
        event.listen(db.engine, "connect", hurry)
        db.engine.dispose()
    yield
    if is_sqlite():
        event.remove(db.engine, "connect", hurry)
        db.engine.dispose()


def test_writes_wait_for_their_turn(app: Flask, session: Session, impatient: None) -> None:
    session.rollback()
    before = session.scalar(select(func.count()).select_from(Sector))
    session.rollback()
    errors: list[BaseException] = []

    def add() -> None:
        try:
            with app.app_context(), write() as writing:
                number = writing.scalar(select(func.max(Sector.id))) or 0
                time.sleep(0.005)
                writing.add(
                    Sector(
                        id=number + 1, code=f"turn-{number}", name_es="Turno", name_en="Turn",
                        pillar="trade",
                    )
                )  # fmt: skip
        except BaseException as error:  # a thread's error would be lost
            errors.append(error)

    if is_sqlite():
        together(8, add)
    else:  # PostgreSQL writes side by side: one after another here
        for _ in range(8):
            thread = threading.Thread(target=add)
            thread.start()
            thread.join()
    assert errors == []
    assert session.scalar(select(func.count()).select_from(Sector)) == (before or 0) + 8


def test_pages_come_compressed_to_whoever_takes_them(app: Flask) -> None:
    browser = Browser(app)
    plain = browser.get("/login")
    packed = browser.get("/login", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.data) < len(plain.data) / 2
    assert b"</html>" in gzip.decompress(packed.data)
