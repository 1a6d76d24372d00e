"""Fixtures of the stories: a real server on the test's database, and browsers in which somebody is signed in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from sqlalchemy.orm import Session

from promo.accounts.wiring import COOKIE
from promo.config import ROOT, settings
from tests import database, world
from tests.browser import casework, chromium, server
from tests.browser.player import Player
from tests.cast import Cast, Member

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {"phone": (390, 844), "desk": (1280, 800)}
PATIENCE = 10_000  # milliseconds for whatever a page shows
expect.set_options(timeout=PATIENCE)
EXPECTED_ERRORS = (
    "Failed to load resource: the server responded with a status of 4",
    "Failed to load resource: net::ERR_INTERNET_DISCONNECTED",  # a story that takes the network away
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the run."""
    with chromium.launched() as launched:
        yield launched


@pytest.fixture
def live(app: Flask, folder: Path, tmp_path: Path) -> Iterator[server.Running]:
    """Promo, web and worker, on this test's database; afterwards everything is as before."""
    database.touched()
    with server.serving(settings(), tmp_path / "server.log") as running:
        yield running


class Opened:
    """Pages opened by a test, and what went wrong in them."""

    def __init__(self, browser: Browser, app: Flask, live: server.Running) -> None:
        self.browser, self.app, self.live = browser, app, live
        self.contexts: list[Any] = []
        self.errors: list[str] = []

    def __call__(self, member: Member | None = None, device: str = "desk", **options: Any) -> Page:
        """Return a page at My day in which ``member`` is signed in (None: at the sign-in page)."""
        width, height = WIDTHS[device]
        context = self.browser.new_context(
            base_url=self.live.address,
            viewport={"width": width, "height": height},
            has_touch=device == "phone",
            locale="es-PE",
            timezone_id="America/Los_Angeles",
            reduced_motion="reduce",
            accept_downloads=True,
            **options,
        )
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        if member is not None:
            value = world.open_device(self.app, member)
            context.add_cookies([{"name": COOKIE, "value": value, "url": self.live.address}])
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        page.on("console", self._console)
        page.goto("/")
        return page

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED_ERRORS):
            self.errors.append(f"{message.location.get('url')}: {message.text}")

    def close(self) -> None:
        """Close every page."""
        for context in self.contexts:
            context.close()


@pytest.fixture
def open_as(browser: Browser, app: Flask, live: server.Running) -> Iterator[Opened]:
    """``open_as(cast.officer, "phone")`` returns a Playwright page; a script error in any of them fails the test."""
    opened = Opened(browser, app, live)
    yield opened
    opened.close()
    assert not opened.errors


@pytest.fixture
def staffed(session: Session, cast: Cast) -> Cast:
    """The cast, with somebody for every function; all procedures of the library are in force."""
    casework.staff(cast)
    return cast


@pytest.fixture
def player(open_as: Opened, staffed: Cast) -> Callable[..., Player]:
    """``player("PE-COM-02")`` has the officer plan an act under a procedure and returns who plays it on."""
    return partial(casework.begin, open_as, staffed)


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """``accessible(page)`` fails on serious or critical findings of axe-core."""

    def accessible(page: Page) -> None:
        page.evaluate(AXE.read_text())
        rules = {
            "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
            "resultTypes": ["violations"],  # the others are not even described
        }
        result = page.evaluate("rules => axe.run(document, rules)", rules)
        found = [
            f"{v['id']}: {v['help']} → {json.dumps([n['target'] for n in v['nodes'][:4]])}"
            for v in result["violations"]
            if v["impact"] in ("serious", "critical")
        ]
        assert not found, f"{page.url}:\n  " + "\n  ".join(found)

    return accessible
