"""Who declares an urgency: the head of the record's post, or the line director."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import Viewer, any_staff, named, rules, sees
from promo.core.records import Record

HEAD, DIRECTOR, GENERAL = "head_of_mission", "line_director", "director_general"
HIGHER = {HEAD: DIRECTOR, DIRECTOR: GENERAL}  # who is told, and confirms or objects


def declares_as(viewer: Viewer, record: Record) -> str | None:
    """Return the function as which the viewer may declare an urgency of a record; None when they hold none."""
    for held in viewer.functions:
        if held.function == HEAD and held.post_id in (None, record.post_id):
            return HEAD
    for held in viewer.functions:
        if held.function == DIRECTOR and held.pillar in (None, record.pillar):
            return DIRECTOR
    return None


@named(_l("The head of the post (or whoever acts as such) and the line director"))
def may_declare(viewer: Viewer, record: Any) -> bool:
    """Whoever holds one of the two functions for the record, and sees it."""
    if not isinstance(record, Record):
        return any(held.function in HIGHER for held in viewer.functions)
    return sees(viewer, record) and declares_as(viewer, record) is not None


rules({"urgencies.index": any_staff, "urgencies.export": any_staff, "urgencies.declare": may_declare})
