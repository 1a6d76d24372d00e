"""What can be exported, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.orm import Session

from promo.core.access import Viewer
from promo.core.errors import NotFound

FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "zip": "application/zip",
    "pdf": "application/pdf",
}
Args = Mapping[str, Any]


class Progress(Protocol):
    """How a builder says how far it is."""

    def __call__(self, done: int, total: int | None = None) -> None:
        """Say it; raises when the work was called off, which the builder lets through."""


@dataclass(frozen=True)
class About:
    """What an export would be: its title, its filters as (name, value) in words, about how many rows, and what to keep.

    ``args`` are the arguments as they are understood: what is unknown is left out. ``slow``: a worker makes it, however
    few rows there are.
    """

    title: str
    words: Sequence[tuple[str, str]] = ()
    rows: int = 0
    args: Args = field(default_factory=dict)
    slow: bool = False


@dataclass(frozen=True)
class Made:
    """What was made: how many rows, and what people should know of it (a text that Excel can't hold whole).

    ``told`` is what the trail keeps of it besides.
    """

    rows: int
    notes: Sequence[str] = ()
    told: Args = field(default_factory=dict)


@dataclass(frozen=True)
class Builder:
    """How one thing is exported. ``permission`` is asked when it is asked for, when it is built and when it is fetched.

    ``about`` raises :class:`promo.core.errors.Refused` for arguments that it does not take. ``check`` is asked when it
    is fetched, and raises for what may no longer be given. ``page`` is the endpoint, with its values, where it was
    asked for; unless given, the list of that name.
    """

    name: str
    permission: str
    about: Callable[[Session, Viewer, Args], About]
    build: Callable[[Session, Viewer, Args, Path, Progress], Made]
    formats: tuple[str, ...] = ("xlsx",)
    check: Callable[[Session, Viewer, Args], None] | None = None
    page: Callable[[Args], tuple[str, dict[str, Any]]] | None = None


_builders: dict[str, Builder] = {}


def register(builder: Builder) -> Builder:
    """Add a builder. Called once, when the feature is loaded."""
    _builders[builder.name] = builder
    return builder


def find(name: str) -> Builder:
    """Return a builder; raises :class:`NotFound`."""
    try:
        return _builders[name]
    except KeyError:
        raise NotFound(name) from None
