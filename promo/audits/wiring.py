"""With what packs are drawn and put into words: the templates and words of the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask

from promo.audits.queries import packing
from promo.core.audit import Entry
from promo.core.fields import Field
from promo.web import history
from promo.web.pages import render

Names = Mapping[str, Mapping[str, str]]


class Pen:
    """Draws and writes as pages do."""

    def draw(self, template: str, **context: Any) -> str:
        """Draw a template."""
        return render(template, **context)

    def write(self, field: Field | None, value: Any, names: Names) -> str | None:
        """Write a value in words."""
        return history.in_words(field, value, names)

    def tell(self, entry: Entry, names: Names) -> dict[str, Any]:
        """Tell an event in words."""
        return history.told(entry, names)


def init_app(_app: Flask) -> None:
    """Hand the pen to whoever writes packs."""
    packing.write_with(Pen())
