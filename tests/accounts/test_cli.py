"""Commands: adding somebody, printing who may do what."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from promo.accounts import queries
from promo.accounts.cli import access, users
from promo.accounts.models import Person
from promo.core import access as permission_table
from promo.core import clock
from promo.core.outbox import Mail


@pytest.fixture
def run(app, session):
    session.rollback()
    return lambda command, *words: app.test_cli_runner().invoke(command, words)


def test_create_with_roles_and_functions(run, session, client):
    words = ["create", "--name", "Ana Ruiz", "--email", "ana@promo.example", "--post", "CG-US-LAX", "--role", "officer"]
    words += ["--function", "promotion_officer", "--act", "RM 1", "--password", "quinua y kiwicha", "--json"]
    done = run(users, *words)
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["link"] is None
    session.rollback()
    viewer = queries.viewer_of(session, answer["id"], clock.today())
    assert viewer is not None
    assert viewer.roles == {"officer"}
    assert viewer.holds("promotion_officer", viewer.post_id)
    assert client.post("/login", data={"email": "ana@promo.example", "password": "quinua y kiwicha"}).location == "/"


def test_create_without_a_password_prints_and_sends_a_link(run, session, client):
    done = run(users, "create", "--name", "Ana", "--email", "ana@promo.example", "--role", "admin")
    assert done.exit_code == 0, done.output
    session.rollback()
    link = done.stdout.strip().rsplit(" ", 1)[1]
    assert link in session.scalars(select(Mail.text)).one()
    assert client.get(link.removeprefix("http://localhost")).status_code == 200


@pytest.mark.parametrize(
    "words",
    [
        ("--email", "not an address"),
        ("--email", "alicia@promo.example"),
        ("--email", "ana@promo.example", "--post", "NOWHERE"),
        ("--email", "ana@promo.example", "--function", "quality"),
        ("--email", "ana@promo.example", "--function", "nothing", "--act", "RM 1"),
        ("--email", "ana@promo.example", "--password", "short"),
    ],
)
def test_create_says_what_is_wrong_and_stores_nothing(run, session, words):
    before = len(session.scalars(select(Person.id)).all())
    session.rollback()
    done = run(users, "create", "--name", "Ana", *words)
    assert done.exit_code != 0
    assert "Traceback" not in done.output
    session.rollback()
    assert len(session.scalars(select(Person.id)).all()) == before


def test_access_prints_every_row_of_the_table(run):
    rows = json.loads(run(access, "--json", "--locale", "en").stdout)
    assert {row["action"] for row in rows} == {row.action for row in permission_table.table()}
    assert all(row["who"] for row in rows)
    printed = run(access).stdout
    assert "accounts.grant" in printed
