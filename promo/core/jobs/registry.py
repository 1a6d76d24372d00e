"""What runs: handlers of jobs by name, and what runs by the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from promo.core.jobs.running import JobContext

Run = Callable[["JobContext"], Any]
R = TypeVar("R", bound=Callable[["JobContext"], Any])
T = TypeVar("T", bound=Callable[[], object])


@dataclass(frozen=True)
class Handler:
    """What runs the jobs of one name, how many beginnings they get, and how long they wait before the second."""

    name: str
    run: Run
    attempts: int
    backoff: timedelta


@dataclass(frozen=True)
class Periodic:
    """What runs by the clock, once each ``every`` however many machines there are."""

    name: str
    run: Callable[[], object]
    every: timedelta


_handlers: dict[str, Handler] = {}
_periodic: dict[str, Periodic] = {}


def job(name: str, *, attempts: int = 5, backoff: timedelta = timedelta(seconds=10)) -> Callable[[R], R]:
    """Register what runs jobs of this name; what it returns (JSON) is kept as the job's ``result``.

    A failure is tried again after ``backoff``, doubled each time, ``attempts`` beginnings in all. A
    :class:`promo.core.errors.PromoError` is final: it tells people something, and would tell them the same again.
    """

    def register(function: R) -> R:
        _handlers[name] = Handler(name, function, attempts, backoff)
        return function

    return register


def handler(name: str) -> Handler:
    """Return what runs jobs of a name; raises ``KeyError``."""
    return _handlers[name]


def periodic(*, minutes: float = 0, hours: float = 0, name: str | None = None) -> Callable[[T], T]:
    """Register a short function without arguments that runs by the clock; long work enqueues a job from there."""

    def register(function: T) -> T:
        known = name or f"{function.__module__}.{function.__qualname__}"
        _periodic[known] = Periodic(known, function, timedelta(minutes=minutes, hours=hours))
        return function

    return register


def periodics() -> list[Periodic]:
    """Return everything that runs by the clock, by name."""
    return [_periodic[name] for name in sorted(_periodic)]
