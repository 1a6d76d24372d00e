"""Departures, waiting and ways among the figures of conformance, through HTTP: page, lists, workbook, paper."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import select

from promo.conformance import actions
from promo.conformance.models import ConformanceCount
from promo.conformance.queries import ALL_POSTS, IN_TIME
from promo.core.db import session, write
from promo.nonconformities.models import Nonconformity
from promo.procedures.models import Transition
from tests.cast import Cast
from tests.conformance.cards import figures
from tests.departures import CaseFile
from tests.factories import enforce as bring_into_force
from tests.pages import Page

pytestmark = pytest.mark.usefixtures("clock")
YEARS = "/conformance/PE-PRU-01?since=2025-01-01&until=2026-12-31"
LABELS = {
    "Con excepción": "Foro excepcional", "Con urgencia": "Foro urgente", "Con salida no conforme": "Foro no conforme",
}  # fmt: skip
TITLES = ("Foro excepcional", "Foro pedido", "Foro urgente", "Foro no conforme")


@pytest.fixture
def files(sign_in: Any, cast: Cast, clock: time_machine.Traveller) -> dict[str, CaseFile]:
    """Four forums: with an exception granted, with one only asked for, with an urgency, reported as nonconforming."""
    officer, head, quality = sign_in(cast.officer), sign_in(cast.head), sign_in(cast.quality)
    made = {title: CaseFile.planned(officer, title=title) for title in TITLES}
    for title in TITLES[:2]:
        made[title].except_("evidence.concept_note")
    made["Foro excepcional"].approve(head, "exception")
    assert made["Foro urgente"].urge(head).status_code == 303
    reported = {"stage": "plan", "description": "Agenda equivocada", "found_on": "2026-11-09"}
    quality.post(f"/nonconformities/{made['Foro no conforme'].id}/report", data=reported)
    one = session().scalars(select(Nonconformity)).one()
    quality.post(f"/nonconformities/{one.id}/accept", data={"description": "Se usó una agenda sin vigencia"})
    actions.count_due()
    return made


def opened(client: Any, address: str | None) -> set[str]:
    """Return the titles of the case files that a list shows."""
    assert address
    answer = client.get(address)
    assert answer.status_code == 200
    text = next(e for e in Page(answer.text).all("table")).text
    return {name for name in TITLES if name in text}


def test_departures_are_shares_of_what_was_begun_and_open_their_records(
    files: dict[str, CaseFile], sign_in: Any, cast: Cast
) -> None:
    client = sign_in(cast.quality)
    shown = figures(client, YEARS)
    assert shown["Expedientes iniciados"][0] == "4"
    for label, title in LABELS.items():
        assert shown[label][0] == "1", label
        assert opened(client, shown[label][1]) == {title}
        assert "1 de 4" in client.get(YEARS).text
    address = shown["Con urgencia"][1] or ""
    assert address.startswith("/urgencies?")
    for other in (address.replace("2026-12-31", "2025-12-31"), address + "&version=7"):
        assert TITLES[2] not in client.get(other).text
    for begun in ("", "x", "2026-01-01", "2026-13-01/2026-12-31", "2026-12-31/2026-01-01", "//"):
        assert client.get(f"/exceptions?begun={begun}").status_code == 200


def test_departures_of_a_post_are_its_own(files: dict[str, CaseFile], sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    shown = figures(client, YEARS)
    for label, title in LABELS.items():
        assert opened(client, shown[label][1]) == {title}
    elsewhere = sign_in(cast.other_officer)
    assert "Nada en este periodo" in elsewhere.get(YEARS).text


def test_days_worked_and_days_waited_are_told_apart(sign_in: Any, cast: Cast, clock: time_machine.Traveller) -> None:
    file = CaseFile.planned(sign_in(cast.officer))
    head = sign_in(cast.head)
    file.do("answer", risks="Pocos inscritos")
    file.do("declare", key="conflict", said="yes")
    for category in ("concept_note", "budget_sheet"):
        file.attach(category)
    clock.move_to(datetime(2026, 11, 10, 18, tzinfo=UTC))
    assert file.do("ask").status_code == 303
    clock.move_to(datetime(2026, 11, 13, 18, tzinfo=UTC))  # the 11th is a holiday in California
    assert file.approve(head).status_code == 303
    assert file.stage == "prepare"
    actions.count_due()
    stays = select(ConformanceCount).where(ConformanceCount.what == "stay", ConformanceCount.days > 0)
    counted = session().scalars(stays.where(ConformanceCount.post_id == ALL_POSTS)).all()
    assert [(c.stage, c.detail, c.days, c.waited, c.late) for c in counted] == [("plan", "prepare", 3, 2, IN_TIME)]


def test_ways_taken_stand_beside_those_intended(files: dict[str, CaseFile], sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.quality)
    before = client.get(YEARS).text
    assert before.count('class="diagram"') == 2
    assert "diagram__way--apart" not in before
    run = files["Foro urgente"].run
    with write() as writing:  # back to where it came from: a way that the procedure does not have
        writing.add(
            Transition(
                run_id=run.id, record_id=run.record_id, from_stage="prepare", to_stage="plan", actor_id=cast.officer.id,
                at=datetime.now(UTC), left_since=datetime.now(UTC), checklist=[], checklist_digest="0" * 64,
            )
        )  # fmt: skip
    actions.count_due()
    page = Page(client.get(YEARS).text)
    intended, taken = page.all("figure")
    assert "diagram__way--apart" not in str(intended.pieces)
    assert "línea discontinua" not in intended.text
    assert "línea discontinua: un paso que el procedimiento no tiene" in taken.text
    assert "5 · mediana 0 días" in taken.text
    assert "2 → 1: 1" in taken.text


def test_workbook_has_departures_and_ways(files: dict[str, CaseFile], sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.quality)
    answer = client.post("/exports/start/conformance?code=PE-PRU-01&format=xlsx")
    book = load_workbook(io.BytesIO(client.get(f"{answer.location}/download").data))
    found = {row[0]: row[1:3] for row in book["Cifras"].iter_rows(min_row=2, values_only=True)}
    assert [found[label] for label in LABELS] == [(1, 4)] * 3
    ways = list(book["Caminos recorridos"].iter_rows(min_row=2, values_only=True))
    assert ways == [("Plan", "Preparación", 1, "sí")]
    (post,) = book["Por oficina"].iter_rows(min_row=2, values_only=True)
    assert post[-3:] == (1, 1, 1)


@pytest.mark.parametrize(("language", "words"), [
    ("es", ("Conformidad", "Foro de prueba", "Periodo", "Emitido por", "Con urgencia", "Como fue en la práctica")),
    ("en", ("Conformance", "Foro de prueba", "Period", "Made by", "With an urgency", "As it was")),
])  # fmt: skip
def test_paper_has_the_figures_and_who_made_it(
    files: dict[str, CaseFile], sign_in: Any, cast: Cast, language: str, words: tuple[str, ...]
) -> None:
    client = sign_in(cast.quality)
    client.post("/accounts/language", data={"locale": language})
    answer = client.post("/exports/start/conformance?code=PE-PRU-01&format=pdf")
    assert answer.status_code == 303
    shown = client.get(answer.location).text
    assert "/conformance/PE-PRU-01" in shown
    got = client.get(f"{answer.location}/download")
    assert got.mimetype == "application/pdf"
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(got.data)).pages).split())
    for word in (*words, "PE-PRU-01", cast.quality.name, "1. Plan"):
        assert word in text, word


def test_what_has_a_single_stage_is_left_out_with_a_word(sign_in: Any, cast: Cast) -> None:
    bring_into_force(cast, "PE-ACT-01")
    client = sign_in(cast.quality)
    index = Page(client.get("/conformance").text)
    assert "PE-ACT-01" not in index.all("table")[0].text
    assert "nada avanza en ellos: Gestión PE-ACT-01" in index.all("main")[0].text
    page = client.get("/conformance/PE-ACT-01")
    assert "En este procedimiento nada avanza" in page.text
    assert "diagram" not in page.text
