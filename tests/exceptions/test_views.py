"""Authorised exceptions through HTTP: asked from the item, granted by another, shown everywhere, over in time."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from openpyxl import load_workbook
from sqlalchemy import select

from promo.core.db import session, write
from promo.exceptions import jobs, queries
from promo.exceptions.models import Proposal
from promo.procedures.departures import AuthorisedException
from promo.procedures.models import Procedure, ProcedureVersion
from tests.cast import Cast
from tests.departures import DEFINITION, NOW, CaseFile, enforce, told
from tests.pages import Page

pytestmark = pytest.mark.usefixtures("clock")
NOTE = "evidence.concept_note"


@pytest.fixture
def file(sign_in: Any, cast: Cast) -> CaseFile:
    return CaseFile.planned(sign_in(cast.officer))


def exception(file: CaseFile) -> AuthorisedException:
    found = file.exception()
    assert found is not None
    return found


def test_asked_from_the_item_and_granted_by_the_head_of_post(file: CaseFile, sign_in: Any, cast: Cast) -> None:
    assert "pedir excepción" in file.item("Nota conceptual")
    link = next(a for a in Page(file.client.get(f"/events/{file.id}").text).all("a") if NOTE in a["href"])
    asking = file.client.get(link["href"])
    assert "Nota conceptual" in asking.text
    assert "Jefatura de misión" in asking.text
    answer = file.except_(NOTE, until="2026-11-30")
    assert answer.status_code == 303
    assert "pedir excepción" not in file.item("Nota conceptual")
    assert "Pedida" in file.page()
    head = sign_in(cast.head)
    inbox = head.get("/procedures/approvals").text
    for words in ("Excepción", "Nota conceptual", "El proveedor no llega", "Se usa la del año pasado", "30/11/2026"):
        assert words in inbox
    assert file.approve(head, "exception").status_code == 303
    assert "excepción autorizada hasta el 30/11/2026" in file.item("Nota conceptual")
    refused = file.do("advance", to="prepare").text
    assert "Nota conceptual" not in refused
    assert "Riesgos" in refused
    assert told(cast.officer)[0] == "Excepción concedida: Foro de granos"


def test_later_approvers_see_what_is_excepted(file: CaseFile, sign_in: Any, cast: Cast) -> None:
    head = sign_in(cast.head)
    file.except_(NOTE)
    file.approve(head, "exception")
    file.do("answer", risks="Pocos inscritos")
    file.do("declare", key="conflict", said="yes")
    file.attach("budget_sheet")
    assert file.do("ask").status_code == 303
    inbox = head.get("/procedures/approvals").text
    assert "Lo que se aparta del procedimiento" in inbox
    assert "Nota conceptual: excepción autorizada" in inbox
    file.approve(head)
    assert file.stage == "prepare"
    remembered = {i["key"]: i["state"] for i in _moved(file)}
    assert remembered[NOTE] == "excepted"


def _moved(file: CaseFile) -> list[dict[str, Any]]:
    from promo.procedures.models import Transition

    return session().scalars(select(Transition.checklist).where(Transition.record_id == file.id)).one()


def test_an_item_that_allows_none_offers_none_and_the_server_refuses(file: CaseFile) -> None:
    assert "pedir excepción" not in file.item("Sin conflicto")
    answer = file.except_("declaration.conflict")
    assert answer.status_code == 422
    assert "El procedimiento no admite" in answer.text
    assert file.exception() is None
    assert file.except_("evidence.other").status_code == 422


def test_what_was_typed_stays_when_it_is_refused(file: CaseFile) -> None:
    for typed, field in (({"instead": ""}, "instead"), ({"until": "2026-11-01"}, "until")):
        answer = file.except_(NOTE, file.client, **{"reason": "Falta tiempo & gente"} | typed)
        assert answer.status_code == 422
        assert "Falta tiempo &amp; gente" in answer.text
        assert f'href="#{field}"' in answer.text
    assert file.exception() is None


def test_one_at_a_time_for_an_item(file: CaseFile, sign_in: Any, cast: Cast) -> None:
    file.except_(NOTE)
    assert "ya se pidió" in file.except_(NOTE).text
    file.approve(sign_in(cast.head), "exception")
    assert file.except_(NOTE).status_code == 422


def test_never_granted_by_its_author(sign_in: Any, cast: Cast) -> None:
    file = CaseFile.planned(sign_in(cast.head))
    file.except_(NOTE)
    assert file.waiting("exception").assigned_to_id == cast.hq_manager.id
    assert file.approve(file.client, "exception").status_code == 404


def test_returned_and_recalled_leave_the_item_missing(file: CaseFile, sign_in: Any, cast: Cast) -> None:
    file.except_(NOTE)
    request = file.waiting("exception")
    sign_in(cast.head).post(f"/procedures/approvals/{request.id}/return", data={"reason": "Pídala a Lima"})
    assert "No concedida" in file.page()
    assert "Pídala a Lima" in file.page()
    assert "pedir excepción" in file.item("Nota conceptual")
    file.except_(NOTE)
    file.client.post(f"/procedures/approvals/{file.waiting('exception').id}/recall")
    assert "Retirada" in file.page()
    assert file.except_(NOTE).status_code == 303


def test_an_expired_one_shuts_the_gate_again_and_its_owner_is_told(
    file: CaseFile, sign_in: Any, cast: Cast, clock: time_machine.Traveller
) -> None:
    file.except_(NOTE, until="2026-11-10")
    file.approve(sign_in(cast.head), "exception")
    clock.move_to(NOW + timedelta(hours=30))  # 13:00 of its last day in Los Angeles
    file.client = sign_in(cast.officer)
    jobs.tell_over()
    assert "excepción autorizada" in file.item("Nota conceptual")
    clock.move_to(NOW + timedelta(days=2))
    file.client = sign_in(cast.officer)
    assert "aún sin archivo" in file.item("Nota conceptual")
    jobs.tell_over()
    assert told(cast.officer)[0] == "Excepción vencida: Foro de granos"
    many = len(told(cast.officer))
    jobs.tell_over()
    assert len(told(cast.officer)) == many
    assert "Vencida" in file.page()


@pytest.mark.parametrize("part", ["officer", "head"])
def test_ended_early_by_whoever_keeps_it_or_granted_it(file: CaseFile, sign_in: Any, cast: Cast, part: str) -> None:
    file.except_(NOTE)
    file.approve(sign_in(cast.head), "exception")
    id_ = exception(file).id
    browser = sign_in(cast.members[part])
    assert browser.post(f"/exceptions/{id_}/end", data={"reason": " "}).status_code == 422
    assert browser.post(f"/exceptions/{id_}/end", data={"reason": "Llegó la nota"}).status_code == 303
    assert "aún sin archivo" in file.item("Nota conceptual")
    assert "Llegó la nota" in file.page()
    assert browser.post(f"/exceptions/{id_}/end", data={"reason": "Otra vez"}).status_code == 422
    other = cast.head if part == "officer" else cast.officer
    assert told(other)[0] == "Excepción terminada: Foro de granos"


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("colleague", 303),
        ("hq_manager", 303),
        ("other_officer", 404),
        ("auditor", 403),
        ("quality", 403),
        ("admin", 403),
    ],
)
def test_who_may_ask(file: CaseFile, sign_in: Any, cast: Cast, part: str, expected: int) -> None:
    assert file.except_(NOTE, sign_in(cast.members[part])).status_code == expected


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("colleague", 303),
        ("hq_manager", 303),
        ("other_officer", 404),
        ("auditor", 403),
        ("quality", 403),
        ("admin", 403),
    ],
)
def test_who_may_end(file: CaseFile, sign_in: Any, cast: Cast, part: str, expected: int) -> None:
    file.except_(NOTE)
    file.approve(sign_in(cast.head), "exception")
    answer = sign_in(cast.members[part]).post(
        f"/exceptions/{exception(file).id}/end", data={"reason": "Ya no hace falta"}
    )
    assert answer.status_code == expected


def test_an_approval_is_taken_back_until_a_step_rests_on_it(file: CaseFile, sign_in: Any, cast: Cast) -> None:
    head = sign_in(cast.head)
    file.except_(NOTE)
    request = file.waiting("exception").id
    file.approve(head, "exception")
    assert head.post(f"/procedures/approvals/{request}/take_back").status_code == 303
    assert "aún sin archivo" in file.item("Nota conceptual")


def test_an_excepted_approval_is_not_asked(sign_in: Any, cast: Cast) -> None:
    enforce(cast, _4={"waivable": True, "waived_by": "line_director"})
    file = CaseFile.planned(sign_in(cast.officer))
    file.except_("approvals.head_of_mission")
    assert file.waiting("exception").function == "line_director"
    file.approve(sign_in(cast.hq_manager), "exception")
    for category in ("concept_note", "budget_sheet"):
        file.attach(category)
    file.do("answer", risks="Pocos inscritos")
    file.do("declare", key="conflict", said="yes")
    assert file.do("ask").status_code == 422
    assert file.do("advance", to="prepare").status_code == 303
    assert "excepción autorizada" in file.page() or file.stage == "prepare"


def _often(sign_in: Any, cast: Cast, times: int) -> list[CaseFile]:
    officer, head = sign_in(cast.officer), sign_in(cast.head)
    files = [CaseFile.planned(officer, title=f"Foro {n}") for n in range(times)]
    for file in files:
        file.except_(NOTE)
        file.approve(head, "exception")
    return files


def test_the_same_item_again_and_again_is_a_proposal_to_change_the_procedure(sign_in: Any, cast: Cast) -> None:
    _often(sign_in, cast, 2)
    assert session().scalars(select(Proposal)).all() == []
    _often(sign_in, cast, 2)
    session().rollback()
    one = session().scalars(select(Proposal)).one()
    assert told(cast.quality).count("Se exceptúa una y otra vez: PE-PRU-01") == 1
    quality = sign_in(cast.quality)
    shown = quality.get("/exceptions/proposals")
    assert "Nota conceptual" in shown.text
    page = Page(shown.text)
    rows = next(a["href"] for a in page.all("a") if "item=" in a["href"])
    assert Page(quality.get(rows).text).all("tbody")[0].text.count("Foro") == 4
    assert quality.post(f"/exceptions/proposals/{one.id}/dismiss", data={"reason": ""}).status_code == 422
    assert quality.post(f"/exceptions/proposals/{one.id}/answer", data={"draft": ""}).status_code == 422
    answer = quality.post(f"/exceptions/proposals/{one.id}/dismiss", data={"reason": "Fue la huelga"})
    assert answer.status_code == 303
    assert "Fue la huelga" in quality.get("/exceptions/proposals").text
    _often(sign_in, cast, 2)
    session().rollback()
    assert len(session().scalars(select(Proposal)).all()) == 1, "what was counted once is not counted again"


def test_a_proposal_is_answered_by_a_newer_version(sign_in: Any, cast: Cast) -> None:
    from promo.procedures import actions

    _often(sign_in, cast, 3)
    session().rollback()
    with write() as writing:
        draft = actions.add_draft(writing, {**DEFINITION, "purpose": {"es": "Otra", "en": "Other"}}, cast.promoter.id)
        assert draft is not None
    one = session().scalars(select(Proposal)).one()
    quality = sign_in(cast.quality)
    answer = quality.post(f"/exceptions/proposals/{one.id}/answer", data={"draft": str(draft.id), "reason": ""})
    assert answer.status_code == 303
    session().rollback()
    assert session().get_one(Proposal, one.id).draft_id == draft.id
    assert sign_in(cast.auditor).post(f"/exceptions/proposals/{one.id}/answer").status_code == 403
    assert sign_in(cast.manager).get("/exceptions/proposals").status_code == 403


def test_list_filters_and_export(sign_in: Any, cast: Cast) -> None:
    _often(sign_in, cast, 2)
    officer = sign_in(cast.officer)
    CaseFile.planned(officer, title="Cata").except_(NOTE)
    assert Page(officer.get("/exceptions").text).all("tbody")[0].text.count("Nota conceptual") == 3
    asked = officer.get("/exceptions?state=asked&procedure=PE-PRU-01&since=2026-11-09&until=2026-11-09")
    assert "Cata" in Page(asked.text).all("tbody")[0].text
    assert "Foro" not in Page(asked.text).all("tbody")[0].text
    assert "No se encontró nada" in officer.get("/exceptions?until=2026-11-08").text
    assert sign_in(cast.other_officer).get("/exceptions").text.count("Nota conceptual") == 0
    started = officer.post("/exports/start/exceptions?format=xlsx")
    book = load_workbook(io.BytesIO(officer.get(f"{started.location}/download").data))
    lines = list(book.worksheets[1].iter_rows(values_only=True))
    assert lines[0][:4] == ("Código", "Expediente", "Oficina en el exterior", "Procedimiento")
    assert {line[1] for line in lines[1:]} == {"Foro 0", "Foro 1", "Cata"}
    assert "Se usa la del año pasado" in lines[1]


def test_shares_by_post_and_procedure(sign_in: Any, cast: Cast) -> None:
    _often(sign_in, cast, 1)
    CaseFile.planned(sign_in(cast.officer), title="Cata").except_(NOTE)
    session().rollback()
    today = NOW.date()
    (share,) = queries.shares(session(), cast.quality.viewer, today, today)
    assert (share.post_id, share.code, share.runs, share.having, share.share) == (
        cast.officer.post_id,
        "PE-PRU-01",
        2,
        1,
        0.5,
    )
    assert queries.shares(session(), cast.other_officer.viewer, today, today) == []
    assert queries.shares(session(), cast.quality.viewer, today + timedelta(days=1), today + timedelta(days=1)) == []
    assert "1 / 2" in sign_in(cast.quality).get("/exceptions").text


def test_history_names_the_item(file: CaseFile) -> None:
    file.except_(NOTE)
    page = file.client.get(f"/trail/{file.id}").text
    assert "Excepción autorizada" in page
    assert "Nota conceptual" in page


def test_the_definition_is_the_one_in_force(file: CaseFile) -> None:
    session().rollback()
    found = session().scalars(
        select(Procedure.code).join(ProcedureVersion).where(ProcedureVersion.status == "effective")
    )
    assert found.all() == ["PE-PRU-01"]
