"""The place of a malware scanner. Off by default; ``PROMO_SCANNER=package.module:function`` names what makes one."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import BinaryIO, Protocol, cast

from promo.config import settings


class Scanner(Protocol):
    """Looks a file through."""

    def scan(self, stream: BinaryIO) -> str | None:
        """Return the name of what was found, or None when it is clean. Raises ``OSError`` when it can't tell."""


_given: Scanner | None = None


def use_scanner(scanner: Scanner | None) -> None:
    """Let this scanner look through every file that arrives (None: the one that the settings name, if any)."""
    global _given
    _given = scanner


@cache
def _make(path: str) -> Scanner:
    module, _, function = path.partition(":")
    return cast(Scanner, getattr(import_module(module), function)())


def scanner() -> Scanner | None:
    """Return the scanner in use, or None."""
    return _given or (_make(settings().scanner) if settings().scanner else None)
