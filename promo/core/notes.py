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
from typing import Any

from sqlalchemy.orm import Session

from promo.core import audit
from promo.core.db import apart, writing
from promo.core.errors import NestedWrite

_noting: ContextVar[bool] = ContextVar("promo_noting", default=False)


def noting() -> bool:
    """Whether this thread of work is inside :func:`note`."""
    return _noting.get()


@contextmanager
def note() -> Iterator[Session]:
    """A short writing transaction beside the request's own; commits at the end of the block.

    Not inside :func:`promo.core.db.write`, whose lock it would wait for; raises :class:`NestedWrite` there: let the
    refusal leave ``write()`` first.
    """
    if writing():
        raise NestedWrite("note() inside write(): let the refusal leave write() first")
    token = _noting.set(True)
    try:
        with apart() as session:
            yield session
    finally:
        _noting.reset(token)


def tell(action: str, record_id: int | None = None, data: dict[str, Any] | None = None, **row: Any) -> None:
    """Put an event into the trail that survives: a failed sign-in, a refusal, a view of sensitive fields.

    ``table`` and ``row`` say what it was done to when that is no record. Raises :class:`NestedWrite` as :func:`note`.
    """
    with note() as session:
        audit.note(session, action, data=data, record_id=record_id, **row)
