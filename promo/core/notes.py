"""Small writes that survive a refusal or a GET: refusals counted, failed sign-ins, what somebody has seen.

A refused POST and every GET roll their transaction back. What must stay all the same is written here, in a short
transaction of its own::

    with note() as session:
        session.add(Refusal(...))
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy.orm import Session

from promo.core import db as database
from promo.core.errors import NestedWrite

_noting: ContextVar[bool] = ContextVar("promo_noting", default=False)


def noting() -> bool:
    """Whether this thread of work is inside :func:`note`."""
    return _noting.get()


@contextmanager
def note() -> Iterator[Session]:
    """A short writing transaction beside the request's own; commits at the end of the block.

    Not inside :func:`promo.core.db.write`, whose lock it would wait for; raises :class:`NestedWrite` there.
    """
    if database.writing():
        raise NestedWrite("note() inside write()")
    noted = _noting.set(True)
    try:
        with Session(database.db.engine, expire_on_commit=False) as session:
            lock = database._writing.set(True)
            try:
                session.connection()  # takes the write lock here; what the request's own session reads stays a read
            finally:
                database._writing.reset(lock)
            yield session
            session.commit()
    finally:
        _noting.reset(noted)
