"""The machine's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
]


def find() -> str:
    """Return the browser's path; raise ``RuntimeError`` saying what to install."""
    for name in (os.environ.get("PROMO_CHROMIUM", ""), *NAMES):
        if name and (found := shutil.which(name)):
            return found
    ours = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    if ours:
        return str(ours[-1])
    raise RuntimeError("Chromium is not installed: apt-get install chromium")


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless browser for the length of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()
