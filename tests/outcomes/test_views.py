"""Declaring outcomes through HTTP: what is asked, what is marked, who may, and what came of an act on its page."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from promo.core import audit
from promo.core.db import session, write
from promo.core.files import File
from promo.core.records import Record, RecordLink
from promo.organisations.models import Organisation
from promo.outcomes.models import EVIDENCE, Outcome
from promo.reference.models import Rate, Sector
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("session")

EVENT = {
    "title": "Rueda de negocios de alimentos", "act_type": "matchmaking", "pillar": "trade", "starts_on": "2026-03-12",
    "city": "Los Angeles", "country": "US", "visibility": "post",
}  # fmt: skip
FEW = {
    "outcome_type": "export_sale", "grade": "declared", "pillar": "trade", "country": "US", "visibility": "post",
    "amount": "12,500.00", "currency": "USD", "starts_on": "2026-04-01",
}  # fmt: skip


def _id(answer: Any) -> str:
    return str(answer.location.rsplit("/", 1)[1].partition("?")[0])


def _event(client: Any, **values: Any) -> str:
    return _id(client.post("/events/new", data=EVENT | values))


def _firm(client: Any, title: str = "Agroandina Export", **values: Any) -> str:
    form = {"title": title, "organisation_type": "exporter", "country": "PE", "visibility": "shared"}
    return _id(client.post("/organisations/new", data=form | values))


def _sector() -> str:
    return str(session().scalars(select(Sector.id).where(Sector.parent_id.isnot(None)).order_by(Sector.id)).first())


def _new(client: Any, act: str, **values: Any) -> Any:
    return client.post("/outcomes/new", data=FEW | {"main_act_id": act, "sector_id": _sector()} | values)


def _outcome() -> Outcome:
    return session().scalars(select(Outcome)).one()


def _count(model: Any = Outcome) -> int:
    return session().scalar(select(func.count()).select_from(model)) or 0


def test_new_begins_with_what_the_act_says(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    act = _event(client, pillar="tourism", countries=["CA"], sectors=[_sector()])
    page = client.get(f"/outcomes/new?act={act}").text
    assert f'<option value="{act}" selected>Rueda de negocios de alimentos' in page
    for chosen in ("tourism", "CA", _sector()):
        assert f'<option value="{chosen}" selected>' in page
    assert client.get("/outcomes/new?act=99999999999999999999&organisation_id=x").status_code == 200


def test_new_needs_type_grade_market_sector_pillar_and_main_act(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    act = _event(client)
    for name in ("outcome_type", "grade", "country", "sector_id", "pillar", "main_act_id"):
        assert _new(client, act, **{name: ""}).status_code == 422
    assert _new(client, act).status_code == 303
    outcome = _outcome()
    assert (outcome.reference, outcome.visibility, outcome.status) == ("RE-CG-US-LAX-2026-0001", "post", "declared")
    assert (outcome.year, outcome.usd) == (2026, Decimal("12500"))
    assert outcome.title == "Venta de exportación: Estados Unidos"


def test_new_pressed_twice_makes_one(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    act = _event(client)
    answers = [_new(client, act, idempotency_key="once", organisation_id="+Café Selva") for _ in range(2)]
    assert answers[0].location == answers[1].location
    assert (_count(), _count(Organisation)) == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "doce mil"},
        {"amount": "12.500,00"},
        {"amount": "0"},
        {"amount": "-5"},
        {"amount": ""},
        {"amount": "9" * 30},
        {"amount": "1\x00"},
        {"currency": "ABC"},
        {"currency": "XAU"},
        {"country": "ZZ"},
        {"sector_id": "999999999"},
        {"sector_id": "²"},
        {"grade": "verified"},
        {"grade": "nonsense"},
        {"outcome_type": "gift"},
        {"main_act_id": "99999999"},
        {"main_act_id": "9" * 40},
        {"acts": ["99999999"]},
        {"organisation_id": "99999999"},
        {"counterpart_id": "x"},
        {"starts_on": "2026-13-40"},
        {"starts_on": "2199-01-01"},
        {"year": "26"},
        {"year": "9" * 30},
        {"note": "x" * 4001},
        {"visibility": "moon"},
    ],
)
def test_new_refuses_what_can_not_be_and_keeps_what_was_typed(sign_in: Any, cast: Cast, wrong: dict[str, Any]) -> None:
    client = sign_in(cast.officer)
    answer = _new(client, _event(client), **{"note": "Dos contenedores de quinua"} | wrong)
    assert answer.status_code == 422
    if "note" not in wrong:
        assert "Dos contenedores de quinua" in answer.text
    assert "field--wrong" in answer.text
    assert _count() == 0


def test_new_keeps_the_file_of_a_refused_form_and_attaches_it(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    act = _event(client)
    invoice = (io.BytesIO(b"Factura 001-123"), "factura.txt")
    refused = _new(client, act, amount="mil", file=invoice)
    assert "factura.txt" in refused.text
    token = refused.text.split('name="file_token" value="')[1].split('"')[0]
    answer = _new(client, act, file_token=token)
    file = session().scalars(select(File)).one()
    assert (file.category, file.record_id) == (EVIDENCE, int(_id(answer)))
    page = client.get(answer.location).text
    assert "factura.txt" in page
    assert "sin evidencia" not in page


def test_new_without_evidence_is_taken_and_marked(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    act = _event(client)
    address = _new(client, act).location
    _new(client, act, grade="expected", amount="", outcome_type="investment")
    assert "sin evidencia" in client.get(address).text
    bare = client.get("/outcomes?evidence=without&grade=declared").text
    assert "Venta de exportación:" in bare
    assert "sin evidencia" in bare
    assert "Venta de exportación:" not in client.get("/outcomes?evidence=with").text
    form = {"file": (io.BytesIO(b"Declaraci\xc3\xb3n"), "declaracion.txt"), "category": EVIDENCE}
    assert client.post(f"/files/records/{_id_of(address)}", data=form).status_code == 303
    assert "sin evidencia" not in client.get(address).text
    assert "Venta de exportación:" in client.get("/outcomes?evidence=with").text


def _id_of(address: str) -> str:
    return address.rsplit("/", 1)[1]


def test_new_agreement_needs_no_amount(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    assert _new(client, _event(client), outcome_type="agreement", amount="").status_code == 303
    assert (_outcome().usd, _outcome().currency) == (None, None)


def test_new_names_the_rate_of_the_day_of_the_fact(sign_in: Any, cast: Cast) -> None:
    with write() as writing:
        writing.add(Rate(currency="PEN", on=date(2019, 3, 1), usd=Decimal("0.30"), source="SBS"))
        writing.add(Rate(currency="PEN", on=date(2019, 3, 9), usd=Decimal("0.99"), source="SBS"))
    client = sign_in(cast.officer)
    page = client.get(_new(client, _event(client), currency="PEN", amount="1,000.55", starts_on="2019-03-08").location)
    outcome = _outcome()
    assert (outcome.usd, outcome.rate_on, outcome.rate_source) == (Decimal("300.17"), date(2019, 3, 1), "SBS")
    for shown in ("S/ 1,000.55", "US$ 300.17", "0.3 US$", "01/03/2019", "SBS"):
        assert shown in page.text


def test_new_without_a_rate_says_so_at_the_currency(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    answer = _new(client, _event(client), currency="PEN", starts_on="1999-01-01")
    assert answer.status_code == 422
    assert 'id="currency-error"' in answer.text


def test_new_marks_an_unusual_amount_and_takes_it(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    act, firm = _event(client), _firm(client)
    usual = client.get(_new(client, act, organisation_id=firm, amount="1,000").location).text
    assert "compruebe los ceros" not in usual
    assert "cinco veces" not in usual
    assert "cinco veces" in client.get(_new(client, act, organisation_id=firm, amount="5,001").location).text
    assert "compruebe los ceros" in client.get(_new(client, act, amount="1,000,001").location).text
    assert "monto elevado" in client.get("/outcomes").text


def test_new_adds_firm_and_counterpart_in_place(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    _new(client, _event(client), organisation_id="+Café Selva Alta", counterpart_id="+Golden Harvest Foods")
    firms = session().scalars(select(Organisation).order_by(Organisation.title)).all()
    assert [(f.title, f.country, f.organisation_type) for f in firms] == [
        ("Café Selva Alta", "PE", "exporter"),
        ("Golden Harvest Foods", "US", "importer"),
    ]
    assert _outcome().title == "Venta de exportación: Café Selva Alta → Golden Harvest Foods"


def test_new_stands_on_the_pages_and_timelines_of_all_it_names(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    act, firm = _event(client), _firm(client)
    log = {"activity_type": "meeting", "who": ["+Rosa Quispe"]}
    visit = _id(client.post("/activities/log", data=log))
    rosa = str(session().scalars(select(Record.id).where(Record.kind == "contact")).one())
    _new(client, act, acts=[visit], organisation_id=firm, counterpart_id=rosa)
    assert _count(RecordLink) == 5  # the meeting with Rosa, and the outcome with its two acts, firm and counterpart
    for address in (f"/events/{act}", f"/organisations/{firm}", f"/contacts/{rosa}", f"/activities/{visit}"):
        page = client.get(address).text
        assert "Declarado" in page
        assert "US$ 12,500.00" in page
        assert 'id="outcomes"' in page
    for record in (act, firm, rosa):
        assert "Declarado · US$ 12,500.00" in client.get(f"/activities/timeline/{record}").text
    shown = client.get(f"/outcomes?act={act}").text
    assert "Rueda de negocios de alimentos" in shown
    assert "Agroandina" in shown


def test_new_keeps_expected_and_declared_apart_on_the_acts_page(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    act = _event(client)
    assert f"/outcomes/new?act={act}" in client.get(f"/events/{act}").text
    _new(client, act, grade="expected", amount="1,000.10")
    _new(client, act, grade="expected", amount="2,000.20")
    _new(client, act, grade="expected", amount="")
    _new(client, act, amount="400.00")
    page = client.get(f"/events/{act}").text
    assert "US$ 3,000.30" in page
    assert "US$ 400.00" in page
    assert "US$ 3,400.30" not in page
    assert "1 sin monto" in page


def test_new_counts_for_the_acts_post_when_headquarters_declares(sign_in: Any, cast: Cast) -> None:
    act = _event(sign_in(cast.officer))
    assert _new(sign_in(cast.promoter), act).status_code == 303
    assert _outcome().post_id == cast.officer.post_id
    shared = _event(sign_in(cast.officer), visibility="shared")
    address = _new(sign_in(cast.other_officer), shared).location
    assert session().get_one(Outcome, int(_id_of(address))).post_id == cast.other_officer.post_id


def test_new_is_for_writers(sign_in: Any, cast: Cast) -> None:
    act = _event(sign_in(cast.officer))
    for who in (cast.quality, cast.auditor, cast.admin):
        assert _new(sign_in(who), act).status_code == 403
    assert _new(sign_in(cast.other_officer), act).status_code == 422  # an act they do not see
    assert _count() == 0


def test_new_shows_hostile_texts_back_unchanged(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    text = "=HYPERLINK(1) <script>alert(1)</script> \u202eabc"
    page = client.get(_new(client, _event(client), note=text, organisation_id=f"+{text}").location).text
    assert page.count("&lt;script&gt;alert(1)") >= 2
    assert "<script>alert" not in page


def test_suggest_finds_acts_that_the_viewer_sees(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    act = _event(client)
    assert [row["value"] for row in client.get("/outcomes/suggest?q=alimentos").json] == [act]
    assert [row["value"] for row in client.get("/outcomes/suggest").json] == [act]
    assert sign_in(cast.other_officer).get("/outcomes/suggest?q=alimentos").json == []
    assert sign_in(cast.auditor).get("/outcomes/suggest").status_code == 403


def test_show_is_not_found_for_another_post(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    address = _new(client, _event(client)).location
    other = sign_in(cast.other_officer)
    for answer in (other.get(address), other.get(f"{address}/edit"), other.post(f"{address}/archive")):
        assert answer.status_code == 404
    assert "Venta de exportación:" not in other.get("/outcomes").text
    for who in (cast.auditor, cast.quality):
        reader = sign_in(who)
        assert reader.get(address).status_code == 200
        assert reader.get(f"{address}/edit").status_code == 403
        assert reader.post(f"{address}/archive").status_code == 403
    for who in (cast.colleague, cast.manager, cast.promoter, cast.hq_manager):
        assert sign_in(who).get(f"{address}/edit").status_code == 200
    assert sign_in(cast.admin).get(address).status_code == 403
    english = sign_in(cast.reader_en).get(address).text
    assert "without evidence" in english
    assert "1 Apr 2026" in english


def test_show_does_not_name_what_the_viewer_may_not_see(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    firm = _firm(client, "Empresa reservada", visibility="post")
    address = _new(client, _event(client), organisation_id=firm, visibility="shared").location
    other = sign_in(cast.other_officer)
    for page in (other.get(address).text, other.get("/outcomes").text, other.get("/find?q=reservada").text):
        assert "Empresa reservada" not in page
        assert "Rueda de negocios" not in page
    assert "Empresa reservada" in client.get(address).text


def test_edit_declares_what_was_expected(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    act = _event(client)
    address = _new(client, act, grade="expected", amount="").location
    page = client.get(f"{address}/edit?grade=declared").text
    assert 'name="grade" value="declared" checked' in page
    data = FEW | {"main_act_id": act, "sector_id": _sector(), "version": str(_outcome().version), "amount": "900"}
    assert client.post(f"{address}/edit", data=data | {"amount": ""}).status_code == 422
    assert client.post(f"{address}/edit", data=data).status_code == 303
    assert (_outcome().grade, _outcome().status, _outcome().usd) == ("declared", "declared", Decimal("900"))
    changed = [change for event in audit.history(session(), _outcome().id) for change in event.changes]
    grade = [(c.old, c.new) for c in changed if c.name == "grade" and c.old]
    assert grade == [("expected", "declared")]


def test_edit_moves_the_links(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    act, other, firm = _event(client), _event(client, title="Degustación"), _firm(client)
    address = _new(client, act, organisation_id=firm).location
    data = FEW | {"main_act_id": other, "sector_id": _sector(), "version": str(_outcome().version)}
    data |= {"organisation_id": ""}
    assert client.post(f"{address}/edit", data=data).status_code == 303
    links = session().scalars(select(RecordLink)).all()
    assert [(str(link.to_id), link.role) for link in links] == [(other, "led_to")]
    assert 'id="outcomes"' not in client.get(f"/organisations/{firm}").text


def test_edit_keeps_the_rate_until_amount_currency_or_day_change(sign_in: Any, cast: Cast) -> None:
    with write() as writing:
        writing.add(Rate(currency="PEN", on=date(2019, 3, 1), usd=Decimal("0.30"), source="SBS"))
    client = sign_in(cast.officer)
    act = _event(client)
    money = {"currency": "PEN", "amount": "1,000", "starts_on": "2019-03-08"}
    address = _new(client, act, **money).location
    with write() as writing:
        writing.add(Rate(currency="PEN", on=date(2019, 3, 5), usd=Decimal("0.40"), source="SBS"))
    data = FEW | money | {"main_act_id": act, "sector_id": _sector()}
    client.post(f"{address}/edit", data=data | {"version": str(_outcome().version), "note": "Igual"})
    assert _outcome().usd == Decimal("300")
    client.post(f"{address}/edit", data=data | {"version": str(_outcome().version), "starts_on": "2019-03-09"})
    assert _outcome().usd == Decimal("400")


def test_edit_of_an_old_version_is_shown_both(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    act = _event(client)
    address = _new(client, act).location
    data = FEW | {"main_act_id": act, "sector_id": _sector(), "version": str(_outcome().version)}
    assert client.post(f"{address}/edit", data=data | {"note": "Versión A"}).status_code == 303
    answer = client.post(f"{address}/edit", data=data | {"note": "Versión B", "amount": "7"})
    assert answer.status_code == 409
    assert "Versión A" in answer.text
    assert "Versión B" in answer.text


def test_edit_keeps_a_firm_that_the_editor_does_not_see(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    firm, act = _firm(client, "Empresa reservada"), _event(client)
    address = _new(client, act, organisation_id=firm).location
    with write() as writing:
        row = writing.get_one(Organisation, int(firm))
        row.visibility, row.owner_id = "team", cast.other_officer.id
    page = client.get(f"{address}/edit").text
    assert f'<option value="{firm}" selected>' in page
    assert ">Empresa reservada</option>" not in page
    data = FEW | {"main_act_id": act, "sector_id": _sector(), "version": str(_outcome().version)}
    assert client.post(f"{address}/edit", data=data | {"organisation_id": firm}).status_code == 303
    assert str(_outcome().organisation_id) == firm


def test_archive_takes_it_out_of_lists_and_sums_and_back(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    act = _event(client)
    address = _new(client, act).location
    assert client.post(f"{address}/archive").status_code == 303
    assert "Venta de exportación:" not in client.get("/outcomes").text
    assert "US$ 12,500.00" not in client.get(f"/events/{act}").text
    assert client.post(f"{address}/archive").status_code == 422
    assert client.post(f"{address}/unarchive").status_code == 303
    assert "US$ 12,500.00" in client.get(f"/events/{act}").text


def test_index_filters(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    act, sector = _event(client), session().get_one(Sector, int(_sector()))
    _new(client, act, organisation_id="+Uno SAC")
    _new(client, act, organisation_id="+Dos SAC", grade="expected", outcome_type="tourism", pillar="tourism",
         country="JP", year="2027", starts_on="2026-06-01")  # fmt: skip
    one, two = "Uno SAC", "Dos SAC"
    asked = {
        "outcome_type=export_sale": one, "grade=declared": one, "pillar=tourism": two, "country=JP": two,
        "year=2027": two, "since=2026-05-01": two, "until=2026-05-01": one, "view=mine&grade=expected": two,
    }  # fmt: skip
    for query, name in asked.items():
        page = client.get(f"/outcomes?{query}").text
        assert name in page, query
        assert {one: two, two: one}[name] not in page, query
    for query in (f"sector={sector.parent_id}", f"sector={sector.id}", f"post={cast.officer.post_id}", "sort=recent"):
        page = client.get(f"/outcomes?{query}").text
        assert one in page
        assert two in page
    for nonsense in ("year=²", "year=99999999999999999999", "sector=x", "act=-1", "post=²", "since=x"):
        assert client.get(f"/outcomes?{nonsense}").status_code == 200
    assert "Resultados" in client.get("/find?q=resultad").text
    assert "/outcomes/new" in client.get("/find?q=declarar").text


def test_a_future_expectation_is_converted_by_the_rate_of_today(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    day = (date.today() + timedelta(days=200)).isoformat()
    assert _new(client, _event(client), grade="expected", currency="PEN", starts_on=day).status_code == 303
    outcome = _outcome()
    assert outcome.rate_on
    assert outcome.rate_on <= date.today() + timedelta(days=1)
