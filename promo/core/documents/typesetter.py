"""The program that sets one document: what to set on standard input as JSON, the PDF on standard output.

It knows nothing of Promo and is run by path. PDF/UA refuses a character for which no font has a shape, or that says
nothing: those are replaced by � and named on standard error, so that a document is never lost over a name.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from typing import Any

import typst

UNKNOWN = "\ufffd"
_INVISIBLE = re.compile("[\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")
_REFUSED = re.compile(r'the (?:text|disallowed codepoint) `"((?:[^"\\]|\\.)+)"`|codepoint `"((?:[^"\\]|\\.)+)"`')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")


def main() -> int:
    """Read the order, set the document, write it."""
    order = json.load(sys.stdin)
    data = _each(json.loads(order["data"]), lambda text: _INVISIBLE.sub("", text))
    try:
        try:
            made = _set(order, data)
        except typst.TypstError as error:
            refused = _refused(error)
            if not refused:
                raise
            sys.stderr.write("".join(sorted(refused)))
            table = dict.fromkeys(map(ord, refused), UNKNOWN)
            made = _set(order, _each(data, lambda text: text.translate(table)))
    except typst.TypstError as error:
        sys.stderr.write(error.diagnostic or error.message)
        return 1
    sys.stdout.buffer.write(made)
    return 0


def _set(order: dict[str, Any], data: Any) -> bytes:
    at = datetime.fromisoformat(order["on"]) if order["on"] else datetime(1970, 1, 1)  # noqa: DTZ001 - made UTC below
    return typst.compile(
        f"{order['root']}/{order['template']}",
        root=order["root"],
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=order["fonts"]),
        sys_inputs={"data": json.dumps(data), "locale": order["locale"]},
        pdf_standards=["ua-1"],
        timestamp=int(at.replace(tzinfo=UTC).timestamp()),
    )


def _refused(error: typst.TypstError) -> set[str]:
    """Return the characters that the standard refuses, all of them: the diagnostics name each."""
    found = {_plain(a or b) for a, b in _REFUSED.findall(error.diagnostic or error.message)}
    return set("".join(found))


def _plain(quoted: str) -> str:
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], quoted)


def _each(value: Any, change: Any) -> Any:
    """Change every text within plain data."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_each(one, change) for one in value]
    if isinstance(value, dict):
        return {name: _each(one, change) for name, one in value.items()}
    return value


if __name__ == "__main__":
    sys.exit(main())
