"""Counting by the clock, and a procedure's figures as a workbook or on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from promo.conformance import actions, measures, printing
from promo.conformance.reading import Reading
from promo.core.access import Viewer
from promo.core.db import write
from promo.core.exporting import About, Builder, Head, Made, Progress, Workbook, register
from promo.core.exporting.registry import Args
from promo.core.jobs import JobContext, enqueue, job, periodic
from promo.procedures import words

COUNT = "conformance.count"


@periodic(minutes=15, name=COUNT)
def ask_to_count() -> None:
    """Ask for the counting of what happened lately."""
    with write() as writing:
        enqueue(writing, COUNT)


@job(COUNT, attempts=3)
def count(job: JobContext) -> dict[str, int]:
    """Count the months that are due."""
    return {"months": actions.count_due(job.check)}


def about(session: Session, viewer: Viewer, args: Args) -> About:
    """Return what the workbook or the document would be of."""
    reading = _reading(session, viewer, args)
    kept = {"code": reading.code, **reading.asked.args}
    return About(_("Conformance: %(title)s", title=reading.title), reading.words(), len(reading.cells), kept)


def _reading(session: Session, viewer: Viewer, args: Args) -> Reading:
    return Reading(session, viewer, str(args.get("code", "")), args)


def build(session: Session, viewer: Viewer, args: Args, path: Path, progress: Progress) -> Made:
    """Write what the page of a procedure shows to this viewer: a workbook, or a document on paper."""
    reading = _reading(session, viewer, args)
    progress(0, 4)
    if path.suffix == ".pdf":
        made, lines = printing.pdf(reading)
        path.write_bytes(made)
        progress(4, 4)
        return Made(lines)
    with Workbook(path, viewer) as book:
        rows = _figures(book, reading) + _stages(book, reading)
        progress(2, 4)
        rows += _ways(book, reading) + _refusals(book, reading) + _posts(book, reading)
        book.cover(_("Conformance: %(title)s", title=reading.title), reading.words())
        progress(4, 4)
    return Made(rows, book.notes)


def where(args: Args) -> tuple[str, dict[str, Any]]:
    """Return the page at which it is asked for."""
    return "conformance.show", dict(args)


register(Builder("conformance", "conformance.export", about, build, ("xlsx", "pdf"), page=where))


def _figures(book: Workbook, reading: Reading) -> int:
    heads = [Head(_("Figure")), Head(_("How many"), "integer"), Head(_("of"), "integer"), Head(_("What it means"))]
    sheet = book.sheet(_("Figures"), heads)
    for one in reading.values:
        sheet.write([str(one.figure.label), one.count, one.total, str(one.figure.definition)])
    return sheet.rows


def _stages(book: Workbook, reading: Reading) -> int:
    labels = (
        _("Left"), _("With a term"), _("In time"), _("Half within"), _("Nine of ten within"),
        _("waiting, half within"), _("waiting, nine of ten within"), _("Refusals"),
    )  # fmt: skip
    heads = [Head(_("Stage")), *(Head(label, "integer") for label in labels)]
    sheet = book.sheet(_("Stages"), heads)
    for line in reading.stages:
        spread = [measures.percentile(of, share) for of in (line.days, line.waited) for share in (0.5, 0.9)]
        title = words.stage_title(reading.definition, line.key)
        sheet.write([title, line.left, line.with_term, line.in_time, *spread, line.refusals])
    return sheet.rows


def _ways(book: Workbook, reading: Reading) -> int:
    heads = [Head(_("From stage")), Head(_("To stage")), Head(_("Taken"), "integer"), Head(_("In the procedure"))]
    sheet = book.sheet(_("Ways taken"), heads)
    for line in reading.stages:
        stage = reading.definition.stage(line.key)
        intended = {way.to for way in stage.ways} if stage else set()
        for to, count in line.ways.most_common():
            titles = [words.stage_title(reading.definition, key) for key in (line.key, to)]
            sheet.write([*titles, count, _("yes") if to in intended else _("no")])
    return sheet.rows


def _refusals(book: Workbook, reading: Reading) -> int:
    sheet = book.sheet(_("Refusals"), [Head(_("Requirement")), Head(_("Stage")), Head(_("Refusals"), "integer")])
    for stage, item, count in reading.refusals(most=10_000):
        label = words.item_title(reading.definition, item, reading.functions)
        sheet.write([label, words.stage_title(reading.definition, stage), count])
    return sheet.rows


def _posts(book: Workbook, reading: Reading) -> int:
    labels = (
        _("Begun"), _("Completed"), _("Stages in time"), _("Stages late"), _("Refusals"), _("With an exception"),
        _("With an urgency"), _("With a nonconforming output"),
    )  # fmt: skip
    sheet = book.sheet(_("By post"), [Head(_("Post")), *(Head(label, "integer") for label in labels)])
    for _id, name, line in reading.posts():
        departed = (line.exceptions, line.urgencies, line.nonconformities)
        sheet.write([name, line.started, line.finished, line.in_time, line.late, line.refusals, *departed])
    return sheet.rows
