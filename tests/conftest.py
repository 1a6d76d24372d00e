"""Fixtures for every test. The database under test is chosen by ``PROMO_TEST_DATABASE`` (see ``database.py``)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from tests import database, departures, postgres, world
from tests.browser_like import Client
from tests.cast import Cast, Member

# Slow machines are no fault of the rule under test; the same examples everywhere.
hypothesis.settings.register_profile(
    "promo", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("promo")

_server: postgres.Server | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL once for the run, before the workers, when the run is for PostgreSQL."""
    global _server
    if database.CHOSEN == "postgresql" and database.SOCKET not in os.environ:
        try:
            _server = postgres.Server()
        except RuntimeError as error:
            pytest.exit(str(error), returncode=3)
        os.environ[database.SOCKET] = str(_server.folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the PostgreSQL that this run started."""
    global _server
    if _server is not None:
        _server.destroy()
        _server = None
        os.environ.pop(database.SOCKET, None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test fails the run: what can't be tested here is not tested at all."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_report_header(config: pytest.Config) -> str:
    """Name the database under test."""
    return f"database: {database.CHOSEN}"


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder of this test process, in memory where there is some, so that fsync costs nothing."""
    memory = Path("/dev/shm")
    base = memory if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 1 << 30 else None
    path = Path(tempfile.mkdtemp(prefix="promo-test-", dir=base))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def place(folder: Path) -> database.Place:
    """Where this process's database stands."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return database.Place(folder, f"promo_{worker}_{os.getpid()}")


@pytest.fixture(scope="session")
def made(folder: Path, place: database.Place) -> Iterator[tuple[Flask, Cast]]:
    """The application with its schema, reference data and cast, made once."""
    app, cast = world.make(folder, place)
    yield app, cast
    world.leave(app)


@pytest.fixture
def app(made: tuple[Flask, Cast], place: database.Place) -> Iterator[Flask]:
    """The application; afterwards the database and files are as before."""
    app = made[0]
    yield app
    world.clean(app, place)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The test's own session, inside an application context: for queries, actions and factories."""
    from promo.core.db import db

    with app.app_context():
        yield db.session()


@pytest.fixture
def cast(made: tuple[Flask, Cast], app: Flask) -> Cast:
    """Everybody who appears in the tests, by part: ``cast.officer``, ``cast.head``."""
    return made[1]


@pytest.fixture
def alice(cast: Cast) -> Member:
    """The officer at Los Angeles."""
    return cast.officer


def _client(app: Flask) -> Client:
    client = app.test_client()
    assert isinstance(client, Client)
    return client


@pytest.fixture
def client(app: Flask) -> Client:
    """A browser in which nobody is signed in."""
    return _client(app)


@pytest.fixture
def sign_in(app: Flask) -> Callable[[Member], Client]:
    """``sign_in(cast.officer)`` returns a browser in which they are signed in."""

    def sign_in(member: Member) -> Client:
        client = _client(app)
        world.sign_in(client, member)
        return client

    return sign_in


@pytest.fixture
def clock(session: Any, cast: Cast) -> Iterator[time_machine.Traveller]:
    """It is the Monday of the case files of tests/departures.py, and their procedure is in force."""
    with time_machine.travel(departures.NOW, tick=False) as traveller:
        departures.enforce(cast)
        yield traveller
