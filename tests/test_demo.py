"""The demonstration: deterministic, apart from real people, well formed; its people sign in; a real ministry begins."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table, delete, func, select, text
from sqlalchemy.orm import Session
from stdnum.pe import ruc

from promo import cli
from promo.accounts import queries as accounts
from promo.accounts import security
from promo.accounts.models import FunctionHeld, Person, PersonRole
from promo.accounts.sign_in_views import DEMO_PASSWORD
from promo.activities import actions as activities
from promo.activities.models import Activity
from promo.calendars.queries import both
from promo.config import settings
from promo.contacts import actions as contacts
from promo.contacts.models import Contact, ContactEmail, ContactPhone, Position
from promo.core import audit, parties
from promo.core.access import ROLES
from promo.core.db import Base, session, write
from promo.core.records import Record, RecordLink, ReferenceCounter
from promo.core.search import matches
from promo.demo import loading
from promo.demo.loading import RealData, Size
from promo.demo.people import ALONE, PARTS
from promo.organisations import actions as organisations
from promo.organisations.models import Organisation, OrganisationPhone
from promo.procedures.case import definition_of
from promo.procedures.deadlines import as_day, binding, dues
from promo.procedures.models import Approval, ProcedureVersion, Run, Transition
from promo.reference.models import Function, Post

TINY = Size(120, 300, 200, events=30, missions=6, outcomes=40, batch=130, star=20, stories=False)
TODAY = date(2026, 11, 23)
CHANCE = {"password_hash", "upload_token", "stored", "key", "message_id"}  # salted, or tokens that nobody may guess


@pytest.fixture
def load(app: Flask, session: Session) -> Callable[..., None]:
    """``load()`` makes a tiny demonstration in several batches, on demand with the stories of the present."""

    def load(seed: int = 1, hashed: str = "x", *, stories: bool = False) -> None:
        loading.load(hashed, seed=seed, today=TODAY, size=replace(TINY, stories=stories))

    return load


def _rows(table: Table) -> Iterator[str]:
    kept = [column for column in table.columns if column.name not in CHANCE]
    for row in session().execute(select(*kept).order_by(*table.primary_key.columns)):
        yield repr(tuple(row))


def _digest() -> dict[str, str]:
    """Return a digest of each table that the demonstration fills."""
    names = [n for n in Base.metadata.tables if not n.startswith(("audit", "procedure", "rate"))]
    return {n: hashlib.sha256("\n".join(_rows(Base.metadata.tables[n])).encode()).hexdigest() for n in names}


def test_the_same_seed_and_date_make_the_same_data(app: Flask, load: Callable[..., None], place: Any) -> None:
    from promo.core.db import db

    load(stories=True)
    first = _digest()
    db.session.remove()
    place.set_back(db.engine)
    load(stories=True)
    assert _digest() == first
    db.session.remove()
    place.set_back(db.engine)
    load(seed=2)
    assert _digest()["record"] != first["record"]


def test_what_the_stories_say_is_plausible(load: Callable[..., None]) -> None:
    load(stories=True)
    timed = select(Approval).where(Approval.read_least.is_not(None))
    read = [(one.read_seconds or 0, one.read_least or 0) for one in session().scalars(timed)]
    assert 0.02 < sum(seconds < least for seconds, least in read) / len(read) < 0.2
    assert all(0 < seconds < 600 for seconds, _least in read)
    for version in session().scalars(select(ProcedureVersion).where(ProcedureVersion.number == 2)):
        asked = str([stage["requires"][-1:] for stage in version.definition["stages"] if "requires" in stage]).lower()
        said = "lista de compradores con su último año de importaciones" if "COM-02" in version.code else "carta de la"
        assert said in asked
        assert said in version.definition["changes"]["es"].lower()


def test_load_refuses_beside_real_people(load: Callable[..., None]) -> None:
    with write() as writing:
        writing.add(Person(name="Real", email="real@rree.gob.pe"))
    with pytest.raises(RealData):
        load()
    assert session().scalar(select(func.count()).select_from(Record)) == 0


def test_load_refuses_beside_records(load: Callable[..., None]) -> None:
    load()
    with pytest.raises(RealData):
        load()


def test_references_are_unique_and_without_gaps(load: Callable[..., None]) -> None:
    load()
    found = list(session().scalars(select(Record.reference)))
    assert (
        len(found)
        == len(set(found))
        == (TINY.organisations + TINY.contacts + TINY.activities + TINY.events + TINY.missions + TINY.outcomes)
    )
    counted = Counter(reference.rsplit("-", 1)[0] for reference in found)
    query = select(ReferenceCounter.prefix, Post.code, ReferenceCounter.year, ReferenceCounter.last)
    rows = session().execute(query.join(Post, Post.id == ReferenceCounter.post_id))
    assert {f"{prefix}-{code}-{year}": last for prefix, code, year, last in rows} == counted
    last = {prefix: max(int(r.rsplit("-", 1)[1]) for r in found if r.startswith(f"{prefix}-")) for prefix in counted}
    assert last == counted


def test_what_is_derived_is_what_a_save_derives(load: Callable[..., None]) -> None:
    load()
    found: list[tuple[Any, Any]] = [(Contact, contacts._refresh), (Organisation, organisations._refresh)]
    for model, refresh in found:
        for record in session().scalars(select(model).limit(120)):
            before = record.sort_key, sorted(record.search.split()), record.title
            refresh(record)
            assert (record.sort_key, sorted(record.search.split()), record.title) == before
    session().rollback()


def test_everything_is_fictitious_and_well_formed(load: Callable[..., None]) -> None:
    load()
    addresses = [*session().scalars(select(ContactEmail.address)), *session().scalars(select(Organisation.email))]
    assert all(address and address.endswith(".example") for address in addresses)
    assert all(parties.email(address) == address for address in addresses if address)
    assert all(web and web.endswith(".example") for web in session().scalars(select(Organisation.web)))
    numbers = {*session().scalars(select(ContactPhone.number)), *session().scalars(select(OrganisationPhone.number))}
    assert all(parties.phone(number, None) == number for number in numbers)
    tax_ids = list(session().scalars(select(Organisation.tax_id).where(Organisation.tax_id.isnot(None))))
    assert tax_ids
    assert len(set(tax_ids)) == len(tax_ids)
    assert all(ruc.is_valid(str(number)) for number in tax_ids)
    romanised = session().scalars(select(Contact.romanised).where(Contact.name_order == "family_first"))
    assert all(romanised)


def test_two_contacts_are_met_again_and_again(load: Callable[..., None]) -> None:
    load()
    count = func.count()
    met = session().execute(
        select(RecordLink.to_id, count).join(Contact, Contact.id == RecordLink.to_id).group_by(RecordLink.to_id)
        .order_by(count.desc()).limit(2)
    ).all()  # fmt: skip
    assert all(number >= TINY.star for _, number in met)
    newest = select(func.max(Activity.starts_on)).join(RecordLink, RecordLink.from_id == Activity.id)
    for id_, _number in met:
        contact = session().get_one(Contact, id_)
        assert contact.last_contact_on == session().scalar(newest.where(RecordLink.to_id == id_))


def test_records_are_found_after_the_load_and_the_next_save(load: Callable[..., None], cast: Any) -> None:
    load()
    contact = session().scalars(select(Contact).order_by(Contact.id.desc())).first()
    assert contact is not None
    found = select(Record.id).where(matches(session(), contact.family_name[:5], Record.search, Record.id))
    assert contact.id in set(session().scalars(found))
    with write() as writing:
        added = contacts.add(writing, cast.officer.viewer, {"family_name": "Xylanderqq", "given_name": "Eva"}).id
        activities.log(writing, cast.officer.viewer, {"who": [str(added)], "activity_type": "call"})
    found = select(Record.id).where(matches(session(), "landerqq", Record.search, Record.id))
    assert added in set(session().scalars(found.where(Record.kind == "contact")))


def test_the_trail_has_one_event_a_record(load: Callable[..., None]) -> None:
    load()
    events = select(audit.AuditEvent.record_id).where(audit.AuditEvent.action == "create")
    told = Counter(id_ for id_ in session().scalars(events) if id_)
    assert told == Counter(session().scalars(select(Record.id)))


def test_every_post_has_a_head_and_somebody_who_writes(load: Callable[..., None]) -> None:
    alone = select(func.count()).select_from(Person).join(Post, Post.id == Person.post_id).where(Post.code.in_(ALONE))
    before = session().scalar(alone) or 0
    load()
    posts = set(session().scalars(select(Post.id).where(Post.kind != "sede")))
    heads = select(FunctionHeld.post_id).where(FunctionHeld.function == "head_of_mission")
    officers = select(PersonRole.post_id).where(PersonRole.role == "officer")
    assert posts <= set(session().scalars(heads))
    assert posts <= set(session().scalars(officers))
    assert session().scalar(alone) == before + len(ALONE)


def test_each_role_and_function_has_somebody() -> None:
    assert {part.role for part in PARTS} == {name for name, _ in ROLES}
    assert len(PARTS) == accounts.DEMO_SHOWN


def test_each_function_of_the_reference_data_has_somebody(app: Flask, session: Session) -> None:
    assert {f for part in PARTS for f in part.functions} == set(session.scalars(select(Function.code)))


def test_positions_stand_at_the_firm_that_the_contact_shows(load: Callable[..., None]) -> None:
    load()
    wrong = (
        select(Contact.id)
        .outerjoin(Position, (Position.contact_id == Contact.id) & Position.until.is_(None))
        .where(Contact.organisation_id.is_distinct_from(Position.organisation_id))
    )
    assert not list(session().scalars(wrong))


def test_stages_left_have_their_terms_by_the_rule_and_most_are_in_time(load: Callable[..., None]) -> None:
    load()
    found = select(Transition, Run, Record, Post).join(Run, Run.id == Transition.run_id)
    rows = session().execute(found.join(Record, Record.id == Run.record_id).join(Post, Post.id == Record.post_id)).all()
    counted = Counter[bool | None]()
    for move, run, record, post in rows:
        facts = {"starts_on": record.starts_on, "ends_on": getattr(record, "ends_on", None),
                 "known_on": getattr(record, "known_on", None)}  # fmt: skip
        due = binding(
            dues(definition_of(run.version), move.from_stage, facts, {}, None, both(session(), post), post.timezone)
        )
        assert move.due_on == (due.on if due else None), record.reference
        left = as_day(move.at, post.timezone)
        assert left
        assert move.late is (None if due is None else left > due.on), record.reference
        counted[move.late] += 1
    assert counted[False] > 3 * counted[True] > 0
    assert counted[False] + counted[True] > 0.9 * len(rows)


def test_logins_are_printed_and_sign_in(
    app: Flask, load: Callable[..., None], empty_ministry: None, client: Any
) -> None:
    load(hashed=security.hash_password(DEMO_PASSWORD))
    session().rollback()
    printed = app.test_cli_runner().invoke(cli.cli, ["demo", "logins", "--json"])
    people = json.loads(printed.output)
    assert {p["role"] for p in people} == {name for name, _ in ROLES}
    assert set(people[0]) == {"role", "functions", "email", "password", "post"}
    assert settings().base_url in app.test_cli_runner().invoke(cli.cli, ["demo", "logins"]).output
    one_a_role = {p["role"]: p for p in people}
    for person in one_a_role.values():
        answer = client.post("/login", data={"email": person["email"], "password": person["password"]})
        assert answer.status_code == 303, person
        client.get("/")
        client.post("/logout")


@pytest.fixture
def empty_ministry(app: Flask, session: Session) -> None:
    """Nobody is here: the cast has left."""
    with write() as writing:
        if writing.get_bind().dialect.name == "sqlite":
            writing.execute(text("PRAGMA defer_foreign_keys=ON"))
        for model in (FunctionHeld, PersonRole, Person):
            writing.connection().execute(delete(model.__table__))  # type: ignore[arg-type]


def test_load_command_leaves_an_inhabited_database_alone(app: Flask) -> None:
    runner = app.test_cli_runner()
    assert "not empty" in runner.invoke(cli.cli, ["demo", "load"]).output
    assert runner.invoke(cli.cli, ["demo", "load", "--if-empty"]).exit_code == 0
    with app.app_context():
        assert session().scalar(select(func.count()).select_from(Record)) == 0


def test_init_asks_for_a_long_password(app: Flask) -> None:
    arguments = ["init", "--name", "Nora Ríos", "--email", "nora@rree.gob.pe", "--password", "short"]
    assert "12 characters" in app.test_cli_runner().invoke(cli.cli, arguments).output
