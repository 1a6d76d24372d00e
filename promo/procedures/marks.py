"""What a request's line says besides its title: urgent, excepted … Features add what they know of a record.

They are asked once for a whole list, with the ids of its records::

    marks.register(lambda session, ids: {7: [Mark(_("urgent"), "late")]})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Mark:
    """A small word with a colour, in the reader's language."""

    text: str
    tone: str = "plain"


Source = Callable[[Session, Sequence[int]], Mapping[int, Sequence[Mark]]]
_sources: list[Source] = []


def register(of: Source) -> Source:
    """Add what a feature says of records. Called once, when its module is loaded."""
    _sources.append(of)
    return of


def of_records(session: Session, ids: Sequence[int]) -> dict[int, list[Mark]]:
    """Return the marks of records, by id."""
    found: dict[int, list[Mark]] = {}
    for source in _sources if ids else ():
        for id_, marks in source(session, ids).items():
            found.setdefault(id_, []).extend(marks)
    return found
