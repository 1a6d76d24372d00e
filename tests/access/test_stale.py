"""A form that was open while somebody else saved: both texts are shown for every kind, and neither is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from promo.core.records import kind as kind_of
from promo.core.records import kinds
from tests import database, world
from tests.access import ministry
from tests.access.hostile import forms
from tests.access.ministry import Ministry
from tests.browser_like import Client
from tests.cast import Cast
from tests.pages import Page

FIELD = {"organisation": "city", "contact": "given_name", "activity": "text", "event": "objective",
         "mission": "objective", "outcome": "note"}  # fmt: skip


@pytest.fixture(scope="module")
def settled(made: tuple[Flask, Cast], place: database.Place) -> Iterator[tuple[Ministry, Client]]:
    app, cast = made
    with app.app_context():
        everything = ministry.settle(cast)
    client = app.test_client()
    assert isinstance(client, Client)
    world.sign_in(client, cast.colleague)
    yield everything, client
    world.clean(app, place)


def test_every_kind_is_here(settled: tuple[Ministry, Client]) -> None:
    assert {kind.name for kind in kinds()} == set(FIELD)


@pytest.mark.parametrize("name", FIELD)
def test_edit_of_an_old_version_shows_both_and_saves_the_chosen(settled: tuple[Ministry, Client], name: str) -> None:
    everything, client = settled
    address = f"/{kind_of(name).blueprint}/{everything.ids[name, 'home', 'shared']}/edit"
    seen = _form(client.get(address).text, address)
    assert _send(client, address, seen.with_(FIELD[name], "Texto de la otra")).status_code == 303
    late = _send(client, address, seen.with_(FIELD[name], "Texto <b>mío</b>"))
    assert late.status_code == 409
    assert "Texto de la otra" in late.text
    assert "Texto &lt;b&gt;mío&lt;/b&gt;" in late.text
    again = _form(late.text, address)
    assert _send(client, address, again.values).status_code == 303
    stored = _form(client.get(address).text, address)
    assert dict(stored.values)[FIELD[name]] == "Texto <b>mío</b>"
    unchanged = {n: v for n, v in stored.values if n not in (FIELD[name], "version")}
    assert unchanged == {n: v for n, v in seen.values if n not in (FIELD[name], "version")}


def _form(html: str, address: str) -> Any:
    (found,) = (form for form in forms(Page(html)) if form.action == address)
    return found


def _send(client: Client, address: str, values: list[tuple[str, str]]) -> Any:
    sent: dict[str, list[str]] = {}
    for name, value in values:
        sent.setdefault(name, []).append(value)
    return client.post(address, data=sent)
