"""Pictures of every page: ``python -m tests.browser.screenshots [words in an address …]`` → ``screenshots/``.

A server with demo data of its own; each page is found by following links from My day, as the demo person of each role,
until every endpoint that answers a GET was seen once. Then es and en, 390 and 1280 px.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from promo.app import create_app
from promo.config import ROOT, Settings, load
from tests.benchmarks.stage import logins, promo
from tests.browser import chromium, server

TARGET = ROOT / "screenshots"
WIDTHS = {390: 844, 1280: 800}
ROLES = ("officer", "manager", "quality", "admin")
MOST = 400  # pages looked at for links, a role


def signed_in(browser: Browser, address: str, person: dict[str, str], width: int, locale: str) -> BrowserContext:
    """Return a window in which a demo person is signed in, in a language."""
    context = browser.new_context(
        base_url=address, viewport={"width": width, "height": WIDTHS[width]}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto("/login")
    page.locator("input[name=email]").first.fill(person["email"])
    page.locator("input[name=password]").first.fill(person["password"])
    page.locator("input[name=password]").first.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    token = page.locator("input[name=csrf_token]").first.get_attribute("value") or ""
    page.request.post("/accounts/language", form={"csrf_token": token, "locale": locale}, max_redirects=0)
    page.close()
    return context


def endpoint_of(urls: MapAdapter, path: str) -> str | None:
    """Return the endpoint behind a path, or None."""
    try:
        return str(urls.match(path, method="GET")[0])
    except HTTPException:
        return None


def discover(page: Page, urls: MapAdapter, seen: dict[str, str]) -> dict[str, str]:
    """Follow links, three of each endpoint at most; return the first address of each that nobody showed yet."""
    found: dict[str, str] = {}
    waiting, known, followed = ["/"], {"/"}, Counter[str]()
    while waiting and len(known) < MOST:
        answer = page.goto(waiting.pop(0))
        if answer is None or answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
            continue
        here = urlsplit(page.url)
        endpoint = endpoint_of(urls, here.path)
        if endpoint and endpoint not in seen:
            found.setdefault(endpoint, here.path)
        for link in page.eval_on_selector_all("a[href]:not([download])", "all => all.map(a => a.getAttribute('href'))"):
            address = urlsplit(urljoin(page.url, link))
            target = endpoint_of(urls, address.path) if address.netloc == here.netloc else None
            if target and address.path not in known and followed[target] < 3:
                followed[target] += 1
                known.add(address.path)
                waiting.append(address.path)
    return found


def take(browser: Browser, address: str, person: dict[str, str], pages: dict[str, str]) -> None:
    """Take the pictures of these pages as one person."""
    for width in WIDTHS:
        for locale in ("es", "en"):
            context = signed_in(browser, address, person, width, locale)
            page = context.new_page()
            for endpoint, path in pages.items():
                page.goto(path)
                page.wait_for_load_state("networkidle")
                name = re.sub(r"\W+", "_", endpoint)
                page.screenshot(path=TARGET / f"{name}-{locale}-{width}.png", full_page=True)
            context.close()


@contextmanager
def served() -> Iterator[tuple[Browser, str, Settings]]:
    """A browser, the address of a server with demo data of its own, and that server's settings."""
    folder = Path(tempfile.mkdtemp(prefix="promo-pictures-"))
    settings = load(data_dir=folder, demo=True, secret_key="s" * 48, signing_key="k" * 48)
    try:
        promo(settings, "db", "upgrade")
        promo(settings, "demo", "load", "--size", "small")
        with server.serving(settings, folder / "server.log") as running, chromium.launched() as browser:
            yield browser, running.address, settings
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(wanted: list[str]) -> None:
    """Run the command."""
    TARGET.mkdir(exist_ok=True)
    with served() as (browser, address, settings):
        people = {person["role"]: person for person in reversed(logins(settings))}
        urls = create_app(settings).url_map.bind("127.0.0.1")
        _walk(browser, address, people, urls, wanted)


def _walk(
    browser: Browser, address: str, people: dict[str, dict[str, str]], urls: MapAdapter, wanted: list[str]
) -> None:
    seen: dict[str, str] = {}
    for role in ROLES:
        context = signed_in(browser, address, people[role], 1280, "es")
        found = discover(context.new_page(), urls, seen)
        context.close()
        seen |= found
        chosen = {e: p for e, p in found.items() if not wanted or any(w in p for w in wanted)}
        take(browser, address, people[role], chosen)
        print(json.dumps({"role": role, "pages": chosen}, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1:])
