"""What stands in a cell, whatever the format: a text, a number, a date, a moment on the reader's clock, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

Cell = str | int | float | Decimal | date | datetime | None
YES, NO = _l("Yes"), _l("No")
# What a spreadsheet takes for the beginning of a formula, wide forms included (OWASP, CSV injection).
FORMULA = tuple("=+-@\t\r\n＝＋－＠")


@dataclass(frozen=True)
class Head:
    """The head of a column: its label, and its type as a list's columns and fields have it."""

    label: str
    type: str = "text"
    choices: Mapping[Any, Any] | None = None

    def __post_init__(self) -> None:
        """Put the choices into the words of the asker's language, once instead of in each row."""
        if self.choices is not None:
            object.__setattr__(self, "choices", {key: str(label) for key, label in self.choices.items()})


def heading(head: Head, timezone: str) -> str:
    """Return the words over a column; those over moments name the time zone."""
    return f"{head.label} ({timezone})" if head.type == "moment" else str(head.label)


def cell(head: Head, value: Any, zone: ZoneInfo) -> Cell:
    """Return what to write for a value: labels for choices, moments as a clock in ``zone`` shows them."""
    if value is None or value == "":
        return None
    if isinstance(value, (list, tuple, set)):
        return ", ".join(str(head.choices.get(one, one) if head.choices else one) for one in value)
    if head.choices is not None:
        return head.choices.get(value, str(value))
    if isinstance(value, bool):
        return str(YES if value else NO)
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, (str, int, float, Decimal, date)):
        return value
    return str(value)


def is_hostile(text: str) -> bool:
    """Whether a spreadsheet may take a text for a formula."""
    return text.startswith(FORMULA)
