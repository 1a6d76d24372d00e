"""Who lets external auditors in: quality; auditors see whom."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import Viewer, named, rules


@named(_l("Quality of headquarters"))
def receiving(viewer: Viewer, record: Any) -> bool:
    """Whoever answers for what leaves the ministry."""
    return viewer.has_at(None, "quality")


@named(_l("Quality and auditors of headquarters"))
def knowing(viewer: Viewer, record: Any) -> bool:
    """Whoever should know who comes in."""
    return viewer.has_at(None, "quality", "auditor")


rules(
    {
        "guests.index": knowing,
        "guests.invite": receiving,
        "guests.edit": receiving,
        "guests.end": receiving,
    }
)
