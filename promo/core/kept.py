"""What seldom changes, kept in the process: found anew when its stamp differs, and after a while in any case.

A *stamp* is cheap to read and differs after every change that people make, in whichever process; it is read once in a
transaction. What only a command changes is seen after ``seconds`` at the latest.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from promo.core.db import writing

T = TypeVar("T")


class Kept:
    """A few results under one stamp. The results are shared: whoever gets one must not change it."""

    def __init__(self, stamp: Executable, seconds: float = 60) -> None:
        self.statement, self.seconds = stamp, seconds
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
        """Return the present stamp, read once in a transaction."""
        read: dict[int, tuple[Any, Any]] = session.info.setdefault("stamps", {})
        known, transaction = read.get(id(self)), session.get_transaction()
        if known is None or transaction is None or known[0] is not transaction:
            stamp = tuple(session.execute(self.statement).one())
            read[id(self)] = known = (session.get_transaction(), stamp)
        return known[1]

    def forget(self) -> None:
        """Let everything be found anew."""
        self._found.clear()
