"""Who acts: put around the work by whoever knows (a page, a job, a command), read when events are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts (None: Promo itself), in whose stead, in which request, on which device, under which version."""

    person_id: int | None = None
    on_behalf_of_id: int | None = None
    request_id: str | None = None
    device: str | None = None
    procedure_version: int | None = None


NOBODY = Actor()
Versions = Callable[[Session, list[int]], dict[int, int]]

_actor: ContextVar[Actor | None] = ContextVar("promo_actor", default=None)
_default: Callable[[], Actor] = lambda: NOBODY  # noqa: E731 - replaced by the web at start
_versions: list[Versions] = []


def by_default(find: Callable[[], Actor]) -> None:
    """Say who acts where no :func:`acting` does: the web tells the viewer of the request."""
    global _default
    _default = find


def versions_from(find: Versions) -> None:
    """Say under which procedure version records stand, as ``{record id: version id}``: runs, and one-stage work."""
    if find not in _versions:
        _versions.append(find)


def versions_of(session: Session, record_ids: list[int]) -> dict[int, int]:
    """Return the procedure version of each record that has one."""
    return {k: v for find in _versions for k, v in find(session, record_ids).items()} if record_ids else {}


def actor() -> Actor:
    """Return who acts now."""
    return _actor.get() or _default()


@contextmanager
def acting(person_id: int | None = None, **values: Any) -> Iterator[Actor]:
    """Say who acts in the block: ``acting(person.id, request_id=…, procedure_version=…, device=…, on_behalf_of_id=…)``.

    What is not given stays as it is around the block.
    """
    given: dict[str, Any] = {"person_id": person_id} if person_id is not None else {}
    unknown = values.keys() - {f.name for f in fields(Actor)}
    if unknown:
        raise TypeError(f"acting() does not know {', '.join(sorted(unknown))}")
    present = replace(actor(), **given, **values)
    token = _actor.set(present)
    try:
        yield present
    finally:
        _actor.reset(token)
