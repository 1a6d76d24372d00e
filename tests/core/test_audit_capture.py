"""What people change becomes events, in the same transaction."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from promo.accounts.models import Person, PersonRole
from promo.contacts import actions as contacts
from promo.contacts.models import Contact, ContactEmail
from promo.core import audit
from promo.core.audit import AuditEvent, AuditValue, Unaudited
from promo.core.db import write
from promo.core.errors import Refused
from tests.cast import Cast

WHO = {"family_name": "Quispe", "given_name": "Ana", "country": "US", "emails": ["ana@firm.example"]}


def _contact(cast: Cast, **values: Any) -> int:
    with audit.acting(cast.officer.id, request_id="r1"), write() as session:
        return contacts.add(session, cast.officer.viewer, WHO | values).id


def _events(session: Session, **where: Any) -> list[AuditEvent]:
    session.rollback()
    query = select(AuditEvent).order_by(AuditEvent.id)
    return list(session.scalars(query.filter_by(**where)))


def _values(session: Session, event: AuditEvent) -> dict[str, tuple[Any, Any]]:
    rows = session.scalars(select(AuditValue).where(AuditValue.event_id == event.id))
    return {
        f"{v.part or ''}.{v.field}".strip("."): (v.old and json.loads(v.old), v.new and json.loads(v.new)) for v in rows
    }


def test_adding_a_record_with_its_parts_is_one_event(session: Session, cast: Cast) -> None:
    id_ = _contact(cast)
    (event,) = _events(session, record_id=id_)
    values = _values(session, event)
    assert (event.action, event.actor_id, event.request_id, event.kind) == ("create", cast.officer.id, "r1", "contact")
    assert event.reference == session.get_one(Contact, id_).reference
    assert values["family_name"] == (None, "Quispe")
    assert values["contact_email.address"] == (None, "ana@firm.example")
    assert not {"search", "sort_key", "version", "updated_at", "id"} & values.keys()


def test_editing_tells_only_what_differs(session: Session, cast: Cast) -> None:
    id_ = _contact(cast)
    with write() as writing:
        contacts.edit(writing, cast.officer.viewer, id_, WHO | {"family_name": "Quispe Rojas", "emails": []}, None)
    event = _events(session, record_id=id_)[-1]
    assert event.action == "update"
    values = _values(session, event)
    assert values["family_name"] == ("Quispe", "Quispe Rojas")
    assert values["contact_email.address"] == ("ana@firm.example", None)
    assert "country" not in values


def test_what_changes_nothing_is_no_event(session: Session, cast: Cast) -> None:
    id_ = _contact(cast)
    with write() as writing:
        contact = writing.get_one(Contact, id_)
        contact.romanised = "Somebody"
        writing.flush()
        contact.romanised = None
        contact.touch()
    assert len(_events(session, record_id=id_)) == 1


def test_archiving_is_named_so(session: Session, cast: Cast) -> None:
    id_ = _contact(cast)
    for verb in (contacts.archive, contacts.unarchive):
        with write() as writing:
            verb(writing, cast.officer.viewer, id_)
    assert [e.action for e in _events(session, record_id=id_)] == ["create", "archive", "unarchive"]


def test_several_flushes_are_one_event(session: Session, cast: Cast) -> None:
    id_ = _contact(cast)
    with write() as writing:
        contact = writing.get_one(Contact, id_)
        for name in ("One", "Two", "Three"):
            contact.given_name = name
            writing.flush()
    event = _events(session, record_id=id_)[-1]
    assert _values(session, event)["given_name"] == ("Ana", "Three")


def test_an_expired_row_still_tells_its_old_value(session: Session, cast: Cast) -> None:
    id_ = _contact(cast)
    contact = session.get_one(Contact, id_)
    with write():
        contact.given_name = "Berta"
    assert _values(session, _events(session, record_id=id_)[-1])["given_name"] == ("Ana", "Berta")


def _add_and_refuse(session: Session, cast: Cast) -> None:
    contacts.add(session, cast.officer.viewer, WHO)
    session.flush()
    audit.note(session, "refused")
    raise Refused("no")


def test_a_refused_write_leaves_nothing(session: Session, cast: Cast) -> None:
    before = len(_events(session))
    with pytest.raises(Refused), write() as writing:
        _add_and_refuse(writing, cast)
    assert len(_events(session)) == before
    _contact(cast)
    assert len(_events(session)) == before + 1


def test_a_rolled_back_savepoint_takes_its_changes_with_it(session: Session, cast: Cast) -> None:
    id_ = _contact(cast)
    with write() as writing:
        contact = writing.get_one(Contact, id_)
        contact.given_name = "Kept"
        with writing.begin_nested():
            contact.romanised = "Also kept"
        with pytest.raises(Refused), writing.begin_nested():
            _add_and_refuse(writing, cast)
    (event,) = _events(session, record_id=id_)[1:]
    assert _values(session, event) == {"given_name": ("Ana", "Kept"), "romanised": (None, "Also kept")}
    assert not _events(session, action="refused")


def test_a_part_alone_tells_of_its_record(session: Session, cast: Cast) -> None:
    id_ = _contact(cast)
    session.expunge_all()
    with write() as writing:
        email = writing.scalars(select(ContactEmail).where(ContactEmail.contact_id == id_)).one()
        email.address = "other@firm.example"
    event = _events(session, record_id=id_)[-1]
    assert (event.action, event.kind) == ("update", "contact")
    assert event.reference


def test_people_and_roles_stand_under_their_own_table(session: Session, cast: Cast) -> None:
    with write() as writing:
        person = writing.get_one(Person, cast.officer.id)
        person.name, person.password_hash = "Alicia Q.", "another"
        role = PersonRole(person_id=person.id, role="quality", valid_from=date(2026, 1, 1))
        writing.add(role)
    (changed,) = _events(session, table_name="person", row_key=str(cast.officer.id), action="update")
    assert _values(session, changed) == {"name": (cast.officer.name, "Alicia Q."), "password_hash": ("*", "*")}
    (given,) = _events(session, table_name="person_role", row_key=str(role.id))
    assert _values(session, given)["role"] == (None, "quality")
    with write() as writing:
        writing.delete(writing.get_one(PersonRole, role.id))
    assert _events(session, table_name="person_role", row_key=str(role.id))[-1].action == "delete"
    assert "another" not in str(session.execute(text("SELECT * FROM audit_value")).all())


def test_a_statement_that_would_pass_the_trail_by_is_refused(session: Session, cast: Cast) -> None:
    with pytest.raises(Unaudited), write() as writing:
        writing.execute(update(Person).values(name="Nobody"))
    with write() as writing:
        writing.execute(update(Person).values(last_sign_in_at=None))
        writing.execute(update(Person).values(theme="dark").execution_options(audit=False))


def test_a_note_tells_of_what_changes_no_field(session: Session, cast: Cast) -> None:
    id_ = _contact(cast)
    with audit.acting(cast.manager.id, on_behalf_of_id=cast.officer.id), write() as writing:
        audit.note(writing, "contacts.export", data={"rows": 7, "filter": {"country": "PE"}})
        audit.note(writing, "contacts.view_sensitive", writing.get_one(Contact, id_))
    exported, seen = _events(session)[-2:]
    assert (exported.action, exported.actor_id, exported.on_behalf_of_id) == (
        "contacts.export", cast.manager.id, cast.officer.id,
    )  # fmt: skip
    assert _values(session, exported) == {"rows": (None, 7), "filter": (None, {"country": "PE"})}
    assert (seen.record_id, seen.kind) == (id_, "contact")


def test_acting_keeps_what_it_is_not_told(app: Flask) -> None:
    with audit.acting(1, request_id="a"), audit.acting(device="b", procedure_version=3):
        who = audit.actor()
    assert (who.person_id, who.request_id, who.device, who.procedure_version) == (1, "a", "b", 3)
    with pytest.raises(TypeError):
        audit.acting(1, nonsense=2).__enter__()


def test_a_long_value_is_told_by_its_digest(session: Session) -> None:
    with write() as writing:
        audit.note(writing, "x", data={"long": "ñ" * 30_000})
    value = _values(session, _events(session, action="x")[0])["long"][1]
    assert value.keys() == {"sha256", "length"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET action = 'x'",
        "DELETE FROM audit_event",
        "INSERT INTO audit_event SELECT * FROM audit_event WHERE id = 1",
        "UPDATE audit_value SET new = 'x'",
        "UPDATE audit_value SET old = NULL, new = NULL, salt = NULL",
        "UPDATE audit_value SET old = NULL, new = NULL, salt = NULL, erased_by = 1",
        "DELETE FROM audit_value",
        "UPDATE audit_checkpoint SET size = 1",
        "DELETE FROM audit_checkpoint",
        "DELETE FROM audit_block",
    ],
)
def test_the_database_refuses_to_change_the_trail(session: Session, cast: Cast, statement: str) -> None:
    _contact(cast)
    audit.checkpoint(session)
    with pytest.raises(DBAPIError), write() as writing:
        writing.execute(text(statement))


@pytest.mark.parametrize("table", ["audit_event", "audit_value", "audit_block", "audit_checkpoint"])
def test_the_database_refuses_to_empty_or_replace_it(session: Session, cast: Cast, table: str) -> None:
    _contact(cast)
    audit.checkpoint(session)
    sqlite = session.get_bind().dialect.name == "sqlite"
    statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1" if sqlite else f"TRUNCATE {table}"
    with pytest.raises(DBAPIError), write() as writing:
        writing.execute(text(statement))
