"""What hangs on records, through HTTP: asking for what one may not see."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from promo.core.db import session, write
from promo.core.outbox import Mail
from promo.core.records import Record
from promo.work.actions import promise
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("session")

PERSON = {"family_name": "Quispe Mamani", "given_name": "Rosa", "name_order": "given_first", "source": "in_person"}
FIRM = {"title": "Agroandina Export S.A.C.", "organisation_type": "exporter", "country": "PE"}
KINDS = [
    ("/contacts", PERSON, "family_name=Quispe+Mamani&given_name=Rosa", "Quispe"),
    ("/organisations", FIRM, "title=Agroandina+Exports+SAC", "Agroandina"),
]


def _mails() -> list[Mail]:
    return list(session().scalars(select(Mail).where(Mail.key.startswith("notice-")).order_by(Mail.id)))


def _ask(client: Any, id_: int) -> str:
    return str(client.application.url_map.bind("").build("work.ask_access", {"record_id": id_}))


@pytest.mark.parametrize(("kind", "form", "typed", "name"), KINDS)
def test_ask_access_tells_the_owner_of_a_hidden_duplicate_once_a_day(
    sign_in: Any, cast: Cast, kind: str, form: dict[str, str], typed: str, name: str
) -> None:
    sign_in(cast.officer).post(f"{kind}/new", data=form | {"visibility": "team"})
    other = sign_in(cast.other_officer)
    told = other.get(f"{kind}/similar?{typed}").text
    assert name not in told
    assert "Los Ángeles" in told
    found = re.search(r'hx-post="([^"]+)"[^>]*>Pedir acceso<', told)
    assert found
    for _ in range(2):
        assert name not in other.post(found[1]).text
    (mail,) = _mails()
    assert mail.to == cast.officer.email
    assert cast.other_officer.name in mail.subject
    assert "Pedir acceso" not in sign_in(cast.officer).get(f"{kind}/similar?{typed}").text


def test_ask_access_says_nothing_of_what_there_is(sign_in: Any, cast: Cast) -> None:
    seen = sign_in(cast.officer).post("/organisations/new", data=FIRM | {"visibility": "shared"})
    other = sign_in(cast.other_officer)
    answers = {other.post(_ask(other, id_)).text for id_ in (int(seen.location.rsplit("/", 1)[1]), 999_999)}
    assert len(answers) == 1
    assert not _mails()
    assert sign_in(cast.auditor).post(_ask(other, 1)).status_code == 403


def test_a_task_of_a_record_that_is_seen_no_more_says_neither_its_name_nor_where_it_is(
    sign_in: Any, cast: Cast
) -> None:
    seen = sign_in(cast.officer).post("/organisations/new", data=FIRM | {"visibility": "team"})
    with write() as writing:
        record = writing.get_one(Record, int(seen.location.rsplit("/", 1)[1]))
        for person in (cast.officer, cast.admin):
            promise(writing, record, person.id, "Confirmar quién firma", date(2026, 1, 1))
    for person, page, shown in ((cast.officer, "/work", True), (cast.admin, "/day", False)):
        text = sign_in(person).get(page).text
        assert "Confirmar quién firma" in text
        assert (f'href="{seen.location}"' in text) == shown
        assert (FIRM["title"] in text) == shown
