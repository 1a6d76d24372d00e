"""CSV as every program reads it: UTF-8 with its mark, commas, CRLF (RFC 4180), dates as ISO 8601, plain numbers."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from promo.core.exporting.cells import Cell, Head, cell, heading, is_hostile


class CsvFile:
    """One table as CSV. A text that a spreadsheet would take for a formula stands behind an apostrophe."""

    def __init__(self, path: Path, heads: Sequence[Head], timezone: str) -> None:
        self.heads, self.zone, self.rows = heads, ZoneInfo(timezone), 0
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow([_text(heading(head, timezone)) for head in heads])

    def write(self, values: Sequence[Any]) -> None:
        """Write a row."""
        self._writer.writerow(
            [_text(cell(head, value, self.zone)) for head, value in zip(self.heads, values, strict=True)]
        )
        self.rows += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: type[BaseException] | None, _e: BaseException | None, _at: TracebackType | None) -> None:
        self._file.close()


def _text(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return f"'{value}" if is_hostile(value) else value
    return str(value)
