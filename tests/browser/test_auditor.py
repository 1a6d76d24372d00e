"""Story 8: an auditor reads any record and its history, and changes nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests.cast import Cast
from tests.factories import enforce

EVENT = {
    "title": "Degustación de café", "act_type": "tasting", "pillar": "gastronomy", "starts_on": "2027-02-10",
    "city": "Los Ángeles", "country": "US", "visibility": "post",
}  # fmt: skip
FIRM = {"title": "Golden Harvest Foods", "organisation_type": "importer", "country": "US", "visibility": "shared"}
PERSON = {"given_name": "Rosa", "family_name": "Quispe", "name_order": "given_first", "source": "in_person"}
CHANGES = ("edit", "archive", "new", "log", "advance", "ask", "approve", "add_participant")


@pytest.fixture
def records(session: Session, sign_in: Any, cast: Cast) -> list[str]:
    """A firm, a contact, an activity and an event that a colleague changed; their addresses, the event's last."""
    enforce(cast, "PE-GEN-01", "PE-ACT-01")
    client = sign_in(cast.officer)
    firm = client.post("/organisations/new", data=FIRM).location
    contact = client.post("/contacts/new", data=PERSON | {"visibility": "shared"}).location
    told = {"activity_type": "meeting", "who": contact.rsplit("/", 1)[1], "text": "Quieren café."}
    activity = client.post("/activities/log", data=told).location.partition("?")[0]
    event = client.post("/events/new", data=EVENT).location.partition("?")[0]
    changed = sign_in(cast.colleague).post(f"{event}/edit", data=EVENT | {"city": "Anaheim", "version": "2"})
    assert changed.status_code == 303, changed.text
    return [firm, contact, activity, event]


def expect_nothing_to_change(page: Page) -> None:
    """No link or form of the page changes a record."""
    found = page.locator("main a[href], main form[method=post]").evaluate_all(
        "all => all.map(one => one.getAttribute('href') ?? one.getAttribute('action'))"
    )
    verbs = re.compile(rf"/({'|'.join(CHANGES)})\b")
    assert [address for address in found if address and verbs.search(address)] == []


def test_reads_record_history_and_trail(open_as: Any, cast: Cast, accessible: Any, records: list[str]) -> None:
    page = open_as(cast.auditor)
    for address in records:
        page.goto(address)
        expect_nothing_to_change(page)
        accessible(page)
    expect(page.locator("#checklist")).to_contain_text("PE-GEN-01")
    page.get_by_role("link", name="Historial").click()
    newest = page.locator(".history__event").first
    expect(newest).to_contain_text(cast.colleague.name)
    expect(newest.locator("del", has_text="Los Ángeles")).to_be_visible()
    expect(newest.locator("ins", has_text="Anaheim")).to_be_visible()
    expect(newest.locator("time")).to_have_attribute("datetime", re.compile(r"^\d{4}-"))
    expect(newest).to_contain_text("PE-GEN-01")
    expect(page.locator(".history__event").last).to_contain_text(cast.officer.name)
    accessible(page)
    page.goto(records[-1])
    page.locator("#checklist").get_by_role("link", name=re.compile("PE-GEN-01")).first.click()
    expect(page.locator("h1")).to_contain_text("Acto sencillo")
    expect_nothing_to_change(page)
    accessible(page)

    page.goto("/organisations")
    page.locator(".head__actions summary", has_text="Exportar").click()
    page.locator(".head__actions .menu__list").get_by_text("CSV").click()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Descargar").click()
    assert "Golden Harvest Foods" in coming.value.path().read_text(encoding="utf-8-sig")
    page.goto("/trail")
    expect(page.locator(".history__event").first).to_contain_text(cast.auditor.name)
    accessible(page)


def test_changes_nothing(open_as: Any, cast: Cast, records: list[str], accessible: Any) -> None:
    page = open_as(cast.auditor)
    for address in ("/day", "/contacts", "/organisations", "/activities", "/events", "/missions", "/outcomes"):
        page.goto(address)
        expect_nothing_to_change(page)
    token = page.locator("input[name=csrf_token]").first.get_attribute("value")
    *_others, event = records
    number = event.rsplit("/", 1)[1]
    for address in (
        f"{event}/edit", f"{event}/archive", f"{event}/add_participant", f"/procedures/runs/{number}/ask",
        f"{records[0]}/edit", f"{records[1]}/archive", f"{records[2]}/edit",
        "/events/new", "/contacts/new", "/organisations/new", "/activities/log", "/outcomes/new",
    ):  # fmt: skip
        answer = page.request.post(address, form=EVENT | {"csrf_token": token or ""}, max_redirects=0)
        assert answer.status == 403, f"{address}: {answer.status}"
    page.goto(f"{event}/edit")
    expect(page.locator("h1")).to_have_text("Esto no le corresponde")
    accessible(page)
    page.goto(event)
    expect(page.locator("main")).to_contain_text("Anaheim")
