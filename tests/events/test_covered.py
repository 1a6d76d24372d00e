"""Before a change of what was approved each form says that it is asked again: fields, answers, participants, files."""

from __future__ import annotations

import copy
import io
import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from promo.acts.models import ActParticipant
from promo.core import clock
from promo.core.db import session, write
from promo.procedures import actions
from promo.procedures.models import Approval, Run
from tests.cast import Cast
from tests.events.test_gate import PLAN, WHOLE
from tests.procedures.approving import TWO

pytestmark = pytest.mark.usefixtures("session")

AGAIN = (
    "la aprobación se pide de nuevo",
    "puede pedir la aprobación de nuevo",
    "asks for the approval again",
    "ask for the approval again",
)


def warns(page: str, *words: str) -> bool:
    """Whether a page warns of what would be asked again."""
    return any(words in page for words in (words or AGAIN))


@pytest.fixture
def event(cast: Cast, sign_in: Any) -> str:
    """A round ready for its first approval, with an answer, a declaration and files that the approval covers."""
    data = copy.deepcopy(TWO)
    data["applies_to"] = {"kind": "event", "types": ["matchmaking"]}
    data["stages"][0]["requires"][1:1] = [
        {"answer": "tables", "type": "integer", "label": {"es": "Mesas", "en": "Tables"}},
        {"answer": "aside", "type": "text", "minor": True, "label": {"es": "Al margen", "en": "Aside"}},
        {"declaration": "no_conflict", "label": {"es": "Sin conflicto", "en": "No conflict"}},
        {"evidence": "concept_note"},
        {"evidence": "photos", "minor": True},
        {"evidence": "budget_sheet", "when": {"answer": "tables", "op": "gt", "value": 40}},
        {"count": "participants", "min": 0, "where": {"role": "buyer"}, "label": {"es": "Compradores", "en": "Buyers"}},
    ]
    with write() as writing:
        version = actions.add_draft(writing, data, cast.promoter.id)
        assert version is not None
        actions.make_effective(writing, version, cast.quality.id, "RD 2", date(2026, 1, 1), date(2026, 1, 1))
    officer = sign_in(cast.officer)
    address = str(officer.post("/events/new", data=PLAN).location)
    id_ = address.rsplit("/", 1)[1]
    assert officer.post(f"{address}/edit", data=PLAN | WHOLE | {"budget_amount": "900"}).status_code == 303
    answered = officer.post(f"/procedures/runs/{id_}/answer", data={"tables": "12", "aside": "nada"})
    assert answered.status_code == 303
    officer.post(f"/procedures/runs/{id_}/declare", data={"key": "no_conflict", "said": "yes"})
    for category in ("concept_note", "photos"):
        attach(officer, id_, category)
    return address


def attach(client: Any, id_: str, category: str) -> None:
    file = (io.BytesIO(category.encode()), f"{category}.txt")
    client.post(f"/files/records/{id_}", data={"category": category, "file": file})


def state(step: int = 0) -> str:
    session().rollback()
    session().expire_all()
    return session().scalars(select(Approval).order_by(Approval.id)).all()[step].state


@pytest.fixture
def approved(event: str, cast: Cast, sign_in: Any) -> str:
    """The same, its first step approved."""
    id_ = event.rsplit("/", 1)[1]
    officer = sign_in(cast.officer)
    assert not warns(officer.get(event).text)
    assert officer.post(f"/procedures/runs/{id_}/ask").status_code == 303
    number = session().scalars(select(Approval.id)).one()
    assert sign_in(cast.head).post(f"/procedures/approvals/{number}/approve").status_code == 303
    assert state() == "approved"
    return event


def test_answers_and_declarations(approved: str, cast: Cast, sign_in: Any) -> None:
    officer, id_ = sign_in(cast.officer), approved.rsplit("/", 1)[1]
    page = officer.get(f"/procedures/runs/{id_}/answer").text
    assert warns(page)
    assert re.search(r'data-covers="([^"]*)"', page)[1] == "tables"  # type: ignore[index]
    panel = officer.get(approved).text
    assert warns(panel, "taking it back asks", "retirarla", "retirar")
    assert officer.post(f"/procedures/runs/{id_}/answer", data={"aside": "otra cosa"}).status_code == 303
    assert state() == "approved"  # a minor answer
    assert officer.post(f"/procedures/runs/{id_}/answer", data={"tables": "13"}).status_code == 303
    assert state() == "reopened"


def test_taking_back_a_declaration(approved: str, cast: Cast, sign_in: Any) -> None:
    id_ = approved.rsplit("/", 1)[1]
    sign_in(cast.officer).post(f"/procedures/runs/{id_}/declare", data={"key": "no_conflict", "said": "no"})
    assert state() == "reopened"


def test_participants(approved: str, cast: Cast, sign_in: Any) -> None:
    officer = sign_in(cast.officer)
    assert warns(officer.get(f"{approved}/add_participant").text)
    who = {"who": "+Golden Harvest", "role": "exhibitor", "status": "invited"}
    assert officer.post(f"{approved}/add_participant", data=who).status_code == 303
    assert state() == "approved"  # only buyers count
    one = session().scalars(select(ActParticipant)).one()
    page = officer.get(f"{approved}/participants/{one.id}/edit_participant").text
    assert warns(page)
    assert officer.post(f"{approved}/add_participant", data=who | {"who": "+Andes", "role": "buyer"}).status_code == 303
    assert state() == "reopened"


def test_files(approved: str, cast: Cast, sign_in: Any) -> None:
    officer, id_ = sign_in(cast.officer), approved.rsplit("/", 1)[1]
    page = officer.get(f"{approved}?tab=files").text
    assert warns(page)
    assert warns(page, "Se aprobó con estos archivos: Nota conceptual.")  # neither photographs nor a budget
    attach(officer, id_, "photos")
    assert state() == "approved"
    attach(officer, id_, "concept_note")
    assert state() == "reopened"


def test_fields(approved: str, cast: Cast, sign_in: Any) -> None:
    page = sign_in(cast.officer).get(f"{approved}/edit").text
    assert warns(page)
    assert {"objective", "budget_usd"} <= set(re.search(r'data-covers="([^"]*)"', page)[1].split())  # type: ignore[index]


def test_nothing_is_warned_of_by_readers_or_after_the_end(approved: str, cast: Cast, sign_in: Any) -> None:
    assert not warns(sign_in(cast.auditor).get(approved).text)
    with write() as writing:
        writing.scalars(select(Run)).one().finished_at = clock.now()
    assert not warns(sign_in(cast.officer).get(f"{approved}/edit").text)
