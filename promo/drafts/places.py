"""Places in a draft's text: what stands there, what is put there, where two texts differ. Pure; nothing is changed in
place.

A stage is found by its key, a requirement by its name in its stage, whatever has moved meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from promo.core.search import fold
from promo.procedures.validation import name_of

Data = Mapping[str, Any]
Place = Sequence[str | int]
LONGEST_KEY = 30  # of a stage; every other name takes it too
_NO_NAME = re.compile("[^a-z0-9]+")


def at(data: Any, place: Place) -> Any:
    """Return what stands at a place; None where there is nothing."""
    for step in place:
        held = step in data if isinstance(data, Mapping) else isinstance(data, list) and step in range(len(data))
        if not held:
            return None
        data = data[step]
    return data


def put(data: Any, place: Place, value: Any) -> Any:
    """Return a text with another value at a place that exists; the rest is shared with the old one."""
    if not place:
        return value
    step, rest = place[0], place[1:]
    if isinstance(data, list):
        index = int(step)
        return [*data[:index], put(data[index], rest, value), *data[index + 1 :]]
    return {**data, step: put(data[step], rest, value)}


def difference(old: Any, new: Any) -> tuple[list[str | int], Any, Any]:
    """Return the one place where two texts differ, with what stands there in each: the deepest that holds it all."""
    place: list[str | int] = []
    while True:
        steps = _differing(old, new)
        if len(steps) != 1:
            return place, old, new
        place.append(steps[0])
        old, new = old[steps[0]], new[steps[0]]


def _differing(old: Any, new: Any) -> list[Any]:
    """Return the steps at which two containers of one shape differ; nothing when their shapes differ."""
    if isinstance(old, Mapping) and isinstance(new, Mapping) and old.keys() == new.keys():
        return [key for key in old if old[key] != new[key]]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [index for index in range(len(old)) if old[index] != new[index]]
    return []


def stage_at(data: Data, key: str) -> int | None:
    """Return the position of a stage, or None when there is none of that key."""
    return next((i for i, stage in enumerate(data["stages"]) if stage["key"] == key), None)


def stage_of(data: Data, key: str) -> Data | None:
    """Return the stage of that key, or None."""
    index = stage_at(data, key)
    return None if index is None else data["stages"][index]


def requirement_at(data: Data, stage: str, name: str) -> tuple[int, int] | None:
    """Return the positions of a stage and of a requirement in it, or None."""
    index = stage_at(data, stage)
    if index is None:
        return None
    names = [name_of(r) for r in data["stages"][index].get("requires", [])]
    return (index, names.index(name)) if name in names else None


def requirement_of(data: Data, stage: str, name: str) -> Data | None:
    """Return the requirement of that name in a stage, or None."""
    found = requirement_at(data, stage, name)
    return None if found is None else data["stages"][found[0]]["requires"][found[1]]


def with_stages(data: Data, stages: list[Any]) -> dict[str, Any]:
    """Return a text with other stages."""
    return {**data, "stages": stages}


def with_stage(data: Data, index: int, stage: Data) -> dict[str, Any]:
    """Return a text with another stage at a position."""
    return put(data, ("stages", index), dict(stage))


def with_requirements(stage: Data, requirements: list[Any]) -> dict[str, Any]:
    """Return a stage that requires other things; without any it says nothing of them."""
    rest = {k: v for k, v in stage.items() if k != "requires"}
    return {**rest, "requires": requirements} if requirements else rest


def moved(rows: Sequence[Any], start: int, end: int) -> list[Any]:
    """Return rows with one of them at another position, within the list."""
    rest = [row for index, row in enumerate(rows) if index != start]
    end = min(max(end, 0), len(rest))
    return [*rest[:end], rows[start], *rest[end:]]


def key_for(title: str, taken: Collection[str], fallback: str) -> str:
    """Return a key made from a title that nothing else bears: ``Propuesta de la rueda`` → ``propuesta_de_la_rueda``."""
    made = _NO_NAME.sub("_", fold(title)).strip("_")[:LONGEST_KEY].strip("_")
    made = made if made[:1].isalpha() else fallback
    return numbered(made, taken)


def numbered(name: str, taken: Collection[str]) -> str:
    """Return a name that is not taken: itself, else with a number."""
    found, number = name, 2
    while found in taken:
        found = f"{name[: LONGEST_KEY - 3]}_{number}"
        number += 1
    return found
