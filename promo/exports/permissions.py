"""Who may export. What an export holds is narrowed further by the permission of what it is made of."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import GUEST, Viewer, named, rules
from promo.core.exporting import Export


@named(_l("Everybody who works here; external auditors, of what was named to them"))
def takers(viewer: Viewer, record: Any) -> bool:
    """Whoever may take something away at all; what it is made of asks for more."""
    return viewer.staff or viewer.has(GUEST)


@named(_l("Whoever asked for it"))
def asker(viewer: Viewer, export: Export | None) -> bool:
    """Only the asker: a colleague asks for an export of their own, and it is told in the trail."""
    return takers(viewer, None) and (export is None or export.person_id == viewer.person_id)


rules(
    {
        "exports.index": takers,
        "exports.start": takers,
        "exports.show": asker,
        "exports.cancel": asker,
        "exports.download": asker,
    }
)
