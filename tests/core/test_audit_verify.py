"""Verification finds whatever was done to the trail behind Promo's back, and says to which row first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from promo import config
from promo.contacts import actions as contacts
from promo.contacts.models import Contact
from promo.core import audit
from promo.core.audit import Checkpoint, Event, NotSealed, Report, seal, values_of
from promo.core.audit.merkle import root_from_proof
from promo.core.db import apart, db, write
from promo.core.errors import NestedWrite
from promo.core.jobs.registry import periodics
from tests.cast import Cast

EVENTS, SEALED = 24, 16
TABLES = ("audit_event", "audit_value", "audit_block", "audit_checkpoint")


def _fill(session: Session, count: int, values: int = 2) -> None:
    for n in range(count):
        with write() as writing:
            audit.note(writing, "x", data={f"field{v}": f"{n}-{v}" for v in range(values)}, record_id=n + 1)


def _triggers(connection: Connection) -> list[tuple[str, str]]:
    if connection.dialect.name == "sqlite":
        query = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'"
    else:
        query = "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'audit%'"
    return [(name, table) for name, table in connection.execute(text(query))]


def _tamper(statements: list[str], parameters: dict[str, Any] | None = None) -> None:
    """Do with the database what its owner can: drop the triggers, then change rows."""
    with apart() as session:
        connection = session.connection()
        for name, table in _triggers(connection):
            on = "" if connection.dialect.name == "sqlite" else f" ON {table}"
            connection.execute(text(f"DROP TRIGGER {name}{on}"))
        for statement in statements:
            connection.execute(text(statement), parameters or {})


@pytest.fixture
def trail(session: Session) -> Session:
    """A trail of 24 events, 16 of them sealed under two checkpoints."""
    offset = session.execute(text("SELECT count(*) FROM audit_event")).scalar_one()
    _fill(session, 10)
    audit.checkpoint(session)
    _fill(session, SEALED - 10)
    audit.checkpoint(session)
    _fill(session, EVENTS - SEALED)
    session.info["offset"] = offset
    return session


def _id(session: Session, n: int) -> int:
    """The number of the n-th event of the fixture, from 1."""
    ids = session.execute(text("SELECT id FROM audit_event ORDER BY id")).scalars().all()
    session.rollback()
    return int(ids[session.info["offset"] + n - 1])


def _problem(session: Session) -> tuple[int | None, str]:
    report = audit.verify(session)
    assert not report.ok
    assert report.first_problem
    return report.first_problem.event_id, report.first_problem.what


def test_an_untouched_trail_is_verified(trail: Session) -> None:
    report = audit.verify(trail)
    assert report == Report(
        events=trail.info["offset"] + EVENTS, sealed=trail.info["offset"] + SEALED, tail=EVENTS - SEALED,
        checkpoints=2, head=report.head,
    )  # fmt: skip
    assert report.as_dict()["ok"]


def test_an_empty_trail_is_in_order(app: Flask, session: Session) -> None:
    assert audit.verify(session).ok


def test_sealing_again_seals_nothing_twice(trail: Session) -> None:
    first, second = audit.checkpoint(trail), audit.checkpoint(trail)
    assert first == second
    assert audit.verify(trail).tail == 0


@pytest.mark.parametrize("nth", [1, 12, SEALED, SEALED + 1, EVENTS])
@pytest.mark.parametrize(
    "change",
    ["action = 'y'", "actor_id = 7", "at = '2020-01-01 00:00:00.000000'", "record_id = NULL", "parts = 1"],
)
def test_an_altered_event_is_named(trail: Session, nth: int, change: str) -> None:
    id_ = _id(trail, nth)
    _tamper([f"UPDATE audit_event SET {change} WHERE id = {id_}"])
    assert _problem(trail) == (id_, "altered")


@pytest.mark.parametrize("nth", [1, 12, SEALED, SEALED + 1, EVENTS])
@pytest.mark.parametrize("change", ["new = '\"z\"'", "old = '1'", "field = 'z'", "salt = NULL", "new = NULL"])
def test_an_altered_value_is_named(trail: Session, nth: int, change: str) -> None:
    id_ = _id(trail, nth)
    _tamper([f"UPDATE audit_value SET {change} WHERE event_id = {id_} AND position = 1"])
    assert _problem(trail) == (id_, "altered")


@pytest.mark.parametrize("nth", [1, 12, SEALED])
def test_a_removed_sealed_event_is_named(trail: Session, nth: int) -> None:
    id_ = _id(trail, nth)
    _tamper([f"DELETE FROM audit_value WHERE event_id = {id_}", f"DELETE FROM audit_event WHERE id = {id_}"])
    assert _problem(trail) == (id_, "missing")


@pytest.mark.parametrize("nth", [SEALED + 1, EVENTS - 1, EVENTS])
def test_an_event_removed_from_the_tail_is_told(trail: Session, nth: int) -> None:
    """PostgreSQL's numbers may have gaps of their own (failed transactions), so there a gap in the tail is counted."""
    id_ = _id(trail, nth)
    _tamper([f"DELETE FROM audit_value WHERE event_id = {id_}", f"DELETE FROM audit_event WHERE id = {id_}"])
    if db.engine.dialect.name == "sqlite":
        assert _problem(trail) == (id_, "missing")
        with pytest.raises(NotSealed):
            audit.checkpoint(trail)
    elif nth < EVENTS:
        assert audit.verify(trail).gaps == 1


