"""Nonconforming outputs through HTTP: found by the clock or by anybody, judged, contained, decided, then closed."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from openpyxl import load_workbook
from sqlalchemy import select

from promo.core.db import session, write
from promo.nonconformities import actions, jobs, queries
from promo.nonconformities.models import Nonconformity
from promo.nonconformities.queries import Found
from promo.procedures.models import Transition
from tests.cast import Cast
from tests.departures import EVENT, NOW, CaseFile, told
from tests.pages import Page

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def file(sign_in: Any, cast: Cast) -> CaseFile:
    return CaseFile.planned(sign_in(cast.officer))


def rows() -> list[Nonconformity]:
    session().rollback()
    session().expire_all()
    return list(session().scalars(select(Nonconformity).order_by(Nonconformity.id)))


def report(file: CaseFile, client: Any = None, **values: Any) -> Any:
    typed = {"stage": "plan", "description": "Se imprimió la agenda equivocada", "found_on": "2026-11-09"}
    return (client or file.client).post(f"/nonconformities/{file.id}/report", data=typed | values)


def do(client: Any, id_: int, verb: str, **values: Any) -> Any:
    return client.post(f"/nonconformities/{id_}/{verb}", data=values)


def test_from_report_to_close(file: CaseFile, sign_in: Any, cast: Cast) -> None:
    quality, manager, head = sign_in(cast.quality), sign_in(cast.manager), sign_in(cast.head)
    assert "Señálelo como salida no conforme" in file.page()
    assert report(file, sign_in(cast.colleague)).status_code == 303
    (one,) = rows()
    assert (one.state, one.reference, one.origin, one.proposed_by_id) == ("proposed", None, "person", cast.colleague.id)
    assert told(cast.quality)[0] == "Salida no conforme señalada: Foro de granos"
    assert do(quality, one.id, "accept", description="Se usó una agenda sin vigencia").status_code == 303
    (one,) = rows()
    assert (one.state, one.reference) == ("open", "SNC-CG-US-LAX-2026-0001")
    assert (
        told(cast.officer)[0] == told(cast.colleague)[0] == "Salida no conforme SNC-CG-US-LAX-2026-0001: Foro de granos"
    )
    decision = {
        "cause": "Había dos versiones", "decision": "correct", "decision_text": "Imprimir la vigente",
        "responsible_id": str(cast.officer.id), "due_on": "2026-11-12",
    }  # fmt: skip
    assert "Diga primero cómo se contuvo" in do(manager, one.id, "decide", **decision).text
    assert do(file.client, one.id, "contain", containment="Se retiraron las copias").status_code == 303
    assert do(manager, one.id, "decide", **decision | {"decision": "olvidar"}).status_code == 422
    assert do(manager, one.id, "decide", **decision).status_code == 303
    assert told(cast.officer)[0] == "Decisión sobre la salida no conforme SNC-CG-US-LAX-2026-0001"
    assert do(manager, one.id, "close", effectiveness="Sí").status_code == 403, "whoever decided does not close it"
    assert "otra persona verifica que funcionó" in manager.get(f"/nonconformities/{one.id}").text
    assert do(head, one.id, "close", effectiveness=" ").status_code == 422
    assert do(head, one.id, "close", effectiveness="Se revisó la sala: copias vigentes").status_code == 303
    (one,) = rows()
    assert (one.state, one.closed_by_id) == ("closed", cast.head.id)
    shown = file.client.get(f"/nonconformities/{one.id}").text
    for words in (
        "Se retiraron las copias",
        "Corregir",
        "Había dos versiones",
        "Imprimir la vigente",
        "copias vigentes",
    ):
        assert words in shown
    trail = file.client.get(f"/trail/{file.id}").text
    for words in ("Salida no conforme", "Cerrada", "Se retiraron las copias"):
        assert words in trail


def test_what_was_typed_stays_when_it_is_refused(file: CaseFile, sign_in: Any, cast: Cast) -> None:
    assert report(file, description="").status_code == 422
    later = report(file, found_on="2026-11-10", description="Tarde & mal")
    assert later.status_code == 422
    assert "Tarde &amp; mal" in later.text
    assert report(file, stage="hold").status_code == 422, "a stage that it has not reached"
    report(file)
    (one,) = rows()
    quality = sign_in(cast.quality)
    assert do(quality, one.id, "accept", description="").status_code == 422
    do(quality, one.id, "accept", description="Agenda sin vigencia")
    do(quality, one.id, "contain", containment="Nada hacía falta")
    answer = do(quality, one.id, "decide", decision="correct", decision_text="", cause="La imprenta & el turno")
    assert answer.status_code == 422
    assert "La imprenta &amp; el turno" in answer.text
    assert do(quality, one.id, "accept", description="Otra vez").status_code == 422, "it has gone on"


def test_several_are_dismissed_at_once_with_a_reason(file: CaseFile, sign_in: Any, cast: Cast) -> None:
    for _n in range(3):
        report(file)
    ids = [one.id for one in rows()]
    quality = sign_in(cast.quality)
    assert quality.post("/nonconformities/dismiss", data={"id": ids[:2], "reason": ""}).status_code == 422
    assert quality.post("/nonconformities/dismiss", data={"reason": "Ya resuelto"}).status_code == 422
    assert quality.post("/nonconformities/dismiss", data={"id": [*ids[:2], 999], "reason": "x"}).status_code == 404
    assert quality.post("/nonconformities/dismiss", data={"id": ids[:2], "reason": "Ya resuelto"}).status_code == 303
    assert [one.state for one in rows()] == ["dismissed", "dismissed", "proposed"]
    assert told(cast.officer)[0] == "Descartado: lo que señaló de Foro de granos"
    assert "Ya resuelto" in quality.get(f"/nonconformities/{ids[0]}").text


NOT_SEEN = {"other_officer": 404, "alone": 404}
MATRIX = {  # who does what; the others are refused, or do not see it
    "accept": {"quality"},
    "contain": {"officer", "colleague", "manager", "hq_manager", "promoter", "head", "finance", "quality"},
    "decide": {"manager", "hq_manager", "head", "finance", "quality"},
    "close": {"manager", "hq_manager", "head", "finance"},  # quality decided on it
}
PARTS = ("officer", "colleague", "other_officer", "promoter", "manager", "hq_manager", "quality", "auditor", "admin",
         "head", "finance", "alone")  # fmt: skip
GIVEN = {
    "accept": {"description": "Agenda sin vigencia"},
    "contain": {"containment": "Copias retiradas"},
    "decide": {"decision": "repeat", "decision_text": "Imprimir otra vez", "responsible_id": "", "due_on": ""},
    "close": {"effectiveness": "Verificado en sala"},
}


@pytest.mark.parametrize("part", PARTS)
def test_who_may_do_what(file: CaseFile, sign_in: Any, cast: Cast, part: str) -> None:
    browser, found = sign_in(cast.members[part]), {}
    reported = report(file, browser).status_code
    assert reported == (403 if part == "admin" else NOT_SEEN.get(part, 303))
    by = sign_in(cast.quality)
    for place, verb in enumerate(GIVEN):
        report(file)
        id_ = rows()[-1].id
        for before in list(GIVEN)[:place]:
            assert do(by, id_, before, **GIVEN[before]).status_code == 303
        found[verb] = do(browser, id_, verb, **GIVEN[verb]).status_code
    expected = {
        verb: 303 if part in allowed else 404 if part in NOT_SEEN and _reaches(part, verb) else 403
        for verb, allowed in MATRIX.items()
    }
    assert found == expected


def _reaches(part: str, verb: str) -> bool:
    """Whether somebody who does not see it has the permission for others: then it is not found, else refused."""
    return verb == "contain" or (part == "alone" and verb in ("decide", "close"))


def test_a_stage_left_after_its_term_is_proposed_once(
    file: CaseFile, sign_in: Any, cast: Cast, clock: time_machine.Traveller
) -> None:
    clock.move_to(NOW + timedelta(days=10))  # the term was the 17th
    file.client = sign_in(cast.officer)
    for category in ("concept_note", "budget_sheet"):
        file.attach(category)
    file.do("answer", risks="Pocos inscritos")
    file.do("declare", key="conflict", said="yes")
    file.do("ask")
    file.approve(sign_in(cast.head))
    assert jobs.propose() == {"proposed": 1}
    assert jobs.propose() == {"proposed": 0}
    (one,) = rows()
    assert (one.origin, one.stage, one.proposed_by_id, one.reference) == ("late", "plan", None, None)
    shown = sign_in(cast.quality).get(f"/nonconformities/{one.id}").text
    assert "debía terminar el 17/11/2026 y terminó el 19/11/2026" in shown
    assert told(cast.quality)[0] == "Salidas no conformes propuestas: 1"
    with write() as writing:
        moved = writing.scalars(select(Transition.id).where(Transition.record_id == file.id)).one()
        assert actions.propose(writing, Found("late", moved)) is None


def test_what_was_begun_late_or_cancelled_late_is_none(sign_in: Any, cast: Cast, clock: time_machine.Traveller) -> None:
    late = CaseFile.planned(sign_in(cast.officer), starts_on="2026-11-11", ends_on="2026-11-11")
    late.urge(sign_in(cast.head))
    cancelled = CaseFile.planned(sign_in(cast.officer))
    clock.move_to(NOW + timedelta(days=9))
    cancelled.client = sign_in(cast.officer)
    cancelled.do("advance", to="cancelled", reason="Se suspende")
    assert jobs.propose() == {"proposed": 0}


def test_an_exception_over_with_its_item_missing(
    file: CaseFile, sign_in: Any, cast: Cast, clock: time_machine.Traveller
) -> None:
    file.except_("evidence.concept_note", until="2026-11-10")
    file.approve(sign_in(cast.head), "exception")
    assert jobs.propose() == {"proposed": 0}
    clock.move_to(NOW + timedelta(days=3))
    assert jobs.propose() == {"proposed": 1}
    (one,) = rows()
    assert (one.origin, one.item) == ("expired", "evidence.concept_note")
    assert "todavía falta: Nota conceptual" in sign_in(cast.quality).get("/nonconformities/1").text


def test_an_urgency_objected_to_or_not_regularised_is_one_for_the_stage(
    file: CaseFile, sign_in: Any, cast: Cast, clock: time_machine.Traveller
) -> None:
    file.urge(sign_in(cast.head))
    assert jobs.propose() == {"proposed": 0}
    request = file.waiting("urgency").id
    sign_in(cast.hq_manager).post(f"/procedures/approvals/{request}/return", data={"reason": "Podía esperar"})
    assert jobs.propose() == {"proposed": 1}
    clock.move_to(NOW + timedelta(days=30))
    other = CaseFile.planned(sign_in(cast.officer), title="Cata", starts_on="2026-12-28", ends_on="2026-12-28")
    assert jobs.propose() == {"proposed": 0}
    assert [one.origin for one in rows()] == ["objected"]
    other.urge(sign_in(cast.head))
    clock.move_to(NOW + timedelta(days=70))
    assert jobs.propose() == {"proposed": 1}
    assert [one.origin for one in rows()] == ["objected", "unregularised"]
    assert "La urgencia fue objetada: Podía esperar" in sign_in(cast.quality).get("/nonconformities/1").text


def test_an_approval_not_given_again_after_the_event(
    file: CaseFile, sign_in: Any, cast: Cast, clock: time_machine.Traveller
) -> None:
    for category in ("concept_note", "budget_sheet"):
        file.attach(category)
    file.do("answer", risks="Pocos inscritos")
    file.do("declare", key="conflict", said="yes")
    file.do("ask")
    file.approve(sign_in(cast.head))
    file.client.post(f"/events/{file.id}/edit", data=EVENT | {"title": "Foro de granos andinos"})
    assert jobs.propose() == {"proposed": 0}
    clock.move_to(NOW + timedelta(days=20))
    assert jobs.propose() == {"proposed": 1}
    (one,) = rows()
    assert (one.origin, one.stage, one.item) == ("reopened", "plan", "approvals.head_of_mission")


def test_the_register_as_a_workbook(file: CaseFile, sign_in: Any, cast: Cast) -> None:
    quality = sign_in(cast.quality)
    report(file)
    id_ = rows()[0].id
    for verb, values in GIVEN.items():
        do(quality if verb != "close" else sign_in(cast.head), id_, verb, **values)
    started = quality.post("/exports/start/nonconformities?format=xlsx&state=closed")
    book = load_workbook(io.BytesIO(quality.get(f"{started.location}/download").data))
    head, line = list(book.worksheets[1].iter_rows(values_only=True))
    names = [str(name).split(" (")[0] for name in head]
    assert names[:4] == ["Número", "Detectada el", "Origen", "Código"]
    assert names[4:8] == ["Expediente", "Oficina en el exterior", "Procedimiento", "Versión"]
    wanted = ("Descripción", "Contención", "Causa", "Decisión", "Responsable", "Vence", "Cerrada", "Eficacia")
    assert [n for n in names if n in wanted] == list(wanted)
    row = dict(zip(names, line, strict=True))
    assert (row["Número"], row["Origen"]) == ("SNC-CG-US-LAX-2026-0001", "Señalada por una persona")
    assert (row["Decisión"], row["Eficacia"], row["Estado"]) == ("Repetir", "Verificado en sala", "Cerrada")


def test_list_filters_and_shares(file: CaseFile, sign_in: Any, cast: Cast) -> None:
    quality = sign_in(cast.quality)
    report(file)
    CaseFile.planned(sign_in(cast.officer), title="Cata")
    session().rollback()
    (share,) = queries.shares(session(), cast.quality.viewer, NOW.date(), NOW.date())
    assert (share.runs, share.having) == (2, 0), "what is only proposed is none yet"
    do(quality, rows()[0].id, "accept", description="Agenda sin vigencia")
    session().rollback()
    (share,) = queries.shares(session(), cast.quality.viewer, NOW.date(), NOW.date())
    assert (share.runs, share.having, share.code) == (2, 1, "PE-PRU-01")
    for address, there in (
        ("?state=open&origin=person&procedure=PE-PRU-01&since=2026-11-09", True),
        ("?state=proposed", False),
        ("?until=2026-11-08", False),
    ):
        assert ("SNC-CG-US-LAX-2026-0001" in quality.get(f"/nonconformities{address}").text) == there
    assert "SNC-CG" not in sign_in(cast.other_officer).get("/nonconformities").text
    assert "1 / 2" in quality.get("/nonconformities").text
    assert "SNC-CG-US-LAX-2026-0001" in file.page()


def test_quality_ticks_what_is_proposed(file: CaseFile, sign_in: Any, cast: Cast) -> None:
    report(file)
    ticks = [e for e in Page(sign_in(cast.quality).get("/nonconformities").text).all("input") if e["name"] == "id"]
    assert [e["value"] for e in ticks] == [str(rows()[0].id)]
    assert 'name="id"' not in sign_in(cast.manager).get("/nonconformities").text
