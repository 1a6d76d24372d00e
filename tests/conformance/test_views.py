"""How a procedure was followed, through HTTP: what is counted is what happened; each figure opens its case files."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from openpyxl import load_workbook
from sqlalchemy import select

from promo.conformance import actions, queries
from promo.conformance.models import ConformanceCount, SecondLook
from promo.core.db import session, write
from promo.procedures.models import Run, Transition
from tests.cast import Cast
from tests.conformance.cards import figures
from tests.factories import enforce

pytestmark = pytest.mark.usefixtures("session")
NOTICE = {
    "title": "Foro de granos", "act_type": "seminar", "pillar": "trade", "visibility": "post",
    "starts_on": "2026-11-20", "ends_on": "2026-11-20", "city": "Anaheim", "country": "US",
    "timezone": "America/Los_Angeles", "objective": "Doce",
    "budget_amount": "0", "budget_currency": "USD",
}  # fmt: skip


def _plan(client: Any, **values: Any) -> str:
    return str(client.post("/events/new", data=NOTICE | values).location)


@pytest.fixture
def followed(sign_in: Any, cast: Cast) -> Any:
    """Two forums: one refused, then held; the other only begun, late. Everything is counted."""
    with time_machine.travel(datetime(2026, 11, 9, 15, tzinfo=UTC), tick=False):
        enforce(cast)
        client = sign_in(cast.officer)
        one = _plan(client)
        id_ = one.rsplit("/", 1)[1]
        assert client.post(f"/procedures/runs/{id_}/advance", data={"to": "result"}).status_code == 422
        client.post(f"/events/{id_}/participants/add_participant", data={"role": "buyer"})
    return client, id_


def test_index_says_what_it_is_for_when_nothing_was_ever_in_force(sign_in: Any, cast: Cast) -> None:
    assert sign_in(cast.quality).get("/conformance").status_code == 200


def test_show_counts_what_happened_and_opens_it(followed: Any, sign_in: Any, cast: Cast) -> None:
    _client, id_ = followed
    actions.count_due()
    shown = figures(sign_in(cast.quality))
    assert shown["Expedientes iniciados"][0] == "1"
    count, address = shown["Negativas"]
    assert int(count) >= 1
    assert address
    for part, sees in (("quality", True), ("auditor", True), ("manager", True), ("other_officer", False)):
        text = sign_in(cast.members[part]).get(address).text
        assert (f"/events/{id_}" in text) is sees, part


def test_counting_twice_counts_once(followed: Any) -> None:
    def rows() -> list[Any]:
        c = ConformanceCount
        found = session().execute(select(c.month, c.post_id, c.what, c.stage, c.detail, c.late, c.count)).all()
        session().rollback()
        return sorted(tuple(row) for row in found)

    actions.count_due()
    first = rows()
    actions.count_due()
    assert rows() == first
    assert first
    assert all(month > 0 for month, *_rest in first)


def test_figures_of_a_post_are_its_own(followed: Any, sign_in: Any, cast: Cast) -> None:
    actions.count_due()
    elsewhere = sign_in(cast.other_officer)
    assert "Nada en este periodo" in elsewhere.get("/conformance/PE-GEN-01").text
    mine = figures(sign_in(cast.manager), f"/conformance/PE-GEN-01?post={cast.officer.post_id}")
    assert mine["Expedientes iniciados"][0] == "1"
    refused = elsewhere.get(f"/conformance/PE-GEN-01?post={cast.officer.post_id}").text
    assert "Nada en este periodo" in refused


@pytest.mark.parametrize(
    "args", ["version=99", "post=abc", "since=2026-13-01", "period=never", "since=2026-12-01&until=2026-01-01"]
)
def test_nonsense_in_the_address_is_told(followed: Any, sign_in: Any, cast: Cast, args: str) -> None:
    client = sign_in(cast.officer)
    answer = client.get(f"/conformance/PE-GEN-01?{args}")
    assert answer.status_code == 200
    assert "notice" in answer.text
    assert client.get("/conformance/PE-XXX-99").status_code == 404
    assert client.get("/conformance/PE-GEN-01/rows?figure=nothing").status_code == 404
    assert client.get(f"/conformance/PE-GEN-01/rows?figure=stages&after={'A' * 40}").status_code == 200


def test_export_holds_thefigures(followed: Any, sign_in: Any, cast: Cast) -> None:
    actions.count_due()
    client = sign_in(cast.quality)
    answer = client.post("/exports/start/conformance?code=PE-GEN-01&format=xlsx")
    assert answer.status_code == 303, answer.text
    book = load_workbook(io.BytesIO(client.get(f"{answer.location}/download").data))
    found = {row[0]: row[1] for row in book["Cifras"].iter_rows(min_row=2, values_only=True)}
    assert found["Expedientes iniciados"] == 1


def test_look_is_for_quality_and_asks_what_was_found(sign_in: Any, cast: Cast, declared: tuple[int, str]) -> None:
    move, item = declared
    quality = sign_in(cast.quality)
    page = quality.get("/conformance/PE-GEN-01/looks").text
    assert "Rueda" not in page
    assert f"/look/{move}" in page
    address, given = f"/conformance/PE-GEN-01/look/{move}", {"item": item, "verdict": "not_borne_out"}
    refused = quality.post(address, data=given | {"note": ""})
    assert refused.status_code == 422
    assert "Diga qué encontró" in refused.text
    assert sign_in(cast.auditor).post(address, data=given | {"note": "x"}).status_code == 403
    assert quality.post(address, data=given | {"note": "Sin correo que lo pruebe"}).status_code == 303
    (found,) = session().scalars(select(SecondLook))
    assert (found.verdict, found.by_id) == ("not_borne_out", cast.quality.id)
    assert "Sin correo que lo pruebe" in quality.get("/conformance/PE-GEN-01/looks").text
    assert quality.post(address, data={"item": "declaration.other", "verdict": "borne_out"}).status_code == 404


@pytest.fixture
def declared(followed: Any, cast: Cast) -> tuple[int, str]:
    """A stage that was left on a declaration which the sample draws."""
    _client, id_ = followed
    with write() as writing:
        run = writing.scalars(select(Run.id).where(Run.record_id == int(id_))).one()
        move = Transition(
            run_id=run, record_id=int(id_), from_stage="notice", to_stage="result", actor_id=cast.officer.id,
            at=datetime.now(UTC), left_since=datetime.now(UTC) - timedelta(days=3), checklist=[],
            checklist_digest="0" * 64,
        )  # fmt: skip
        writing.add(move)
        writing.flush()
        item = next(f"declaration.d{n}" for n in range(10_000) if queries.is_drawn(move.id, f"declaration.d{n}"))
        move.checklist = [{"key": item, "state": "met", "why": "declared"}]
        return move.id, item
