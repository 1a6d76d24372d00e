"""Saying that one has read a version; reminding those who have not."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.acknowledgements import queries
from promo.core import clock, jobs
from promo.core.access import Viewer, require
from promo.core.errors import Refused
from promo.procedures import readers
from promo.procedures.jobs import REMIND
from promo.procedures.models import ProcedureVersion


def acknowledge(session: Session, viewer: Viewer, version_id: int) -> ProcedureVersion:
    """Say that one has read a version in force. Raises :class:`Refused` for one that is not."""
    version = queries.version(session, version_id)
    require(viewer, "acknowledgements.acknowledge", version)
    readers.acknowledge(session, viewer, version)
    return version


def remind(session: Session, viewer: Viewer, version_id: int) -> None:
    """Have those of the viewer's posts reminded who have not read a version; once a day."""
    version = queries.version(session, version_id)
    require(viewer, "acknowledgements.remind", version)
    today = clock.today()
    if version.status != "effective":
        raise Refused(_l("This version is not in force."))
    if queries.reminded(session, viewer, version_id, today):
        raise Refused(_l("They were reminded today already."))
    payload = {"version": version_id, "posts": queries.posts_of(viewer)}
    key = queries.reminder(viewer, version_id, today)
    jobs.enqueue(session, REMIND, payload, key=key, owner_id=viewer.person_id)
