"""A case file played in the browser as the procedure has it: whatever its checklist asks is done, each by who may.

The player knows no procedure. It reads what is missing on the page, looks up in the version what kind of thing that is,
follows its link and does it, until the version's stage lets it on; so that
a new procedure is played without a new line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from playwright.sync_api import Page, expect

from promo.procedures.definitions import Answer, Approvals, Count, Declaration, Definition, Each, Evidence, Requirement
from promo.procedures.definitions import Fact as FactAsked
from tests.browser import hands
from tests.browser.act_page import ActPage, approve
from tests.cast import Cast

TURNS = 12  # so many things one stage may ask for one after another: answers bring questions, approvals have steps
CHOSEN = {"countries": "estados uni", "sectors": "procesados"}
WORDS = {"es": CHOSEN, "en": {"countries": "united sta", "sectors": "processed"}}


@dataclass
class Player:
    """Plays one case file. ``open_as`` opens pages; ``values`` has what its form is filled with, by field."""

    open_as: Callable[..., Page]
    cast: Cast
    act: ActPage
    definition: Definition
    values: Mapping[str, str]
    locale: str = "es"
    stages: list[str] = field(default_factory=list)
    approvers: list[str] = field(default_factory=list)
    pages: dict[str, Page] = field(default_factory=dict)

    def play(self, until: str) -> None:
        """Go from stage to stage to the one that is named."""
        for _stage in self.definition.stages:
            self.stages.append(self.stage())
            if self.stages[-1] == until:
                return
            self.finish()
        raise AssertionError(f"it went through {self.stages} and never came to {until}")

    def stage(self) -> str:
        """Return the key of the stage in which the page says that it stands."""
        self.act.open()
        reached = self.act.page.locator(".stages [aria-current=step], .stages .stages__done").last  # the end is no step
        title = reached.locator("span").first.inner_text().strip()
        return next(s.key for s in self.definition.stages if s.title[self.locale] == title)

    def missing(self) -> list[str]:
        """Return what the checklist says is missing or owed, as the ids of its lines."""
        lines = self.act.unfold().locator(".checklist__item--missing[id], .checklist__item--due_later[id]")
        return lines.evaluate_all("all => all.map(one => one.id.replace('item-', ''))")

    def finish(self) -> None:
        """Do what the present stage asks and leave it."""
        here = self.stage()
        for _turn in range(TURNS):
            self.supply()
            self.onward()
            if self.stage() != here:
                return
        raise AssertionError(f"it does not leave «{here}»: {self.act.checklist.inner_text()}")

    def supply(self) -> None:
        """Do whatever is missing and not an approval, until nothing is."""
        for _turn in range(TURNS):
            asked = list(self.asked())
            if not asked:
                return
            self.fill([(line, r) for line, r in asked if isinstance(r, FactAsked) and r.name != "evidence_tier"])
            self.answer([r for _line, r in asked if isinstance(r, Answer)])
            for line, requirement in asked:
                self.mend(line, requirement)
        raise AssertionError(f"still missing: {self.missing()}")

    def asked(self) -> Iterator[tuple[str, Requirement]]:
        """Yield what is missing or owed, approvals left out, each with the id of its line."""
        missing, here = self.missing(), self.stage()
        for stage in self.definition.stages:
            for requirement in stage.requires:
                key = requirement.key if stage.key == here else f"{stage.key}.{requirement.key}"
                if (line := key.replace(".", "-")) in missing and not isinstance(requirement, Approvals):
                    yield line, requirement

    def mend(self, line: str, requirement: Requirement) -> None:
        """Do one thing that is missing, from its link."""
        match requirement:
            case FactAsked(name="evidence_tier"):
                self.follow(line)
                self.act.page.locator("#files select#category").select_option(self.values["evidence_tier"])
                self.act.attach_here("prueba.txt")
            case Evidence(category=category):
                self.follow(line)
                expect(self.act.page.locator("#files select#category")).to_have_value(category)
                self.act.attach_here(f"{category}.txt")
            case Declaration(name=name):
                self.act.declare(name)
            case Count(where=where, min=least):
                sought = {name: value for name, _op, value in where}
                names = [f"{sought.get('role', 'Empresa')} {n}".capitalize() for n in range(1, (least or 0) + 1)]
                self.act.take_part(sought.get("role", "guest"), *names, qualified=bool(sought.get("qualified")))
            case Each(requires=inner):
                self.follow(line)
                for one in inner:
                    assert isinstance(one, Evidence)
                    self.act.page.locator("#category").select_option(one.category)
                    hands.attach(self.act.page.locator("[data-upload]"), f"{one.category}.txt")
                hands.save(self.act.page)
            case _:
                pass

    def follow(self, line: str) -> None:
        """Follow the link of a missing item."""
        self.act.unfold().locator(f"[id='item-{line}'] a").first.click()

    def fill(self, facts: list[tuple[str, FactAsked]]) -> None:
        """Fill in the fields of the form to which the first missing one leads."""
        if not facts:
            return
        self.follow(facts[0][0])
        for _line, fact in facts:
            self.type(fact.name)
        hands.save(self.act.page)
        expect(hands.toast(self.act.page)).to_be_visible()

    def type(self, name: str) -> None:
        """Fill in one field of the form."""
        if name in CHOSEN:
            hands.choose(self.act.page, name, WORDS[self.locale][name], "")
        elif name in ("organisation_id", "counterpart_id"):
            hands.add(self.act.page, name, self.values[name])
        elif name == "budget_usd":
            hands.fill(self.act.page, "budget_amount", self.values[name])
        else:
            hands.fill(self.act.page, name, self.values[name])

    def answer(self, answers: list[Answer]) -> None:
        """Answer all questions that are missing at once."""
        if answers:
            self.act.answer(**{one.name: answered(one) for one in answers})

    def onward(self) -> None:
        """Ask for the approval that comes next and let it be given, by whom it went to; or move on."""
        page = self.act.page
        self.act.open()
        if page.locator("form[action$='/ask']").count():
            self.act.ask()
            self.let_approve()
        elif page.locator("form[action$='/recall']").count():
            self.let_approve()
        else:
            self.act.move_on()

    def let_approve(self) -> None:
        """Let whoever the request went to approve it."""
        told = self.act.unfold().locator(".checklist__item--waiting").first.inner_text()
        who = next(name for name, member in self.cast.members.items() if member.name in told)
        if who not in self.pages:
            self.pages[who] = self.open_as(self.cast.members[who])
        approve(self.pages[who])
        self.approvers.append(who)


def answered(question: Answer) -> str:
    """Return an answer that a question takes."""
    match question.type:
        case "yes_no":
            return "no" if question.value is False else "yes"
        case "integer" | "decimal":
            low = question.value if isinstance(question.value, int) else question.min
            return str(int(max(low or 0, 3)))
        case "date":
            return (date.today() + timedelta(days=30)).isoformat()
        case "choice" | "choices":
            return str(question.choices[0][0])
        case "link":
            return "https://www.gob.pe/rree"
        case _:
            return "Lo que corresponde a este acto."
