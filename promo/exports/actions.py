"""Writes on exports: asking for one, calling it off, saying that it is there, clearing away."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete
from sqlalchemy.orm import Session

from promo.core import audit, clock, jobs
from promo.core.access import Viewer, require
from promo.core.errors import Refused
from promo.core.exporting import About, Export, Made, find
from promo.exports import queries

JOB = "exports.build"
KEPT = timedelta(days=3)  # people's data should not lie about; asking again is easy
SMALL = 2_000  # rows that are exported at once, while one waits


def start(session: Session, viewer: Viewer, name: str, format_: str, about: About) -> Export:
    """Ask for an export; the same one asked for twice while it is being built is one."""
    builder = find(name)
    require(viewer, "exports.start")
    require(viewer, builder.permission)
    if format_ not in builder.formats:
        raise Refused(_l("It is not made in this format."))
    if (same := queries.being_built(session, viewer, name, about.args, format_)) is not None:
        return same
    export = Export(
        person_id=viewer.person_id, name=name, args=dict(about.args), format=format_, title=about.title[:300],
        words=[list(pair) for pair in about.words], stored=f"exports/{secrets.token_hex(16)}",
        expires=clock.now() + KEPT,
    )  # fmt: skip
    session.add(export)
    session.flush()
    job = jobs.enqueue(
        session, JOB, {"export": export.id}, key=f"{JOB}-{export.id}", owner_id=viewer.person_id,
        locale=viewer.locale, total=about.rows or None,
    )  # fmt: skip
    export.job_id = job.id
    return export


def cancel(session: Session, viewer: Viewer, id_: int) -> bool:
    """Call an export off; return whether it was still to come or under way."""
    export = queries.export(session, viewer, id_)
    require(viewer, "exports.cancel", export)
    return export.job_id is not None and jobs.cancel(session, export.job_id)


def finish(session: Session, job: jobs.JobContext, export_id: int, made: Made, size: int) -> None:
    """Say that the file is there, in the trail too: what, by which filters, how many rows, in which format."""
    export = session.get_one(Export, export_id)
    export.rows, export.size, export.notes = made.rows, size, list(made.notes)
    export.finished_at, export.expires = clock.now(), clock.now() + KEPT
    audit.note(session, "export", data=told(export) | dict(made.told), table="export", row=export.id)
    job.finish(session, {"rows": made.rows, "size": size})


def refuse(session: Session, export_id: int, reason: str) -> None:
    """Keep why an export was refused, for its page."""
    session.get_one(Export, export_id).notes = [reason]


def told(export: Export) -> dict[str, Any]:
    """Return what the trail tells of an export."""
    return {"name": export.name, "filters": dict(export.args), "rows": export.rows, "format": export.format}


def forget(session: Session, ids: Sequence[int]) -> None:
    """Remove the rows of exports whose files are gone; the trail keeps who exported what."""
    session.execute(delete(Export).where(Export.id.in_(ids)))
