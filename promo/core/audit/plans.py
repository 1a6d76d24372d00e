"""Which models the trail follows, and which of their columns.

* a :class:`Record` and every kind of it: under its own number;
* ``__audit_parent__ = "contact_id"``: a part of the record that the column names, told under that record;
* ``__audit__ = True``: a row that is neither (a person, a post): told under its table and key.

A column with ``info`` ``audit=False`` is left out, and what only repeats or serves (:data:`DERIVED`). Of a secret the
trail says that it changed, not from what to what; of a deferred (long) column it keeps the digest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapper

from promo.core.db import Base
from promo.core.records import Record

DERIVED = frozenset(
    "version updated_at created_at sort_key search idempotency_key kind last_sign_in_at last_contact_on seen_at "
    "totp_counter passkey_handle upload_token stored".split()
)
SECRET = re.compile(r"password|secret|token|private_key|recovery")
HIDDEN = '"*"'
ROW = "row"  # not a field: says that a part came (None, hidden) or went (hidden, None)


@dataclass(frozen=True, slots=True)
class Column:
    """A followed column: its attribute, whether its content is hidden, whether only its digest is kept."""

    key: str
    secret: bool
    digest_only: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """How one model is followed. ``own`` names the attribute with the record's number, None for other rows."""

    table: str
    is_record: bool
    own: str | None
    keys: tuple[str, ...]
    columns: tuple[Column, ...]

    def row_key(self, row: Any) -> str:
        """Return the row's primary key as text; of a part without what only names its record."""
        keys = [k for k in self.keys if k != self.own] or self.keys
        return "/".join(str(getattr(row, key)) for key in keys)


@cache
def plan_of(mapper: Mapper[Any]) -> Plan | None:
    """Return how a model is followed, or None when it is not."""
    model = mapper.class_
    parent = getattr(model, "__audit_parent__", None)
    is_record = issubclass(model, Record)
    if not (is_record or parent or getattr(model, "__audit__", False)):
        return None
    keys = tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)
    skipped = {*keys, "id"} if not parent else {"id"}
    return Plan(
        table=str(mapper.local_table.name),  # type: ignore[attr-defined]
        is_record=is_record,
        own="id" if is_record else parent,
        keys=keys,
        columns=tuple(_columns(mapper, skipped)),
    )


def _columns(mapper: Mapper[Any], skipped: set[str]) -> list[Column]:
    found = []
    for attribute in mapper.column_attrs:
        column: Any = attribute.columns[0]
        if attribute.key in skipped | DERIVED or column.info.get("audit") is False or not hasattr(column, "type"):
            continue
        found.append(Column(attribute.key, bool(SECRET.search(attribute.key)), attribute.deferred))
    return found


def remember_old(mapper: Mapper[Any]) -> None:
    """Let SQLAlchemy load a followed column's old value before it is overwritten, also where it was expired."""
    plan = plan_of(mapper)
    for column in plan.columns if plan else ():
        event.listen(getattr(mapper.class_, column.key), "set", _keep, active_history=True)


def _keep(_row: Any, _value: Any, _old: Any, _initiator: Any) -> None:
    """Listen, that is all: a listener with ``active_history`` is what makes the old value be loaded."""


@event.listens_for(Mapper, "mapper_configured")
def _configured(mapper: Mapper[Any], _class: type) -> None:
    remember_old(mapper)


def follow_configured() -> None:
    """Take in the models that were configured before this module was loaded."""
    for mapper in list(Base.registry.mappers):
        if mapper.configured:
            remember_old(mapper)


@cache
def model_of(table: str) -> type | None:
    """Return the model of a table by its name."""
    mappers = (mapper for mapper in Base.registry.mappers if mapper.local_table.name == table)  # type: ignore[attr-defined]
    found = next(mappers, None)
    return inspect(found).class_ if found is not None else None
