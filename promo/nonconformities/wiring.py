"""The register of nonconforming outputs as a file."""

from __future__ import annotations

from flask import Flask

from promo.core.exporting import lists, register
from promo.nonconformities import queries


def init_app(_app: Flask) -> None:
    """Register the list for export."""
    register(lists.builder_of(queries.TABLE))
