"""The export of a list: what is shown, with the same filters, search, tab and order, and all columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from promo.config import settings
from promo.core import listing
from promo.core.access import Viewer
from promo.core.exporting.cells import Head
from promo.core.exporting.csv_file import CsvFile
from promo.core.exporting.registry import About, Args, Builder, Made, Progress
from promo.core.exporting.workbook import Workbook
from promo.core.fields import field_of
from promo.core.records import Record

TOLD_EVERY = 500  # rows


def builder_of(kind: listing.Listed) -> Builder:
    """Return the builder of a list, under the name of its feature."""

    def about(session: Session, viewer: Viewer, args: Args) -> About:
        asked = listing.Request.of(kind.listing, args)
        found = words(session, kind.listing, viewer, asked)
        return About(str(kind.plural), found, listing.count(session, kind.listing, viewer, asked), asked.args)

    def build(session: Session, viewer: Viewer, args: Args, path: Path, progress: Progress) -> Made:
        asked = listing.Request.of(kind.listing, args)
        rows = _rows(session, kind, viewer, asked, progress)
        if path.suffix == ".csv":
            with CsvFile(path, heads(session, kind, viewer), viewer.timezone) as file:
                for row in rows:
                    file.write(row)
            return Made(file.rows)
        with Workbook(path, viewer) as book:
            sheet = book.sheet(str(kind.plural), heads(session, kind, viewer))
            for row in rows:
                sheet.write(row)
            book.cover(str(kind.plural), _cover(session, kind, viewer, asked, sheet.rows))
        return Made(sheet.rows, book.notes)

    return Builder(kind.blueprint, f"{kind.blueprint}.export", about, build, ("xlsx", "csv"))


def heads(session: Session, kind: listing.Listed, viewer: Viewer) -> list[Head]:
    """Return the heads of the columns; of records, the reference first."""
    columns = listing.exported(kind.listing)
    first = [Head(str(field_of(Record.reference).label))] if kind.listing.of_records else []
    return [*first, *(Head(str(c.label), c.type, listing.labels(c, session, viewer)) for c in columns)]


def _rows(
    session: Session, kind: listing.Listed, viewer: Viewer, asked: listing.Request, progress: Progress
) -> Iterator[list[Any]]:
    first = ["reference"] if kind.listing.of_records else []
    names = first + [c.name for c in listing.exported(kind.listing)]
    total = listing.count_all(session, kind.listing, viewer, asked)
    progress(0, total)
    done = 0
    for done, row in enumerate(listing.every_row(session, kind.listing, viewer, asked), 1):
        values = row._mapping
        yield [values[name] for name in names]
        if done % TOLD_EVERY == 0:
            progress(done, total)
    progress(done, max(done, total))


def _cover(
    session: Session, kind: listing.Listed, viewer: Viewer, asked: listing.Request, rows: int
) -> list[tuple[str, Any]]:
    address = f"{settings().base_url.rstrip('/')}/{kind.blueprint}"
    return [
        *(words(session, kind.listing, viewer, asked) or [(_("Filters"), _("none"))]),
        (_("In the order of"), str(kind.listing.sort(asked.sort).label)),
        (_("Rows"), rows),
        (_("Address of the list"), f"{address}?{urlencode(asked.args)}" if asked.args else address),
    ]


def words(session: Session, declared: listing.Listing, viewer: Viewer, asked: listing.Request) -> list[tuple[str, str]]:
    """Return what narrows a list as (name, value) in words: its tab, its search, its filters."""
    found = [(_("View"), str(v.label)) for v in declared.views if asked.view and v.name == asked.view]
    if asked.q:
        found.append((_("Search"), asked.q))
    found += [
        (str(f.label), listing.chosen(f, asked.filters[f.name], session, viewer))
        for f in declared.filters
        if f.name in asked.filters
    ]
    if asked.archived:
        found.append((_("Archived"), _("only these")))
    return found
