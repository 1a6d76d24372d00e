"""Reading: columns without objects, long lists in parts, plans that outlive a page."""

from __future__ import annotations

import pytest
from sqlalchemy import func, inspect, select, text, union_all
from sqlalchemy.orm import Session

from promo.core.db import db, in_parts, is_sqlite
from promo.core.records import Record
from promo.events.models import Event
from promo.reference.models import Country, Post

STATEMENTS = (
    select(Post.id, Post.code, Post.version).order_by(Post.id),
    select(Country).order_by(Country.code),
    select(Event.id, Event.title, Event.starts_on, func.count()).group_by(Event.id, Record.id).order_by(Event.id),
    select(Post, Country.name_es).join(Country, Country.code == Post.country).order_by(Post.id),
    union_all(select(Post.code.label("code")), select(Country.code)).order_by("code"),
)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_page_reads_the_same_rows_as_any_session(session, statement):
    """The short way for columns changes nothing in what is found."""

    def plain(rows):
        return [[inspect(v).identity if isinstance(v, db.Model) else v for v in row] for row in rows]

    with Session(db.engine) as other:
        expected = plain(other.execute(statement))
    assert plain(session.execute(statement)) == expected
    assert plain([[v] for v in session.scalars(statement)]) == [[row[0]] for row in expected]
    assert plain([[session.scalar(statement)]])[0][0] == (expected[0][0] if expected else None)


@pytest.mark.parametrize("size", [1, 2, 3, 250, 10_000])
def test_long_reading_in_parts_finds_each_row_once_and_in_order(session, size):
    """However large a part is, also when the last one is full."""
    whole = session.execute(select(Country.code, Country.name_es).order_by(Country.code)).all()
    assert len(whole) > 200
    assert list(in_parts(session, select(Country.code, Country.name_es), Country.code, size)) == whole
    assert list(in_parts(session, select(Country.code).where(Country.code < ""), Country.code, size)) == []


def test_reading_again_and_again_keeps_what_the_database_prepared(session):
    """PostgreSQL plans a page's statements once for a connection; SQLite reads in a transaction."""
    for _page in range(8):
        assert session.scalar(select(func.count()).where(Post.version > 0)) is not None
        if is_sqlite(session):
            assert session.connection().connection.dbapi_connection.in_transaction
        session.rollback()
    if not is_sqlite(session):
        prepared = session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
        assert any("FROM post" in statement for statement in prepared)
