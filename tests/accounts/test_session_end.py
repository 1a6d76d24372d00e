"""A session that ends while one writes: a page leads to sign-in, a script is told, a form is kept."""

from __future__ import annotations

import re

import pytest

from tests.accounts.signing_in import found_in, sign_in_as


def test_a_page_leads_to_sign_in_and_back(client):
    assert client.get("/contacts?q=li&view=mine").location == "/login?next=/contacts?q%3Dli%26view%3Dmine"


@pytest.mark.parametrize("header", [{"HX-Request": "true"}, {"X-Requested-With": "fetch"}])
def test_a_script_is_told_by_a_header(client, header):
    for answer in (client.get("/contacts", headers=header), client.post("/contacts/new", headers=header)):
        assert answer.status_code == 401
        assert answer.headers["X-Promo-Signin"] == "1"


def test_a_form_is_kept_and_sent_again_after_sign_in(client, cast):
    sign_in_as(client, cast.officer)
    text = 'Línea 1\r\nLínea 2 <b>&"quoted"</b> 李明'
    client.delete_cookie("promo_device")
    form = {"title": "Agroandina", "about": text, "sectors": ["1", "2"], "password": "secret-word"}
    kept = client.post("/organisations/new", data=form)
    assert kept.status_code == 401
    assert "secret-word" not in kept.text
    assert re.findall(r'type="hidden" name="sectors" value="(\d)"', kept.text) == ["1", "2"]
    assert "&lt;b&gt;&amp;&#34;quoted&#34;&lt;/b&gt; 李明" in kept.text
    assert 'action="/organisations/new' in kept.text
    token = found_in(r'data-signin-first>\s*<input type="hidden" name="csrf_token" value="([^"]+)"', kept.text)
    assert sign_in_as(client, cast.officer, next="/login/back").location == "/login/back"
    assert client.get("/login/back").status_code == 200
    client.csrf = False
    sent = client.post("/organisations/new", data={**form, "csrf_token": token})
    assert sent.status_code == 422, "the form itself answers now, with what it misses"
    assert "Agroandina" in sent.text


def test_nobody_is_sent_back_who_is_not_signed_in(client):
    assert client.get("/login/back").location == "/login"


def test_ending_one_session_leaves_the_others(cast, sign_in, client):
    here, there = sign_in(cast.officer), sign_in(cast.officer)
    page = here.get("/accounts/me/sessions").text
    (other,) = re.findall(r"/accounts/me/(\d+)/end_session", page)
    assert sign_in(cast.colleague).post(f"/accounts/me/{other}/end_session").status_code == 404
    assert here.post(f"/accounts/me/{other}/end_session").status_code == 303
    assert here.get("/accounts/me").status_code == 200
    assert there.get("/accounts/me").status_code == 303


def test_ending_all_others_and_changing_the_password_leave_this_one(cast, sign_in):
    here, there = sign_in(cast.officer), sign_in(cast.officer)
    here.post("/accounts/me/end_other_sessions")
    assert there.get("/accounts/me").status_code == 303
    again = sign_in(cast.officer)
    typed = {"password-current": cast.officer.password, "password-password": "maíz morado con canela"}
    assert here.post("/accounts/me/password", data=typed).status_code == 303
    assert here.get("/accounts/me").status_code == 200
    assert again.get("/accounts/me").status_code == 303


def test_signing_out_ends_the_session_on_the_server(cast, sign_in, app):
    browser = sign_in(cast.officer)
    token = browser.get_cookie("promo_device").value
    browser.post("/logout")
    copy = app.test_client()
    copy.set_cookie("promo_device", token)
    assert copy.get("/accounts/me").status_code == 303
