"""A draft as a document: YAML or JSON, always in the same order, so that two can be laid side by side."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from difflib import unified_diff
from typing import Any

import yaml

from promo.procedures.source import resolved

ORDER = {name: number for number, name in enumerate((
    "code", "title", "purpose", "applies_to", "kind", "types", "pillars", "references", "inputs", "outputs",
    "responsibilities", "stages",
    "include", "fact", "answer", "evidence", "count", "each", "declaration", "approvals", "function", "to",
    "all", "any", "not", "op", "value", "type", "choices", "where", "min", "max", "by",
    "key", "label", "guidance", "when", "responsible", "working_days", "calendar_days", "before", "after", "calendar",
    "deadline", "requires", "four_eyes", "together", "covers", "waivable", "waived_by", "protects", "minor", "block",
    "next", "final", "cancelled", "records", "tells", "measure", "formula", "target", "unit", "text",
    "indicators", "changes", "review_months", "es", "en",
))}  # fmt: skip
SHORT = 80  # characters up to which a group of plain values stands in one line
_NAME = re.compile("[a-z][a-z0-9_]*")


def ordered(data: Any) -> Any:
    """Return data with the names of each group in the usual order, unknown ones behind by name."""
    if isinstance(data, Mapping):
        names = sorted(data, key=lambda name: (_place(name, data), name))
        return {name: ordered(data[name]) for name in names}
    return [ordered(one) for one in data] if isinstance(data, list) else data


def _place(name: str, group: Mapping[str, Any]) -> int:
    if "title" in group and name in ("key", "code"):  # a stage or the procedure itself begins with its name
        return -2
    if "title" in group and name == "title":
        return -1
    return ORDER.get(name, len(ORDER))


class _Dumper(yaml.SafeDumper):
    """Writes texts so that they are read again as texts, and short groups in one line."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Write everything out: a document without aliases."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists under their name, as the library does."""
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    node = dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)
    if style is None and not isinstance(resolved(text), str):
        node.style = '"'
    return node


def _group(dumper: yaml.SafeDumper, group: Mapping[str, Any]) -> yaml.Node:
    plain = all(not isinstance(v, (dict, list)) for v in group.values())
    short = plain and sum(len(str(k)) + len(str(v)) + 4 for k, v in group.items()) < SHORT
    flow = bool(group) and short and "\n" not in str(list(group.values()))
    return dumper.represent_mapping("tag:yaml.org,2002:map", group.items(), flow_style=flow)


def _list(dumper: yaml.SafeDumper, rows: list[Any]) -> yaml.Node:
    names = all(isinstance(row, str) and _NAME.fullmatch(row) for row in rows)
    flow = names and sum(len(row) + 2 for row in rows) < SHORT
    return dumper.represent_sequence("tag:yaml.org,2002:seq", rows, flow_style=flow)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(dict, _group)
_Dumper.add_representer(list, _list)


def as_yaml(data: Mapping[str, Any]) -> str:
    """Return a document as YAML."""
    return str(yaml.dump(ordered(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110))


def as_json(data: Mapping[str, Any]) -> str:
    """Return a document as JSON."""
    return json.dumps(ordered(data), ensure_ascii=False, indent=2) + "\n"


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the lines that differ between two texts as YAML, with a few around: (sign, line), a gap as (``…``, "")."""
    found: list[tuple[str, str]] = []
    for line in unified_diff(as_yaml(old).splitlines(), as_yaml(new).splitlines(), n=2, lineterm=""):
        if line.startswith(("---", "+++")):
            continue
        found.append(("…", "") if line.startswith("@@") else (line[:1], line[1:]))
    return found
