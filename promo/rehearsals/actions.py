"""Writes on rehearsals: asking for one, calling it off, keeping what was found."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from promo.core import clock, jobs
from promo.core.access import Viewer, require
from promo.core.errors import Reason, Refused
from promo.procedures.rehearsal import rules_digest
from promo.rehearsals import queries
from promo.rehearsals.models import Rehearsal

JOB = "rehearsals.rehearse"
LONGEST = 5  # years


def start(session: Session, viewer: Viewer, version_id: int, since: date | None) -> Rehearsal:
    """Ask for a rehearsal of a version; one of the same text that is under way is returned.

    Raises :class:`Refused` for a day to come or long past.
    """
    version = queries.version(session, viewer, version_id)
    require(viewer, "rehearsals.start", version)
    today = clock.today()
    if since is None or not today.year - LONGEST <= since.year or since > today:
        raise Refused(Reason(_l("Choose a day of the last %(years)s years.", years=LONGEST), "since"))
    digest = rules_digest(version.definition)
    last = queries.latest(session, version.id)
    if last is not None and last.is_open and (last.digest, last.since) == (digest, since):
        return last
    made = Rehearsal(version_id=version.id, digest=digest, since=since, person_id=viewer.person_id)
    session.add(made)
    session.flush()
    job = jobs.enqueue(
        session, JOB, {"rehearsal": made.id}, key=f"{JOB}-{made.id}", owner_id=viewer.person_id, locale=viewer.locale
    )
    made.job_id = job.id
    return made


def cancel(session: Session, viewer: Viewer, id_: int) -> bool:
    """Call a rehearsal off; return whether it was still to come or under way."""
    found = queries.rehearsal(session, viewer, id_)
    require(viewer, "rehearsals.cancel", found)
    return found.job_id is not None and jobs.cancel(session, found.job_id)


def finish(session: Session, job: jobs.JobContext, rehearsal_id: int, digest: str, result: dict[str, Any]) -> None:
    """Keep what was found and of which text, and say that it is done, in one."""
    rehearsal = session.get_one(Rehearsal, rehearsal_id)
    rehearsal.digest = digest
    rehearsal.result, rehearsal.finished_at = result, clock.now()
    session.flush()
    job.finish(session)
