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
PASSWORD = "demostracion"
TALL = 3600  # of the window, so that nothing sticks to its edge
COLOURS = 96
EDGE = 12  # pixels left around what is cut out
AWAIT = 10_000  # milliseconds

OFFICER, COLLEAGUE, HEAD, PROMOTER, QUALITY, AUDITOR = (
    *("ana.quispe", "rachel.okafor", "javier.bedoya", "diego.paredes", "gloria.mendoza", "hugo.espinoza"),
)
WAITING, DEMAND, SUPPLY, EXCEPTED, CLOSING = (
    f"EV-CG-US-LAX-2026-{number}" for number in ("0011", "0015", "0014", "0019", "0017")
)
FORMER = "MI-HQ-PE-LIM-2026-0002"


@dataclass(frozen=True)
class Picture:
    """One picture: who sees it, how they come there, what is cut out of the page, and after what it ends."""

    name: str
    who: str
    go: Callable[[Page], object]
    crop: str
    end: str = ""
    width: int = 1280


def at(path: str, *then: Callable[[Page], object]) -> Callable[[Page], None]:
    """Return the way to a page, and on from there."""

    def go(page: Page) -> None:
        page.goto(path)
        for step in then:
            step(page)

    return go


def case_file(reference: str, *then: Callable[[Page], object]) -> Callable[[Page], None]:
    """Return the way to a case file, found by its reference, and on from there."""

    def go(page: Page) -> None:
        kind = "events" if reference.startswith("EV") else "missions"
        page.goto(f"/{kind}?q={reference}")
        links = page.locator(f"a[href^='/{kind}/']:not([href$='/new'])")
        page.goto(links.first.get_attribute("href") or "")
        for step in then:
            step(page)

    return go


def click(selector: str) -> Callable[[Page], None]:
    """Return the step of pressing the first of what a selector finds."""

    def step(page: Page) -> None:
        page.locator(selector).first.click()
        page.wait_for_load_state("networkidle")

    return step


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


def budget(page: Page) -> None:
    """Change what a request covers after it was seen."""
    case_file(WAITING, follow("a[href$='/edit']"))(page)
    page.locator("[name=budget_amount]").fill("1950")
    click("form:has([name=budget_amount]) button.button--main")(page)


def rehearse(page: Page) -> None:
    """Rehearse the version under review and wait until it is done."""
    page.goto("/procedures/PE-COM-02/2")
    follow("a[href*='/rehearsals/of/']")(page)
    click("main form button, .page form button")(page)
    page.wait_for_selector(".figures", timeout=60_000)


def draft(page: Page) -> None:
    """Begin another version of a procedure, change a term and leave a stage unfinished."""
    page.goto("/procedures")
    click("form[action='/drafts/copy/PE-GEN-01'] button")(page)
    page.locator("#terms input[type=text], #terms input[inputmode]").first.fill("20")
    click(".draft_terms__foot button")(page)
    page.goto(page.url.split("?")[0].rstrip("/") + "/stages")
    page.locator("form[action$='/add_stage'] input[type=text]").first.fill("Cierre de cuentas")
    click("form[action$='/add_stage'] button")(page)


def drafted(then: str = "") -> Callable[[Page], None]:
    """Return the way to a page of the draft that was begun."""

    def go(page: Page) -> None:
        page.goto("/procedures")
        address = page.locator("tr:has-text('PE-GEN-01') a[href^='/drafts/']").first.get_attribute("href") or ""
        page.goto(address + then)

    return go


ACTS: tuple[tuple[str, Callable[[Page], object]], ...] = (
    (HEAD, waiting(WAITING)),
    (OFFICER, budget),
    (QUALITY, rehearse),
    (QUALITY, draft),
)

CHECKLIST, PAGE = "#checklist", ".page"
ITEM, ENTER = "#checklist .checklist__item >> nth={}", "a[href$='/enter']"
REHEARSALS = "a[href*='/rehearsals/of/']"

