"""Contacts through HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from promo.contacts.models import Contact
from promo.core.db import session
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("session")

FORM = {"family_name": "Quispe Mamani", "given_name": "Rosa", "name_order": "given_first", "source": "in_person"}
FORM |= {"visibility": "shared", "country": "PE"}
LI = {"family_name": "李", "given_name": "明", "romanised": "Li Ming", "name_order": "family_first", "country": "CN"}


def _add(client: Any, **values: Any) -> Any:
    return client.post("/contacts/new", data=FORM | values)


def _stored() -> list[Contact]:
    return list(session().scalars(select(Contact).order_by(Contact.id)))


def test_new_writes_the_name_in_the_order_of_its_culture(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    page = client.get(_add(client, **LI).location).text
    assert "李明 (Li Ming)" in page
    assert _stored()[0].title == "李明"


def test_new_keeps_positions_addresses_and_consent(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    firm = client.post(
        "/organisations/new",
        data={"title": "Golden Harvest", "organisation_type": "importer", "country": "US", "visibility": "shared"},
    ).location.rsplit("/", 1)[1]
    answer = _add(
        client,
        **{
            "positions-0-organisation_id": firm,
            "positions-0-title": "Buyer",
            "positions-0-since": "2024-02-29",
            "emails-0": "Rosa@Golden.Example",
            "phones-0": "+1 310 555 0134",
            "languages": ["es", "qu"],
            "consent_purpose": "mailing",
            "consent_on": "2026-11-01",
        },
    )
    assert answer.status_code == 303
    (rosa,) = _stored()
    assert (rosa.position, rosa.organisation_id) == ("Buyer", int(firm))
    assert [e.address for e in rosa.emails] == ["rosa@golden.example"]
    assert (rosa.consent_state, [c.purpose for c in rosa.consents]) == ("given", ["mailing"])
    assert "Rosa Quispe Mamani" in client.get(f"/organisations/{firm}").text


def test_suggest_names_the_firm_beside_the_person(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    data = {"title": "Golden Harvest", "organisation_type": "importer", "country": "US", "visibility": "shared"}
    firm = client.post("/organisations/new", data=data).location.rsplit("/", 1)[1]
    _add(client, **{"positions-0-organisation_id": firm, "positions-0-title": "Buyer"})
    (found,) = client.get("/contacts/suggest?q=quispe").json
    assert found["hint"] == "Buyer · Golden Harvest"


def test_edit_keeps_a_firm_that_the_writer_may_not_see(sign_in: Any, cast: Cast) -> None:
    theirs, ours = sign_in(cast.other_officer), sign_in(cast.officer)
    data = {"title": "Golden Harvest", "organisation_type": "importer", "country": "JP", "visibility": "post"}
    firm = theirs.post("/organisations/new", data=data).location.rsplit("/", 1)[1]
    _add(theirs, **{"positions-0-organisation_id": firm, "positions-0-title": "Buyer"})
    (rosa,) = _stored()
    rows = {"positions-0-id": str(rosa.positions[0].id), "positions-0-organisation_id": ""}
    rows |= {"positions-0-title": "Head buyer", "version": str(rosa.version)}
    assert ours.post(f"/contacts/{rosa.id}/edit", data=FORM | rows).status_code == 303
    (rosa,) = _stored()
    assert (rosa.position, rosa.organisation_id) == ("Head buyer", int(firm))


def test_new_refused_keeps_rows_and_choices(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    answer = _add(client, **{"emails-0": "wrong", "phones-0": "+51 1 234 5678", "languages": ["qu"]})
    assert answer.status_code == 422
    assert "wrong" in answer.text
    assert "+51 1 234 5678" in answer.text
    assert _stored() == []


def test_find_answers_in_any_script_by_part_of_a_word(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    _add(client, **LI)
    _add(client, family_name="Ñahui Ccori", given_name="Inti")
    expected = {"李明": "李明", "li": "李明", "ahui": "Ñahui", "INTI ñah": "Ñahui", "CT-CG-US": "Ñahui"}
    for typed, name in expected.items():
        assert name in client.get("/find", query_string={"q": typed}, headers={"HX-Request": "true"}).text, typed


def test_similar_is_found_by_e_mail_telephone_and_name(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    _add(client, **{"emails-0": "rosa@firm.example", "phones-0": "+51 987 654 321"})
    other = sign_in(cast.other_officer)
    assert "Rosa" in other.get("/contacts/similar?family_name=Zzz&phones-0=987654321&country=PE").text
    assert other.get("/contacts/similar?family_name=Zzz&phones-0=98").text.strip() == ""
    assert "Rosa" in other.get("/contacts/similar?family_name=Zzz&emails-0=rosa@firm.example").text
    assert "Rosa" in other.get("/contacts/similar?family_name=Quispe+Mamany&given_name=Rosa").text
    assert other.get("/contacts/similar?family_name=Tanaka&given_name=Yuki").text.strip() == ""


def test_index_shows_the_next_page_from_its_place(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    for number in range(53):
        _add(client, given_name=f"Rosa{number:02}")
    first = client.get("/contacts")
    assert first.text.count("<tr data-row") == 50
    more = first.text.split('class="pager"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    assert client.get(more).text.count("<tr data-row") == 3
