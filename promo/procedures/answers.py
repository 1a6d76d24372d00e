"""Whether an answer is what its requirement asks for. Pure and total, like the checklist."""

from __future__ import annotations

import re
from datetime import date
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from promo.procedures.conditions import compare, is_set
from promo.procedures.definitions import Answer

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LONGEST = {"text": 300, "long": 20_000, "link": 2_000}


def fault(requirement: Answer, value: Any) -> str | None:
    """Return the code of what is wrong with an answer (see ``words.REASONS``), or None."""
    if not is_set(value):
        return "not_answered"
    if not _of_type(requirement, value):
        return "wrong_type"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if requirement.min is not None and value < requirement.min:
            return "too_small"
        if requirement.max is not None and value > requirement.max:
            return "too_large"
    if requirement.op != "set" and not compare(value, requirement.op, requirement.value):
        return "not_as_required"
    return None


def _of_type(requirement: Answer, value: Any) -> bool:
    kind = requirement.type
    if kind in LONGEST:
        if not isinstance(value, str) or len(value) > LONGEST[kind] or CONTROL.search(value):
            return False
        return kind != "link" or _is_link(value)
    if kind == "yes_no":
        return isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "decimal":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "date":
        return _is_date(value)
    allowed = {choice for choice, _label in requirement.choices}
    if kind == "choice":
        return isinstance(value, str) and value in allowed
    return isinstance(value, list) and all(isinstance(v, str) and v in allowed for v in value)


def _is_date(value: Any) -> bool:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


def _is_link(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def typed(requirement: Answer, text: Any) -> Any:
    """Turn what a form sent (a text, or a list of texts) into a value of the asked type, where that can be done."""
    if requirement.type == "choices":
        return [t for t in (text if isinstance(text, list) else [text]) if t]
    if isinstance(text, list):
        text = text[0] if text else None
    if not isinstance(text, str):
        return text
    text = text.strip().replace("\r\n", "\n")
    if not text:
        return None
    if requirement.type == "yes_no":
        return {"yes": True, "true": True, "1": True, "on": True, "no": False, "false": False, "0": False}.get(
            text, text
        )
    try:
        if requirement.type == "integer":
            return int(text.replace(",", ""))
        if requirement.type == "decimal":
            number = float(text.replace(",", ""))
            return number if isfinite(number) else text
    except ValueError:
        return text
    return text
