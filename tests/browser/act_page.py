"""The page of an event or a trade mission under its procedure, as hands use it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser import hands


class ActPage:
    """One act in somebody's browser."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address.split("#")[0].split("?")[0]

    def open(self) -> None:
        """Go to its page."""
        self.page.goto(self.address)

    @property
    def checklist(self) -> Locator:
        """What is missing."""
        return self.page.locator("#checklist")

    @property
    def stage(self) -> Locator:
        """The stage in which it stands."""
        return self.page.locator(".stages [aria-current=step]")

    def mend(self, item: str) -> None:
        """Follow the link of an item that is missing."""
        self.open()
        self.checklist.locator("li.checklist__item", has_text=item).locator("a").first.click()

    def move_on(self) -> None:
        """Press the button that moves it on."""
        self.open()
        self.page.get_by_role("button", name=re.compile("^Pasar a")).first.click()

    def ask(self) -> None:
        """Send it to whoever approves."""
        self.open()
        self.page.get_by_role("button", name=re.compile("^Enviar a ")).first.click()

    def attach(self, item: str, name: str) -> None:
        """Attach the file that an item of the checklist asks for."""
        self.mend(item)
        files = self.page.locator("#files")
        hands.attach(files, name)
        files.get_by_role("button", name="Adjuntar").click()
        expect(files.locator(".file_list, .rows, li", has_text=name).first).to_be_visible()

    def answer(self, **answers: str) -> None:
        """Answer questions of the stage."""
        self.open()
        self.page.locator("#questions > summary").click()
        for key, value in answers.items():
            box = self.page.locator(f"#answer-{key}")
            if box.evaluate("box => box.tagName") == "SELECT":
                box.select_option(value)
            else:
                box.fill(value)
        self.page.locator("#questions").get_by_role("button").click()
        expect(hands.toast(self.page)).to_contain_text("Guardado")

    def declare(self, key: str) -> None:
        """Declare a sentence of the stage."""
        self.open()
        self.page.locator(f"#declare-{key}").get_by_role("button").click()
        expect(hands.toast(self.page)).to_contain_text("Declarado")

    def take_part(self, role: str, *names: str, qualified: bool = False) -> None:
        """Add those who take part, new ones in place."""
        self.page.goto(f"{self.address}?tab=participants#participants")
        for name in names:
            hands.add(self.page, "who", name, where="#participants")
        self.page.locator("#participants #role").select_option(role)
        if qualified:
            self.page.locator("#participants #qualified").check()
        self.page.locator("#participants").get_by_role("button", name="Agregar a la lista").click()
        expect(self.page.locator("#participants")).to_contain_text(names[-1])


def plan(page: Page, kind: str, **values: str) -> ActPage:
    """Plan an act with the few fields that planning needs."""
    page.goto(f"/{kind}/new")
    for name, value in values.items():
        box = page.locator(f"#{name}")
        if box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)
    hands.save(page)
    expect(page.locator("h1")).to_have_text(values["title"])
    return ActPage(page, page.url)


def approve(page: Page) -> None:
    """Approve what waits first."""
    page.goto("/procedures/approvals")
    page.locator("#request form[action$='/approve'] button").first.click()
    expect(hands.toast(page)).to_contain_text("Aprobado")
