"""Who may do what with calendars: everybody reads them, a post keeps its own, headquarters enters decrees."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import Viewer, anybody, named, rules
from promo.reference.models import Post


@named(_l("Officers and managers of the post, managers of headquarters, quality and administrators"))
def keepers(viewer: Viewer, post: Any) -> bool:
    """Whoever confirms a post's year and adds days of its own."""
    if not isinstance(post, Post):
        return viewer.has("officer", "manager", "quality", "admin")
    return viewer.has("admin") or viewer.has_at(post.id, "officer", "manager", "quality")


@named(_l("Managers of headquarters, quality and administrators"))
def for_all(viewer: Viewer, record: Any) -> bool:
    """Whoever enters what counts for every post."""
    return viewer.has("admin") or viewer.has_at(None, "manager", "quality")


rules(
    {
        "calendars.index": anybody,
        "calendars.show": anybody,
        "calendars.confirm": keepers,
        "calendars.add_day": keepers,
        "calendars.remove_day": keepers,
        "calendars.decrees": anybody,
        "calendars.add_decree": for_all,
        "calendars.remove_decree": for_all,
    }
)
