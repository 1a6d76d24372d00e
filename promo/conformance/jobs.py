"""Counting by the clock, and the workbook of a procedure's figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from promo.conformance import actions, forms, measures, queries
from promo.core import clock
from promo.core.access import Viewer
from promo.core.db import write
from promo.core.exporting import About, Builder, Head, Made, Progress, Workbook, register
from promo.core.exporting.registry import Args
from promo.core.jobs import JobContext, enqueue, job, periodic
from promo.procedures import words
from promo.procedures.case import definition_of, function_names

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
    """Return what the workbook would be of."""
    reading = _Reading(session, viewer, args)
    return About(_("Conformance: %(title)s", title=reading.title), reading.words(), len(reading.cells), reading.kept)


def build(session: Session, viewer: Viewer, args: Args, path: Path, progress: Progress) -> Made:
    """Write the workbook of what the page of a procedure shows to this viewer."""
    reading = _Reading(session, viewer, args)
    progress(0, 4)
    with Workbook(path, viewer) as book:
        rows = _figures(book, reading) + _stages(book, reading)
        progress(2, 4)
        rows += _refusals(book, reading) + _posts(book, reading)
        book.cover(_("Conformance: %(title)s", title=reading.title), reading.words())
        progress(4, 4)
    return Made(rows, book.notes)


register(Builder("conformance", "conformance.export", about, build))


class _Reading:
    """An address as somebody's page: what was asked, what was counted."""

    def __init__(self, session: Session, viewer: Viewer, args: Args) -> None:
        self.session, self.viewer, self.code = session, viewer, str(args.get("code", ""))
        self.versions = queries.versions(session, viewer, self.code)
        posts = [p for p, _name in queries.posts(session, viewer)]
        self.asked = forms.read(args, viewer, self.versions, posts, clock.today(viewer.timezone))
        self.definition = definition_of(self.asked.version)
        self.cells = queries.cells(session, viewer, self.asked.scope)
        self.title = words.pick(self.definition.title)
        self.kept = {"code": self.code, **self.asked.args}

    def words(self) -> list[tuple[str, Any]]:
        """Return what the workbook is of, in words."""
        scope = self.asked.scope
        numbers = ", ".join(str(v.number) for v in self.versions if v.id in scope.versions)
        names = queries.post_names(self.session, self.viewer, scope.posts or ())
        return [
            (_("Procedure"), f"{self.code} {self.title}"),
            (_("Versions"), numbers),
            (_("Period"), self.asked.title),
            (_("Post"), ", ".join(names.values()) if scope.posts is not None else _("All posts")),
        ]


def _figures(book: Workbook, reading: _Reading) -> int:
    heads = [Head(_("Figure")), Head(_("How many"), "integer"), Head(_("of"), "integer"), Head(_("What it means"))]
    sheet = book.sheet(_("Figures"), heads)
    for one in measures.values(reading.cells):
        sheet.write([str(one.figure.label), one.count, one.total, str(one.figure.definition)])
    return sheet.rows


def _stages(book: Workbook, reading: _Reading) -> int:
    labels = (
        _("Left"), _("With a term"), _("In time"), _("Half within"), _("Nine of ten within"),
        _("waiting, half within"), _("waiting, nine of ten within"), _("Refusals"),
    )  # fmt: skip
    heads = [Head(_("Stage")), *(Head(label, "integer") for label in labels)]
    sheet = book.sheet(_("Stages"), heads)
    for line in measures.stage_lines(reading.cells, reading.definition):
        spread = [measures.percentile(of, share) for of in (line.days, line.waited) for share in (0.5, 0.9)]
        title = words.stage_title(reading.definition, line.key)
        sheet.write([title, line.left, line.with_term, line.in_time, *spread, line.refusals])
    return sheet.rows


def _refusals(book: Workbook, reading: _Reading) -> int:
    sheet = book.sheet(_("Refusals"), [Head(_("Requirement")), Head(_("Stage")), Head(_("Refusals"), "integer")])
    functions = function_names(reading.session)
    for stage, item, count in measures.refusals_by_item(reading.cells, most=10_000):
        label = words.item_title(reading.definition, item, functions)
        sheet.write([label, words.stage_title(reading.definition, stage), count])
    return sheet.rows


def _posts(book: Workbook, reading: _Reading) -> int:
    heads = [Head(_("Post")), *(Head(label, "integer") for label in (
        _("Begun"), _("Completed"), _("Stages in time"), _("Stages late"), _("Refusals")))]  # fmt: skip
    sheet = book.sheet(_("By post"), heads)
    counted = queries.by_post(reading.session, reading.viewer, reading.asked.scope)
    names = queries.post_names(reading.session, reading.viewer, list(counted))
    for post, of in sorted(counted.items(), key=lambda pair: names.get(pair[0], "")):
        line = measures.PostLine.of(of)
        sheet.write([names.get(post, ""), line.started, line.finished, line.in_time, line.late, line.refusals])
    return sheet.rows
