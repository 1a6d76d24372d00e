"""The world that each test finds is the same, whatever the test before it wrote."""

from __future__ import annotations

from sqlalchemy import func, select

from promo.accounts.models import Person
from tests import database
from tests.factories import create_person


def _people(session) -> int:
    return session.scalar(select(func.count()).select_from(Person))


def test_what_a_test_writes_is_there_until_it_ends(session, cast) -> None:
    before = _people(session)
    create_person()
    assert _people(session) == before + 1


def test_what_another_test_wrote_is_gone(session, cast) -> None:
    assert _people(session) == len(list(cast))


def test_writes_are_told_from_reads() -> None:
    assert database.writes("INSERT INTO x VALUES (1)")
    assert database.writes("WITH a AS (SELECT 1) UPDATE x SET a = 1")
    assert not database.writes("SELECT * FROM x WHERE word = 'delete' FOR UPDATE")
    assert not database.writes("WITH a AS (SELECT updated_at FROM x) SELECT * FROM a")
