"""The trail for people; and what is left of it when personal data is erased."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from promo.accounts.models import Person
from promo.contacts import actions as contacts
from promo.contacts.models import Contact
from promo.core import audit
from promo.core.db import write
from tests.cast import Cast


def test_erased_values_are_gone_and_the_trail_still_holds(session: Session, cast: Cast) -> None:
    with write() as writing:
        values = {"family_name": "Secreta", "country": "PE", "emails": ["secreta@firm.example"]}
        contact_id = contacts.add(writing, cast.officer.viewer, values).id
    audit.checkpoint(session)
    with audit.acting(cast.admin.id), write() as writing:
        count = audit.erase(writing, writing.get_one(Contact, contact_id), reason="asked by the person", act="RD 7")
    assert count > 4
    stored = str(session.execute(text("SELECT old, new FROM audit_value")).all()).lower()
    assert "secreta" not in stored
    report = audit.verify(session)
    assert report.ok, report.first_problem
    assert report.erased == count
    entries = audit.history(session, contact_id)
    assert entries[0].action == "erase"
    assert all(was.erased for was in entries[-1].changes)


def test_history_is_read_page_by_page_with_names(session: Session, cast: Cast) -> None:
    with audit.acting(cast.officer.id), write() as writing:
        id_ = contacts.add(writing, cast.officer.viewer, {"family_name": "Uno", "country": "PE"}).id
    for name in ("Dos", "Tres"):
        with audit.acting(cast.colleague.id), write() as writing:
            contacts.edit(writing, cast.officer.viewer, id_, {"family_name": name}, None)
    first = audit.history(session, id_, limit=2)
    rest = audit.history(session, id_, before=first[-1].id)
    assert [e.action for e in first + rest] == ["update", "update", "create"]
    (was,) = [c for c in first[0].changes if c.name == "family_name"]
    assert (was.old, was.new) == ("Dos", "Tres")
    assert was.label
    assert first[0].actor_id == cast.colleague.id


def test_history_masks_what_is_sensitive(session: Session, cast: Cast) -> None:
    with write() as writing:
        writing.get_one(Person, cast.officer.id).phone = "+13105550134"
    (open_, *_rest) = audit.history(session, table="person", row=cast.officer.id)
    (masked, *_rest) = audit.history(session, table="person", row=cast.officer.id, mask=True)
    assert [c.new for c in open_.changes] == ["+13105550134"]
    assert "+1310" not in str(masked.changes)
