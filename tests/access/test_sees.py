"""The two forms of one rule agree: ``sees`` for a row at hand, ``visibility`` in SQL; no outsider is let in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from promo.contacts.models import Contact
from promo.core import records
from promo.core.access import ROLES, Grant, Viewer, sees, visible, works_on
from promo.core.db import db, write
from promo.core.records import APPROVER, VISIBILITIES, Record, RecordMember
from tests import database, world
from tests.cast import Cast
from tests.factories import post

PEOPLE = ("officer", "other_officer", "auditor")
POSTS = ("CG-US-LAX", "EMB-JP-TYO")


@dataclass(frozen=True)
class Stage:
    """The posts and people by number, for viewers that are made up."""

    posts: tuple[int, ...]
    people: tuple[int, ...]


@pytest.fixture(scope="module")
def stage(made: tuple[Flask, Cast], place: database.Place) -> Iterator[Stage]:
    """A record of every visibility, post and owner, with nobody, a member or an approver beside the owner."""
    app, cast = made
    with app.app_context():
        posts = [post(code) for code in POSTS]
        people = [cast.members[name].id for name in PEOPLE]
        with write() as session:
            for visibility, _label in VISIBILITIES:
                for where in posts:
                    for owner in (None, *people[:2]):
                        for role in (None, "member", APPROVER):
                            _store(session, visibility, where, owner, role, people[0])
        yield Stage(tuple(p.id for p in posts), tuple(people))
        db.session.remove()
    world.clean(app, place)


def _store(session, visibility: str, where, owner: int | None, role: str | None, person: int) -> None:
    row = Contact(
        title="Zarumilla", family_name="Zarumilla", languages=[], visibility=visibility, post_id=where.id,
        owner_id=owner, reference=records.next_reference(session, "CT", where),
    )  # fmt: skip
    records.refresh_texts(row)
    session.add(row)
    session.flush()
    if role:
        session.add(RecordMember(record_id=row.id, person_id=person, role=role))


GRANTS = st.lists(
    st.tuples(st.sampled_from([name for name, _label in ROLES]), st.sampled_from([None, 0, 1]),
              st.sampled_from([None, "trade", "tourism"])),
    max_size=3,
)  # fmt: skip


@given(grants=GRANTS, person=st.integers(0, len(PEOPLE) - 1))
def test_a_row_is_seen_just_when_the_query_finds_it(stage: Stage, grants, person: int) -> None:
    held = tuple(Grant(role, None if at is None else stage.posts[at], pillar) for role, at, pillar in grants)
    viewer = Viewer(stage.people[person], "Somebody", grants=held)
    session = db.session()
    everything = session.scalars(select(Record)).all()
    found = set(session.scalars(visible(select(Record.id), viewer)))
    assert found == {r.id for r in everything if sees(viewer, r)}
    assert not found or viewer.staff
    for row in everything:
        if row.visibility == "team" and row.id in found:
            reads = any(g.role in ("quality", "auditor") and g.post_id in (None, row.post_id) for g in held)
            member = session.get(RecordMember, (row.id, viewer.person_id)) is not None
            assert reads or member or row.owner_id == viewer.person_id


def test_who_is_asked_to_approve_sees_it_and_does_not_work_on_it(stage: Stage) -> None:
    session = db.session()
    asked = Viewer(stage.people[0], "Somebody", grants=(Grant("officer", 0),))
    team = select(Record).join(RecordMember).where(Record.visibility == "team", Record.owner_id != stage.people[0])
    for role, works in (("member", True), (APPROVER, False)):
        for row in session.scalars(team.where(RecordMember.role == role)):
            assert sees(asked, row)
            assert works_on(asked, row) is works
