"""The pictures of the guide: ``make guide`` → ``docs/guide/pictures/<name>.<es|en>.png``.

A server with demo data of its own; a few things are done in it first (``ACTS``), then each picture is taken as the
person who would see it, in both languages, cut to what matters and kept in few colours.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from promo.config import ROOT
from tests.browser.screenshots import served, signed_in

TARGET = ROOT / "docs" / "guide" / "pictures"
LOCALES = ("es", "en")
PASSWORD = "demostracion"  # noqa: S105 (the demo people's, shown at the practice site's entrance)
TALL = 2400  # of the window, so that nothing sticks to its edge
COLOURS = 96
EDGE = 12  # pixels left around what is cut out

OFFICER, COLLEAGUE, HEAD, PROMOTER, QUALITY, AUDITOR = (
    *("ana.quispe", "rachel.okafor", "javier.bedoya", "diego.paredes", "gloria.mendoza", "hugo.espinoza"),
)
WAITING, DEMAND, SUPPLY, EXCEPTED, CLOSING = (
    f"EV-CG-US-LAX-2026-{number}" for number in ("0011", "0015", "0014", "0019", "0017")
)
FORMER = "MI-HQ-PE-LIM-2026-0002"


@dataclass(frozen=True)
class Picture:
    """One picture: who sees it, how they come there, what is cut out of the page and how much of its height."""

    name: str
    who: str
    go: Callable[[Page], object]
    crop: tuple[str, ...]
    tall: int = 900
    width: int = 1280


def at(path: str) -> Callable[[Page], object]:
    """Return the way to a page."""
    return lambda page: page.goto(path)


def case_file(reference: str, *then: Callable[[Page], object]) -> Callable[[Page], None]:
    """Return the way to a case file, found by its reference, and on from there."""

    def go(page: Page) -> None:
        kind = "events" if reference.startswith("EV") else "missions"
        page.goto(f"/{kind}?q={reference}")
        page.locator(f"tr:has-text('{reference}') a[href^='/{kind}/']").first.click()
        page.wait_for_url(f"**/{kind}/*")
        for step in then:
            step(page)

    return go


def click(selector: str) -> Callable[[Page], None]:
    """Return the step of pressing the first of what a selector finds."""

    def step(page: Page) -> None:
        page.locator(selector).first.click()
        page.wait_for_load_state("networkidle")

    return step


def fill(selector: str, text: str) -> Callable[[Page], None]:
    """Return the step of writing into a field."""
    return lambda page: page.locator(selector).first.fill(text)


def follow(selector: str) -> Callable[[Page], None]:
    """Return the step of going where a link leads, though it may stand in a folded list."""

    def step(page: Page) -> None:
        page.goto(page.locator(selector).first.get_attribute("href") or "")

    return step


def decided(reference: str) -> Callable[[Page], None]:
    """Return the way to annul what was decided about a case file."""

    def go(page: Page) -> None:
        page.goto("/procedures/approvals?list=decided")
        links = page.locator("#decided a")
        for address in links.evaluate_all("all => all.map(a => a.getAttribute('href'))"):
            page.goto(address)
            if reference in page.locator(".page").first.inner_text() and page.locator("a[href$='/annul']").count():
                follow("a[href$='/annul']")(page)
                return
        raise LookupError(reference)

    return go


def waiting(reference: str) -> Callable[[Page], None]:
    """Return the way to a request that waits for the viewer."""

    def go(page: Page) -> None:
        page.goto("/procedures/approvals")
        for address in page.locator("#waiting a").evaluate_all("all => all.map(a => a.getAttribute('href'))"):
            page.goto(address)
            if reference in page.locator("#request").inner_text():
                return
        raise LookupError(reference)

    return go


def urgent(page: Page) -> None:
    """Declare an urgency of a case file."""
    case_file(SUPPLY, follow("a[href*='/urgencies/']"))(page)
    if page.locator("select[name=to]").count():
        page.locator("select[name=to]").select_option(index=0)
    page.locator("textarea[name=reason]").fill("La delegación llega en cuatro días.")
    click(".form__foot button")(page)


def budget(page: Page) -> None:
    """Change what a request covers after it was seen."""
    case_file(WAITING, follow("a[href$='/edit']"))(page)
    page.locator("[name=budget_usd], [name=budget]").first.fill("2300")
    page.locator("form:has([name=budget_usd], [name=budget]) button.button--main").first.click()
    page.wait_for_load_state("networkidle")


def rehearse(page: Page) -> None:
    """Rehearse the version under review and wait until it is done."""
    page.goto("/procedures/PE-COM-02/2")
    follow("a[href*='/rehearsals/of/']")(page)
    click("main form button, .page form button")(page)
    page.wait_for_selector(".figures", timeout=60_000)


ACTS: tuple[tuple[str, Callable[[Page], object]], ...] = (
    (HEAD, urgent),
    (HEAD, waiting(WAITING)),
    (OFFICER, budget),
    (QUALITY, rehearse),
)

DRAFT = (at("/procedures"), "form[action='/drafts/copy/PE-GEN-01'] button")

PICTURES = (
    Picture("checklist", OFFICER, case_file(DEMAND), ("#checklist",), 700),
    Picture("refused", OFFICER, case_file(DEMAND, click("form[action$='/advance'] .button")), (".page",), 560),
    Picture("waiting", OFFICER, case_file(WAITING), ("#checklist",)),
    Picture("exception", OFFICER, case_file(EXCEPTED, follow("a[href*='/exceptions/ask/']")), (".page",)),
    Picture("to_regularise", OFFICER, case_file(SUPPLY), ("#checklist",), 620),
    Picture("phone", OFFICER, case_file(DEMAND), ("body",), 844, 390),
    Picture("to_read", "luis.ramos", at("/procedures/PE-COM-01/2"), (".page",), 330),
    Picture("move", PROMOTER, case_file(FORMER, follow("a[href*='/moves/ask']")), (".page",)),
    Picture("inbox", HEAD, at("/procedures/approvals"), (".page",), 700),
    Picture("changed", HEAD, waiting(WAITING), ("#request",), 700),
    Picture("paper", COLLEAGUE, case_file(WAITING), (".page",)),
    Picture("annul", HEAD, decided(CLOSING), (".page",)),
    Picture("route", QUALITY, at("/procedures/route/CG-US-LAX"), (".page",), 700),
)


def cut(page: Page, picture: Picture) -> bytes:
    """Return the picture of what these selectors show together."""
    boxes = [box for selector in picture.crop if (box := page.locator(selector).first.bounding_box())]
    if not boxes:
        raise LookupError(f"{picture.name}: {picture.crop} is not on {page.url}")
    edge = 0 if picture.width < 600 else EDGE
    left, top = min(b["x"] for b in boxes) - edge, min(b["y"] for b in boxes) - edge
    right = max(b["x"] + b["width"] for b in boxes) + edge
    bottom = min(max(b["y"] + b["height"] for b in boxes) + edge, top + picture.tall)
    left, top = max(left, 0), max(top, 0)
    return page.screenshot(clip={"x": left, "y": top, "width": right - left, "height": bottom - top})


def small(png: bytes) -> bytes:
    """Return the same picture in few colours."""
    out = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def sign_in(browser: Browser, address: str, who: str, width: int, locale: str) -> Page:
    """Return a page of somebody in a tall window."""
    person = {"email": f"{who}@promo.example", "password": PASSWORD}
    page = signed_in(browser, address, person, width, locale).new_page()
    page.set_viewport_size(ViewportSize(width=width, height=TALL if width > 600 else 844))
    return page


def take(browser: Browser, address: str, pictures: Iterable[Picture]) -> None:
    """Take the pictures in both languages."""
    for locale in LOCALES:
        for picture in pictures:
            page = sign_in(browser, address, picture.who, picture.width, locale)
            picture.go(page)
            page.wait_for_load_state("networkidle")
            found = small(cut(page, picture))
            (TARGET / f"{picture.name}.{locale}.png").write_bytes(found)
            print(f"{picture.name}.{locale}.png {len(found) / 1000:.0f} kB", flush=True)
            page.context.close()


def main(wanted: list[str]) -> None:
    """Run the command."""
    TARGET.mkdir(exist_ok=True)
    with served() as (browser, address, _settings):
        for who, act in ACTS:
            page = sign_in(browser, address, who, 1280, "es")
            act(page)
            page.context.close()
        take(browser, address, [p for p in PICTURES if not wanted or p.name in wanted])


if __name__ == "__main__":
    main(sys.argv[1:])
