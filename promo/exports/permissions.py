"""Who may export. What an export holds is narrowed further by the permission of what it is made of."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from promo.core.access import Viewer, any_staff, named, rules
from promo.core.exporting import Export


@named(_l("Whoever asked for it"))
def asker(viewer: Viewer, export: Export | None) -> bool:
    """Only the asker: a colleague asks for an export of their own, and it is told in the trail."""
    return viewer.staff and (export is None or export.person_id == viewer.person_id)


rules(
    {
        "exports.index": any_staff,
        "exports.start": any_staff,
        "exports.show": asker,
        "exports.cancel": asker,
        "exports.download": asker,
    }
)
