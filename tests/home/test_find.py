"""Find anything: by a whole reference, by a part of one, by a part of a word."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from promo.contacts.models import Contact
from promo.core.db import session
from tests.browser_like import Client
from tests.cast import Cast
from tests.pages import Page

pytestmark = pytest.mark.usefixtures("session")


def _contact(client: Client, name: str, visibility: str = "shared") -> str:
    form = {"family_name": name, "name_order": "given_first", "source": "in_person", "visibility": visibility}
    assert client.post("/contacts/new", data=form).status_code == 303
    return session().scalars(select(Contact.reference).where(Contact.title == name)).one()


def _found(client: Client, typed: str) -> list[str]:
    """The names of what is found, without the commands."""
    page = Page(client.get("/find", query_string={"q": typed}, headers={"HX-Request": "true"}).text)
    return [e.text for e in page.all("a") if e["href"].startswith("/contacts/") and e["href"] != "/contacts/new"]


def test_a_whole_reference_finds_its_record_alone(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.officer)
    first, second = _contact(client, "Zarumilla"), _contact(client, "Chuquiago")
    for typed in (first, first.lower(), f" {first} "):
        (found,) = _found(client, typed)
        assert "Zarumilla" in found
    assert first[:-4] == second[:-4]
    assert len(_found(client, first[:-2])) == 2
    assert _found(client, f"{first}0") == []


def test_the_reference_of_what_one_may_not_see_finds_nothing(sign_in: Any, cast: Cast) -> None:
    hidden = _contact(sign_in(cast.officer), "Zarumilla", "team")
    assert _found(sign_in(cast.colleague), hidden) == []
    assert len(_found(sign_in(cast.officer), hidden)) == 1