def test_a_removed_value_is_told_of_its_event(trail: Session) -> None:
    id_ = _id(trail, 5)
    _tamper([f"DELETE FROM audit_value WHERE event_id = {id_} AND position = 0"])
    assert _problem(trail) == (id_, "altered")


def _copied(source: int, target: int) -> str:
    columns = (
        "at, actor_id, on_behalf_of_id, action, record_id, kind, reference, table_name, row_key, request_id, device,"
        " procedure_version_id, parts, mac"
    )
    return f"INSERT INTO audit_event (id, {columns}) SELECT {target}, {columns} FROM audit_event WHERE id = {source}"


def _copied_value(source: int, target: int, position: int) -> str:
    columns = "field, new, salt, digest"
    return (
        f"INSERT INTO audit_value (event_id, position, {columns}) SELECT {target}, {position}, {columns}"
        f" FROM audit_value WHERE event_id = {source} AND position = 0"
    )


def test_an_event_inserted_among_sealed_ones_is_named(trail: Session) -> None:
    _tamper([_copied(_id(trail, 3), -5)])
    assert _problem(trail) == (-5, "inserted")


def test_an_event_inserted_at_the_end_is_found_before_it_is_sealed(trail: Session) -> None:
    last = _id(trail, EVENTS)
    _tamper([_copied(_id(trail, 3), last + 1)])
    assert _problem(trail)[0] == last + 1
    with pytest.raises(NotSealed, match=str(last + 1)):
        audit.checkpoint(trail)


def test_a_value_added_to_an_event_is_found(trail: Session) -> None:
    id_ = _id(trail, 5)
    _tamper([_copied_value(id_, id_, 2)])
    assert _problem(trail) == (id_, "altered")


def test_a_value_of_no_event_is_found(trail: Session) -> None:
    last = _id(trail, EVENTS)
    _tamper([_copied_value(last, last + 9, 0)])
    assert _problem(trail) == (last + 9, "inserted")


@pytest.mark.parametrize(("one", "other"), [(3, 9), (12, 20), (18, 19)])
def test_reordered_events_are_named(trail: Session, one: int, other: int) -> None:
    a, b = _id(trail, one), _id(trail, other)
    moves = [(a, -1), (b, a), (-1, b)]
    _tamper(
        [f"UPDATE audit_event SET id = {to} WHERE id = {from_}" for from_, to in moves]
        + [f"UPDATE audit_value SET event_id = {to} WHERE event_id = {from_}" for from_, to in moves]
    )
    assert _problem(trail) == (a, "reordered")


