"""The second step: an authenticator app, codes on paper; who needs one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from promo import config
from promo.accounts.models import Person, PersonRole
from promo.core.db import write
from tests.accounts.signing_in import code_of, codes_on, found_in, is_in, letters_on, set_up_app, sign_in_as
from tests.cast import PASSWORD, SINCE

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize("part", ["manager", "quality", "auditor", "admin"])
def test_roles_that_decide_set_one_up_before_they_come_in(client, cast, part):
    assert sign_in_as(client, cast.members[part]).location == "/login/set-up"
    assert not is_in(client)


@pytest.mark.parametrize("part", ["officer", "promoter"])
def test_other_roles_may_do_without(client, cast, part):
    assert sign_in_as(client, cast.members[part]).location == "/"


def test_nobody_needs_one_in_the_demonstration(client, cast, monkeypatch):
    monkeypatch.setattr(config, "_current", config.settings().model_copy(update={"demo": True}))
    assert sign_in_as(client, cast.admin).location == "/"


def test_after_setting_up_the_code_is_asked_each_time_and_works_once(client, cast, app, clock):
    letters, codes = set_up_app(client, cast.manager)
    assert is_in(client)
    assert len(set(codes)) == 10
    other = app.test_client()
    assert sign_in_as(other, cast.manager).location == "/login/second"
    assert not is_in(other)
    assert other.post("/login/second", data={"code": code_of(letters)}).status_code == 422, "used at setting up"
    clock.shift(timedelta(seconds=60))
    fresh = code_of(letters)
    assert other.post("/login/second", data={"code": f" {fresh[:3]} {fresh[3:]} "}).location == "/"
    assert is_in(other)


def test_a_code_half_a_minute_old_is_right_and_two_minutes_old_is_wrong(client, cast, app, clock):
    letters, _ = set_up_app(client, cast.manager)
    clock.shift(timedelta(minutes=5))
    old = code_of(letters, (NOON + timedelta(minutes=3)).timestamp())
    late = code_of(letters, (NOON + timedelta(minutes=4, seconds=30)).timestamp())
    other = app.test_client()
    sign_in_as(other, cast.manager)
    assert other.post("/login/second", data={"code": old}).status_code == 422
    assert other.post("/login/second", data={"code": late}).location == "/"


def test_a_code_on_paper_works_once(client, cast, app):
    _, codes = set_up_app(client, cast.manager)
    for expected in (303, 422):
        other = app.test_client()
        sign_in_as(other, cast.manager)
        assert other.post("/login/second", data={"code": codes[0].upper()}).status_code == expected


def test_guessing_codes_must_wait_from_wherever_one_guesses(client, cast, app):
    set_up_app(client, cast.manager)
    for number in range(5):
        other = app.test_client()
        other.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        sign_in_as(other, cast.manager)
        assert other.post("/login/second", data={"code": "000000"}).status_code == 422
    locked = other.post("/login/second", data={"code": "000000"})
    assert locked.status_code == 429
    assert locked.headers["Retry-After"] == "16"


def test_the_second_step_waits_ten_minutes_and_needs_the_first(client, cast, app, clock):
    letters, _ = set_up_app(client, cast.manager)
    other = app.test_client()
    assert other.get("/login/second").location == "/login"
    assert other.get("/login/set-up").location == "/login"
    sign_in_as(other, cast.manager)
    clock.shift(timedelta(minutes=11))
    assert other.post("/login/second", data={"code": code_of(letters)}).location == "/login"


def test_who_has_one_can_not_set_up_another_with_the_password_alone(client, cast, app):
    set_up_app(client, cast.manager)
    other = app.test_client()
    sign_in_as(other, cast.manager)
    assert other.get("/login/set-up").location == "/login"


def test_a_wrong_first_code_sets_nothing_up(client, cast, session):
    sign_in_as(client, cast.manager)
    letters = letters_on(client.get("/login/set-up"))
    wrong = f"{(int(code_of(letters)) + 1) % 1_000_000:06d}"
    assert client.post("/login/set-up", data={"code": wrong}).status_code == 422
    assert letters_on(client.get("/login/set-up")) == letters, "the picture that was scanned stays good"
    assert session.get_one(Person, cast.manager.id).totp_secret is None


def test_one_goes_on_to_where_one_wanted(client, cast):
    sign_in_as(client, cast.manager, next="/accounts/access")
    letters = letters_on(client.get("/login/set-up"))
    shown = client.post("/login/set-up", data={"code": code_of(letters)})
    next_ = found_in(r'name="next" value="([^"]+)"', shown.text)
    assert client.post("/login/kept", data={"next": next_}).location == "/accounts/access"


def test_a_role_that_needs_one_ends_a_session_without_it(client, cast, session):
    sign_in_as(client, cast.officer)
    with write() as writing:
        writing.add(PersonRole(person_id=cast.officer.id, role="auditor", valid_from=SINCE))
    assert client.get("/accounts/me").location.startswith("/login?next=")


def test_an_officer_sets_one_up_changes_codes_and_removes_it(client, cast, app, session, clock):
    sign_in_as(client, cast.officer)
    letters = letters_on(client.get("/accounts/me/second_factor"))
    refused = client.post("/accounts/me/second_factor", data={"code": code_of(letters), "current": "not this one"})
    assert refused.status_code == 422
    done = client.post("/accounts/me/second_factor", data={"code": code_of(letters), "current": PASSWORD})
    first = codes_on(done)
    assert len(first) == 10
    second = codes_on(client.post("/accounts/me/recovery_codes", data={"codes-current": PASSWORD}))
    other = app.test_client()
    sign_in_as(other, cast.officer)
    assert other.post("/login/second", data={"code": first[0]}).status_code == 422
    assert other.post("/login/second", data={"code": second[0]}).status_code == 303
    assert client.post("/accounts/me/remove_second_factor", data={"remove-current": PASSWORD}).status_code == 303
    assert session.get_one(Person, cast.officer.id).totp_secret is None
    assert sign_in_as(app.test_client(), cast.officer).location == "/"


def test_a_manager_keeps_a_second_step(client, cast):
    set_up_app(client, cast.manager)
    answer = client.post("/accounts/me/remove_second_factor", data={"remove-current": PASSWORD})
    assert answer.status_code == 422


def test_the_secret_is_stored_enciphered(client, cast, session):
    letters, _ = set_up_app(client, cast.manager)
    assert letters not in (session.get_one(Person, cast.manager.id).totp_secret or "")


def test_an_administrator_forgets_the_step_of_a_lost_telephone(client, cast, app, sign_in):
    set_up_app(client, cast.manager)
    admin = sign_in(cast.admin)
    assert admin.post(f"/accounts/{cast.manager.id}/forget_factors").status_code == 303
    assert not is_in(client)
    assert sign_in_as(app.test_client(), cast.manager).location == "/login/set-up"
