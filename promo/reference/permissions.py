"""Who may do what with reference data: everybody reads it, administrators correct the posts, quality the settings."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import Viewer, administrators, anybody, named, rules


@named(_l("Quality officers of headquarters"))
def quality(viewer: Viewer, _setting: Any) -> bool:
    """Whoever keeps the procedures for the whole ministry."""
    return viewer.has_at(None, "quality")


rules(
    {
        "reference.index": anybody,
        "reference.table": anybody,
        "reference.show": anybody,
        "reference.suggest": anybody,
        "reference.edit": administrators,
        "reference.change": quality,
    }
)
