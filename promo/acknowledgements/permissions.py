"""Who says that they have read a version, and who sees whether others have."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import Viewer, any_staff, named, rules


@named(_l("Quality, auditors and managers, each for their posts"))
def oversees(viewer: Viewer, version: Any) -> bool:
    """Whoever answers for others' work or checks it."""
    return viewer.has("quality", "auditor", "manager")


@named(_l("Quality and managers, each for their posts"))
def answers_for(viewer: Viewer, version: Any) -> bool:
    """Whoever may ask others to read."""
    return viewer.has("quality", "manager")


rules(
    {
        "acknowledgements.index": oversees,
        "acknowledgements.show": oversees,
        "acknowledgements.acknowledge": any_staff,
        "acknowledgements.remind": answers_for,
    }
)
