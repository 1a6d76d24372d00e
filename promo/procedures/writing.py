"""A definition as text that people read and ``source.read`` reads back unchanged: YAML in blocks, or JSON.

The keys stand in the order of the schema, what a requirement is about before the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import yaml

from promo.procedures.source import resolved
from promo.procedures.validation import schema

WIDTH = 110
FORMS = ("fact", "answer", "evidence", "count", "each", "declaration", "approvals")
# Within which of these keys which part of the schema says the order.
PARTS = {
    "stages": "stage", "requires": "requirement", "when": "condition", "all": "condition", "any": "condition",
    "not": "condition", "approvals": "approval", "deadline": "deadline", "next": "next", "choices": "choice",
}  # fmt: skip
_NOT_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def as_json(data: Mapping[str, Any]) -> str:
    """Write a definition as JSON."""
    text = json.dumps(ordered(data), ensure_ascii=False, indent=2)
    return _NOT_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def as_yaml(data: Mapping[str, Any]) -> str:
    """Write a definition as YAML, each text of its own on a line."""
    return yaml.dump(
        ordered(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=WIDTH
    )


def ordered(value: Any, part: str = "") -> Any:
    """Return plain data with the keys of each group in the order of the schema."""
    if isinstance(value, (list, tuple)):
        return [ordered(one, part) for one in value]
    if not isinstance(value, Mapping):
        return value
    known = _order(part, next((form for form in FORMS if form in value), "") if part == "requirement" else "")
    keys = [*(key for key in known if key in value), *(key for key in value if key not in known)]
    return {key: ordered(value[key], PARTS.get(key, key)) for key in keys}


@cache
def _order(part: str, form: str) -> Sequence[str]:
    """Return the keys of a part of the schema in its order; of a requirement first what it is about."""
    whole = schema()
    if form:
        return [
            form,
            *(key for key in whole["$defs"]["requirement"]["dependentSchemas"][form]["properties"] if key != form),
        ]
    if part == "condition":
        return ["fact", "answer", "all", "any", "not", "op", "value"]
    found = whole["$defs"].get(part) or whole["properties"].get(part) or {} if part else whole
    found = found.get("items", found)
    return list(found.get("properties", ("es", "en")))


class _Dumper(yaml.SafeDumper):
    """Blocks without aliases; a text that would be read as something else is quoted."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything where it stands."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Set lists in, under the key that they belong to."""
        super().increase_indent(flow, False)


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "'" if resolved(text) != text else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
