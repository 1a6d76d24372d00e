"""A rehearsal from its page: begun, watched, called off, read; of an older text once the draft changes."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from sqlalchemy import select

from promo.core import clock, jobs
from promo.core.db import session, write
from promo.core.jobs import Job
from promo.procedures.definitions import content_hash
from promo.procedures.models import ProcedureVersion
from promo.rehearsals.models import Rehearsal
from tests import factories
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("session")
GEN = "PE-GEN-01"
PLAN = {
    "title": "Seminario de granos andinos", "act_type": "seminar", "pillar": "trade", "visibility": "post",
    "starts_on": "2027-03-04", "ends_on": "2027-03-05", "city": "Anaheim", "country": "US",
    "timezone": "America/Los_Angeles", "objective": "Doce exportadoras ante la demanda local",
}  # fmt: skip


@pytest.fixture
def draft(sign_in: Any, cast: Cast) -> ProcedureVersion:
    """A draft that asks for an invitation at the first stage; a seminar stands there, another has moved on."""
    factories.enforce(cast)
    client = sign_in(cast.officer)
    for number in range(2):
        answer = client.post("/events/new", data=PLAN | {"title": f"Seminario {number}"})
        record_id = answer.location.rsplit("/", 1)[1]
        client.post(f"/events/{record_id}/add_participant", data={"who": "+Rosa Quispe", "role": "buyer"})
    assert client.post(f"/procedures/runs/{record_id}/advance", data={"to": "result"}).status_code == 303
    found = session().scalars(select(ProcedureVersion).where(ProcedureVersion.status == "effective"))
    stages = copy.deepcopy(next(v for v in found if v.code == GEN).definition["stages"])
    stages[0]["requires"].append(
        {"key": "new_note", "evidence": "invitation", "label": {"es": "Nota nueva", "en": "New note"}}
    )
    session().rollback()
    return factories.draft_of(cast, GEN, stages=stages)


def begin(client: Any, draft: ProcedureVersion, since: str = "2026-01-01") -> Any:
    return client.post(f"/rehearsals/start/{draft.id}", data={"since": since})


def row() -> Rehearsal:
    session().rollback()
    session().expire_all()
    return session().scalars(select(Rehearsal).order_by(Rehearsal.id.desc())).first()  # type: ignore[return-value]


def test_begun_watched_and_read(sign_in: Any, cast: Cast, draft: ProcedureVersion) -> None:
    quality = sign_in(cast.quality)
    assert f"/rehearsals/of/{draft.id}" in quality.get(f"/procedures/{GEN}/2").text
    offered = quality.get(f"/rehearsals/of/{draft.id}").text
    assert f'action="/rehearsals/start/{draft.id}"' in offered
    page = begin(quality, draft).location
    assert f'hx-get="{page}"' in quality.get(page).text
    assert begin(quality, draft).location == page  # pressed twice, begun once
    jobs.run_due()
    text = quality.get(page).text
    for shown in ("Nota nueva", "Seminario 0", "Seminario 1", "/events/"):
        assert shown in text
    found = quality.get(f"/rehearsals/of/{draft.id}")
    assert found.location == page
    result = row().result
    assert result is not None
    assert [(line["item"], line["records"]) for line in result["refused"]] == [("new_note", 1)]
    assert [(line["item"], line["records"]) for line in result["open_items"]] == [("new_note", 1)]


def test_once_the_draft_changes_it_is_of_an_older_text(sign_in: Any, cast: Cast, draft: ProcedureVersion) -> None:
    quality = sign_in(cast.quality)
    page = begin(quality, draft).location
    jobs.run_due()
    assert "Es de un texto anterior" not in quality.get(page).text
    for part, older in (({"changes": {"es": "Algo", "en": "Something"}}, False), ({"references": ["Ley 1"]}, True)):
        with write() as writing:
            version = writing.get_one(ProcedureVersion, draft.id)
            version.definition = {**version.definition, **part}
            version.content_hash = content_hash(version.definition)
        assert ("Es de un texto anterior" in quality.get(page).text) is older
    assert begin(quality, draft).location != page


def test_called_off(sign_in: Any, cast: Cast, draft: ProcedureVersion) -> None:
    quality = sign_in(cast.quality)
    page = begin(quality, draft).location
    assert quality.post(f"{page}/cancel").status_code == 303
    assert jobs.run_due() == 0
    assert row().state == "cancelled"
    assert f'hx-get="{page}"' not in quality.get(page).text
    assert begin(quality, draft).location != page


def test_called_off_while_it_reads(
    sign_in: Any, cast: Cast, draft: ProcedureVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    quality = sign_in(cast.quality)
    begin(quality, draft)
    job_id = row().job_id
    session().rollback()
    from promo.procedures import rehearsal

    def call_off(*_values: Any) -> list[int]:
        with write() as writing:
            jobs.cancel(writing, job_id or 0)
        return []

    monkeypatch.setattr(rehearsal, "run_ids", call_off)
    jobs.run_due()
    assert session().get_one(Job, job_id).state == "cancelled"
    assert row().finished_at is None


@pytest.mark.parametrize("since", ["", "1999-01-01", "2999-01-01", "ayer"])
def test_since_when_is_a_day_of_the_last_years(sign_in: Any, cast: Cast, draft: ProcedureVersion, since: str) -> None:
    assert begin(sign_in(cast.quality), draft, since).status_code == 422
    assert row() is None


@pytest.mark.parametrize("part", ["officer", "promoter", "hq_manager", "manager", "auditor", "admin"])
def test_only_quality_rehearses(sign_in: Any, cast: Cast, draft: ProcedureVersion, part: str) -> None:
    quality = sign_in(cast.quality)
    page = begin(quality, draft).location
    client = sign_in(cast.members[part])
    assert client.get(page).status_code == 403
    assert client.get(f"/rehearsals/of/{draft.id}").status_code == 403
    assert begin(client, draft).status_code == 403
    assert client.post(f"{page}/cancel").status_code == 403


def test_what_is_not_there_is_not_found(sign_in: Any, cast: Cast) -> None:
    quality = sign_in(cast.quality)
    assert quality.get("/rehearsals/999999").status_code == 404
    assert quality.get("/rehearsals/of/999999").status_code == 404
    assert quality.post("/rehearsals/start/999999", data={"since": str(clock.today())}).status_code == 404
