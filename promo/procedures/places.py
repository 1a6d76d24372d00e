"""Where an item of the checklist is mended: the address of the very field, file, list or question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask_babel import lazy_gettext as _l

from promo.core.errors import Text
from promo.core.records import Kind
from promo.procedures.checklist import Item

LINKS: Mapping[str, Text] = {
    "field": _l("fill it in"),
    "answer": _l("answer"),
    "declaration": _l("declare"),
    "evidence": _l("attach"),
    "one": _l("mend the next one"),
    "tab": _l("add"),
    "approval": _l("ask for it"),
}


def place_of(item: Item) -> Mapping[str, Any]:
    """Return where an item is mended; of a list in which some lack something, the first that does."""
    where = dict(item.where)
    if item.reason.code == "some_lack" and where.get("tab") == "participants" and item.reason.params["ids"][0]:
        return {"one": item.reason.params["ids"][0], **where}
    return where


def address(kind: Kind, record_id: int, where: Mapping[str, Any]) -> str:
    """Return the path that mends an item: ``/events/7/edit#objective``."""
    page = f"/{kind.blueprint}/{record_id}"
    if where.get("field") in kind.places:
        return f"{page}#{quote(kind.places[where['field']])}"
    if "field" in where:
        return f"{page}/edit#{quote(str(where['field']))}"
    if "answer" in where:
        return f"{page}#answer-{quote(str(where['answer']))}"
    if "declaration" in where:
        return f"{page}#declare-{quote(str(where['declaration']))}"
    if "evidence" in where:
        return f"{page}?tab=files&category={quote(str(where['evidence']))}#files"
    if "one" in where:
        return f"{page}/participants/{where['one']}/edit_participant#file"
    if "tab" in where:
        name = quote(str(where["tab"]))
        return f"{page}?tab={name}#{name}"
    return f"{page}#checklist"


def link_words(where: Mapping[str, Any]) -> Text | None:
    """Return the words of that link."""
    return next((LINKS[name] for name in where if name in LINKS), None)
