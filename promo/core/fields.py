"""What a field is: its name, type, label, help and sensitivity, said once where the column is mapped.

Forms, lists, exports, history and procedures all read the same description.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, Date, Integer, Numeric, String, inspect
from sqlalchemy.orm import ColumnProperty, Mapper

from promo.core.db import UTCDateTime
from promo.core.errors import Text

Choices = Sequence[tuple[str, Text]]
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # what no text of the database should carry
CONTROLLED = _l("This text has invisible control characters. Type it again, or paste it as plain text.")


@dataclass(frozen=True)
class Field:
    """One field: ``type`` is text, long, integer, decimal, date, moment, yes_no, choice, or codes (several of them).

    What names another row has that row's name for type, such as person or country.
    """

    name: str
    type: str
    label: Text
    help: Text | None = None
    sensitive: bool = False
    choices: Choices | None = None
    max_length: int | None = None

    def show(self, value: Any) -> Any:
        """Return the label of a chosen value, or the value itself."""
        if self.choices is not None and value is not None:
            return dict(self.choices).get(value, value)
        return value


@dataclass(frozen=True)
class Rows(Field):
    """A list among the facts of a record (``type`` is list): each element has ``keys``, an id, and maybe evidence."""

    keys: tuple[Field, ...] = ()


def info(
    label: Text,
    *,
    help: Text | None = None,
    type: str | None = None,
    choices: Choices | None = None,
    sensitive: bool = False,
    audit: bool = True,
) -> dict[str, Any]:
    """Describe a column for people: ``mapped_column(..., info=info(_l("Objective")))``."""
    return {"label": label, "help": help, "type": type, "choices": choices, "sensitive": sensitive, "audit": audit}


_TYPES: tuple[tuple[Any, str], ...] = (
    (Boolean, "yes_no"),
    (UTCDateTime, "moment"),
    (Date, "date"),
    (Integer, "integer"),
    (Numeric, "decimal"),
    (String, "text"),
)


def field_of(attribute: Any) -> Field:
    """Return the field that a mapped column describes; raises ``KeyError`` when it has no label."""
    column = attribute.property.columns[0] if hasattr(attribute, "property") else attribute
    about = column.info
    kind = about.get("type") or ("choice" if about.get("choices") else None)
    if kind is None:
        kind = next((name for class_, name in _TYPES if isinstance(column.type, class_)), "text")
    return Field(
        name=column.key,
        type=kind,
        label=about["label"],
        help=about.get("help"),
        sensitive=bool(about.get("sensitive")),
        choices=about.get("choices"),
        max_length=getattr(column.type, "length", None),
    )


@cache
def fields_of(model: type) -> tuple[Field, ...]:
    """Return the described fields of a model, in the order of their columns, the spine's first."""
    mapper: Mapper[Any] = inspect(model)
    found: dict[str, Field] = {}
    for attribute in mapper.column_attrs:
        if isinstance(attribute, ColumnProperty) and "label" in attribute.columns[0].info:
            found[attribute.key] = field_of(attribute.columns[0])
    return tuple(found.values())
