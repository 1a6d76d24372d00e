"""What procedures do by the clock: versions come into force on their date, requests find somebody else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from promo.core import clock
from promo.core.db import session, write
from promo.core.errors import Refused
from promo.core.jobs import JobContext, job, periodic, write_in_chunks
from promo.procedures import readers, rerouting, terms, version_notices, versions
from promo.procedures.calendar_watch import RECOUNT
from promo.procedures.case import definition_of
from promo.procedures.models import ProcedureVersion
from promo.procedures.readers import Reader, Standing

REMIND = "procedures.remind"


@periodic(minutes=30, name="procedures.in_force")
def bring_into_force() -> None:
    """Bring approved versions into force whose date has come, each in a transaction of its own.

    One that can't come is told to quality; the others do not wait for it.
    """
    today = clock.today()
    due = [v.id for v in versions.due_versions(session(), today)]
    for version_id in due:
        try:
            with write() as writing:
                versions.bring_due_into_force(writing, version_id, today)
        except Refused as refused:
            with write() as writing:
                version = writing.get_one(ProcedureVersion, version_id)
                version_notices.tell_held_up(writing, version, [r.message for r in refused.reasons], today)


@periodic(hours=6, name="procedures.reviews")
def tell_reviews() -> None:
    """Tell owners and quality of the procedures whose yearly review is coming or due."""
    today = clock.today()
    for procedure, version in version_notices.reviews(session(), today):
        with write() as writing:
            version_notices.tell_review(writing, procedure, version, today)


@job(versions.TELL)
def tell(job: JobContext) -> None:
    """Tell everybody concerned that a version is in force, a few at a time."""
    version = session().get(ProcedureVersion, job.payload["version"])
    if version is None or version.status != "effective":
        return
    today = clock.today()
    standings = readers.standings(session(), today, version.id).get(version, [])
    until = {s.reader.person_id: s.until for s in standings}
    people = readers.readers(readers.staff(session(), today), definition_of(version))
    people.sort(key=lambda r: r.person_id)

    def act(writing: Session, chunk: list[Reader]) -> None:
        told = writing.get_one(ProcedureVersion, version.id)
        for reader in chunk:
            version_notices.tell(writing, told, reader, until.get(reader.person_id) if told.substance else None)

    def after(mark: Any) -> Iterable[Reader]:
        return (r for r in people if mark is None or r.person_id > mark)

    write_in_chunks(job, after, act, mark=lambda r: r.person_id, total=len(people))


@job(REMIND)
def remind(job: JobContext) -> None:
    """Remind those (of some posts) who have not said that they have read a version, a few at a time."""
    version = session().get(ProcedureVersion, job.payload["version"])
    if version is None or version.status != "effective":
        return
    today, posts = clock.today(), job.payload.get("posts")
    waiting = sorted(
        (
            s
            for s in readers.standings(session(), today, version.id).get(version, [])
            if s.read_at is None and (posts is None or s.reader.post_id in posts)
        ),
        key=lambda s: s.reader.person_id,
    )

    def act(writing: Session, chunk: list[Standing]) -> None:
        reminded = writing.get_one(ProcedureVersion, version.id)
        for standing in chunk:
            version_notices.remind(writing, reminded, standing, today)

    def after(mark: Any) -> Iterable[Standing]:
        return (s for s in waiting if mark is None or s.reader.person_id > mark)

    write_in_chunks(job, after, act, mark=lambda s: s.reader.person_id, total=len(waiting))


@periodic(minutes=30, name="procedures.reroute")
def reroute() -> None:
    """Send requests on whose approver is away, gone or no longer holds the function, and those that had nobody."""
    for approval_id in rerouting.open_requests(session()):
        with write() as writing:
            rerouting.reroute(writing, approval_id)


@job(RECOUNT)
def recount(job: JobContext) -> dict[str, int]:
    """Count the terms of open runs again after a calendar or a time zone changed, a chunk at a time."""
    payload, changed = job.payload, [0]

    def act(writing: Session, chunk: list[int]) -> None:
        changed[0] += sum(
            terms.recount_run(writing, run_id, payload["recounted"], **payload["details"]) for run_id in chunk
        )

    looked = write_in_chunks(
        job, lambda after: terms.open_runs(session(), payload["posts"], after), act, mark=lambda run_id: run_id
    )
    return {"looked_at": looked, "changed": changed[0]}
