"""Every kind with a list can be exported."""

from __future__ import annotations

from flask import Flask

from promo.core.exporting import lists, register
from promo.core.records import kinds


def init_app(_app: Flask) -> None:
    """Register the list of each kind."""
    for kind in kinds():
        if kind.listing is not None:
            register(lists.builder_of(kind))
