"""Who may do what with activities."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from promo.activities.models import Activity
from promo.core.access import Viewer, any_staff, named, rules, sees, works_on, writers


@named(_l("Its authors (who entered it and on whose behalf), and managers of the post"))
def corrects(viewer: Viewer, activity: Activity | None) -> bool:
    """Both authors correct it; so does whoever works on its post's records as a manager."""
    if activity is None:
        return writers(viewer, activity)
    if not sees(viewer, activity) or not writers(viewer, activity):
        return False
    authors = (activity.entered_by_id, activity.on_behalf_of_id, activity.owner_id)
    return viewer.person_id in authors or viewer.has_at(activity.post_id, "manager")


rules(
    {
        "activities.index": any_staff,
        "activities.export": any_staff,
        "activities.show": any_staff,
        "activities.timeline": any_staff,
        "activities.who": writers,
        "activities.log": writers,
        "activities.edit": corrects,
        "activities.archive": corrects,
        "activities.unarchive": works_on,
    }
)
