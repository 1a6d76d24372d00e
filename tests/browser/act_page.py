"""The page of a record under its procedure, as hands use it, in whatever language its reader has."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser import hands


class ActPage:
    """One event, trade mission or outcome in somebody's browser."""

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

    def unfold(self) -> Locator:
        """Open its page with the checklist in view: on a phone it is one line that opens."""
        self.open()
        if not self.checklist.evaluate("one => one.open"):
            self.checklist.locator("> summary").click()
        return self.checklist

    def mend(self, item: str) -> None:
        """Follow the link of an item that is missing, named by its words."""
        self.unfold().locator("li.checklist__item", has_text=item).locator("a").first.click()

    def move_on(self) -> None:
        """Press the button that moves it on."""
        self.open()
        self.page.locator("form[action$='/advance'] button:visible").first.click()

    def ask(self) -> None:
        """Send it to whoever approves."""
        self.open()
        self.page.locator("form[action$='/ask'] button:visible").first.click()

    def attach(self, item: str, name: str) -> None:
        """Attach the file that an item of the checklist asks for."""
        self.mend(item)
        self.attach_here(name)

    def attach_here(self, name: str) -> None:
        """Attach a file at the files of the page, of the kind that is chosen there."""
        files = self.page.locator("#files")
        hands.attach(files, name)
        files.locator("form[enctype] > button").click()
        expect(files.locator(".file_list, .rows, li", has_text=name).first).to_be_visible()

    def answer(self, **answers: str) -> None:
        """Answer questions of the stage."""
        self.unfold()
        questions = self.page.locator("#questions")
        questions.locator("> summary").click()
        for key, value in answers.items():
            hands.fill(self.page, f"answer-{key}", value)
        questions.locator("form > button").click()
        expect(hands.toast(self.page)).to_be_visible()

    def declare(self, key: str) -> None:
        """Declare a sentence of the stage."""
        self.unfold()
        self.page.locator(f"#declare-{key} button").click()
        expect(hands.toast(self.page)).to_be_visible()

    def take_part(self, role: str, *names: str, qualified: bool = False) -> None:
        """Add those who take part, new ones in place."""
        self.page.goto(f"{self.address}?tab=participants#participants")
        for name in names:
            hands.add(self.page, "who", name, where="#participants")
        self.page.locator("#participants #role").select_option(role)
        if qualified:
            self.page.locator("#participants #qualified").check()
        self.page.locator("#participants form[action$='/add_participant'] > button").click()
        expect(self.page.locator("#participants")).to_contain_text(names[-1])


def plan(page: Page, kind: str, **values: str) -> ActPage:
    """Plan an act with the few fields that planning needs."""
    page.goto(f"/{kind}/new")
    for name, value in values.items():
        hands.fill(page, name, value)
    hands.save(page)
    expect(page.locator("h1")).to_have_text(values["title"])
    return ActPage(page, page.url)


def approve(page: Page) -> None:
    """Approve what waits first."""
    page.goto("/procedures/approvals")
    page.locator("#request form[action$='/approve'] button").first.click()
    expect(hands.toast(page)).to_be_visible()
