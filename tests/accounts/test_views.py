"""Pages of people: who may, adding, changing, roles, functions, days away, deactivating; one's own preferences."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import func, select

from promo.accounts import queries
from promo.accounts.models import Absence, FunctionHeld, Person, PersonRole
from promo.core import access as permission_table
from promo.core.outbox import Mail
from tests import factories
from tests.accounts.signing_in import found_in, is_in, sign_in_as
from tests.cast import PASSWORD

DAY = {"valid_from": "2026-01-01", "valid_to": ""}


def _prefixed(prefix, values):
    return {f"{prefix}-{name}": value for name, value in values.items()}


@pytest.fixture
def admin(cast, sign_in):
    return sign_in(cast.admin)


@pytest.fixture
def post_id(session):
    return factories.post("EMB-JP-TYO").id


@pytest.mark.parametrize("part", ["officer", "promoter", "manager", "quality", "auditor"])
def test_only_administrators_see_and_change_people(cast, sign_in, part):
    browser, other = sign_in(cast.members[part]), cast.colleague.id
    assert browser.get("/accounts").status_code == 403
    assert browser.get(f"/accounts/{other}").status_code == 403
    for act in ("grant", "appoint", "deactivate", "reactivate", "invite", "forget_factors", "edit"):
        assert browser.post(f"/accounts/{other}/{act}").status_code == 403


def test_new_person_with_a_password_signs_in(admin, client, session, post_id):
    typed = {"name": "Ñusta Ccori", "email": " Nusta@Promo.Example ", "post_id": post_id, "locale": "es"}
    assert admin.post("/accounts/new", data={**typed, "password": "quinua y kiwicha"}).status_code == 303
    person = session.scalars(select(Person).where(Person.email == "nusta@promo.example")).one()
    assert client.post("/login", data={"email": "NUSTA@promo.example", "password": "quinua y kiwicha"}).location == "/"
    assert admin.get(f"/accounts/{person.id}").status_code == 200
    again = admin.post("/accounts/new", data={**typed, "email": "NUSTA@PROMO.example"})
    assert again.status_code == 422
    assert "Ñusta Ccori" in again.text


def test_new_person_without_a_password_chooses_one_by_a_link(admin, client, session, post_id):
    typed = {"name": "Inti", "email": "inti@promo.example", "post_id": post_id, "locale": "en", "password": ""}
    admin.post("/accounts/new", data=typed)
    assert client.post("/login", data={"email": "inti@promo.example", "password": "x"}).status_code == 422
    mail = session.scalars(select(Mail)).one()
    assert (mail.to, mail.subject) == ("inti@promo.example", "Your account in Promo")
    link = found_in(r"http://localhost(\S+)", mail.text)
    assert client.post(link, data={"password": "quinua y kiwicha"}).status_code == 303


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 1_000_000),
        ("name", "a\x00b"),
        ("email", "no address"),
        ("email", "x" * 400),
        ("post_id", "999999"),
        ("post_id", "abc"),
        ("phone", "call me"),
        ("locale", "xx"),
        ("password", "short"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_the_rest_kept(admin, post_id, field, value):
    typed = {"name": "Inti", "email": "inti@promo.example", "post_id": post_id, "locale": "es", "phone": "+81312345678"}
    answer = admin.post("/accounts/new", data={**typed, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert field == "phone" or "+81312345678" in answer.text


@pytest.mark.parametrize("name", ['<script>alert(1)</script> & "co"', "=HYPERLINK(1)", "‮Oof", "李明"])
def test_strange_names_come_back_as_they_were(admin, session, post_id, name):
    typed = {"name": name, "email": "strange@promo.example", "post_id": post_id, "locale": "es"}
    admin.post("/accounts/new", data=typed)
    assert session.scalars(select(Person.name).where(Person.email == "strange@promo.example")).one() == name
    assert "<script>alert" not in admin.get("/accounts").text


def test_edit_changes_and_a_stale_one_shows_both(admin, cast, session, post_id):
    address = f"/accounts/{cast.officer.id}/edit"
    assert admin.get(address).status_code == 200
    typed = {"name": "Alicia Q. Rojas", "email": cast.officer.email, "post_id": post_id, "locale": "es", "version": "1"}
    assert admin.post(address, data=typed).status_code == 303
    stale = admin.post(address, data={**typed, "name": "Alicia Quispe R."})
    assert stale.status_code == 409
    assert "Alicia Q. Rojas" in stale.text
    assert "Alicia Quispe R." in stale.text
    assert session.get_one(Person, cast.officer.id).name == "Alicia Q. Rojas"


def test_grant_and_end_grant(admin, cast, session, post_id):
    typed = _prefixed("grant", {**DAY, "role": "manager", "post_id": post_id, "pillar": ""})
    assert admin.post(f"/accounts/{cast.officer.id}/grant", data=typed).status_code == 303
    role = session.scalars(select(PersonRole).where(PersonRole.role == "manager", PersonRole.post_id == post_id)).one()
    assert admin.post(f"/accounts/{cast.colleague.id}/{role.id}/end_grant").status_code == 404
    assert admin.post(f"/accounts/{cast.officer.id}/{role.id}/end_grant").status_code == 303
    assert session.get_one(PersonRole, role.id).valid_to is not None
    wrong = _prefixed("grant", {**DAY, "role": "manager", "post_id": post_id, "valid_to": "2025-01-01"})
    assert admin.post(f"/accounts/{cast.officer.id}/grant", data=wrong).status_code == 422


def test_a_role_for_headquarters_is_one_for_the_whole_ministry(admin, cast, session):
    headquarters = factories.post("HQ-PE-LIM").id
    typed = _prefixed("grant", {**DAY, "role": "quality", "post_id": headquarters, "pillar": ""})
    admin.post(f"/accounts/{cast.officer.id}/grant", data=typed)
    viewer = queries.viewer_of(session, cast.officer.id, date(2026, 5, 1))
    assert viewer is not None
    assert viewer.headquarters
    assert viewer.has_at(12345, "quality")


def test_a_role_to_come_that_is_ended_never_was(admin, cast, session, post_id):
    typed = _prefixed("grant", {"role": "manager", "post_id": post_id, "valid_from": "2099-01-01", "valid_to": ""})
    admin.post(f"/accounts/{cast.officer.id}/grant", data=typed)
    id_ = session.scalars(select(PersonRole.id).where(PersonRole.valid_from == date(2099, 1, 1))).one()
    admin.post(f"/accounts/{cast.officer.id}/{id_}/end_grant")
    assert session.get(PersonRole, id_) is None


def test_the_last_administrator_stays_one(admin, cast, session):
    role = session.scalars(select(PersonRole).where(PersonRole.role == "admin")).one()
    assert admin.post(f"/accounts/{cast.admin.id}/{role.id}/end_grant").status_code == 422
    assert admin.post(f"/accounts/{cast.admin.id}/deactivate").status_code == 422
    headquarters = factories.post("HQ-PE-LIM").id
    typed = _prefixed("grant", {**DAY, "role": "admin", "post_id": headquarters, "pillar": ""})
    admin.post(f"/accounts/{cast.officer.id}/grant", data=typed)
    assert admin.post(f"/accounts/{cast.admin.id}/{role.id}/end_grant").status_code == 303


def test_appoint_needs_the_act_and_end_function_keeps_the_history(admin, cast, session, post_id):
    typed = _prefixed("appoint", {**DAY, "function": "head_of_mission", "post_id": post_id, "acting": "y"})
    address = f"/accounts/{cast.colleague.id}/appoint"
    assert admin.post(address, data=typed).status_code == 422
    assert admin.post(address, data={**typed, "appoint-act_number": "RM 0007-2026-RE"}).status_code == 303
    held = session.scalars(select(FunctionHeld).where(FunctionHeld.person_id == cast.colleague.id)).one()
    assert (held.acting, held.act_number) == (True, "RM 0007-2026-RE")
    viewer = queries.viewer_of(session, cast.colleague.id, date(2026, 5, 1))
    assert viewer is not None
    assert [(h.function, h.acting) for h in viewer.functions] == [("head_of_mission", True)]
    assert admin.post(f"/accounts/{cast.colleague.id}/{held.id}/end_function").status_code == 303
    assert "RM 0007-2026-RE" in admin.get(f"/accounts/{cast.colleague.id}").text


def test_deactivate_ends_every_session_and_reactivate_lets_back(admin, cast, sign_in, client, session):
    browser = sign_in(cast.officer)
    assert admin.post(f"/accounts/{cast.officer.id}/deactivate").status_code == 303
    assert not is_in(browser)
    assert sign_in_as(client, cast.officer).status_code == 422
    assert session.get(Person, cast.officer.id) is not None
    assert cast.officer.name not in admin.get("/accounts").text
    assert cast.officer.name in admin.get("/accounts?state=off").text
    admin.post(f"/accounts/{cast.officer.id}/reactivate")
    assert sign_in_as(client, cast.officer).status_code == 303


def test_invite_writes_a_message(admin, cast, session):
    assert admin.post(f"/accounts/{cast.officer.id}/invite").status_code == 303
    assert session.scalars(select(Mail.to)).all() == [cast.officer.email]


def test_absences_of_oneself_of_ones_people_and_of_nobody_elses(cast, sign_in, session):
    typed = _prefixed("absence", {"starts_on": "2099-12-20", "ends_on": "2099-12-31"})
    address = f"/accounts/{cast.officer.id}/add_absence"
    assert sign_in(cast.officer).post(address, data=typed).status_code == 303
    assert sign_in(cast.manager).post(address, data=typed).status_code == 303
    assert sign_in(cast.colleague).post(address, data=typed).status_code == 403
    assert sign_in(cast.admin).post(address, data=typed).location == f"/accounts/{cast.officer.id}"
    wrong = {**typed, "absence-ends_on": "2099-12-01"}
    assert sign_in(cast.officer).post(address, data=wrong).status_code == 422
    id_ = session.scalars(select(Absence.id).order_by(Absence.id)).first()
    assert sign_in(cast.colleague).post(f"/accounts/{cast.officer.id}/{id_}/end_absence").status_code == 403
    assert sign_in(cast.officer).post(f"/accounts/{cast.officer.id}/{id_}/end_absence").status_code == 303
    assert session.scalar(select(func.count()).select_from(Absence)) == 2


def test_finding_people_cares_for_neither_accents_nor_case(admin, cast):
    page = admin.get("/accounts?q=nahui").text
    assert cast.other_officer.name in page
    assert cast.officer.name not in page


def test_me_saves_preferences(cast, sign_in, session):
    browser = sign_in(cast.officer)
    typed = {"locale": "en", "timezone": "Asia/Tokyo", "theme": "dark", "phone": "310 555 0134"}
    assert browser.post("/accounts/me", data=typed).status_code == 303
    person = session.get_one(Person, cast.officer.id)
    assert (person.locale, person.timezone, person.theme, person.shortcuts) == ("en", "Asia/Tokyo", "dark", False)
    assert person.phone == "+13105550134", "read as a number of the post's country"
    page = browser.get("/accounts/me").text
    assert 'lang="en"' in page
    assert 'data-theme="dark"' in page
    assert 'data-shortcuts="off"' in page
    assert browser.post("/accounts/me", data={**typed, "timezone": "Mars/Olympus"}).status_code == 422
    assert browser.post("/accounts/me", data={**typed, "phone": "soon"}).status_code == 422


def test_password_is_changed_only_with_the_present_one(cast, sign_in, client):
    browser = sign_in(cast.officer)
    wrong = {"password-current": "not this one", "password-password": "maíz morado con canela"}
    assert [browser.post("/accounts/me/password", data=wrong).status_code for _ in range(6)] == [422] * 6
    right = {**wrong, "password-current": PASSWORD}
    assert browser.post("/accounts/me/password", data=right).status_code == 422, "guessing must wait"
    assert sign_in_as(client, cast.officer).status_code == 303, "but signing in is not locked by it"


def test_access_shows_every_rule_in_the_readers_language(cast, sign_in):
    page = sign_in(cast.reader_en).get("/accounts/access").text
    assert "Administrators" in page
    verbs = re.findall(r"<code>(\w+)</code>", page)
    assert {row.action.split(".")[1] for row in permission_table.table()} <= set(verbs)
