"""What seldom changes, kept in the process: found anew when its stamp differs, and after a while in any case.

What a page asks twice is found once (see :func:`once`).

A *stamp* is cheap to read and differs after every change that people make, in whichever process; those of everything
kept are read by one statement, once in a transaction. What only a command changes is seen after ``seconds`` at the
latest.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from promo.core.db import writing

T = TypeVar("T")
_stamps: list[Select[int]] = []
ONCE = 16  # results known of one transaction


@lru_cache(maxsize=1)
def _stamping() -> Select[Any]:
    """Return the one SELECT of all stamps."""
    return select(*(stamp.scalar_subquery() for stamp in _stamps))


def once(session: Session, key: Any, find: Callable[[], T]) -> T:
    """Return what ``find`` returned for a key before in this transaction, while reading: a page asks some things twice.

    Only the last few are known; inside a writing transaction each is found anew.
    """
    if writing():
        return find()
    transaction, found = session.info.get("once", (None, {}))
    if transaction is None or transaction is not session.get_transaction():
        found = {}
    if key not in found:
        value = find()
        while len(found) >= ONCE:
            del found[next(iter(found))]
        found[key] = value
        session.info["once"] = (session.get_transaction(), found)
    return found[key]


class Kept:
    """A few results under one stamp. The results are shared: whoever gets one must not change it."""

    def __init__(self, *stamp: Select[int], seconds: float = 60) -> None:
        self.seconds = seconds
        self._place = slice(len(_stamps), len(_stamps) + len(stamp))
        _stamps.extend(stamp)
        _stamping.cache_clear()
        self._found: dict[Any, tuple[Any, float, Any]] = {}

    def get(self, session: Session, key: Any, find: Callable[[], T]) -> T:
        """Return what ``find`` returned under this stamp, or let it find anew; nothing unsettled is kept."""
        if writing():
            return find()
        stamp, now, place = self.stamp(session), time.monotonic(), (session.get_bind(), key)
        known = self._found.get(place)
        if known is not None and known[0] == stamp and now - known[1] < self.seconds:
            return known[2]
        found = find()
        self._found[place] = (stamp, now, found)
        return found

    def stamp(self, session: Session) -> Any:
        """Return the present stamp; all are read once in a transaction."""
        return once(session, _stamping, lambda: tuple(session.execute(_stamping()).one()))[self._place]

    def forget(self) -> None:
        """Let everything be found anew."""
        self._found.clear()
