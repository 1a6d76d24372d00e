"""The history of the schema: forth and back on both databases, to the very schema that a fresh database gets."""

from __future__ import annotations

from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, Engine, create_engine, func, inspect, select, text

from promo.config import ROOT
from promo.core.db import Base, create_schema, prepare_engine
from promo.reference import actions as reference
from tests import cast
from tests.database import Place


def _history(url: str) -> Config:
    config = Config(ROOT / "migrations" / "alembic.ini")
    config.attributes["url"] = url
    return config


def _engine(url: str) -> Engine:
    engine = create_engine(url)
    prepare_engine(engine)
    return engine


def _extras(connection: Connection) -> Any:
    """Triggers, full-text tables and functions, as the database itself writes them."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' OR sql LIKE 'CREATE VIRTUAL%' ORDER BY name"
        return connection.execute(text(query)).all()
    triggers = "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
    functions = (
        "SELECT p.proname, p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname = 'public' AND p.prolang <> (SELECT oid FROM pg_language WHERE lanname = 'c') ORDER BY 1, 2"
    )
    return [*connection.execute(text(triggers)), *connection.execute(text(functions))]


def _schema(url: str) -> dict[str, Any]:
    """Describe a schema so that two can be compared, whatever the order in which things were made."""
    engine = _engine(url)
    with engine.connect() as connection:
        look = inspect(connection)
        described: dict[str, Any] = {"extras": _extras(connection)}
        for table in sorted(set(look.get_table_names()) - {"alembic_version"}):
            described[table] = {
                "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in look.get_columns(table)},
                "key": look.get_pk_constraint(table)["constrained_columns"],
                "foreign": sorted(
                    (f["constrained_columns"], f["referred_table"], f["referred_columns"], str(f.get("options")))
                    for f in look.get_foreign_keys(table)
                ),
                "unique": sorted(u["column_names"] for u in look.get_unique_constraints(table)),
                "checks": sorted(str(c["name"]) for c in look.get_check_constraints(table)),
                "indexes": sorted(
                    (str(i["name"]), str(i["column_names"]), str(i.get("expressions")), bool(i["unique"]))
                    for i in look.get_indexes(table)
                ),
            }
    engine.dispose()
    return described


def _tables(url: str) -> set[str]:
    engine = _engine(url)
    with engine.connect() as connection:
        found = set(inspect(connection).get_table_names()) - {"alembic_version"}
    engine.dispose()
    return found


def _counts(url: str) -> dict[str, int]:
    engine = _engine(url)
    with engine.connect() as connection:
        there = set(inspect(connection).get_table_names())
        tables = [t for t in Base.metadata.sorted_tables if t.name in there]
        found = {t.name: connection.scalar(select(func.count()).select_from(t)) or 0 for t in tables}
    engine.dispose()
    return found


def _fill(url: str) -> None:
    from sqlalchemy.orm import Session

    engine = _engine(url)
    with Session(engine) as session, session.begin():
        reference.load(session)
        cast.settle(session)
    engine.dispose()


def test_history_is_one_line(app: Flask) -> None:
    script = ScriptDirectory.from_config(_history("sqlite://"))
    assert len(script.get_heads()) == 1
    assert all(not r.is_merge_point and not r.is_branch_point for r in script.walk_revisions())


def test_upgrade_makes_the_schema_of_a_fresh_database(app: Flask, place: Place) -> None:
    fresh, migrated = place.empty("fresh"), place.empty("migrated")
    engine = _engine(fresh)
    with engine.begin() as connection:
        create_schema(connection)
    engine.dispose()
    command.upgrade(_history(migrated), "head")
    expected, found = _schema(fresh), _schema(migrated)
    assert found.keys() == expected.keys()
    for table in expected:
        assert found[table] == expected[table], table


def test_upgrade_leaves_nothing_for_autogeneration(app: Flask, place: Place) -> None:
    url = place.empty("migrated")
    command.upgrade(_history(url), "head")
    command.check(_history(url))


def test_downgrade_to_base_leaves_an_empty_database_and_can_go_up_again(app: Flask, place: Place) -> None:
    url = place.empty("migrated")
    command.upgrade(_history(url), "head")
    there = _schema(url)
    command.downgrade(_history(url), "base")
    assert _tables(url) == set()
    command.upgrade(_history(url), "head")
    assert _schema(url) == there


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
def test_each_step_back_and_forth_keeps_every_row(app: Flask, place: Place) -> None:
    url = place.empty("filled")
    command.upgrade(_history(url), "head")
    _fill(url)
    before = _counts(url)
    assert before["person"] > 5
    steps = len(list(ScriptDirectory.from_config(_history(url)).walk_revisions())) - 1
    for _ in range(steps):
        command.downgrade(_history(url), "-1")
    there_all_along = _tables(url)
    command.upgrade(_history(url), "head")
    after = _counts(url)
    assert {"person", "record", "post"} <= there_all_along
    assert after == {table: count if table in there_all_along else 0 for table, count in before.items()}
