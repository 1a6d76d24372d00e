"""Planning events through HTTP: few fields, one run, a list of who takes part."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from promo.acts.models import ActParticipant
from promo.core.db import session
from promo.core.records import RecordLink
from promo.events.kind import KIND
from promo.events.models import Event
from promo.procedures.models import ProcedureVersion, Run
from promo.reference.models import Sector
from tests.cast import Cast
from tests.factories import enforce

pytestmark = pytest.mark.usefixtures("session")

FEW = {
    "title": "Rueda de negocios de alimentos", "act_type": "matchmaking", "pillar": "trade",
    "starts_on": "2027-03-12", "ends_on": "2027-03-13", "city": "Los Angeles", "country": "US",
    "objective": "Reunir oferta y demanda", "visibility": "post",
}  # fmt: skip


def _plan(client: Any, **values: Any) -> Any:
    return client.post("/events/new", data=FEW | values)


def _event() -> Event:
    return session().scalars(select(Event)).one()


def _contact(client: Any, name: str = "Quispe") -> str:
    form = {"family_name": name, "name_order": "given_first", "source": "in_person", "visibility": "shared"}
    return client.post("/contacts/new", data=form).location.rsplit("/", 1)[1]


def test_new_asks_title_type_pillar_and_day(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    assert client.get("/events/new").status_code == 200
    for name in ("title", "act_type", "pillar", "starts_on"):
        assert _plan(client, **{name: ""}).status_code == 422
    answer = _plan(client, ends_on="")
    assert answer.status_code == 303
    event = _event()
    assert (event.reference, event.visibility) == ("EV-CG-US-LAX-2026-0001", "post")
    assert (event.timezone, event.ends_on) == ("America/Los_Angeles", date(2027, 3, 12))
    page = client.get(answer.location)
    assert "Rueda de negocios de alimentos" in page.text
    assert "12 mar 2027" in page.text
    assert "Rueda de negocios de alimentos" in client.get("/events?view=coming&act_type=matchmaking").text


def test_new_pressed_twice_makes_one(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    for _ in range(2):
        assert _plan(client, idempotency_key="once").status_code == 303
    assert session().scalar(select(func.count()).select_from(Event)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_on": "2027-03-11"},
        {"ends_on": "2027-03-12", "starts_at": "18:00", "ends_at": "17:00"},
        {"budget_amount": "mil", "budget_currency": "USD"},
        {"timezone": "Mars/Base"},
        {"fair_id": "999999"},
        {"title": "x" * 301},
        {"title": "a\x00b"},
    ],
)
def test_new_refuses_what_can_not_be_and_keeps_what_was_typed(sign_in: Any, cast: Cast, wrong: dict[str, str]) -> None:
    answer = _plan(sign_in(cast.officer), **{"venue": "Centro de convenciones"} | wrong)
    assert answer.status_code == 422
    assert "Centro de convenciones" in answer.text
    assert session().scalar(select(func.count()).select_from(Event)) == 0


def test_new_shows_hostile_titles_back_unchanged(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    page = client.get(_plan(client, title="=HYPERLINK(1) <script>alert(1)</script> \u202eabc").location)
    assert "&lt;script&gt;alert(1)" in page.text


def test_new_without_a_procedure_in_force_says_so(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    page = client.get(_plan(client).location)
    assert session().scalars(select(Run)).first() is None
    assert _event().status == "planned"
    assert 'id="checklist"' in page.text


def test_new_begins_the_run_of_its_type(sign_in: Any, cast: Cast) -> None:
    enforce(cast, "PE-GEN-01", "PE-COM-02")
    client = sign_in(cast.officer)
    page = client.get(_plan(client).location)
    assert "PE-COM-02" in page.text
    assert _event().status == "proposal"
    _plan(client, act_type="seminar", title="Seminario")
    runs = session().execute(select(ProcedureVersion).join(Run, Run.version_id == ProcedureVersion.id)).scalars()
    assert sorted(v.code for v in runs) == ["PE-COM-02", "PE-GEN-01"]


def test_new_names_the_rate_of_the_budget(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    assert _plan(client, budget_amount="1,500.50", budget_currency="USD").status_code == 303
    event = _event()
    assert (event.budget_amount, event.budget_usd, event.budget_rate) == (
        Decimal("1500.50"),
        Decimal("1500.50"),
        Decimal(1),
    )


def test_edit_changes_parts_and_facts(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    address = _plan(client).location
    assert client.get(f"{address}/edit").status_code == 200
    sector = session().scalars(select(Sector.id).order_by(Sector.id)).first()
    data = FEW | {
        "version": "1", "countries": ["US", "CA", "XX"], "sectors": [str(sector)], "capacity": "40",
        "posts": [str(cast.other_officer.post_id)], "budget_amount": "2500", "budget_currency": "USD",
    }  # fmt: skip
    assert client.post(f"{address}/edit", data=data).status_code == 303
    event = _event()
    known = KIND.facts_of(session(), event)
    assert (known["countries"], known["posts_involved"]) == (["CA", "US"], ["EMB-JP-TYO"])
    assert (known["capacity"], known["budget_usd"], len(known["sectors"])) == (40, Decimal("2500"), 1)
    assert client.get(address).status_code == 200
    assert client.get(f"{address}/edit").status_code == 200


def test_edit_of_an_old_version_is_shown_both(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    address = _plan(client).location
    assert client.post(f"{address}/edit", data=FEW | {"version": "1", "venue": "Sala A"}).status_code == 303
    answer = client.post(f"{address}/edit", data=FEW | {"version": "1", "venue": "Sala B"})
    assert answer.status_code == 409
    assert "Sala A" in answer.text
    assert "Sala B" in answer.text


def test_edit_to_a_type_of_another_procedure_is_refused(sign_in: Any, cast: Cast) -> None:
    enforce(cast, "PE-GEN-01", "PE-COM-02")
    client = sign_in(cast.officer)
    address = _plan(client).location
    answer = client.post(f"{address}/edit", data=FEW | {"act_type": "seminar"})
    assert answer.status_code == 422
    assert "PE-COM-02" in answer.text


def test_edit_brings_the_checklist_once_a_procedure_is_in_force(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    address = _plan(client).location
    enforce(cast, "PE-GEN-01")
    assert client.post(f"{address}/edit", data=FEW).status_code == 303
    assert _event().status == "notice"


def test_show_is_not_found_for_another_post(sign_in: Any, cast: Cast) -> None:
    address = _plan(sign_in(cast.officer)).location
    other = sign_in(cast.other_officer)
    assert other.get(address).status_code == 404
    assert other.get(f"{address}/edit").status_code == 404
    assert other.post(f"{address}/archive").status_code == 404
    for reader in (cast.auditor, cast.quality):
        client = sign_in(reader)
        assert client.get(address).status_code == 200
        assert client.post(f"{address}/edit", data=FEW).status_code == 403
    assert sign_in(cast.reader_en).get(address).status_code == 200


def test_add_participant_stands_on_their_timeline(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    who = _contact(client)
    address = _plan(client).location
    data = {"who": [who, "+Rosa Ñahui"], "role": "buyer", "status": "confirmed", "qualified": "y"}
    for _ in range(2):
        assert client.post(f"{address}/add_participant", data=data | {"who": [who]}).status_code == 303
    assert client.post(f"{address}/add_participant", data=data | {"who": ["+Rosa Ñahui"]}).status_code == 303
    page = client.get(address)
    assert "Rosa Ñahui" in page.text
    assert "Rueda de negocios de alimentos" in client.get(f"/contacts/{who}").text
    people = KIND.facts_of(session(), _event())["participants"]
    assert [(p["title"], p["role"], p["qualified"], p["evidence"]) for p in people] == [
        ("Rosa Ñahui", "buyer", True, []),
        ("Quispe", "buyer", True, []),
    ]


def test_add_participant_asks_who_and_as_what(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    address = _plan(client).location
    assert client.get(f"{address}/add_participant").status_code == 200
    for data in ({"role": "buyer"}, {"who": ["999999"], "role": "buyer"}, {"who": ["+A B"], "role": "king"}):
        assert client.post(f"{address}/add_participant", data=data | {"status": "invited"}).status_code == 422
    assert sign_in(cast.auditor).post(f"{address}/add_participant", data={}).status_code == 403


def test_edit_participant_attaches_their_letter(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    address = _plan(client).location
    client.post(f"{address}/add_participant", data={"who": ["+Rosa"], "role": "exhibitor", "status": "invited"})
    one = session().scalars(select(ActParticipant.id)).one()
    page = f"{address}/participants/{one}/edit_participant"
    assert client.get(page).status_code == 200
    letter = (io.BytesIO(b"Nos comprometemos a participar."), "carta.txt")
    data = {"role": "exhibitor", "status": "confirmed", "category": "commitment_letter", "file": letter}
    assert client.post(page, data=data).status_code == 303
    found = KIND.facts_of(session(), _event())["participants"][0]
    assert (found["status"], found["evidence"]) == ("confirmed", ["commitment_letter"])
    assert "carta.txt" in client.get(page).text
    assert client.get(f"{address}/participants/999999/edit_participant").status_code == 404


def test_remove_participant_takes_it_off_the_timeline(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    address = _plan(client).location
    for role in ("buyer", "guest"):
        who = session().scalar(select(ActParticipant.party_id)) or "+Rosa"
        client.post(f"{address}/add_participant", data={"who": [str(who)], "role": role, "status": "invited"})
    for left, one in ((1, None), (0, None)):
        one = session().scalars(select(ActParticipant.id).order_by(ActParticipant.id)).first()
        assert client.post(f"{address}/participants/{one}/remove_participant").status_code == 303
        assert session().scalar(select(func.count()).select_from(RecordLink)) == left


def test_archive_takes_it_out_of_the_list_and_back(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    address = _plan(client).location
    assert client.post(f"{address}/archive").status_code == 303
    assert FEW["title"] not in client.get("/events").text
    assert client.post(f"{address}/unarchive").status_code == 303
    assert FEW["title"] in client.get("/events").text


def test_advance_of_a_simple_act_from_notice_to_result(sign_in: Any, cast: Cast) -> None:
    enforce(cast, "PE-GEN-01")
    client = sign_in(cast.officer)
    address = _plan(client, act_type="seminar", objective="").location
    run = f"/procedures/runs/{address.rsplit('/', 1)[1]}/advance"
    refused = client.post(run, data={"to": "result"})
    assert refused.status_code == 422
    assert f"{address}/edit#objective" in refused.text
    client.post(f"{address}/add_participant", data={"who": ["+Rosa"], "role": "guest", "status": "invited"})
    data = FEW | {"act_type": "seminar"}
    assert client.post(f"{address}/edit", data=data).status_code == 303
    assert client.post(run, data={"to": "result"}).status_code == 303
    assert _event().status == "result"


def test_day_shows_what_goes_on_and_comes(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    _plan(client, starts_on=date.today().isoformat(), ends_on="2027-03-13")
    assert FEW["title"] in client.get("/day").text
    assert FEW["title"] not in sign_in(cast.other_officer).get("/day").text
