"""Urgencies through HTTP: the case file moves on at once, what was missing is owed, a higher function answers."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from openpyxl import load_workbook
from sqlalchemy import select

from promo.core.db import session, write
from promo.procedures.departures import Urgency
from promo.procedures.models import Approval, Transition
from promo.reference.models import Setting
from promo.urgencies import jobs, queries
from tests.cast import Cast
from tests.departures import NOW, CaseFile, enforce, told

pytestmark = pytest.mark.usefixtures("clock")
DUE = date(2026, 12, 1)  # five working days after the 20th in California: the 26th and 27th are holidays


@pytest.fixture
def file(sign_in: Any, cast: Cast) -> CaseFile:
    return CaseFile.planned(sign_in(cast.officer))


@pytest.fixture
def urged(file: CaseFile, sign_in: Any, cast: Cast) -> CaseFile:
    """An urgency of the first stage, declared by the head of post; the concept note alone is there."""
    file.attach("concept_note")
    assert file.urge(sign_in(cast.head)).status_code == 303
    return file


def urgency(file: CaseFile) -> Urgency:
    found = file.urgency()
    assert found is not None
    return found


def test_it_moves_on_at_once_and_owes_what_was_missing(urged: CaseFile, sign_in: Any, cast: Cast) -> None:
    assert urged.stage == "prepare"
    one = urgency(urged)
    assert one.due_on == DUE
    assert (one.declared_as, one.by_author, one.closed_at) == ("head_of_mission", False, None)
    owed = ("answer.risks", "declaration.conflict", "evidence.budget_sheet", "approvals.head_of_mission")
    assert one.items == [f"plan:{key}" for key in owed]
    assert "por regularizar hasta el 01/12/2026: aún sin archivo" in urged.item("Presupuesto firmado")
    page = urged.page()
    for words in ("Llega el ministro", "4 puntos por regularizar hasta el 01/12/2026", "Por confirmar", cast.head.name):
        assert words in page
    assert "Nota conceptual" not in urged.checklist
    request = urged.waiting("urgency")
    assert (request.function, request.assigned_to_id) == ("line_director", cast.hq_manager.id)
    assert told(cast.officer)[0] == "Urgencia declarada: Foro de granos"
    director = sign_in(cast.hq_manager)
    inbox = director.get("/procedures/approvals").text
    for words in ("Urgencia", "Llega el ministro", "Plan → Preparación", "Presupuesto firmado", "Confirmar", "Objetar"):
        assert words in inbox


def test_its_evidence_says_what_is_owed(urged: CaseFile, sign_in: Any, cast: Cast) -> None:
    told = sign_in(cast.auditor).get(f"/audits/record/{urged.run.record_id}")
    assert told.status_code == 200
    assert "Por regularizar" in told.text


def test_what_is_owed_shuts_nothing_before_its_day(urged: CaseFile) -> None:
    urged.attach("agenda")
    assert urged.do("advance", to="hold").status_code == 303
    assert "por regularizar" in urged.item("Presupuesto firmado")


def test_the_end_is_reached_only_with_all_of_it(urged: CaseFile, sign_in: Any, cast: Cast) -> None:
    urged.attach("agenda")
    urged.do("advance", to="hold")
    urged.do("answer", attendance="40")
    refused = urged.do("advance", to="closed")
    assert refused.status_code == 422
    for words in ("Riesgos", "Sin conflicto", "Presupuesto firmado", "Aprobación"):
        assert words in refused.text
    urged.attach("budget_sheet")
    assert urged.do("answer", risks="Pocos inscritos").status_code == 303
    assert urged.do("declare", key="conflict", said="yes").status_code == 303
    assert "Presupuesto firmado" not in urged.checklist
    assert urgency(urged).closed_at is None
    assert urged.do("ask").status_code == 303
    assert urged.do("advance", to="closed").status_code == 422
    urged.approve(sign_in(cast.head))
    assert urgency(urged).closed_at is not None
    assert urged.do("advance", to="closed").status_code == 303
    assert urged.stage == "closed"


def test_what_is_owed_is_asked_for_while_the_present_stage_is_open(urged: CaseFile, sign_in: Any, cast: Cast) -> None:
    """An approval that is owed needs only what its own stage asks for."""
    assert urged.do("ask").status_code == 422
    urged.attach("budget_sheet")
    urged.do("answer", risks="Pocos inscritos")
    urged.do("declare", key="conflict", said="yes")
    assert "Enviar a Jefatura de misión" in urged.page()
    assert urged.do("ask").status_code == 303
    assert "espera a" in urged.item("Aprobación")
    urged.attach("agenda")
    assert urged.do("advance", to="hold").status_code == 303
    assert urged.waiting().stage == "plan", "a step does not recall what is owed"
    urged.approve(sign_in(cast.head))
    assert urged.stage == "hold"
    assert urgency(urged).closed_at is not None
    assert "ya no falta nada" in urged.page()


def test_an_approval_that_waits_goes_on_waiting(file: CaseFile, sign_in: Any, cast: Cast) -> None:
    for category in ("concept_note", "budget_sheet"):
        file.attach(category)
    file.do("answer", risks="Pocos inscritos")
    file.do("declare", key="conflict", said="yes")
    file.do("ask")
    request = file.waiting().id
    file.urge(sign_in(cast.hq_manager))
    assert (file.stage, file.waiting().id) == ("prepare", request)
    assert file.approve(sign_in(cast.head)).status_code == 303
    assert (file.stage, urgency(file).closed_at is not None) == ("prepare", True)


def test_after_its_day_it_shuts_the_next_gate_and_is_told(
    urged: CaseFile, sign_in: Any, cast: Cast, clock: time_machine.Traveller
) -> None:
    urged.attach("agenda")
    clock.move_to(NOW + timedelta(days=23))
    urged.client = sign_in(cast.officer)
    jobs.tell_overdue()
    assert "debía regularizarse el 01/12/2026" in urged.item("Presupuesto firmado")
    refused = urged.do("advance", to="hold")
    assert refused.status_code == 422
    assert "Presupuesto firmado" in refused.text
    assert "Nota conceptual" not in refused.text
    assert told(cast.officer)[0] == told(cast.head)[0] == "Sin regularizar: Foro de granos"
    many = len(told(cast.officer))
    jobs.tell_overdue()
    assert len(told(cast.officer)) == many
    urged.attach("budget_sheet")
    assert "Presupuesto firmado" not in urged.do("advance", to="hold").text


def test_owed_items_may_be_excepted(urged: CaseFile, sign_in: Any, cast: Cast, clock: time_machine.Traveller) -> None:
    assert "pedir excepción" in urged.item("Presupuesto firmado")
    assert urged.except_("plan.evidence.budget_sheet", until="2026-12-31").status_code == 303
    urged.approve(sign_in(cast.head), "exception")
    assert "excepción autorizada hasta el 31/12/2026" in urged.item("Presupuesto firmado")
    clock.move_to(NOW + timedelta(days=23))
    urged.client = sign_in(cast.officer)
    urged.attach("agenda")
    assert "Presupuesto firmado" not in urged.do("advance", to="hold").text


def test_money_is_not_passed_by_where_there_is_a_budget(sign_in: Any, cast: Cast) -> None:
    file = CaseFile.planned(sign_in(cast.officer), budget_amount="900")
    head = sign_in(cast.head)
    refused = file.urge(head)
    assert refused.status_code == 422
    assert "Presupuesto firmado: ninguna urgencia pasa por encima de lo que protege el dinero." in refused.text
    assert "Llega el ministro" in refused.text
    assert file.stage == "plan"
    assert file.urgency() is None
    file.attach("budget_sheet")
    assert file.urge(head).status_code == 303


def test_personal_data_are_not_passed_by(sign_in: Any, cast: Cast) -> None:
    enforce(cast, _2={"protects": "personal_data"}, _4={"protects": "money"})
    file = CaseFile.planned(sign_in(cast.officer))
    assert "protege los datos personales" in file.urge(sign_in(cast.head)).text
    file.do("declare", key="conflict", said="yes")
    assert file.urge(sign_in(cast.head)).status_code == 303
    paid = CaseFile.planned(sign_in(cast.officer), title="Cata", budget_amount="900")
    paid.do("declare", key="conflict", said="yes")
    paid.attach("budget_sheet")
    assert "protege el dinero" in paid.urge(sign_in(cast.head)).text, "an approval that protects money"


def test_only_one_open_and_only_with_something_missing(urged: CaseFile, sign_in: Any, cast: Cast) -> None:
    head = sign_in(cast.head)
    assert "ya tiene una urgencia abierta" in urged.urge(head).text
    assert "ya tiene una urgencia abierta" in head.get(f"/urgencies/{urged.id}/declare").text
    urged.attach("budget_sheet")
    urged.do("answer", risks="Pocos inscritos")
    urged.do("declare", key="conflict", said="yes")
    urged.do("ask")
    urged.approve(head)
    urged.attach("agenda")
    assert "No falta nada" in urged.urge(head).text
    urged.do("advance", to="hold")
    assert "Solo queda terminar" in urged.urge(head).text
    assert urged.stage == "hold"


def test_a_reason_is_asked(file: CaseFile, sign_in: Any, cast: Cast) -> None:
    assert file.urge(sign_in(cast.head), reason="  ").status_code == 422
    assert file.stage == "plan"


def test_cancelling_works_at_once_whatever_is_owed(urged: CaseFile, sign_in: Any, cast: Cast) -> None:
    assert urged.do("advance", to="cancelled", reason="Se suspende la visita").status_code == 303
    assert urged.stage == "cancelled"
    assert urgency(urged).closed_at is not None
    assert urged.waiting("urgency").assigned_to_id == cast.hq_manager.id, "it is still to be confirmed"
    assert urged.approve(sign_in(cast.hq_manager), "urgency").status_code == 303


def test_confirmed_objected_and_taken_back(urged: CaseFile, sign_in: Any, cast: Cast) -> None:
    director = sign_in(cast.hq_manager)
    request = urged.waiting("urgency").id
    director.post(f"/procedures/approvals/{request}/approve")
    assert "Confirmada" in urged.page()
    assert told(cast.head)[0] == "Urgencia confirmada: Foro de granos"
    assert director.post(f"/procedures/approvals/{request}/take_back").status_code == 303
    assert "Por confirmar" in urged.page()
    director.post(f"/procedures/approvals/{request}/return", data={"reason": "Podía esperar"})
    assert urged.stage == "prepare"
    assert "Objetada" in urged.page()
    assert "Podía esperar" in urged.page()
    assert told(cast.officer)[0] == "Urgencia objetada: Foro de granos"


def test_nobody_recalls_the_request_to_confirm(urged: CaseFile, sign_in: Any, cast: Cast) -> None:
    assert "Retirar la solicitud" not in urged.page(sign_in(cast.head))
    answer = sign_in(cast.head).post(f"/procedures/approvals/{urged.waiting('urgency').id}/recall")
    assert answer.status_code == 422
    assert urged.waiting("urgency").state == "waiting"


def test_the_line_director_declares_and_the_director_general_confirms(file: CaseFile, sign_in: Any, cast: Cast) -> None:
    assert file.urge(sign_in(cast.hq_manager)).status_code == 303
    session().rollback()
    request = session().scalars(select(Approval).where(Approval.subject == "urgency")).one()
    assert (urgency(file).declared_as, request.function) == ("line_director", "director_general")
    assert request.state == "nobody", "the cast has no director-general, and whoever declared it never confirms it"


def test_the_author_alone_at_a_post_declares_and_it_goes_up(sign_in: Any, cast: Cast) -> None:
    file = CaseFile.planned(sign_in(cast.alone))
    assert file.urge(file.client).status_code == 303
    assert urgency(file).by_author
    assert file.waiting("urgency").assigned_to_id == cast.hq_manager.id
    assert "declarada por quien es autor del expediente" in file.page()
    trail = file.client.get(f"/trail/{file.id}").text
    assert "Declarada por quien es autor del expediente: sí" in trail
    assert "Presupuesto firmado" in trail


@pytest.mark.parametrize(
    ("part", "expected"),
    [("officer", 403), ("colleague", 403), ("other_officer", 403), ("manager", 403), ("promoter", 403), ("admin", 403),
     ("quality", 403), ("auditor", 403), ("finance", 403), ("alone", 404), ("head", 303), ("hq_manager", 303)],
)  # fmt: skip
def test_who_may_declare(file: CaseFile, sign_in: Any, cast: Cast, part: str, expected: int) -> None:
    browser = sign_in(cast.members[part])
    shown = browser.get(f"/urgencies/{file.id}/declare").status_code
    assert shown == (200 if expected == 303 else expected)
    assert file.urge(browser).status_code == expected
    assert (file.stage == "prepare") == (expected == 303)
    offered = expected == 303 or part in (
        "officer",
        "colleague",
        "manager",
        "promoter",
        "quality",
        "auditor",
        "finance",
    )
    if offered and expected != 303:
        assert "Declarar una urgencia" not in file.page(browser)


def test_the_head_is_offered_it_on_the_page(file: CaseFile, sign_in: Any, cast: Cast) -> None:
    assert "Declarar una urgencia" in file.page(sign_in(cast.head))
    assert "Declarar una urgencia" not in file.page()


def test_the_day_moves_with_the_event_and_the_setting(file: CaseFile, sign_in: Any, cast: Cast) -> None:
    with write() as writing:
        writing.get_one(Setting, "regularise_days").value = 2
    file.urge(sign_in(cast.head))
    assert urgency(file).due_on == date(2026, 11, 24)
    edited = {"title": "Foro de granos", "act_type": "seminar", "pillar": "trade", "visibility": "post",
              "starts_on": "2026-12-01", "ends_on": "2026-12-02", "city": "Anaheim", "country": "US",
              "timezone": "America/Los_Angeles", "objective": "Doce citas", "budget_amount": "0",
              "budget_currency": "USD"}  # fmt: skip
    assert file.client.post(f"/events/{file.id}/edit", data=edited).status_code == 303
    assert urgency(file).due_on == date(2026, 12, 4)


def test_an_event_that_is_over_counts_from_the_declaration(sign_in: Any, cast: Cast) -> None:
    file = CaseFile.planned(sign_in(cast.officer), starts_on="2026-11-02", ends_on="2026-11-03")
    file.urge(sign_in(cast.head))
    assert urgency(file).due_on == date(2026, 11, 17)  # the 11th is Veterans Day


def test_the_move_remembers_what_was_owed(urged: CaseFile) -> None:
    urged.attach("agenda")
    urged.do("advance", to="hold")
    session().rollback()
    moves = session().scalars(select(Transition).where(Transition.record_id == urged.id).order_by(Transition.id)).all()
    assert moves[0].reason == "Llega el ministro"
    owed = {i["key"]: i for i in moves[1].checklist if i["state"] == "due_later"}
    assert owed["plan.evidence.budget_sheet"]["until"] == str(DUE)


def test_list_filters_and_export(urged: CaseFile, sign_in: Any, cast: Cast, clock: time_machine.Traveller) -> None:
    quality = sign_in(cast.quality)
    shown = quality.get("/urgencies?state=open&answer=waiting&post=" + str(cast.officer.post_id)).text
    assert "Foro de granos" in shown
    assert "Foro de granos" not in quality.get("/urgencies?state=closed").text
    assert "Foro de granos" not in quality.get("/urgencies?answer=returned").text
    assert "Foro de granos" not in sign_in(cast.other_officer).get("/urgencies").text
    started = quality.post("/exports/start/urgencies?format=xlsx")
    book = load_workbook(io.BytesIO(quality.get(f"{started.location}/download").data))
    head, line = list(book.worksheets[1].iter_rows(values_only=True))
    row = dict(zip(head, line, strict=True))
    assert row["Qué faltaba"].startswith("Riesgos, Sin conflicto de intereses, Presupuesto firmado")
    assert (row["Estado"], row["Confirmación"], row["Como"]) == (
        "Por regularizar",
        "Por confirmar",
        "Jefatura de misión",
    )
    session().rollback()
    (share,) = queries.shares(session(), cast.quality.viewer, NOW.date(), NOW.date())
    assert (share.runs, share.having) == (1, 1)
    clock.move_to(NOW + timedelta(days=23))
    assert "Vencida" in sign_in(cast.quality).get("/urgencies?state=overdue").text
