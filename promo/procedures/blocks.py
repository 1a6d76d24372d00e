"""Shared blocks of requirements: put in the place of the lines that include them, and folded into such lines again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from promo.procedures.source import Path, Problem, Source

MAX_REQUIREMENTS = 2000  # in one definition, blocks included


def origin_of(path: Path, origin: Mapping[tuple[int, int], int]) -> Path:
    """Turn the place of an included requirement into that of the line that includes it."""
    if len(path) >= 4 and path[0] == "stages" and path[2] == "requires":
        return (*path[:3], origin.get((int(path[1]), int(path[3])), path[3]), *path[4:])
    return path


def expand(
    source: Source, blocks: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[tuple[int, int], int], list[Problem]]:
    """Put the requirements of included blocks in their place."""
    origin: dict[tuple[int, int], int] = {}
    problems: list[Problem] = []
    total = 0
    stages: list[dict[str, Any]] = []
    for s, stage in enumerate(source.data["stages"]):
        expanded: list[dict[str, Any]] = []
        for r, item in enumerate(stage.get("requires", [])):
            try:
                new = list(_included(item, blocks, ()))
            except LookupError as error:
                problems.append(source.problem(("stages", s, "requires", r), error.args[0]))
                continue
            origin |= {(s, len(expanded) + i): r for i in range(len(new))}
            expanded.extend(new)
            total += len(new)
            if total > MAX_REQUIREMENTS:
                said = _l("More than %(most)s requirements.", most=MAX_REQUIREMENTS)
                problems.append(source.problem(("stages", s), said))
                rest = source.data["stages"][s + 1 :]
                return {**source.data, "stages": [*stages, {**stage, "requires": expanded}, *rest]}, origin, problems
        stages.append({**stage, "requires": expanded} if "requires" in stage else stage)
    return {**source.data, "stages": stages}, origin, problems


def _included(item: Mapping[str, Any], blocks: Mapping[str, Any], path: tuple[str, ...]) -> Iterable[dict[str, Any]]:
    if "include" not in item:
        yield dict(item)
        return
    name = item["include"]
    if name in path:
        circle = " → ".join((*path, name))
        raise LookupError(_l("The blocks include each other in a circle: %(circle)s.", circle=circle))
    if name not in blocks:
        raise LookupError(_l("There is no block “%(name)s”.", name=name))
    for part in blocks[name]["requires"]:
        for inner in _included(part, blocks, (*path, name)):
            if "when" in item:
                inner["when"] = {"all": [item["when"], inner["when"]]} if "when" in inner else item["when"]
            yield {**inner, "block": inner.get("block", name)}


def folded(data: Mapping[str, Any], blocks: Mapping[str, Any]) -> dict[str, Any]:
    """Return a definition in which what a block says, word for word and in its order, is a line that includes it."""
    expanded = {name: list(_included({"include": name}, blocks, ())) for name in blocks}
    longest_first = sorted(expanded.items(), key=lambda pair: -len(pair[1]))
    return {**data, "stages": [_folded(stage, longest_first) for stage in data["stages"]]}


def _folded(stage: Mapping[str, Any], blocks: list[tuple[str, list[dict[str, Any]]]]) -> Mapping[str, Any]:
    rows, found = stage.get("requires", []), []
    at = 0
    while at < len(rows):
        fits = ((n, w) for n, block in blocks if (w := _same(rows[at : at + len(block)], block)) is not None)
        name, when = next(fits, (None, None)) if "block" in rows[at] else (None, None)
        if name is None:
            found.append(rows[at])
            at += 1
        else:
            found.append({"include": name, **(when or {})})
            at += len(dict(blocks)[name])
    return {**stage, "requires": found} if "requires" in stage else stage


def _same(rows: list[dict[str, Any]], block: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the condition under which rows are those of a block (none: ``{}``), or None when they are others."""
    if rows == block:
        return {}
    if len(rows) != len(block) or "when" not in rows[0]:
        return None
    condition = rows[0]["when"]["all"][0] if "when" in block[0] and "all" in rows[0]["when"] else rows[0]["when"]
    wanted = [
        {**row, "when": {"all": [condition, row["when"]]} if "when" in row else condition} for row in block
    ]  # fmt: skip
    return {"when": condition} if rows == wanted else None
