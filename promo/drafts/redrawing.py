"""Changing the shape of a form that is not saved yet: a row more or less, one up or down, a condition, a group."""

from __future__ import annotations

from typing import Any

from promo.drafts.conditions import DEEPEST
from promo.drafts.parts import MANY_ROWS, Raw

EMPTY_LINE: Raw = {"name": "", "op": "", "value": []}


def redrawn(raw: dict[str, Raw], do: str) -> str | None:
    """Change what stands in a form as a button says; returns the id of the field to go on with, if there is one.

    ``do`` is ``add:next``, ``drop:next-1``, ``up:next-1``, ``down:next-1``, ``group:next-0-when``: a path in the form's
    names. What it can't mean is nothing; ``redraw`` changes nothing either.
    """
    verb, _colon, path = do.partition(":")
    steps = [int(step) if step.isdigit() else step for step in path.split("-")]
    if verb in ("add", "group"):
        return _added(raw, steps, path, group=verb == "group")
    if verb in ("drop", "up", "down") and isinstance(steps[-1], int):
        rows = _rows(_at(raw, steps[:-1]))
        if rows is not None and steps[-1] < len(rows):
            _changed(rows, steps[-1], verb)
            return f"{verb}-{path}" if verb != "drop" else None
    return None


def _at(raw: Any, steps: list[Any]) -> Any:
    for step in steps:
        if isinstance(step, int):
            rows = _rows(raw)
            raw = rows[step] if rows is not None and step < len(rows) else None
        else:
            raw = raw.get(step) if isinstance(raw, dict) else None
    return raw


def _rows(raw: Any) -> list[Any] | None:
    """Return the rows of a list of rows, or of a group of conditions."""
    found = raw.get("parts") if isinstance(raw, dict) else raw
    return found if isinstance(found, list) else None


def _added(raw: dict[str, Raw], steps: list[Any], path: str, *, group: bool) -> str | None:
    target = _at(raw, steps)
    if target == {}:  # a condition that says nothing yet
        target.update(joint="all", parts=[])
    rows = _rows(target)
    if rows is None or len(rows) >= MANY_ROWS:
        return None
    is_condition = isinstance(target, dict)
    if group and (not is_condition or sum(isinstance(s, int) for s in steps) >= DEEPEST):
        return None
    if is_condition:
        rows.append({"joint": "any", "parts": [dict(EMPTY_LINE)]} if group else dict(EMPTY_LINE))
        return f"{path}-{len(rows) - 1}-0-name" if group else f"{path}-{len(rows) - 1}-name"
    rows.append({})
    return f"{path}-{len(rows) - 1}"


def _changed(rows: list[Any], index: int, verb: str) -> None:
    if verb == "drop":
        del rows[index]
        return
    other = index + (1 if verb == "down" else -1)
    if 0 <= other < len(rows):
        rows[index], rows[other] = rows[other], rows[index]
