"""The report as a workbook (the figures, each breakdown, and the rows behind each figure), and the job of rollups."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from promo.core import clock, listing
from promo.core.access import Viewer
from promo.core.db import session as current
from promo.core.db import write
from promo.core.exporting import About, Builder, Head, Made, Progress, Workbook, register
from promo.core.exporting.lists import heads
from promo.core.exporting.registry import Args
from promo.core.jobs import JobContext, enqueue, job, periodic
from promo.core.periods import Period
from promo.core.records import PILLARS
from promo.reference import queries as reference
from promo.reports import actions, forms, queries
from promo.reports.forms import Asked
from promo.reports.measures import Figure, Line, Measure, Report

TOLD_EVERY = 500  # rows
ROLL_UP = "reports.roll_up"


@periodic(minutes=5, name=ROLL_UP)
def ask_to_roll_up() -> None:
    """Ask for the counting of what changed, if anything did."""
    due = actions.is_due()
    current().rollback()
    if due:
        with write() as writing:
            enqueue(writing, ROLL_UP)


@job(ROLL_UP, attempts=3)
def roll_up(job: JobContext) -> dict[str, int]:
    """Count the months that changed."""
    return {"months": actions.roll_up(job.check)}


def about(session: Session, viewer: Viewer, args: Args) -> About:
    """Return what the workbook would be of."""
    reading = _Reading(session, viewer, args)
    rows = sum(now.count for now, _before in reading.report.figures())
    return About(_("Report"), reading.words(), rows, reading.asked.args)


def build(session: Session, viewer: Viewer, args: Args, path: Path, progress: Progress) -> Made:
    """Write the workbook of what the dashboard shows at this address to this viewer."""
    reading = _Reading(session, viewer, args)
    report, names = reading.report, reading.names
    total, done = sum(now.count for now, _before in report.figures()), 0
    progress(0, total)
    with Workbook(path, viewer) as book:
        _figures(book, report)
        _by_date(book, report)
        for side, title, order in (
            ("post", _("By post"), ()),
            ("pillar", _("By pillar"), (*dict(PILLARS), None)),
            ("country", _("By country"), ()),
        ):
            _breakdown(book, title, str(forms.LABELS[side]), report.by(side, order), names[side], report.measures)
        for measure in report.measures:
            done = _rows(book, session, viewer, measure, reading, (done, total), progress)
        book.cover(f"{_('Report')}: {report.scope.period.title(viewer.locale)}", reading.cover())
    return Made(done, book.notes)


register(Builder("reports", "reports.export", about, build))


class _Reading:
    """An address as somebody's report: what was asked, its figures, and the names in it."""

    def __init__(self, session: Session, viewer: Viewer, args: Args) -> None:
        self.offices = queries.offices(session, viewer)
        self.countries = reference.country_names(session, viewer.locale)
        today = clock.today(viewer.timezone)
        self.asked: Asked = forms.read(args, viewer, self.offices, self.countries, today)
        self.report = Report(session, viewer, self.asked.scope)
        self.names: dict[str, dict[Any, Any]] = {
            "post": {o.id: o.name for o in self.offices},
            "pillar": dict(PILLARS),
            "country": self.countries,
        }

    def words(self, named: int = forms.NAMED) -> list[tuple[str, str]]:
        """Return the filters in words."""
        return forms.words(self.asked, self.offices, self.countries, named)

    def cover(self) -> list[tuple[str, Any]]:
        """Return the lines of the cover: period with its days, filters, what the figures are."""
        period = self.report.scope.period
        return [
            *self.words(named=len(self.offices)),
            (_("From"), period.since),
            (_("Until"), period.until),
            (_("Data"), _("What the person who exported this may see, at that moment.")),
            *((str(one.label), str(one.definition)) for one in self.report.measures),
        ]


def _figures(book: Workbook, report: Report) -> None:
    dollars = _("US dollars")
    sheet = book.sheet(
        _("Figures"),
        [
            Head(_("Figure")), Head(_("Rows"), "integer"), Head(dollars, "money"),
            Head(_("Rows a year before"), "integer"), Head(_("US dollars a year before"), "money"),
            Head(_("What it means")),
        ],
    )  # fmt: skip
    for now, before in report.figures():
        summed = now.measure.summed is not None
        amounts = (now.total, before.total) if summed else (None, None)
        words = str(now.measure.definition)
        sheet.write([str(now.measure.label), now.count, amounts[0], before.count, amounts[1], words])


def _columns(measures: Sequence[Measure]) -> list[Head]:
    """Return the heads of the measures: how many rows, and the sum in US dollars where there is one."""
    found = []
    for one in measures:
        found.append(Head(str(one.label), "integer"))
        if one.summed is not None:
            found.append(Head(_("%(figure)s, US$", figure=one.label), "money"))
    return found


def _values(figures: Sequence[Figure]) -> list[Any]:
    return [v for f in figures for v in ((f.count,) if f.measure.summed is None else (f.count, f.total))]


def _by_date(book: Workbook, report: Report) -> None:
    sheet = book.sheet(_("Over time"), [Head(_("From"), "date"), Head(_("Until"), "date"), *_columns(report.measures)])
    for line in report.by_date():
        period: Period = line.value
        sheet.write([period.since, period.until, *_values(list(line.figures.values()))])


def _breakdown(
    book: Workbook, title: str, head: str, lines: Sequence[Line], names: dict[Any, Any], measures: Sequence[Measure]
) -> None:
    sheet = book.sheet(title, [Head(head), *_columns(measures)])
    for line in lines:
        name = _("none") if line.value is None else str(names.get(line.value, line.value))
        sheet.write([name, *_values(list(line.figures.values()))])


def _rows(
    book: Workbook,
    session: Session,
    viewer: Viewer,
    measure: Measure,
    reading: _Reading,
    at: tuple[int, int],
    progress: Progress,
) -> int:
    """Write the rows behind a figure; return how many rows there are in the workbook by now."""
    kind, (done, total) = measure.of, at
    sheet = book.sheet(str(measure.label), heads(session, kind, viewer))
    names = ["reference", *(column.name for column in listing.exported(kind.listing))]
    asked = measure.asked(reading.report.scope)
    for row in listing.every_row(session, kind.listing, viewer, asked):
        sheet.write([row._mapping[name] for name in names])
        done += 1
        if done % TOLD_EVERY == 0:
            progress(done, max(done, total))
    progress(done, max(done, total))
    return done
