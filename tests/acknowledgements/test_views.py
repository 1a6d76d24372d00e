"""Who has read a version of substance: the banner, ten days' grace, no new casework after them, who has not by post."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from promo.core import clock, jobs
from promo.core.db import session, write
from promo.events.models import Event
from promo.notices.models import Notice
from promo.procedures.models import ProcedureVersion, Run
from promo.procedures.readers import GRACE
from promo.procedures.version_models import Acknowledgement
from tests import factories
from tests.cast import Cast, Member

pytestmark = pytest.mark.usefixtures("session")
GEN = "PE-GEN-01"
PLAN = {
    "title": "Seminario de granos andinos", "act_type": "seminar", "pillar": "trade", "visibility": "post",
    "starts_on": "2027-03-04", "ends_on": "2027-03-05", "city": "Anaheim", "country": "US",
    "timezone": "America/Los_Angeles", "objective": "Doce exportadoras ante la demanda local",
}  # fmt: skip


def ago(days: int) -> date:
    return clock.today() - timedelta(days=days)


@pytest.fixture
def renewed(cast: Cast) -> Callable[..., ProcedureVersion]:
    """``renewed(12)``: the simple act's second version came into force so many days ago."""
    factories.enforce(cast)

    def renewed(days: int, **more: Any) -> ProcedureVersion:
        return factories.renew(cast, GEN, ago(days), **more)

    return renewed


def read(client: Any, version: ProcedureVersion, **more: str) -> Any:
    return client.post(f"/acknowledgements/{version.id}/acknowledge", data=more)


def test_the_banner_asks_until_one_has_read_it(sign_in: Any, cast: Cast, renewed: Any) -> None:
    version = renewed(2)
    client = sign_in(cast.officer)
    page = f"/procedures/{GEN}/{version.number}"
    for address in ("/day", page):
        assert "Acto sencillo" in client.get(address).text
        assert f"/acknowledgements/{version.id}/acknowledge" in client.get(address).text
    assert read(client, version, next="/day").location == "/day"
    assert read(client, version).location == page
    for address in ("/day", page):
        assert f"/acknowledgements/{version.id}/acknowledge" not in client.get(address).text
    assert session().scalar(select(func.count()).select_from(Acknowledgement)) == 1


@pytest.mark.parametrize("part", ["quality", "auditor", "admin"])
def test_whom_it_does_not_concern_is_not_asked(sign_in: Any, cast: Cast, renewed: Any, part: str) -> None:
    version = renewed(20)
    assert f"/acknowledgements/{version.id}" not in sign_in(cast.members[part]).get("/day").text


def test_an_editorial_version_asks_nobody(sign_in: Any, cast: Cast, renewed: Any) -> None:
    renewed(30, substance=False)
    client = sign_in(cast.officer)
    assert "/acknowledgements/" not in client.get("/day").text
    assert client.post("/events/new", data=PLAN).status_code == 303


def test_within_ten_days_one_begins_all_the_same(sign_in: Any, cast: Cast, renewed: Any) -> None:
    renewed(GRACE.days)
    assert sign_in(cast.officer).post("/events/new", data=PLAN).status_code == 303


def test_after_them_one_reads_first_and_keeps_what_was_typed(sign_in: Any, cast: Cast, renewed: Any) -> None:
    version = renewed(GRACE.days + 1)
    client = sign_in(cast.officer)
    answer = client.post("/events/new", data=PLAN)
    assert answer.status_code == 422
    assert f'href="/procedures/{GEN}/{version.number}"' in answer.text
    for typed in (PLAN["title"], PLAN["objective"], PLAN["city"]):
        assert typed in answer.text
    assert session().scalar(select(func.count()).select_from(Event)) == 0
    read(client, version)
    assert client.post("/events/new", data=PLAN).status_code == 303


def test_open_work_and_logging_go_on_whatever_one_has_read(sign_in: Any, cast: Cast, renewed: Any) -> None:
    client = sign_in(cast.officer)
    planned = client.post("/events/new", data=PLAN).location  # under the first version
    renewed(40)
    factories.renew(cast, "PE-ACT-01", ago(40))
    edited = PLAN | {"title": "Seminario de granos", "countries": ["US"], "executing_entity": "mre"}
    assert client.post(f"{planned}/edit", data=edited).status_code == 303
    answer = client.post(f"/procedures/runs/{planned.rsplit('/', 1)[1]}/advance", data={"to": "nowhere"})
    assert answer.status_code == 422
    assert "acknowledg" not in answer.text
    made = {"who": "+Rosa Quispe", "activity_type": "call"}
    assert client.post("/activities/log", data=made).status_code in (200, 303)


