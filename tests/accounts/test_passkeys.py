"""Passkeys, by a device made of software: registered, used alone and as the second step, refused when not right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from promo import config
from promo.accounts import ceremony, passkeys
from promo.accounts.models import Passkey
from tests.accounts.authenticator import Authenticator
from tests.accounts.signing_in import is_in, sign_in_as
from tests.cast import PASSWORD


def _add(browser, device, name="Mi teléfono", password=PASSWORD):
    asked = browser.post("/accounts/me/passkey_options", json={"passkey-name": name, "passkey-current": password})
    if asked.status_code != 200:
        return asked
    return browser.post("/accounts/me/add_passkey", json={"credential": device.create(asked.json)})


def _use(browser, authenticator, **sent):
    asked = browser.post("/login/passkey_options", json=sent)
    return browser.post("/login/passkey", json={**sent, "credential": authenticator.get(asked.json)})


def test_a_passkey_opens_the_account_alone(cast, sign_in, client, session):
    device = Authenticator()
    assert _add(sign_in(cast.manager), device).status_code == 200
    answer = _use(client, device, device="own", next="/accounts/access")
    assert answer.json == {"next": "/accounts/access"}
    assert is_in(client), "the manager needs no other step: the device has checked its owner"
    kept = session.scalars(select(Passkey)).one()
    assert (kept.name, kept.sign_count, kept.transports) == ("Mi teléfono", 1, ["internal"])
    assert kept.used_at is not None


def test_a_device_that_does_not_check_its_owner_is_a_second_step_only(cast, sign_in, client):
    device = Authenticator(verifies=False)
    _add(sign_in(cast.officer), device)
    assert _use(client, device).status_code == 422
    assert sign_in_as(client, cast.officer).location == "/login/second"
    assert _use(client, device, step="second").status_code == 200
    assert is_in(client)


def test_adding_one_needs_the_password(cast, sign_in, session):
    browser = sign_in(cast.officer)
    refused = _add(browser, Authenticator(), password="not this one")
    assert refused.status_code == 422
    assert refused.json["message"]
    assert _add(browser, Authenticator(), name="").status_code == 422
    assert session.scalars(select(Passkey)).all() == []


def test_an_answer_for_another_site_is_worth_nothing(cast, sign_in, client):
    assert _add(sign_in(cast.officer), Authenticator("https://evil.example")).status_code == 422
    device = Authenticator()
    _add(sign_in(cast.officer), device)
    device.origin = "https://evil.example"
    assert _use(client, device).status_code == 422
    assert not is_in(client)


def test_an_answer_works_once_and_for_five_minutes(cast, sign_in, client, app):
    device = Authenticator()
    _add(sign_in(cast.officer), device)
    asked = client.post("/login/passkey_options", json={})
    answer = device.get(asked.json)
    other = app.test_client()
    assert other.post("/login/passkey", json={"credential": answer}).status_code == 422, "another browser's question"
    assert client.post("/login/passkey", json={"credential": answer}).status_code == 200
    assert client.post("/login/passkey", json={"credential": answer}).status_code == 422
    with time_machine.travel(datetime(2026, 11, 24, 17, 0, tzinfo=UTC), tick=False) as traveller:
        late = other.post("/login/passkey_options", json={})
        traveller.shift(timedelta(minutes=6))
        assert other.post("/login/passkey", json={"credential": device.get(late.json)}).status_code == 422


def test_anothers_passkey_is_not_a_second_step(cast, sign_in, client):
    mine, theirs = Authenticator(), Authenticator()
    _add(sign_in(cast.officer), mine)
    _add(sign_in(cast.colleague), theirs)
    sign_in_as(client, cast.officer)
    assert _use(client, theirs, step="second").status_code == 422
    assert not is_in(client)


def test_a_copied_passkey_whose_count_goes_back_is_refused(cast, sign_in, client, app):
    device = Authenticator()
    _add(sign_in(cast.officer), device)
    device.uses = 40
    assert _use(client, device).status_code == 200
    device.uses = 3
    assert _use(app.test_client(), device).status_code == 422


def test_unknown_and_damaged_answers_are_refused(client):
    assert _use(client, Authenticator()).status_code == 422
    damaged: object
    for damaged in (None, [], "x", {"credential": 7}, {"credential": {"id": 3}}, {"credential": {"id": "a\x00"}}):
        assert client.post("/login/passkey", json=damaged).status_code == 422
    assert client.post("/login/passkey", data="{", content_type="application/json").status_code == 422


def test_a_role_that_needs_a_second_step_may_take_a_passkey_for_it(cast, client, app):
    device = Authenticator()
    sign_in_as(client, cast.manager, next="/accounts/access")
    asked = client.post("/login/new_passkey_options", json={})
    done = client.post("/login/new_passkey", json={"credential": device.create(asked.json)})
    assert done.json == {"next": "/accounts/access"}
    assert is_in(client)
    other = app.test_client()
    assert sign_in_as(other, cast.manager).location == "/login/second"
    assert other.post("/login/new_passkey_options", json={}).status_code == 422, "the password alone adds no other"


def test_removing_ones_own_only_and_not_the_last_that_is_needed(cast, sign_in, session):
    owner, colleague = sign_in(cast.officer), sign_in(cast.colleague)
    _add(owner, Authenticator())
    id_ = session.scalars(select(Passkey.id)).one()
    assert colleague.post(f"/accounts/me/{id_}/remove_passkey").status_code == 404
    assert owner.post(f"/accounts/me/{id_}/remove_passkey").status_code == 303
    manager = sign_in(cast.manager)
    _add(manager, Authenticator())
    last = session.scalars(select(Passkey.id)).one()
    assert manager.post(f"/accounts/me/{last}/remove_passkey").status_code == 422


def test_a_site_without_a_name_says_so(client, monkeypatch):
    monkeypatch.setattr(config, "_current", config.settings().model_copy(update={"base_url": "http://10.0.0.7:5000"}))
    monkeypatch.setattr(ceremony, "site", lambda: passkeys.site("http://127.0.0.1:5000/"))
    assert client.post("/login/passkey_options", json={}).status_code == 422
    assert "data-webauthn" not in client.get("/login").text


@pytest.mark.parametrize(
    ("settings", "asked", "origin"),
    [
        ("https://promo.example", "http://127.0.0.1:8000/", "https://promo.example"),
        ("http://127.0.0.1:5000", "http://localhost:5000/", "http://localhost:5000"),
        ("http://[::1]:5000", "http://10.1.2.3/", None),
    ],
)
def test_passkeys_are_made_for_the_name_in_the_settings_else_of_the_address(app, monkeypatch, settings, asked, origin):
    monkeypatch.setattr(config, "_current", config.settings().model_copy(update={"base_url": settings}))
    here = passkeys.site(asked)
    assert (here.origin if here else None) == origin