def test_removing_an_event_and_all_that_was_sealed_of_it_shows_at_the_checkpoint(trail: Session) -> None:
    """Whoever rewrites the blocks too can't sign the head."""
    from promo.core.audit.reading import pack_ids, unpack_ids

    id_ = _id(trail, 12)
    row = trail.execute(text("SELECT * FROM audit_block ORDER BY number DESC LIMIT 1")).one()
    before = trail.execute(text("SELECT last_event_id FROM audit_block WHERE number = 1")).scalar_one()
    trail.rollback()
    ids = unpack_ids(row.ids, before)
    place = ids.index(id_)
    hashes = row.hashes[: 32 * place] + row.hashes[32 * place + 32 :]
    changes = {"ids": pack_ids(ids[:place] + ids[place + 1 :], before), "hashes": hashes, "n": row.number}
    _tamper([f"DELETE FROM audit_value WHERE event_id = {id_}", f"DELETE FROM audit_event WHERE id = {id_}"])
    _tamper(["UPDATE audit_block SET ids = :ids, hashes = :hashes, size = size - 1 WHERE number = :n"], changes)
    assert not audit.verify(trail).ok
    _tamper([f"UPDATE audit_checkpoint SET size = size - 1 WHERE number = {row.number}"])
    assert not audit.verify(trail).ok


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE audit_checkpoint SET root = previous WHERE number = 1", "altered"),
        ("UPDATE audit_checkpoint SET signature = :zeros WHERE number = 2", "altered"),
        ("UPDATE audit_checkpoint SET previous = root WHERE number = 2", "altered"),
        ("DELETE FROM audit_checkpoint WHERE number = 1", "missing"),
        ("DELETE FROM audit_block WHERE number = 1", "altered"),
        ("UPDATE audit_block SET hashes = :zeros WHERE number = 2", "altered"),
    ],
)
def test_what_was_sealed_can_t_be_changed_either(trail: Session, statement: str, what: str) -> None:
    _tamper([statement], {"zeros": bytes(64)} if ":zeros" in statement else {})
    assert _problem(trail)[1] == what


def test_cutting_the_end_off_shows_against_an_exported_checkpoint(trail: Session) -> None:
    exported = Checkpoint.from_dict(audit.checkpoint(trail).as_dict())
    assert audit.verify(trail, [exported]).ok
    cut = _id(trail, 11)
    _tamper([
        f"DELETE FROM audit_value WHERE event_id >= {cut}", f"DELETE FROM audit_event WHERE id >= {cut}",
        "DELETE FROM audit_checkpoint WHERE number > 1", "DELETE FROM audit_block WHERE number > 1",
    ])  # fmt: skip
    if db.engine.dialect.name == "sqlite":
        _tamper([f"UPDATE sqlite_sequence SET seq = {cut - 1} WHERE name = 'audit_event'"])
    assert audit.verify(trail).ok, "nothing inside the database can show this"
    problem = audit.verify(trail, [exported]).first_problem
    assert problem
    assert problem.what == "missing"


def test_another_installation_can_t_sign_for_this_one(trail: Session) -> None:
    ours = config.settings()
    config.use(ours.model_copy(update={"signing_key": "z" * 48}))
    try:
        assert _problem(trail)[1] == "altered"
    finally:
        config.use(ours)


def test_whatever_stands_in_the_tables_verify_tells_it(trail: Session) -> None:
    if db.engine.dialect.name != "sqlite":
        return  # PostgreSQL's columns have types
    id_ = _id(trail, 3)
    for change in ("at = 'nonsense'", "parts = 'many'", "mac = 'text'", "action = x'00ff'", "record_id = 'abc'"):
        _tamper([f"UPDATE audit_event SET {change} WHERE id = {id_}"])
        assert _problem(trail) == (id_, "altered")
    _tamper([f"UPDATE audit_value SET event_id = 'abc' WHERE event_id = {id_}"])
    assert not audit.verify(trail).ok


_alterations = st.one_of(
    st.tuples(
        st.just("audit_event"),
        st.sampled_from(["action", "kind", "reference", "table_name", "row_key", "request_id", "device"]),
        st.text("abc", min_size=1, max_size=5),
    ),
    st.tuples(
        st.just("audit_event"),
        st.sampled_from(["actor_id", "on_behalf_of_id", "record_id", "procedure_version_id", "parts"]),
        st.integers(1000, 2000),
    ),
    st.tuples(st.just("audit_value"), st.sampled_from(["old", "new", "field", "part"]), st.text("abc", min_size=1)),
    st.tuples(st.just("audit_event"), st.just("mac"), st.binary(min_size=32, max_size=32)),
    st.tuples(st.just("audit_value"), st.sampled_from(["salt", "digest"]), st.binary(min_size=16, max_size=16)),
)


