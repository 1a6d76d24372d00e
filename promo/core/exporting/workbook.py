"""A workbook: a cover that says what it is, and sheets with a frozen, filtered head and real dates and numbers.

Rows go to the disk as they come, so that memory does not grow with them. What Excel can't hold is told: rows beyond a
sheet's last go on in another sheet, a text that is too long for a cell is shortened and the cover says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from html import escape
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from promo.core import clock
from promo.core.access import Viewer
from promo.core.exporting.cells import NO, YES, Cell, Head, cell, heading, is_hostile

ROWS = 1_048_576  # in a sheet, the head included
CHARACTERS = 32_767  # in a cell
LOOKED_AT = 200  # rows that decide how wide a column is
NARROW, WIDE = 8, 60
FIRST_DAY = date(1900, 3, 1)  # before it, Excel's calendar is wrong or empty: such a date is written as a text
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_NOT_IN_XML = re.compile("[\ufffe\uffff]")
NUMBER_FORMATS = {"money": "#,##0.00", "integer": "0", "decimal": "#,##0.00######", "percent": "0.0%"}
DATES = {"es": ("dd/mm/yyyy", "dd/mm/yyyy hh:mm"), "en": ("d mmm yyyy", "d mmm yyyy hh:mm")}

WRITTEN = {"es": "%d/%m/%Y %H:%M", "en": "%d %b %Y %H:%M"}


def _language() -> str:
    return "en" if str(get_locale()).startswith("en") else "es"


class Workbook:
    """A workbook being written. ``notes`` is what people should know of it."""

    def __init__(self, path: Path, viewer: Viewer) -> None:
        self.viewer, self.timezone, self.zone = viewer, viewer.timezone, ZoneInfo(viewer.timezone)
        options = {
            "constant_memory": True, "tmpdir": str(path.parent), "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False,
        }  # fmt: skip
        import xlsxwriter  # here, since only jobs need it and it is slow to load

        self.file = xlsxwriter.Workbook(str(path), options)
        self.formats = self._formats()
        self._cover = self.file.add_worksheet(_("Cover"))
        self.names = {_("Cover").casefold()}
        self.sheets: list[Sheet] = []

    def _formats(self) -> dict[str, Any]:
        day, moment = DATES[_language()]
        made: dict[str, dict[str, Any]] = {name: {"num_format": number} for name, number in NUMBER_FORMATS.items()}
        made |= {"date": {"num_format": day, "align": "left"}, "moment": {"num_format": moment, "align": "left"}}
        made |= {"quoted": {"quote_prefix": True}, "label": {"bold": True, "valign": "top"}}
        made |= {"title": {"bold": True, "font_size": 16}, "value": {"text_wrap": True, "align": "left"}}
        made["head"] = {"bold": True, "bg_color": "#E7F0F2", "bottom": 1, "text_wrap": True, "valign": "top"}
        return {name: self.file.add_format(values) for name, values in made.items()}

    def sheet(self, name: str, heads: Sequence[Head]) -> Sheet:
        """Begin a sheet. Write its rows from the first to the last; several may be written side by side."""
        self.sheets.append(Sheet(self, name, heads))
        return self.sheets[-1]

    def add(self, name: str) -> Any:
        """Add an empty worksheet under a name that Excel takes and that no other has."""
        plain = _NOT_IN_NAMES.sub(" ", name).strip(" '")[:31] or "—"
        number, free = 1, plain
        while free.casefold() in self.names:
            number += 1
            end = f" ({number})"
            free = plain[: 31 - len(end)] + end
        self.names.add(free.casefold())
        return self.file.add_worksheet(free)

    @property
    def notes(self) -> list[str]:
        """What people should know of it."""
        found = []
        parts = max((sheet.parts for sheet in self.sheets), default=1)
        if parts > 1:
            found.append(
                _("Excel holds %(rows)s rows a sheet: the rest goes on in the sheets after it.", rows=ROWS - 1)
            )
        if short := sum(sheet.shortened for sheet in self.sheets):
            found.append(
                ngettext(
                    "%(num)s text is longer than a cell of Excel holds and ends with …; the CSV has it whole.",
                    "%(num)s texts are longer than a cell of Excel holds and end with …; the CSV has them whole.",
                    short,
                )
            )
        return found

    def cover(self, title: str, lines: Iterable[tuple[str, Any]]) -> None:
        """Write the cover: a title, lines of label and value, who exported it and when, and the notes.

        The last thing to do, since the notes are known then.
        """
        sheet = self._cover
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, 90)
        put(self, sheet, 0, 0, title, self.formats["title"])
        post = f" · {self.viewer.post_code}" if self.viewer.post_code else ""
        now = clock.now().astimezone(self.zone).strftime(WRITTEN[_language()])
        made = [(_("Exported by"), self.viewer.name + post), (_("Exported on"), f"{now} ({self.timezone})")]
        noted = [(_("Note"), note) for note in self.notes]
        for row, (label, value) in enumerate([*lines, *made, *noted], 2):
            put(self, sheet, row, 0, str(label), self.formats["label"])
            form = None if isinstance(value, date) else self.formats["value"]
            put(self, sheet, row, 1, cell(Head(""), value, self.zone), form)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _e: BaseException | None, _at: TracebackType | None) -> None:
        if kind is None:
            for sheet in self.sheets:
                sheet.finish()
            (self.sheets[0].paper if self.sheets else self._cover).activate()
            self.file.close()
            return
        for paper in self.file.worksheets():  # nobody wants the rest: let the rows go that lie on the disk
            paper._opt_close()


class Sheet:
    """A table of a workbook: its head frozen and filtered, its columns as wide as what is in them."""

    def __init__(self, book: Workbook, name: str, heads: Sequence[Head]) -> None:
        self.book, self.name, self.heads = book, name, heads
        self.forms = [book.formats.get(head.type) for head in heads]
        self.said = {True: str(YES), False: str(NO)}  # translated once, not for each cell
        self.rows = self.shortened = self.parts = 0
        self._begin()

    def _begin(self) -> None:
        self.paper = self.book.add(self.name)
        self.parts, self.at = self.parts + 1, 0
        words = [heading(head, self.book.timezone) for head in self.heads]
        self.widths = [min(WIDE, max(NARROW, len(word) + 3)) for word in words]
        self.paper.freeze_panes(1, 1)
        for column, word in enumerate(words):
            put(self.book, self.paper, 0, column, word, self.book.formats["head"])

    def write(self, values: Sequence[Any]) -> None:
        """Write a row."""
        if self.at + 1 >= ROWS:
            self.finish()
            self._begin()
        self.at += 1
        self.rows += 1
        for column, (head, form, value) in enumerate(zip(self.heads, self.forms, values, strict=True)):
            if value is None or value == "":
                continue
            shown = self.said[value] if isinstance(value, bool) else cell(head, value, self.book.zone)
            if shown is not None:
                self.shortened += put(self.book, self.paper, self.at, column, shown, form)
                if self.at <= LOOKED_AT:
                    self.widths[column] = max(self.widths[column], min(WIDE, _width(head, shown)))

    def finish(self) -> None:
        """Set the widths and the filter, now that the rows are known."""
        for column, width in enumerate(self.widths):
            self.paper.set_column(column, column, width)
        if self.heads:
            self.paper.autofilter(0, 0, self.at, len(self.heads) - 1)


def _width(head: Head, shown: Cell) -> int:
    if isinstance(shown, str):
        return max((len(line) for line in shown.split("\n")), default=0) + 2
    return {"moment": 18, "date": 13}.get(head.type, len(str(shown)) + 4)


def put(book: Workbook, paper: Any, row: int, column: int, shown: Cell, form: Any) -> int:
    """Write a cell as what it is, never as a formula or a link; return how many texts had to be shortened."""
    if isinstance(shown, str):
        return _put_text(book, paper, row, column, shown, form)
    if isinstance(shown, date):  # a moment is one too
        if (shown.date() if isinstance(shown, datetime) else shown) < FIRST_DAY:
            return _put_text(book, paper, row, column, shown.isoformat(), None)
        usual = "moment" if isinstance(shown, datetime) else "date"
        paper.write_datetime(row, column, shown, form or book.formats[usual])
    elif shown is not None:
        paper.write_number(row, column, float(shown) if isinstance(shown, Decimal) else shown, form)
    return 0


def _put_text(book: Workbook, paper: Any, row: int, column: int, text: str, form: Any) -> int:
    if not text.isascii():
        text = _NOT_IN_XML.sub("\ufffd", text)
    short = len(text) > CHARACTERS
    if short:
        text = text[: CHARACTERS - 1] + "…"
    if text.startswith("<r>") and text.endswith("</r>"):  # the library would take it for its own markup
        text = f'<r><t xml:space="preserve">{escape(text, quote=False)}</t></r>'
    if form is None and is_hostile(text):
        form = book.formats["quoted"]
    if form is None:
        paper.write_string(row, column, text)
    else:
        paper.write_string(row, column, text, form)
    return int(short)
