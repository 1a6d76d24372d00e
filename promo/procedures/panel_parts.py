"""The parts of what a record's page shows of its procedure, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from promo.core.calendars import Doubt


@dataclass(frozen=True)
class Mark:
    """A stage on the bar: done, now, next or off, with a note (a date); of the present one its term as well."""

    label: str
    state: str
    note: str = ""
    by: str = ""
    hint: Doubt | None = None


@dataclass(frozen=True)
class Line:
    """An item of the checklist in the reader's language. ``waivable`` is its key where an exception may be asked."""

    key: str
    label: str
    state: str
    reason: str
    url: str | None
    link: str | None
    guidance: str = ""
    later: bool = False
    who: str = ""
    waivable: str = ""


@dataclass(frozen=True)
class Asked:
    """A question or a declaration that may be answered now, and what was answered."""

    name: str
    type: str
    label: str
    guidance: str
    value: Any
    choices: tuple[tuple[str, str], ...] = ()
    mine: bool = True
    who: str = ""
    open: bool = True


@dataclass(frozen=True)
class WayOn:
    """A stage that one may go to."""

    key: str
    label: str
    cancelled: bool