@given(nth=st.integers(1, EVENTS), alteration=_alterations)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_any_altered_row_is_found(trail: Session, nth: int, alteration: tuple[str, str, Any]) -> None:
    table, column, value = alteration
    id_ = _id(trail, nth)
    key, limit = ("id", "") if table == "audit_event" else ("event_id", " AND position = 0")
    where = f"WHERE {key} = {id_}{limit}"
    before = trail.execute(text(f"SELECT {column} FROM {table} {where}")).scalar_one()
    trail.rollback()
    _tamper([f"UPDATE {table} SET {column} = :value {where}"], {"value": value})
    assert _problem(trail) == (id_, "altered")
    _tamper([f"UPDATE {table} SET {column} = :value {where}"], {"value": before})
    assert audit.verify(trail).ok


def test_bulk_events_are_events_like_others(session: Session) -> None:
    before = audit.verify(session).events
    rows = (Event("create", actor_id=1, record_id=n, values=values_of({"title": f"t{n}"})) for n in range(12_000))
    with write() as writing:
        assert audit.bulk_create_events(writing.connection(), rows) == 12_000
    _fill(session, 1)
    head = audit.checkpoint(session)
    assert head.size == before + 12_001
    assert audit.verify(session).events == before + 12_001
    blocks = session.execute(text("SELECT count(*) FROM audit_block")).scalar_one()
    assert blocks >= 3


def test_sealing_goes_on_where_it_was_cut_off(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "BLOCK_SIZE", 4)
    _fill(session, 10)
    append: Callable[..., None] = seal._append

    def once(*arguments: Any) -> None:
        append(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(seal, "_append", once)
    with pytest.raises(KeyboardInterrupt):
        audit.checkpoint(session)
    monkeypatch.setattr(seal, "_append", append)
    audit.checkpoint(session)
    report = audit.verify(session)
    assert report.ok
    assert report.tail == 0


def test_every_sealed_event_can_be_proven(trail: Session) -> None:
    head = audit.last_checkpoint(trail)
    assert head
    for nth in (1, 7, SEALED):
        proof = audit.inclusion(trail, _id(trail, nth))
        path = [bytes.fromhex(h) for h in proof["path"]]
        assert root_from_proof(bytes.fromhex(proof["leaf"]), proof["index"], head.size, path).hex() == head.root
    with pytest.raises(LookupError):
        audit.inclusion(trail, _id(trail, SEALED + 1))


def test_sealing_inside_a_write_says_so(session: Session) -> None:
    with write() as writing, pytest.raises(NestedWrite):
        audit.checkpoint(writing)


def test_sealing_runs_by_the_clock(trail: Session) -> None:
    (task,) = [p for p in periodics() if p.name == "audit.seal"]
    assert task.every <= timedelta(minutes=5)
    task.run()
    assert audit.verify(trail).tail == 0


def test_writers_and_sealing_at_the_same_time_miss_nothing(app: Flask, session: Session) -> None:
    faults: list[BaseException] = []
    before = audit.verify(session).events

    def work() -> None:
        with app.app_context():
            try:
                for _ in range(25):
                    with write() as writing:
                        audit.note(writing, "x", data={"a": 1})
            except BaseException as error:
                faults.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        audit.checkpoint(session)
    for thread in threads:
        thread.join()
    assert not faults
    audit.checkpoint(session)
    report = audit.verify(session)
    assert (report.ok, report.events, report.tail) == (True, before + 100, 0)


def test_removing_a_value_under_the_name_of_another_erasure_is_found(trail: Session, cast: Cast) -> None:
    with write() as writing:
        contact = contacts.add(writing, cast.officer.viewer, {"family_name": "X", "country": "PE"})
    with write() as writing:
        audit.erase(writing, writing.get_one(Contact, contact.id), reason="r")
    erasure = trail.execute(text("SELECT max(id) FROM audit_event")).scalar_one()
    trail.rollback()
    id_ = _id(trail, 4)
    _tamper(
        [f"UPDATE audit_value SET old = NULL, new = NULL, salt = NULL, erased_by = {erasure} WHERE event_id = {id_}"]
    )
    assert _problem(trail) == (id_, "altered")
