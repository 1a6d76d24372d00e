"""The job that builds an export, and the one that clears away what nobody may fetch any longer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from flask_babel import lazy_gettext as _l

from promo.accounts import queries as accounts
from promo.config import settings
from promo.core import audit, clock
from promo.core.access import Viewer, require
from promo.core.db import session, write
from promo.core.errors import Forbidden, PromoError, Refused
from promo.core.exporting import Export, find
from promo.core.files import store
from promo.core.jobs import JobContext, job, periodic
from promo.exports import actions, queries


@job(actions.JOB, attempts=3)
def build(job: JobContext) -> None:
    """Build the file with the rights of the asker as they are now; begun anew when it was broken off."""
    export = queries.by_id(session(), job.payload["export"])
    if export is None:
        return
    try:
        _build(job, export)
    except PromoError as refused:
        with write() as writing:
            actions.refuse(writing, export.id, str(refused))
        raise


def _build(job: JobContext, export: Export) -> None:
    viewer = asker(export, job.locale)

    def progress(done: int, total: int | None = None) -> None:
        job.check()
        job.progress(done, total)

    with folder(export) as place:
        path = place / f"export.{export.format}"
        made = find(export.name).build(session(), viewer, export.args, path, progress)
        size = path.stat().st_size
        with path.open("rb") as stream:
            store().put(export.stored, stream, size)
    with audit.acting(viewer.person_id), write() as writing:
        actions.finish(writing, job, export.id, made, size)


def asker(export: Export, locale: str) -> Viewer:
    """Return who asked as they are today; raises :class:`Refused` for somebody who may no longer."""
    viewer = accounts.viewer_of(session(), export.person_id, clock.today())
    if viewer is None:
        raise Refused(_l("The account of whoever asked for this is no longer in use."))
    try:
        require(viewer, find(export.name).permission)
    except Forbidden:
        raise Refused(_l("You may no longer export this.")) from None
    return replace(viewer, locale=locale)


@contextmanager
def folder(export: Export) -> Iterator[Path]:
    """A folder of the export's own for its making, empty at the beginning whatever an earlier one left."""
    path = settings().data_dir / "exporting" / str(export.id)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True, mode=0o700)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@periodic(hours=1, name="exports.clean_up")
def clean_up() -> None:
    """Remove exports whose time is over: the file first, so that none is left without its row."""
    while gone := queries.expired(session(), clock.now()):
        for id_, stored in gone:
            store().delete(stored)
            shutil.rmtree(settings().data_dir / "exporting" / str(id_), ignore_errors=True)
        with write() as writing:
            actions.forget(writing, [id_ for id_, _stored in gone])