def test_an_act_that_was_there_is_saved_and_begins_when_its_editor_has_read(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    planned = client.post("/events/new", data=PLAN).location  # no procedure in force yet
    factories.enforce(cast)
    version = factories.renew(cast, GEN, ago(40))
    assert client.post(f"{planned}/edit", data=PLAN | {"city": "Long Beach"}).status_code == 303
    assert session().scalar(select(func.count()).select_from(Run)) == 0
    read(client, version)
    assert client.post(f"{planned}/edit", data=PLAN | {"city": "San Pedro"}).status_code == 303
    assert session().scalar(select(Run.version_id)) == version.id


def test_what_was_read_holds_for_editorial_versions_after_it(sign_in: Any, cast: Cast, renewed: Any) -> None:
    client = sign_in(cast.officer)
    read(client, renewed(40))
    latest = renewed(20, substance=False)
    assert "/acknowledgements/" not in client.get("/day").text
    assert client.post("/events/new", data=PLAN).status_code == 303
    colleague = sign_in(cast.colleague)
    assert colleague.post("/events/new", data=PLAN).status_code == 422  # the change of substance still stands
    read(colleague, latest)
    assert colleague.post("/events/new", data=PLAN).status_code == 303
    renewed(15)
    assert client.post("/events/new", data=PLAN).status_code == 422


def test_a_new_arrival_has_ten_days_from_the_first(sign_in: Any, cast: Cast, renewed: Any) -> None:
    version = renewed(90)
    lax = factories.post().id
    arrived = factories.create_person("Nora Ticona", roles=[("officer", lax, None)], since=ago(10))
    longer = factories.create_person("Omar Ticona", roles=[("officer", lax, None)], since=ago(11))
    for person, status in ((arrived, 303), (longer, 422)):
        client = sign_in(Member(person.id, cast.officer.part, lax, cast.officer.viewer))
        assert f"/acknowledgements/{version.id}" in client.get("/day").text
        assert client.post("/events/new", data=PLAN).status_code == status


def test_the_grace_counts_from_when_it_really_came(sign_in: Any, cast: Cast, renewed: Any) -> None:
    version = renewed(30)
    with write() as writing:
        writing.get_one(ProcedureVersion, version.id).in_force_at = clock.now() - timedelta(days=3)
    assert sign_in(cast.officer).post("/events/new", data=PLAN).status_code == 303


def test_only_a_version_in_force_is_read(sign_in: Any, cast: Cast, renewed: Any) -> None:
    renewed(30)
    old = session().scalars(select(ProcedureVersion).where(ProcedureVersion.status == "obsolete")).one()
    session().rollback()
    assert read(sign_in(cast.officer), old).status_code == 422
    assert read(sign_in(cast.officer), ProcedureVersion(id=9999)).status_code == 404


def test_show_says_who_has_not_by_post(sign_in: Any, cast: Cast, renewed: Any) -> None:
    version = renewed(30)
    read(sign_in(cast.officer), version)
    quality = sign_in(cast.quality)
    text = quality.get(f"/acknowledgements/{version.id}").text
    casework = [m for m in cast if m.viewer.has("officer", "promoter", "manager")]
    assert all(m.name in text for m in casework)
    assert cast.auditor.name not in text
    assert f"1 de {len([m for m in casework if m.post_id == cast.officer.post_id])}" in text
    index = quality.get("/acknowledgements").text
    assert f"1 de {len(casework)}" in index
    assert f"/acknowledgements/{version.id}" in index


def test_a_manager_sees_the_people_of_their_post(sign_in: Any, cast: Cast, renewed: Any) -> None:
    version = renewed(30)
    text = sign_in(cast.manager).get(f"/acknowledgements/{version.id}").text
    assert cast.colleague.name in text
    assert cast.other_officer.name not in text
    assert cast.promoter.name not in text


@pytest.mark.parametrize("part", ["officer", "promoter", "admin"])
def test_others_do_not_see_who_has_read(sign_in: Any, cast: Cast, renewed: Any, part: str) -> None:
    version = renewed(30)
    client = sign_in(cast.members[part])
    for address in ("/acknowledgements", f"/acknowledgements/{version.id}"):
        assert client.get(address).status_code == 403
    assert client.post(f"/acknowledgements/{version.id}/remind").status_code == 403


def test_remind_goes_to_those_who_have_not_once_a_day(sign_in: Any, cast: Cast, renewed: Any) -> None:
    version = renewed(3)
    read(sign_in(cast.officer), version)

    def reminded() -> set[int | None]:
        while jobs.run_due():
            pass
        session().rollback()
        return set(session().scalars(select(Notice.person_id).where(Notice.key.startswith("remind-"))))

    address = f"/acknowledgements/{version.id}/remind"
    manager, quality = sign_in(cast.manager), sign_in(cast.quality)
    assert manager.post(address).status_code == 303
    home = {m.id for m in cast if m.post_id == cast.officer.post_id}
    assert reminded() == home - {cast.officer.id}
    assert manager.post(address).status_code == 422
    assert quality.post(address).status_code == 303
    casework = {m.id for m in cast if m.viewer.has("officer", "promoter", "manager")}
    assert reminded() == casework - {cast.officer.id}
    assert session().scalar(select(func.count()).where(Notice.key.startswith("remind-"))) == len(casework) - 1
    assert quality.post(address).status_code == 422
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        assert sign_in(cast.quality).post(address).status_code == 303
