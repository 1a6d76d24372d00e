"""Every write on events: those of acts, on this kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from promo.acts import actions as acts
from promo.acts.actions import LETTER
from promo.core.access import Viewer
from promo.events.models import Event


def plan(session: Session, viewer: Viewer, values: Mapping[str, Any], key: str | None = None) -> Event:
    """Plan an event and begin its run; the same ``key`` again returns the one already made. Raises Refused."""
    return acts.plan(session, viewer, Event, values, key)


def edit(session: Session, viewer: Viewer, id_: int, values: Mapping[str, Any], seen: int | None) -> Event:
    """Change it. Raises Stale when somebody saved it since version ``seen``, Refused for bad values."""
    return acts.edit(session, viewer, Event, id_, values, seen)


def add_participant(session: Session, viewer: Viewer, id_: int, values: Mapping[str, Any]) -> Event:
    """Add those who take part in one role (``who``: ids or ``+Name``). Raises Refused."""
    return acts.add_participant(session, viewer, Event, id_, values)


def edit_participant(
    session: Session,
    viewer: Viewer,
    id_: int,
    participant_id: int,
    values: Mapping[str, Any],
    tokens: Sequence[str] = (),
    category: str = LETTER,
) -> Event:
    """Change somebody's role, attendance, note and files. Raises Refused."""
    return acts.edit_participant(session, viewer, Event, id_, participant_id, values, tokens, category)


def remove_participant(session: Session, viewer: Viewer, id_: int, participant_id: int) -> Event:
    """Take somebody off the list."""
    return acts.remove_participant(session, viewer, Event, id_, participant_id)


def archive(session: Session, viewer: Viewer, id_: int) -> Event:
    """Put it away; the lists no longer show it."""
    return acts.archive(session, viewer, Event, id_)


def unarchive(session: Session, viewer: Viewer, id_: int) -> Event:
    """Bring it back."""
    return acts.unarchive(session, viewer, Event, id_)
