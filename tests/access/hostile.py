"""Text that hurts, and how a page's forms are read and filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.pages import Element, Page

VALUES = (
    "",
    "   ",
    "x" * 1_000_000,
    "+NUL \x00 inside",
    "+" + "Ñandú" * 180,
    '=HYPERLINK("http://evil.example","x")',
    "<script>alert(1)</script>",
    "\u202eright to left\u2066 mark\u200f",
    "-1",
    str(2**70),
    "9999-12-31",
    "0001-01-01",
    "99:99 31/02/2026",
    "' OR 1=1 --\\%_",
    "é̈́ 李明 👩‍👩‍👧 İı",
    "1e400",
    "../../etc/passwd\r\nX-Evil: 1",
    "{{ 7*7 }} %(x)s %s {0}",
)
NUMBERS = (str(2**70), "0", "999999999")
SHOWN_ONCE = {"password", "file", "hidden", "checkbox", "radio", "submit", "button"}
SOURCE = Path(__file__).parents[2] / "promo"
GENERIC = ("q", "after", "before", "since", "until", "sort", "view", "page", "next", "value", "year", "period")


def query_names() -> list[str]:
    """Every name that a view or a list reads from the address: those in the source, and a few that it may one day."""
    text = "".join(path.read_text() for path in SOURCE.rglob("*.py"))
    return sorted({*re.findall(r'args(?:\.get|\.getlist)?[\(\[]"([^"]+)"', text), *GENERIC})


@dataclass
class Filled:
    """A form of a page: where it goes, what stands in its fields, and which of them show text again."""

    action: str
    values: list[tuple[str, str]] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(name for name, _value in self.values))

    def with_(self, name: str, value: str) -> list[tuple[str, str]]:
        """What is sent when one field holds something else."""
        return [(n, v) for n, v in self.values if n != name] + [(name, value)]


def forms(page: Page) -> Iterator[Filled]:
    """Every form of a page that is posted."""
    for element in page.all("form"):
        if element["method"].lower() == "post":
            filled = Filled(element["action"].partition("?")[0])
            for part in page.all("input", "select", "textarea"):
                if _of(part, element) and part["name"] not in ("", "csrf_token"):
                    filled.values += [(part["name"], value) for value in _values(part, page)]
                    if part.tag == "textarea" or (part.tag == "input" and part["type"] not in SHOWN_ONCE):
                        filled.texts.add(part["name"])
            yield filled


def shown(page: Page, name: str, *, any_row: bool = False) -> list[str]:
    """What stands in the fields of that name (or of its like in any row of a table: empty rows go, others move up)."""
    like = re.escape(name) if not any_row else re.sub(r"-\d+", r"-\\d+", name)
    parts = [p for p in page.all("input", "textarea") if re.fullmatch(like, p["name"])]
    return [value for part in parts for value in _values(part, page, every=True)]


def _of(part: Element, form: Element) -> bool:
    return part["form"] == form["id"] if part["form"] else part.within("form") is form


def _values(part: Element, page: Page, *, every: bool = False) -> list[str]:
    if part.tag == "textarea":
        return [re.sub("^\r?\n", "", "".join(part.pieces))]
    if part.tag == "select":
        options = [o for o in page.all("option") if o.within("select") is part]
        chosen = [o["value"] for o in options if "selected" in o.attributes]
        return chosen if chosen or "multiple" in part.attributes else [options[0]["value"] if options else ""]
    if part["type"] in ("checkbox", "radio") and "checked" not in part.attributes and not every:
        return []
    return [part["value"]] if part["type"] != "file" else []


_turn = count()


def turning() -> int:
    """Another number each time, so that each field meets other values."""
    return next(_turn)
