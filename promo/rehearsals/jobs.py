"""The job that rehearses a draft: it reads, says how far it is, and may be called off; broken off, it begins anew."""

from __future__ import annotations

from promo.core import clock
from promo.core.db import session, write
from promo.core.jobs import JobContext, job
from promo.procedures.case import definition_of
from promo.procedures.models import ProcedureVersion
from promo.procedures.rehearsal import rehearse as read_through
from promo.procedures.rehearsal import rules_digest
from promo.rehearsals import actions, queries


@job(actions.JOB, attempts=3)
def rehearse(job: JobContext) -> None:
    """Rehearse a version's text as it is when the job begins."""
    asked = queries.by_id(session(), job.payload["rehearsal"])
    if asked is None:
        return
    version = session().get_one(ProcedureVersion, asked.version_id)
    definition, digest = definition_of(version), rules_digest(version.definition)
    since, rehearsal_id = asked.since, asked.id

    def progress(done: int, total: int) -> None:
        job.check()
        job.progress(done, total)

    result = read_through(session(), definition, since, clock.today(), progress)
    with write() as writing:
        actions.finish(writing, job, rehearsal_id, digest, result)
