"""What hands do on every page: sign in, choose in a box while typing, attach, save. Stories are told with these."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.cast import Member

SETTLE = 60  # milliseconds after which a box has taken the focus back; no hand is quicker than that


def sign_in(page: Page, member: Member, password: str | None = None) -> None:
    """Type address and password at the sign-in page and go in."""
    page.locator("input[name=email]").fill(member.email)
    page.locator("input[name=password]").fill(password or member.password)
    page.locator("main button[type=submit]").first.click()


def choose(page: Page, field: str, typed: str, text: str | None = None, where: str = "") -> None:
    """Type some letters into a box that finds, and take what bears ``text`` (what was typed, unless said)."""
    page.locator(f"{where} #{field}-ts-control").press_sequentially(typed)
    found = page.locator(".ts-dropdown:visible .option:not(.create)", has_text=text or typed)
    found.first.click()
    page.wait_for_timeout(SETTLE)


def add(page: Page, field: str, name: str, where: str = "") -> None:
    """Type a name that nobody bears yet into a box that finds, and add it in place."""
    page.locator(f"{where} #{field}-ts-control").press_sequentially(name)
    page.locator(".ts-dropdown:visible .create", has_text=name).click()
    page.wait_for_timeout(SETTLE)


def fill(page: Page, field: str, value: str) -> None:
    """Write into a field, or choose in it when it is a list."""
    box = page.locator(f"#{field}")
    if box.evaluate("box => box.tagName") == "SELECT":
        box.select_option(value)
    else:
        box.fill(value)


def attach(box: Locator, name: str) -> None:
    """Choose a small file with this name and wait until it has arrived."""
    box.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": f"Prueba: {name}".encode()}
    )
    expect(box.locator(".upload__file--done", has_text=name)).to_be_visible()


def save(page: Page) -> None:
    """Press the main button of the page's form."""
    page.locator("main form.form button.button--main").click()


def edit(page: Page, address: str, **values: str) -> None:
    """Change fields of a record in its form."""
    page.goto(f"{address}/edit")
    for name, value in values.items():
        fill(page, name, value)
    save(page)


def toast(page: Page) -> Locator:
    """What the page says about the last act."""
    return page.locator(".toast")


class Taps:
    """Counts what a thumb does: every tap, and every field begun to be typed in."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def __call__(self, what: Locator) -> None:
        """Tap something."""
        self.count += 1
        what.tap()

    def type(self, what: Locator, text: str) -> None:
        """Tap a field and type."""
        self(what)
        what.press_sequentially(text)
