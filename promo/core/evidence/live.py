"""What shows that a clause of ISO 9001 is lived: counts of live records, registered by the feature that keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from promo.core.access import Viewer
from promo.core.errors import Text


@dataclass(frozen=True)
class Live:
    """One figure under a clause: its words, how many there are for this viewer, and the page that shows them."""

    clause: str
    label: Text
    count: Callable[[Session, Viewer], int]
    endpoint: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


_all: list[Live] = []


def register(*lines: Live) -> None:
    """Add figures. Called once, when their feature is loaded."""
    _all.extend(lines)


def of_clause(clause: str) -> list[Live]:
    """Return the figures of a clause, in the order of their registration."""
    return [line for line in _all if line.clause == clause]
