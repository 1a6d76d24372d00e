"""Signing in: password, device, lock-out, where one goes next, forgotten passwords."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from promo import config
from promo.accounts import security
from promo.accounts.models import FailedSignIn, Person, SignIn
from promo.accounts.wiring import COOKIE
from promo.core.db import write
from promo.core.outbox import Mail
from tests.accounts.signing_in import found_in, is_in, sign_in_as

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)


def test_a_plain_client_signs_in_with_the_token_of_the_page(client, cast):
    client.csrf = False
    token = found_in(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    answer = sign_in_as(client, cast.officer, csrf_token=token)
    assert (answer.status_code, answer.location) == (303, "/")
    assert is_in(client)


def test_without_the_token_nobody_signs_in(client, cast):
    client.csrf = False
    assert sign_in_as(client, cast.officer).status_code == 400


def test_own_device_stays_for_thirty_days_from_its_last_use(client, cast):
    with time_machine.travel(NOON, tick=False) as traveller:
        answer = sign_in_as(client, cast.officer, device="own")
        assert f"Max-Age={30 * 24 * 3600}" in answer.headers["Set-Cookie"]
        traveller.shift(timedelta(days=29))
        renewed = client.post("/accounts/theme", data={"theme": "dark"})
        assert f"Max-Age={30 * 24 * 3600}" in renewed.headers["Set-Cookie"]
        traveller.shift(timedelta(days=29))
        assert client.post("/accounts/theme", data={"theme": "auto"}).status_code == 204
        traveller.shift(timedelta(days=31))
        assert client.post("/accounts/theme", data={"theme": "dark"}).status_code == 401


def test_shared_computer_ends_after_fifteen_idle_minutes(client, cast):
    with time_machine.travel(NOON, tick=False) as traveller:
        answer = sign_in_as(client, cast.officer, device="shared")
        assert "Max-Age" not in next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith(COOKIE))
        for _ in range(3):
            traveller.shift(timedelta(minutes=14))
            assert client.post("/accounts/theme", data={"theme": "dark"}).status_code == 204
        traveller.shift(timedelta(minutes=15, seconds=1))
        assert client.post("/accounts/theme", data={"theme": "dark"}).status_code == 401


def test_no_page_stays_in_the_browser(client, cast):
    sign_in_as(client, cast.officer, device="shared")
    assert client.get("/accounts/me").headers["Cache-Control"] == "no-store"
    assert "storage" in client.post("/logout").headers["Clear-Site-Data"]


def test_a_wrong_password_and_an_unknown_name_read_the_same(client, cast):
    wrong = sign_in_as(client, cast.officer, password="not this one")
    unknown = client.post("/login", data={"email": "nobody@promo.example", "password": "not this one"})
    mask = re.compile(r'value="[^"]*"|X-CSRFToken": "[^"]*"|href="[^"]*"|&#34;[^&]*&#34;')
    assert wrong.status_code == unknown.status_code == 422
    assert mask.sub("", wrong.text) == mask.sub("", unknown.text)


def test_what_was_typed_stays_but_the_password(client, cast):
    answer = sign_in_as(client, cast.officer, password="not this one", device="shared")
    assert cast.officer.email in answer.text
    assert "not this one" not in answer.text
    assert re.search(r'value="shared" checked', answer.text)


@pytest.mark.parametrize("email", ["", "x" * 300 + "@promo.example", "a\x00b@promo.example", "<script>", "‮oof"])
def test_hostile_names_are_answered_at_the_field(client, email):
    assert client.post("/login", data={"email": email, "password": "whatever it is"}).status_code == 422


def test_a_deactivated_person_does_not_get_in(client, cast, session):
    with write() as writing:
        writing.get_one(Person, cast.officer.id).active = False
    assert sign_in_as(client, cast.officer).status_code == 422


def _fail(client, member, times):
    return [sign_in_as(client, member, password="not this one").status_code for _ in range(times)]


def test_repeated_failures_must_wait_and_the_right_password_works_after_it(client, cast):
    with time_machine.travel(NOON, tick=False) as traveller:
        assert _fail(client, cast.officer, 5) == [422] * 5
        locked = sign_in_as(client, cast.officer)
        assert locked.status_code == 429
        assert locked.headers["Retry-After"] == "16"
        assert "16" in locked.text
        traveller.shift(timedelta(seconds=17))
        assert sign_in_as(client, cast.officer).status_code == 303


def test_each_further_failure_waits_longer_up_to_a_quarter_of_an_hour(client, cast):
    waits = []
    with time_machine.travel(NOON, tick=False) as traveller:
        _fail(client, cast.officer, 4)
        for _ in range(9):
            _fail(client, cast.officer, 1)
            waits.append(int(sign_in_as(client, cast.officer).headers["Retry-After"]) - 1)
            traveller.shift(timedelta(seconds=waits[-1] + 1))
    assert waits == [15, 30, 60, 120, 240, 480, 900, 900, 900]


def test_one_is_not_locked_by_failures_on_others_or_from_elsewhere(client, cast, app):
    with time_machine.travel(NOON, tick=False):
        _fail(client, cast.officer, 6)
        assert sign_in_as(client, cast.colleague).status_code == 303
        elsewhere = app.test_client()
        elsewhere.environ_base["REMOTE_ADDR"] = "203.0.113.9"
        assert sign_in_as(elsewhere, cast.officer).status_code == 303


def test_failures_are_forgotten_after_success_and_after_a_day(client, cast, session):
    with time_machine.travel(NOON, tick=False) as traveller:
        _fail(client, cast.officer, 3)
        sign_in_as(client, cast.officer)
        assert session.scalar(select(func.count()).select_from(FailedSignIn)) == 0
        _fail(client, cast.colleague, 4)
        traveller.shift(timedelta(days=1, seconds=1))
        assert _fail(client, cast.colleague, 2) == [422, 422]


@pytest.mark.parametrize(
    ("asked", "goes"),
    [
        ("/contacts?q=li", "/contacts?q=li"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_one_goes_on_only_to_this_site(client, cast, asked, goes):
    assert sign_in_as(client, cast.officer, next=asked).location == goes


def test_who_is_signed_in_goes_on(client, cast):
    sign_in_as(client, cast.officer)
    assert client.get("/login?next=/accounts/access").location == "/accounts/access"


def test_only_a_digest_of_the_token_is_kept(client, cast, session):
    sign_in_as(client, cast.officer)
    cookie = client.get_cookie(COOKIE)
    kept = session.scalars(select(SignIn.token_digest)).one()
    assert kept == security.digest(cookie.value)
    assert cookie.value not in kept
    assert cookie.http_only


def test_finding_who_asks_takes_one_statement(client, cast):
    sign_in_as(client, cast.officer)
    client.post("/accounts/theme", data={"theme": "nonsense"})
    asked = [s for s in client.last.statements if "sign_in" in s or "person_role" in s]
    assert len(asked) == 1, asked


def test_language_before_and_after_signing_in(client, cast):
    assert "Contraseña" in client.get("/login", headers={"Accept-Language": "es-PE"}).text
    client.post("/accounts/language", data={"locale": "en", "next": "/login"})
    assert "Password" in client.get("/login", headers={"Accept-Language": "es-PE"}).text
    sign_in_as(client, cast.officer)
    client.post("/accounts/language", data={"locale": "en", "next": "//evil.example"})
    assert "My account" in client.get("/accounts/me").text
    assert client.post("/accounts/language", data={"locale": "xx"}).status_code == 400


def _link(session) -> str:
    text = session.scalars(select(Mail.text).order_by(Mail.id.desc())).first()
    return found_in(r"http://localhost(/login/reset/\S+)", text)


def test_a_forgotten_password_is_chosen_anew_by_a_link_that_works_once(client, cast, session, sign_in):
    elsewhere = sign_in(cast.officer)
    assert client.post("/login/forgotten", data={"email": cast.officer.email.upper()}).status_code == 200
    link = _link(session)
    assert client.post(link, data={"password": "too short"}).status_code == 422
    assert client.post(link, data={"password": "maíz morado con canela"}).location == "/login"
    assert not is_in(elsewhere)
    assert client.get(link).status_code == 410
    assert sign_in_as(client, cast.officer).status_code == 422
    assert sign_in_as(client, cast.officer, password="maíz morado con canela").status_code == 303


def test_a_link_is_over_after_two_hours(client, cast, session):
    with time_machine.travel(NOON, tick=False) as traveller:
        client.post("/login/forgotten", data={"email": cast.officer.email})
        link = _link(session)
        traveller.shift(timedelta(hours=1, minutes=59))
        assert client.get(link).status_code == 200
        traveller.shift(timedelta(minutes=2))
        assert client.get(link).status_code == 410
        assert client.post(link, data={"password": "maíz morado con canela"}).status_code == 410


def test_a_link_that_was_tampered_with_is_worth_nothing(client):
    assert client.get("/login/reset/WzEsIngiLDBd.abc.def").status_code == 410


def test_asking_often_or_for_nobody_sends_nothing_more(client, cast, session):
    with time_machine.travel(NOON, tick=False):
        answers = [client.post("/login/forgotten", data={"email": cast.officer.email}) for _ in range(3)]
        unknown = client.post("/login/forgotten", data={"email": "nobody@promo.example"})
    assert session.scalar(select(func.count()).select_from(Mail)) == 1
    mask = re.compile(r'value="[^"]*"|X-CSRFToken": "[^"]*"|&#34;[^&]*&#34;')
    assert mask.sub("", answers[0].text) == mask.sub("", unknown.text)


def test_the_message_is_in_the_persons_language(client, cast, session):
    client.post("/login/forgotten", data={"email": cast.reader_en.email})
    assert "new password" in session.scalars(select(Mail.subject)).one()


def test_the_demonstration_offers_its_people_at_one_press(client, cast, monkeypatch):
    assert "demo_logins" not in client.get("/login").text
    settings = config.settings()
    monkeypatch.setattr(config, "_current", settings.model_copy(update={"demo": True}))
    assert client.get("/login").text.count("demo_logins__one") == len(list(cast))
