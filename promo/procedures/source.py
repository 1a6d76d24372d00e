"""Reading a definition's text: YAML or JSON, of bounded size and depth, each value with its line.

Only plain data come out: texts stay as written (no dates, no YAML 1.1 ``yes`` and ``no``), keys are texts that stand
once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from flask_babel import lazy_gettext as _l

from promo.core.errors import Text

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_NODES = 50_000  # with aliases followed
TOO_DEEP = _l("Nested deeper than %(depth)s.", depth=MAX_DEPTH)
TOO_MANY = _l("More than %(most)s values: aliases multiply the document.", most=MAX_NODES)

Path = tuple[str | int, ...]
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\Z")
_NUMBER = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{0,18})?([eE][-+]?[0-9]{1,2})?\Z")
_CONSTANTS: dict[str, Any] = {
    "null": None, "Null": None, "NULL": None, "~": None, "": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_QUOTED = frozenset("'\"|>")
_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge", "value")
)
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a definition: where (``stages[0].requires[2]``), on which line (from 1), and what.

    ``at`` is the same place for a program.
    """

    path: str
    line: int | None
    message: Text
    column: int | None = None
    at: Path = field(default=(), compare=False)

    def as_dict(self) -> dict[str, Any]:
        """Return it for programs."""
        return {"path": self.path, "line": self.line, "column": self.column, "message": str(self.message)}


class Invalid(ValueError):
    """A definition that can't be used; ``problems`` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.path}: {p.message}" for p in problems[:5]))
        self.problems = problems


@dataclass
class Source:
    """What was read: the plain data, and the line and column of each value by its path."""

    data: Any
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def problem(self, path: Path, message: Text) -> Problem:
        """Return a problem at a path, with the line of the nearest value that has one."""
        at = path
        while at not in self.places and at:
            at = at[:-1]
        line, column = self.places.get(at, (None, None))
        return Problem(show_path(path), line, message, column, path)


def show_path(path: Path) -> str:
    """Write a path as people read it: ``stages[0].title.es``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".") or "(document)"


def read(text: str | bytes) -> Source:
    """Read YAML or JSON. Raises :class:`Invalid` with line and column for anything but bounded, plain data."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > MAX_BYTES:
        said = _l("The document is larger than %(bytes)s bytes.", bytes=MAX_BYTES)
        raise Invalid([Problem("(document)", None, said)])
    try:
        decoded = raw.decode("utf-8-sig")
        _check_depth(decoded)
        node = yaml.compose(decoded, Loader=_LOADER)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Invalid([Problem("(document)", line, _l("The text is not UTF-8."))]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        last = decoded.count("\n") + (not decoded.endswith("\n"))
        place = (min(mark.line + 1, max(last, 1)), mark.column + 1) if mark else (None, None)
        raise Invalid([Problem("(document)", place[0], _sentence(error), place[1])]) from None
    except yaml.reader.ReaderError as error:
        line = decoded[: error.position].count("\n") + 1
        raise Invalid([Problem("(document)", line, _l("A character that is not allowed in YAML."))]) from None
    source = Source(None)
    if node is not None:
        source.data = _Plain(source).build(node, ())
    return source


def _sentence(error: yaml.MarkedYAMLError) -> Text:
    said = [part for part in (error.context, error.problem) if part]
    return _l("Not valid YAML: %(what)s.", what=", ".join(said))


def _check_depth(text: str) -> None:
    """Refuse deep nesting before anything recursive sees it; the events come one by one."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                mark: Any = event.start_mark
                raise Invalid([Problem("(document)", mark.line + 1, TOO_DEEP, mark.column + 1)])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def resolved(text: str) -> Any:
    """Return what a text without quotes means: nothing, yes or no, a number, else itself."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.match(text):
        return int(text)
    return float(text) if _NUMBER.match(text) else text


class _Plain:
    """Turns nodes into plain data, counting them, so that aliases can't explode or go round."""

    def __init__(self, source: Source) -> None:
        self.source, self.count = source, 0
        self.open: set[int] = set()

    def build(self, node: yaml.Node, path: Path) -> Any:
        self.count += 1
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        self.source.places.setdefault(path, place)
        if self.count > MAX_NODES:
            raise self.wrong(path, node, TOO_MANY)
        if id(node) in self.open:
            raise self.wrong(path, node, _l("An alias contains itself."))
        if len(path) > MAX_DEPTH:
            raise self.wrong(path, node, TOO_DEEP)
        if node.tag not in _TAGS:
            raise self.wrong(path, node, _l("Tags are not allowed."))
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, path)
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]
            return dict(self.pairs(node, path))
        finally:
            self.open.discard(id(node))

    def pairs(self, node: yaml.Node, path: Path) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is None:
                raise self.wrong(path, key_node, _l("A key must be a word."))
            if key in seen:
                raise self.wrong((*path, key), key_node, _l("The key “%(key)s” stands twice.", key=key))
            seen.add(key)
            self.source.places[(*path, key)] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            yield key, self.build(value_node, (*path, key))

    def scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        text = node.value
        return text if node.style in _QUOTED else resolved(text)  # in quotes a text, whatever it looks like

    def wrong(self, path: Path, node: yaml.Node, message: Text) -> Invalid:
        mark = node.start_mark
        return Invalid([Problem(show_path(path), mark.line + 1, message, mark.column + 1, path)])
