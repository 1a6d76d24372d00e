"""From a definition's text to checked data: schema, blocks, soundness. Every problem has its path and line."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path as File
from typing import Any

from flask_babel import lazy_gettext as _l
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from promo.core.errors import Text
from promo.core.fields import CONTROLLED
from promo.procedures import blocks as shared
from promo.procedures import soundness
from promo.procedures.blocks import expand, origin_of
from promo.procedures.building import build
from promo.procedures.definitions import Definition
from promo.procedures.schema_words import leaves, say
from promo.procedures.source import Invalid, Path, Problem, Source, read
from promo.procedures.vocabulary import Facts

HERE = File(__file__).parent
LIBRARY = HERE / "library"
TYPES = ("fact", "answer", "evidence", "count", "each", "declaration", "approvals", "include")  # of requirements
MAX_PROBLEMS = 100
# What nobody sees: control characters, what turns the direction of a text, halves of a character.
HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LOOSE = ("minItems", "minLength", "if", "then")  # what a draft may break: it is not finished


@dataclass
class Parsed:
    """A definition read from text. ``definition`` and ``data`` (blocks included) are there when nothing is wrong.

    ``written`` are the data as they were written, with the lines that include blocks.
    """

    problems: list[Problem]
    data: dict[str, Any] = field(default_factory=dict)
    definition: Definition | None = None
    written: dict[str, Any] = field(default_factory=dict)


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
def loose_schema() -> dict[str, Any]:
    """Return the schema of drafts: the same shape, but texts, lists and choices may still be empty."""
    loose: dict[str, Any] = _loosened(schema())
    text = loose["$defs"]["text"]
    text.pop("required")
    for language in text["properties"].values():
        language.pop("pattern")
    types = loose["$defs"]["requirement"]["dependentSchemas"]
    types["answer"]["required"].remove("label")
    types["count"].pop("anyOf")
    return loose


def _loosened(part: Any) -> Any:
    if isinstance(part, dict):
        return {k: _loosened(v) for k, v in part.items() if k not in LOOSE}
    return [_loosened(v) for v in part] if isinstance(part, list) else part


@cache
def _validator(part: str | None = None, loose: bool = False) -> Validator:
    whole = loose_schema() if loose else schema()
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
    problems = _unseen(source) + against_schema(source)
    if problems:
        return Parsed(problems)
    return _parsed(source, blocks, vocabulary)


def parse_draft(text: str | bytes, blocks: Mapping[str, Any] | None = None) -> Parsed:
    """Read a definition that need not be finished: what is refused is only what no editor could mend.

    That is bad syntax, another shape, stages or requirements that can't be told apart, blocks that do not exist.
    """
    try:
        source = read(text)
    except Invalid as error:
        return Parsed(error.problems)
    problems = _unseen(source) + against_schema(source, loose=True)
    if problems:
        return Parsed(problems)
    data, _origins, problems = expand(source, library_blocks() if blocks is None else blocks)
    problems += _alike(source)
    return Parsed(problems) if problems else Parsed([], data, build(data), source.data)


def problems_of(
    data: Mapping[str, Any], blocks: Mapping[str, Any] | None = None, vocabulary: Vocabulary | None = None
) -> list[Problem]:
    """List all that keeps a draft from being submitted: the schema's and what does not hold together."""
    source = Source(data)
    problems = _unseen(source) + _against_schema_in_parts(data)
    if data["stages"]:
        problems += [p for p in _parsed(source, blocks, vocabulary).problems if p not in problems]
    return problems


def _parsed(source: Source, blocks: Mapping[str, Any] | None, vocabulary: Vocabulary | None) -> Parsed:
    data, origin, problems = expand(source, library_blocks() if blocks is None else blocks)
    if problems:
        return Parsed(problems)
    definition = build(data)
    words = vocabulary or Vocabulary()
    for fault in soundness.faults(definition, words.facts, words.functions):
        problems.append(source.problem(origin_of(fault.path, origin), fault.message))
    return Parsed(problems, data, definition, source.data)


def against_schema(source: Source, part: str | None = None, *, loose: bool = False) -> list[Problem]:
    """Return where the data break the schema (or one of its parts), in the order of the lines."""
    found: list[Problem] = []
    for error in _validator(part, loose).iter_errors(source.data):
        found.extend(source.problem(tuple(e.absolute_path), say(e)) for e in leaves(error))
        if len(found) >= MAX_PROBLEMS:
            break
    return sorted(dict.fromkeys(found), key=lambda p: (p.line or 0, p.column or 0, p.path, str(p.message)))


def _against_schema_in_parts(data: Mapping[str, Any]) -> list[Problem]:
    """Return where a draft breaks the schema; what did not change since the last time is not looked at again."""
    bare = [{k: v for k, v in stage.items() if k != "requires"} for stage in data["stages"]]
    problems = against_schema(Source({**data, "stages": bare}))
    most = schema()["$defs"]["stage"]["properties"]["requires"]["maxItems"]
    for s, stage in enumerate(data["stages"]):
        requirements = stage.get("requires", ())
        if len(requirements) > most:
            said = _l("There may be at most %(most)s.", most=most)
            problems.append(Source(None).problem(("stages", s, "requires"), said))
        for r, requirement in enumerate(requirements):
            found = _requirement_problems(json.dumps(requirement, ensure_ascii=False))
            at = ("stages", s, "requires", r)
            problems += [Source(None).problem((*at, *problem.at), problem.message) for problem in found]
    return problems


@lru_cache(maxsize=5_000)
def _requirement_problems(text: str) -> tuple[Problem, ...]:
    return tuple(against_schema(Source(json.loads(text)), "requirement"))


def fits(data: Any, part: str | None = None) -> bool:
    """Whether data have the shape that a draft, or one of its parts, must keep."""
    return bool(_validator(part, True).is_valid(data))


def _unseen(source: Source) -> list[Problem]:
    return [source.problem(path, CONTROLLED) for path in _hidden(source.data)]


def _hidden(data: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the places of texts with characters that nobody sees."""
    if isinstance(data, str):
        if HIDDEN.search(data):
            yield path
    elif isinstance(data, (dict, list)):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _hidden(value, (*path, key))


def name_of(requirement: Mapping[str, Any]) -> str:
    """Return the name by which a requirement is told from the others of its stage: its key, or what it asks for."""
    if "key" in requirement:
        return str(requirement["key"])
    kind = next(k for k in TYPES if k in requirement)
    return kind if kind == "approvals" else f"{kind}.{requirement[kind]}"


def _alike(source: Source) -> Iterable[Problem]:
    """Yield the stages, and the requirements of one stage, that bear the name of another."""
    stages: set[str] = set()
    for s, stage in enumerate(source.data["stages"]):
        if stage["key"] in stages:
            said: Text = _l("Two stages are called “%(key)s”.", key=stage["key"])
            yield source.problem(("stages", s, "key"), said)
        stages.add(stage["key"])
        names: set[str] = set()
        for r, requirement in enumerate(stage.get("requires", [])):
            name = name_of(requirement)
            if name in names:
                said = _l("Two requirements are called “%(key)s”: give each a key of its own.", key=name)
                yield source.problem(("stages", s, "requires", r), said)
            names.add(name)


def whole(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a definition with the blocks that it includes in their place; one that there is no longer is left out."""
    if all("include" not in r for stage in data["stages"] for r in stage.get("requires", ())):
        return data
    return expand(Source(data), library_blocks())[0]


def folded(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a definition that includes the library's blocks again where it says word for word what they say."""
    return shared.folded(data, library_blocks())


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
