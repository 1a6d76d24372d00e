"""Procedures on a phone: what one came for stands first, what can be tapped does what it says, no reason is hidden."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy.orm import Session

from tests.browser.act_page import plan
from tests.cast import Cast
from tests.factories import enforce

TASTING = {
    "title": "Degustación de café", "act_type": "tasting", "pillar": "gastronomy", "starts_on": "2027-02-10",
    "city": "Anaheim",
}  # fmt: skip


def top(part: Locator) -> float:
    """Where a part begins, from the top of the page."""
    box = part.first.bounding_box()
    assert box is not None
    return box["y"]


@pytest.fixture(autouse=True)
def in_force(session: Session, cast: Cast) -> None:
    """The simple act is in force."""
    enforce(cast, "PE-GEN-01")


def test_the_summary_follows_what_is_missing_and_who_sees_it_comes_last(open_as: Any, cast: Cast) -> None:
    page = open_as(cast.officer, "phone")
    plan(page, "events", **TASTING)
    page.evaluate("scrollTo(0, 0)")
    parts = (page.locator("#checklist"), page.locator(".sections"), page.get_by_role("heading", name="Quién lo ve"))
    assert sorted(map(top, parts)) == [top(part) for part in parts]


def test_what_stands_in_a_row_can_be_tapped_apart_from_the_row(open_as: Any, cast: Cast) -> None:
    page = open_as(cast.quality, "phone")
    page.goto("/procedures")
    page.get_by_role("button", name="Nueva versión").tap()
    page.wait_for_url("**/drafts/*")
    page.goto("/procedures")
    page.get_by_role("link", name="v2 · borrador").tap()
    page.wait_for_url("**/drafts/*")
    section = page.locator(".draft_terms__section").first
    expect(section).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("#terms .table__scroll").first.evaluate("e => e.scrollWidth <= e.clientWidth")
