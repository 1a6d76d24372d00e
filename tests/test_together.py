"""Many people at once, against the real server: nobody is refused, nothing is lost, nothing is doubled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from promo.accounts.wiring import COOKIE
from promo.activities.models import Activity
from promo.contacts.models import Contact
from promo.core.records import RecordLink
from tests import database, world
from tests.cast import Cast
from tests.factories import create_person, post
from tests.test_serving import Answer, Serving, serving, written

OFFICERS = 16
PERSON = {"family_name": "Quispe", "given_name": "Rosa", "name_order": "given_first", "source": "in_person",
          "visibility": "shared"}  # fmt: skip


class Officer:
    """Somebody signed in, with the form's token at hand."""

    def __init__(self, running: Serving, token: str) -> None:
        self.running = running
        cookies = {COOKIE: token}
        page = running.ask("GET", "/organisations/new", Cookie=written(cookies))
        self.headers = {"Cookie": written(cookies | page.cookies), "X-CSRFToken": page.token}

    def send(self, path: str, form: dict[str, Any]) -> Answer:
        return self.running.ask("POST", path, form, **self.headers)


@pytest.fixture
def officers(
    app: Flask, session: Session, cast: Cast, place: database.Place, tmp_path: Path
) -> Iterator[list[Officer]]:
    """Sixteen of them at one post, before a server with two workers' worth of threads."""
    home = post().id
    people = [create_person(f"Oficial {number:02}", roles=[("officer", home, None)]) for number in range(OFFICERS)]
    tokens = [world.open_device(app, person) for person in people]  # type: ignore[arg-type]
    with serving(place, tmp_path, "--web") as running:
        yield [Officer(running, token) for token in tokens]


def at_once(works: list[Callable[[], Answer]]) -> list[Answer]:
    """Let all begin at the same moment; return what each got."""
    gate, answers = threading.Barrier(len(works)), []

    def run(work: Callable[[], Answer]) -> None:
        gate.wait()
        answers.append(work())

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_all_log_with_one_contact_at_the_same_time(session: Session, officers: list[Officer]) -> None:
    made = officers[0].send("/contacts/new", PERSON)
    assert made.status == 303, made.text
    contact = int(str(made.headers["Location"]).rsplit("/", 1)[1])
    form = {"who": str(contact), "activity_type": "call", "text": "Llamada"}
    answers = at_once([lambda who=who: who.send("/activities/log", form) for who in officers])  # type: ignore[misc]
    assert [answer.status for answer in answers] == [303] * OFFICERS
    session.rollback()
    tied = select(func.count(func.distinct(RecordLink.from_id))).where(RecordLink.to_id == contact)
    assert session.scalar(tied) == session.scalar(select(func.count(Activity.id))) == OFFICERS
    assert session.scalar(select(func.count(func.distinct(Activity.owner_id)))) == OFFICERS


def test_one_form_sent_several_times_at_once_makes_one_record(session: Session, officers: list[Officer]) -> None:
    form = PERSON | {"idempotency_key": "pressed-twice"}
    answers = at_once([lambda: officers[0].send("/contacts/new", form)] * 4)
    assert [answer.status for answer in answers] == [303] * 4, [a.text[-600:] for a in answers]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    session.rollback()
    assert session.scalar(select(func.count(Contact.id))) == 1
