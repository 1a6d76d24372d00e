"""From a definition's text to checked data: schema, blocks, soundness. Every problem has its path and line."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path as File
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator

from promo.procedures import soundness
from promo.procedures.building import build
from promo.procedures.definitions import Definition
from promo.procedures.source import Invalid, Path, Problem, Source, read
from promo.procedures.vocabulary import Facts

HERE = File(__file__).parent
LIBRARY = HERE / "library"
MAX_REQUIREMENTS = 2000  # in one definition, blocks included
MAX_PROBLEMS = 100


@dataclass
class Parsed:
    """A definition read from text. ``definition`` and ``data`` (blocks included) are there when nothing is wrong."""

    problems: list[Problem]
    data: dict[str, Any] = field(default_factory=dict)
    definition: Definition | None = None


@dataclass(frozen=True)
class Vocabulary:
    """What definitions may speak of: facts by kind, then name (None: any), functions (None: any)."""

    facts: Mapping[str, Facts] | None = None
    functions: Collection[str] | None = None


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of definitions."""
    return json.loads((HERE / "schema.json").read_text("utf-8"))


@cache
def _validator(part: str | None = None) -> Validator:
    whole = schema()
    if part is None:
        return Draft202012Validator(whole)
    return Draft202012Validator({"$defs": whole["$defs"], "$ref": f"#/$defs/{part}"})


def parse(text: str | bytes, blocks: Mapping[str, Any] | None = None, vocabulary: Vocabulary | None = None) -> Parsed:
    """Read, validate and build a definition.

    ``blocks`` are the shared blocks by name (the library's when None). Nothing is raised: what is wrong is listed.
    """
    try:
        source = read(text)
    except Invalid as error:
        return Parsed(error.problems)
    problems = against_schema(source)
    if problems:
        return Parsed(problems)
    data, origin, problems = _expand(source, library_blocks() if blocks is None else blocks)
    if problems:
        return Parsed(problems)
    definition = build(data)
    words = vocabulary or Vocabulary()
    for fault in soundness.faults(definition, words.facts, words.functions):
        problems.append(source.problem(_origin(fault.path, origin), fault.message))
    return Parsed(problems, data, definition)


def against_schema(source: Source, part: str | None = None) -> list[Problem]:
    """Return where the data break the schema (or one of its parts), in the order of the lines."""
    found: list[Problem] = []
    for error in _validator(part).iter_errors(source.data):
        found.extend(source.problem(tuple(e.absolute_path), _say(e)) for e in _leaves(error))
        if len(found) >= MAX_PROBLEMS:
            break
    return sorted(dict.fromkeys(found), key=lambda p: (p.line or 0, p.column or 0, p.path, str(p.message)))


def _leaves(error: ValidationError) -> Iterable[ValidationError]:
    """Yield the errors that say something: of alternatives, the one that got furthest."""
    if error.validator == "anyOf" and error.context:
        deepest = max(len(e.path) for e in error.context)
        nearest = [e for e in error.context if len(e.path) == deepest]
        if deepest and len(nearest) < 4:
            for nested in nearest:
                yield from _leaves(nested)
            return
    yield error


_TYPES = {
    "object": "a group of named values",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}
_SAID = {
    "oneOf": "Must be exactly one of the known forms.",
    "anyOf": "Has none of the known forms.",
    "not": "This word is not allowed here.",
    "if": "Does not hold together.",
}


def _say(error: ValidationError) -> str:
    if error.validator == "oneOf" and isinstance(error.validator_value, list):
        names = [", ".join(o["required"]) for o in error.validator_value if isinstance(o, dict) and "required" in o]
        return f"Must have exactly one of: {', '.join(names)}." if names else _SAID["oneOf"]
    if error.validator == "anyOf" and isinstance(error.validator_value, list):
        names = [", ".join(o["required"]) for o in error.validator_value if isinstance(o, dict) and "required" in o]
        return f"Must have one of: {', '.join(names)}." if names else _SAID["anyOf"]
    if error.validator == "type":
        wanted = error.validator_value
        names = [wanted] if isinstance(wanted, str) else wanted
        return f"Must be {' or '.join(_TYPES.get(n, n) for n in names)}."
    if error.validator in _SAID:
        return _SAID[str(error.validator)]
    return error.message if len(error.message) <= 300 else error.message[:297] + "…"


def _origin(path: Path, origin: Mapping[tuple[int, int], int]) -> Path:
    """Turn the place of an included requirement into that of the line that includes it."""
    if len(path) >= 4 and path[0] == "stages" and path[2] == "requires":
        return (*path[:3], origin.get((int(path[1]), int(path[3])), path[3]), *path[4:])
    return path


def _expand(
    source: Source, blocks: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[tuple[int, int], int], list[Problem]]:
    """Put the requirements of included blocks in their place."""
    origin: dict[tuple[int, int], int] = {}
    problems: list[Problem] = []
    total = 0
    stages = []
    for s, stage in enumerate(source.data["stages"]):
        expanded: list[dict[str, Any]] = []
        for r, item in enumerate(stage.get("requires", [])):
            try:
                new = list(_included(item, blocks, ()))
            except LookupError as error:
                problems.append(source.problem(("stages", s, "requires", r), str(error.args[0])))
                continue
            origin |= {(s, len(expanded) + i): r for i in range(len(new))}
            expanded.extend(new)
            total += len(new)
            if total > MAX_REQUIREMENTS:
                problems.append(source.problem(("stages", s), f"More than {MAX_REQUIREMENTS} requirements."))
                return {}, {}, problems
        stages.append({**stage, "requires": expanded} if "requires" in stage else stage)
    return {**source.data, "stages": stages}, origin, problems


def _included(item: Mapping[str, Any], blocks: Mapping[str, Any], path: tuple[str, ...]) -> Iterable[dict[str, Any]]:
    if "include" not in item:
        yield dict(item)
        return
    name = item["include"]
    if name in path:
        raise LookupError("The blocks include each other in a circle: " + " → ".join((*path, name)) + ".")
    if name not in blocks:
        raise LookupError(f"There is no block “{name}”.")
    for part in blocks[name]["requires"]:
        for inner in _included(part, blocks, (*path, name)):
            if "when" in item:
                inner["when"] = {"all": [item["when"], inner["when"]]} if "when" in inner else item["when"]
            yield {**inner, "block": inner.get("block", name)}


@cache
def library_blocks() -> dict[str, Any]:
    """Return the shared blocks of the library by name. Raises :class:`Invalid` when one is not valid."""
    found: dict[str, Any] = {}
    for file in sorted((LIBRARY / "blocks").glob("*.yaml")):
        source = read(file.read_bytes())
        if problems := against_schema(source, "block"):
            raise Invalid(problems)
        found[source.data["block"]] = source.data
    return found


def library_files() -> list[File]:
    """Return the files of the library's procedures."""
    return sorted(LIBRARY.glob("*.yaml"))
