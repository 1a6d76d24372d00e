"""Small writes beside the request's own: they survive it, and never wait for it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from promo.accounts.models import Person
from promo.core import audit
from promo.core.audit import AuditEvent
from promo.core.db import write
from promo.core.errors import NestedWrite, Refused
from promo.core.notes import note, noting, tell
from tests.cast import Cast


def _told(session: Session, action: str) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == action)) or 0


def _tell_and_refuse(session: Session) -> None:
    audit.note(session, "refused")
    raise Refused("no")


def test_a_note_survives_a_refusal_and_a_get(session: Session, cast: Cast) -> None:
    session.execute(select(Person.id)).all()
    with note() as beside:
        assert noting()
        beside.get_one(Person, cast.officer.id).theme = "dark"
    tell("procedures.refused", data={"item": "capacity"})
    session.rollback()
    assert not noting()
    assert session.get_one(Person, cast.officer.id).theme == "dark"
    assert _told(session, "procedures.refused")


def test_a_note_inside_a_write_says_so_at_once(session: Session) -> None:
    with write(), pytest.raises(NestedWrite, match="inside write"), note():
        pass
    with pytest.raises(NestedWrite), write(), note():
        pass
    with note() as beside, pytest.raises(NestedWrite), write():
        beside.rollback()


def test_a_note_that_fails_leaves_nothing(session: Session, cast: Cast) -> None:
    with pytest.raises(Refused), note() as beside:
        _tell_and_refuse(beside)
    assert not _told(session, "refused")
    assert not noting()
