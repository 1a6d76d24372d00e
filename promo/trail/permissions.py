"""Who reads the trail: a record's history, the whole of it, and the sensitive values in it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import Viewer, any_staff, named, rules, works_on


@named(_l("Quality, auditors and administrators"))
def oversees(viewer: Viewer, record: Any) -> bool:
    """Whoever answers for the whole. What each of them sees of it is for the query to say."""
    return viewer.has("quality", "auditor", "admin")


@named(_l("Quality, data protection and those who work on the record"))
def sees_sensitive(viewer: Viewer, record: Any) -> bool:
    """Whoever needs the values for the work, each view told; an auditor sees that they changed, not to what."""
    return viewer.has("quality") or viewer.holds("data_protection") or works_on(viewer, record)


rules(
    {
        "trail.show": any_staff,
        "trail.index": oversees,
        "trail.checkpoint": oversees,
        "trail.sensitive": sees_sensitive,
    }
)