PICTURES = (
    Picture("checklist", OFFICER, case_file(DEMAND), CHECKLIST),
    Picture("refused", OFFICER, case_file(DEMAND, click("form[action$='/advance'] .button")), PAGE),
    Picture("waiting", OFFICER, case_file(WAITING), CHECKLIST, "#checklist .checklist__items"),
    Picture("exception", OFFICER, case_file(EXCEPTED, follow("a[href*='/exceptions/ask/']")), PAGE),
    Picture("to_regularise", OFFICER, case_file(SUPPLY), CHECKLIST, "#checklist .checklist__items"),
    Picture("phone", OFFICER, case_file(DEMAND, click("#checklist summary")), CHECKLIST, ITEM.format(6), 390),
    Picture(
        "to_read", "luis.ramos", at("/procedures/PE-COM-01/2"), PAGE, "section:has(> form[action^='/acknowledgements'])"
    ),
    Picture("move", PROMOTER, case_file(FORMER, follow("a[href*='/moves/ask']")), PAGE),
    Picture("inbox", HEAD, at("/procedures/approvals"), PAGE),
    Picture("changed", HEAD, waiting(WAITING), "#request"),
    Picture("paper", COLLEAGUE, case_file(WAITING, follow("#checklist a[href*='/story']"), follow(ENTER)), PAGE),
    Picture("annul", HEAD, decided(CLOSING), PAGE),
    Picture("route", QUALITY, at("/procedures/route/CG-US-LAX"), ".card:has-text('RD 0020')"),
    Picture("terms", QUALITY, drafted(), PAGE, "#terms tbody:nth-of-type(1)"),
    Picture("stages", QUALITY, drafted("/stages"), PAGE, ".stage_list__add"),
    Picture("differences", QUALITY, at("/procedures/PE-COM-02/1/compare/2"), PAGE),
    Picture("rehearsal", QUALITY, at("/procedures/PE-COM-02/2", follow(REHEARSALS)), PAGE, ".card:has(.rows) >> nth=1"),
    Picture("review", QUALITY, at("/procedures/PE-COM-02/2"), PAGE, ".on-version"),
    Picture("conformance", QUALITY, at("/conformance/PE-COM-02"), PAGE, ".stack .card >> nth=0"),
    Picture("sample", AUDITOR, at("/audits", follow(".page tbody a")), PAGE, ".picks li >> nth=2"),
)


def cut(page: Page, picture: Picture) -> bytes:
    """Return the picture of what is cut out of a page."""
    box = page.locator(picture.crop).first.bounding_box()
    last = page.locator(picture.end).first.bounding_box() if picture.end else box
    if not (box and last):
        raise LookupError(f"{picture.name} is not on {page.url}")
    edge = 0 if picture.crop == PAGE else EDGE
    left, top = max(box["x"] - edge, 0), max(box["y"] - edge, 0)
    right, bottom = box["x"] + box["width"] + edge, last["y"] + last["height"] + (EDGE // 3 if picture.end else edge)
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
    page.set_default_timeout(AWAIT)
    page.set_viewport_size(ViewportSize(width=width, height=TALL))
    return page


def dated(page: Page, locale: str) -> None:
    """Write the days in fields as a browser in that language does: this one knows only its own."""
    page.locator("input[type=date]").evaluate_all(
        """(all, empty) => all.forEach(one => {
            const day = one.value.split('-').reverse().join('/')
            Object.assign(one, { type: 'text', value: day, placeholder: empty })
        })""",
        {"es": "dd/mm/aaaa", "en": "dd/mm/yyyy"}[locale],
    )


def take(browser: Browser, address: str, pictures: Iterable[Picture]) -> None:
    """Take the pictures in both languages."""
    for locale in LOCALES:
        for picture in pictures:
            page = sign_in(browser, address, picture.who, picture.width, locale)
            picture.go(page)
            page.wait_for_load_state("networkidle")
            dated(page, locale)
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
