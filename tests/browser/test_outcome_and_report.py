"""Stories 6 and 7: an outcome in another currency with its evidence; from a figure to its rows; lists as files."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from promo.core import clock
from tests.browser import hands
from tests.cast import Cast

TODAY = clock.today("America/Los_Angeles")  # as the act's post and who looks have it
EXPECTED = "16,010"


@pytest.fixture
def act(session: Session, sign_in: Any, cast: Cast) -> str:
    """An event of this year, a meeting and two firms; the event's address."""
    client = sign_in(cast.officer)
    for name in ("Exportadora Andina S.A.C.", "=HYPERLINK(0) S.A.C."):
        firm = {"title": name, "organisation_type": "exporter", "country": "PE", "visibility": "shared"}
        client.post("/organisations/new", data=firm)
    client.post("/activities/log", data={"activity_type": "meeting", "who": "+Rosa Quispe", "text": "Quinua."})
    event = {
        "title": "Rueda de alimentos", "act_type": "matchmaking", "pillar": "trade", "starts_on": TODAY.isoformat(),
        "city": "Anaheim", "country": "US", "visibility": "post",
    }  # fmt: skip
    return str(client.post("/events/new", data=event).location).partition("?")[0]


def download(page: Page, path: Path) -> Path:
    """Wait for an export that was asked for, and fetch it."""
    with page.expect_download() as coming:
        page.get_by_role("link", name="Descargar").click()
    coming.value.save_as(path)
    return path


def export(page: Page, how: str) -> None:
    """Ask for the list on the screen as a file."""
    page.locator(".head__actions summary", has_text="Exportar").click()
    page.locator(".head__actions .menu__list").get_by_text(how).click()


def figure(page: Page, label: str) -> Any:
    """The card of a figure."""
    return page.locator(".figures .figure", has_text=label)


def test_expected_in_euros_then_declared_with_evidence(open_as: Any, cast: Cast, accessible: Any, act: str) -> None:
    page = open_as(cast.officer, "phone")
    page.goto(act)
    page.get_by_role("link", name="Declarar un resultado").tap()
    page.locator("label.seg__option", has=page.locator("input[value=export_sale]")).tap()
    hands.choose(page, "organisation_id", "andina", "Exportadora Andina")
    hands.add(page, "counterpart_id", "Golden Harvest Foods")
    hands.choose(page, "currency", "EUR")
    hands.choose(page, "sector_id", "café")
    page.locator("#amount").fill("mucho")
    hands.save(page)
    expect(page.locator("#amount-error")).to_be_visible()
    expect(page.locator("#amount")).to_have_value("mucho")
    expect(page.locator("main form .ts-control .item", has_text="Golden Harvest Foods")).to_be_visible()
    accessible(page)
    page.locator("#amount").fill(EXPECTED)
    hands.save(page)
    expect(page.locator("#summary")).to_contain_text("16,010.00")
    expect(page.locator("#summary")).to_contain_text("US$")
    expect(page.locator("#summary")).to_contain_text("Golden Harvest Foods")
    expect(page.locator(".head__tags")).to_contain_text("Esperado")
    accessible(page)

    page.get_by_role("link", name="Se concretó").tap()
    hands.attach(page.locator("[data-upload]"), "factura.txt")
    hands.save(page)
    expect(page.locator(".head__tags")).to_contain_text("Declarado")
    with page.expect_download() as coming:
        page.get_by_role("link", name="factura.txt").tap()
    assert coming.value.path().read_text() == "Prueba: factura.txt"
    page.goto(act)
    expect(page.locator("#outcomes")).to_contain_text("Exportadora Andina")


def test_a_figure_leads_to_its_rows_and_a_list_becomes_a_file(
    open_as: Any, cast: Cast, accessible: Any, act: str, tmp_path: Path
) -> None:
    page = open_as(cast.manager)
    page.goto("/reports")
    expect(page.locator(".chart canvas, .chart svg").first).to_be_visible()
    for label in ("Gestiones", "Eventos"):
        shown = figure(page, label).locator(".figure__value").inner_text()
        figure(page, label).locator("a.figure__value").click()
        expect(page.locator("h1")).to_have_text(label)
        expect(page.locator("tbody tr[data-row]")).to_have_count(int(shown))
        expect(page.locator(".chip--on").first).to_be_visible()  # what narrows the list is said
        accessible(page)
        page.go_back()
    figure(page, "Gestiones").locator("button.figure__help").click()
    expect(page.locator(".hint")).to_be_visible()

    page.goto("/organisations?sort=name")
    names = page.locator("tbody tr[data-row] th a").all_inner_texts()
    export(page, "CSV")
    expect(page.locator("h1")).to_contain_text("Organizaciones")
    accessible(page)
    text = download(page, tmp_path / "list.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert [row[1].removeprefix("'") for row in rows[1:]] == names  # no program reads a formula in a name
    page.locator(".export__acts").get_by_role("link", name="Volver").click()
    expect(page).to_have_url("/organisations?sort=name")
    export(page, "Excel")
    book = load_workbook(download(page, tmp_path / "list.xlsx"))
    cover, sheet = book.worksheets
    assert cast.manager.name in str(list(cover.values))
    assert sheet.freeze_panes
    assert sheet.auto_filter.ref
    assert sheet.max_row == len(names) + 1
    page.goto("/exports")
    expect(page.locator("main li[data-row]")).to_have_count(2)
    accessible(page)
