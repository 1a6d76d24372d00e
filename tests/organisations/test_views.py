"""Organisations through HTTP: what people can do, and what they are told."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from promo.core.db import session
from promo.organisations.models import Organisation
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("session")

FORM = {"title": "Agroandina Export S.A.C.", "organisation_type": "exporter", "country": "PE", "visibility": "shared"}


def _add(client: Any, **values: Any) -> Any:
    return client.post("/organisations/new", data=FORM | values)


def _stored() -> list[Organisation]:
    return list(session().scalars(select(Organisation).order_by(Organisation.id)))


def test_new_keeps_everything_typed(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    answer = _add(
        client,
        tax_id="20-10004721-8",
        web="agroandina.example",
        trading_names="Sumaq\r\nAndes Gold",
        products=["100850", "081040"],
        **{"phones-0": "01 234 5678", "certifications-0-name": "HACCP", "certifications-0-valid_until": "2027-05-01"},
    )
    assert answer.status_code == 303
    (found,) = _stored()
    assert (found.reference, found.tax_id, found.web) == (
        "OR-CG-US-LAX-2026-0001",
        "20100047218",
        "https://agroandina.example",
    )
    assert found.trading_names == ["Sumaq", "Andes Gold"]
    assert sorted(p.hs_code for p in found.products) == ["081040", "100850"]
    assert [p.number for p in found.phones] == ["+5112345678"]
    page = client.get(answer.location).text
    for shown in ("Agroandina Export S.A.C.", "HACCP", "Andes Gold", "20100047218"):
        assert shown in page


def test_new_pressed_twice_makes_one(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    first, second = (_add(client, idempotency_key="pressed") for _ in range(2))
    assert first.location == second.location
    assert len(_stored()) == 1


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("tax_id", "20100047219", "RUC"),
        ("web", "not an address", "www.example.com"),
        ("email", "nobody", "name@example.com"),
        ("phones-0", "12", "12"),
        ("title", "", "title"),
        ("title", "x" * 301, "300"),
        ("title", "nul\x00inside", "control"),
        ("title", "<script>" * 200_000, "300"),
        ("country", "XX", "country"),
    ],
)
def test_new_with_bad_input_says_so_at_the_field(sign_in: Any, cast: Cast, field: str, value: str, told: str) -> None:
    client = sign_in(cast.reader_en)
    answer = _add(client, **{"city": "Ica la Grande", field: value})
    assert answer.status_code == 422
    assert told in answer.text
    assert "field__error" in answer.text
    assert "Ica la Grande" in answer.text, "what was typed is still there"
    assert _stored() == []


@pytest.mark.parametrize("hostile", ['=HYPERLINK("http://x")', "<b>bold</b>", "\u202eright to left", "{{ 7 * 7 }}"])
def test_new_stores_hostile_text_and_shows_it_escaped(sign_in: Any, cast: Cast, hostile: str) -> None:
    client = sign_in(cast.officer)
    answer = _add(client, title=hostile)
    assert answer.status_code == 303
    assert _stored()[0].title == hostile
    assert "<b>bold" not in client.get(answer.location).text


def test_edit_of_a_version_saved_since_keeps_both(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    address = _add(client).location
    assert client.post(f"{address}/edit", data=FORM | {"version": "1", "city": "Ica"}).status_code == 303
    stale = client.post(f"{address}/edit", data=FORM | {"version": "1", "city": "Pisco"})
    assert stale.status_code == 409
    assert "Ica" in stale.text
    assert "Pisco" in stale.text
    assert _stored()[0].city == "Ica"


def test_archive_takes_it_from_the_lists_and_unarchive_brings_it_back(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    address = _add(client).location
    assert client.post(f"{address}/archive").status_code == 303
    assert "Agroandina" not in client.get("/organisations").text.split("toast")[0]
    client.post(f"{address}/unarchive")
    assert "Agroandina" in client.get("/organisations").text


def test_show_of_a_team_record_is_not_found_for_others(sign_in: Any, cast: Cast) -> None:
    address = _add(sign_in(cast.officer), visibility="team").location
    assert sign_in(cast.officer).get(address).status_code == 200
    for other in (cast.colleague, cast.other_officer, cast.promoter, cast.admin):
        assert sign_in(other).get(address).status_code in (403, 404)
    assert sign_in(cast.auditor).get(address).status_code == 200


def test_similar_names_only_the_post_of_a_hidden_one(sign_in: Any, cast: Cast) -> None:
    _add(sign_in(cast.officer), visibility="team")
    told = sign_in(cast.other_officer).get("/organisations/similar?title=Agroandina+Exports+SAC").text
    assert "Agroandina" not in told
    assert "Los Ángeles" in told


def test_edit_is_forbidden_to_those_who_only_read(sign_in: Any, cast: Cast) -> None:
    address = _add(sign_in(cast.officer)).location
    for reader in (cast.auditor, cast.quality):
        assert sign_in(reader).get(address).status_code == 200
        assert sign_in(reader).post(f"{address}/edit", data=FORM | {"version": "1"}).status_code == 403


def test_index_finds_without_accents_and_filters(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    _add(client, title="Ñusta Café E.I.R.L.")
    _add(client, title="Golden Harvest Foods", country="US", organisation_type="importer")
    assert "Ñusta" in client.get("/organisations?q=nusta").text
    assert "Ñusta" in client.get("/organisations?q=CAFÉ").text
    assert "Ñusta" not in client.get("/organisations?country=US").text.split("<tbody")[1]
    assert "Golden" in client.get("/organisations?country=US&organisation_type=importer").text


def test_index_offers_its_filters_in_the_readers_language(sign_in: Any, cast: Cast) -> None:
    for member, word in ((cast.officer, "Exportador"), (cast.reader_en, "Exporter")):
        assert f">{word}</option>" in sign_in(member).get("/organisations").text
