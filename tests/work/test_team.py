"""The team of a record: who sees it whatever its visibility says, and works on it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from promo.contacts.models import Contact
from promo.core.db import session, write
from promo.core.outbox import Mail
from promo.core.records import APPROVER, AUTHOR, RecordMember
from tests.browser_like import Client
from tests.cast import Cast

WORK = "/work"
pytestmark = pytest.mark.usefixtures("session")


def _contact(client: Client, visibility: str = "team") -> int:
    form = {"family_name": "Zarumilla", "name_order": "given_first", "source": "in_person", "visibility": visibility}
    return int(client.post("/contacts/new", data=form).location.rsplit("/", 1)[1])


def _members() -> list[int]:
    return list(session().scalars(select(RecordMember.person_id).order_by(RecordMember.person_id)))


def test_who_is_added_sees_it_works_on_it_and_is_told(sign_in: Any, cast: Cast) -> None:
    owner, other = sign_in(cast.officer), sign_in(cast.other_officer)
    id_ = _contact(owner)
    assert other.get(f"/contacts/{id_}").status_code == 404
    answer = owner.post(f"{WORK}/team/{id_}", data={"people": [str(cast.other_officer.id)]})
    assert answer.status_code == 303
    shown = owner.get(f"/contacts/{id_}").text
    assert f"{cast.officer.name}</bdi> (responsable) · <bdi>{cast.other_officer.name}" in shown
    assert other.get(f"/contacts/{id_}").status_code == 200
    assert other.get(f"/contacts/{id_}/edit").status_code == 200
    (mail,) = session().scalars(select(Mail).where(Mail.to == cast.other_officer.email))
    assert "Zarumilla" in mail.subject
    assert cast.other_officer.name in owner.get(f"/trail/{id_}").text


def test_who_is_taken_out_sees_it_no_longer(sign_in: Any, cast: Cast) -> None:
    owner, other = sign_in(cast.officer), sign_in(cast.other_officer)
    id_ = _contact(owner)
    owner.post(f"{WORK}/team/{id_}", data={"people": [str(cast.other_officer.id)]})
    assert owner.post(f"{WORK}/team/{id_}/leave/{cast.other_officer.id}").status_code == 303
    assert other.get(f"/contacts/{id_}").status_code == 404
    assert owner.post(f"{WORK}/team/{id_}/leave/{cast.other_officer.id}").status_code == 404


def test_added_twice_is_one_member_told_once(sign_in: Any, cast: Cast) -> None:
    owner = sign_in(cast.officer)
    id_ = _contact(owner)
    for _ in range(2):
        assert owner.post(f"{WORK}/team/{id_}", data={"people": [str(cast.colleague.id)]}).status_code == 303
    owner.post(f"{WORK}/team/{id_}", data={"people": [str(cast.officer.id)]})  # the owner needs no place in it
    assert _members() == [cast.colleague.id]
    assert len(session().scalars(select(Mail).where(Mail.to == cast.colleague.email)).all()) == 1


@pytest.mark.parametrize("people", [[], ["x"], ["999999999"], ["ADMIN"]])
def test_only_people_who_work_with_cases(sign_in: Any, cast: Cast, people: list[str]) -> None:
    owner = sign_in(cast.officer)
    id_ = _contact(owner)
    chosen = [str(cast.admin.id) if p == "ADMIN" else p for p in people]
    answer = owner.post(f"{WORK}/team/{id_}", data={"people": chosen})
    assert answer.status_code == 422
    assert "Elija personas de la lista." in answer.text
    assert _members() == []


@pytest.mark.parametrize(("role", "words"), [(APPROVER, "decide una solicitud"), (AUTHOR, "figura en la autoría")])
def test_whoever_decides_a_request_or_counts_as_author_stays_so(
    sign_in: Any, cast: Cast, role: str, words: str
) -> None:
    owner = sign_in(cast.officer)
    id_ = _contact(owner)
    with write() as writing:
        writing.add(RecordMember(record_id=id_, person_id=cast.manager.id, role=role))
    assert words in owner.get(f"{WORK}/team/{id_}").text
    assert owner.post(f"{WORK}/team/{id_}/leave/{cast.manager.id}").status_code in (409, 422)
    owner.post(f"{WORK}/team/{id_}", data={"people": [str(cast.manager.id)]})
    session().expire_all()
    assert session().scalars(select(RecordMember.role)).one() == role


def test_a_team_is_changed_by_those_who_work_on_the_record(sign_in: Any, cast: Cast) -> None:
    owner = sign_in(cast.officer)
    hidden, shared = _contact(owner), _contact(owner, "shared")
    assert sign_in(cast.other_officer).get(f"{WORK}/team/{hidden}").status_code == 404
    assert sign_in(cast.other_officer).get(f"{WORK}/team/{shared}").status_code == 403
    assert sign_in(cast.auditor).post(f"{WORK}/team/{shared}", data={"people": ["1"]}).status_code == 403
    assert sign_in(cast.other_officer).post(f"{WORK}/team/{shared}/leave/{cast.officer.id}").status_code == 403


def test_the_box_suggests_colleagues_and_a_mail_leads_to_the_asker(sign_in: Any, cast: Cast) -> None:
    owner, other = sign_in(cast.officer), sign_in(cast.other_officer)
    id_ = _contact(owner)
    first = cast.other_officer.name.split()[0]
    values = [one["value"] for one in owner.get(f"{WORK}/people", query_string={"q": first.lower()}).json]
    assert str(cast.other_officer.id) in values
    other.post(f"{WORK}/ask_access/{id_}")
    mail = session().scalars(select(Mail).where(Mail.to == cast.officer.email)).one()
    path = f"{WORK}/team/{id_}?person={cast.other_officer.id}"
    assert path in mail.text
    assert f'value="{cast.other_officer.id}" selected' in " ".join(owner.get(path).text.split())
    assert session().scalars(select(Contact.visibility)).one() == "team"
