"""Whether a comparison or a condition holds. Total: whatever the values, it is yes or no, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from promo.procedures.definitions import Condition


def is_set(value: Any) -> bool:
    """Whether a field has something in it: 0 and *no* are something, an empty text or list is not."""
    if value is None:
        return False
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, (list, tuple, set, frozenset, dict)):
        return bool(value)
    return True


def compare(value: Any, op: str, wanted: Any) -> bool:
    """Whether ``value`` stands to ``wanted`` as ``op`` says; values that can't be compared don't."""
    if op == "set":
        return is_set(value)
    if op == "unset":
        return not is_set(value)
    if op == "ne":
        return is_set(value) and not compare(value, "eq", wanted)
    if op == "in":
        return any(_equal(value, w) for w in _several(wanted))
    if op == "not_in":
        return is_set(value) and not compare(value, "in", wanted)
    if op == "contains":
        return all(_contains(value, w) for w in _several(wanted))
    if op == "eq":
        return any(_equal(value, w) for w in wanted) if isinstance(wanted, (list, tuple)) else _equal(value, wanted)
    return _ordered(value, op, wanted)


def holds(condition: Condition | None, facts: Mapping[str, Any], answers: Mapping[str, Any]) -> bool:
    """Whether a condition holds for these facts and answers; none at all holds."""
    if condition is None:
        return True
    if condition.kind == "all":
        return all(holds(part, facts, answers) for part in condition.parts)
    if condition.kind == "any":
        return any(holds(part, facts, answers) for part in condition.parts)
    if condition.kind == "not":
        return not any(holds(part, facts, answers) for part in condition.parts)
    values = answers if condition.kind == "answer" else facts
    return compare(values.get(condition.name), condition.op, condition.value)


def matches(element: Any, where: tuple[tuple[str, str, Any], ...]) -> bool:
    """Whether an element of a list is as ``where`` says."""
    return isinstance(element, Mapping) and all(compare(element.get(name), op, wanted) for name, op, wanted in where)


def elements(facts: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the elements of a list among the facts; anything else has none."""
    found = facts.get(name)
    return [e for e in found if isinstance(e, Mapping)] if isinstance(found, (list, tuple)) else []


def _several(wanted: Any) -> list[Any]:
    return list(wanted) if isinstance(wanted, (list, tuple)) else [wanted]


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    number = (
        value if isinstance(value, Decimal) else Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    )
    return number if number.is_finite() else None


def _moment(value: Any) -> tuple[date, datetime | None] | None:
    """Return the day of a date or moment (a text in ISO form too), and the moment itself when it has one."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value.date(), value
    return (value, None) if isinstance(value, date) else None


def _equal(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return isinstance(value, bool) and isinstance(wanted, bool) and value == wanted
    a, b = _number(value), _number(wanted)
    if a is not None or b is not None:
        return a is not None and b is not None and a == b
    if isinstance(value, (date, datetime)):
        return _ordered(value, "le", wanted) and _ordered(value, "ge", wanted)
    return isinstance(value, str) and isinstance(wanted, str) and value == wanted


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(_equal(v, wanted) for v in value)
    return isinstance(value, str) and isinstance(wanted, str) and wanted in value


def _ordered(value: Any, op: str, wanted: Any) -> bool:
    a, b = _number(value), _number(wanted)
    if a is not None and b is not None:
        return _order(a, op, b)
    if isinstance(value, (date, datetime)):
        left, right = _moment(value), _moment(wanted)
        if left is None or right is None:
            return False
        if left[1] and right[1] and bool(left[1].tzinfo) == bool(right[1].tzinfo):
            return _order(left[1], op, right[1])
        return _order(left[0], op, right[0])
    return False


def _order(a: Any, op: str, b: Any) -> bool:
    return bool({"lt": a < b, "le": a <= b, "gt": a > b, "ge": a >= b}.get(op, False))
