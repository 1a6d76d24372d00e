"""Who rehearses a draft: quality, who reads all records."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import Viewer, named, rules


@named(_l("Quality, for the whole ministry"))
def quality(viewer: Viewer, version: Any) -> bool:
    """Whoever answers for quality: a rehearsal reads the records of every post."""
    return viewer.has_at(None, "quality")


rules({f"rehearsals.{verb}": quality for verb in ("of", "start", "show", "cancel")})
