"""Who may do what with tasks and teams."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from promo.core.access import Viewer, any_staff, named, rules, works_on, writers
from promo.work.models import Task


@named(_l("The task's owner"))
def owns_task(viewer: Viewer, task: Task | None) -> bool:
    """Whoever promised it."""
    return task is None or task.owner_id == viewer.person_id


rules(
    {
        "work.ask_access": writers,
        "work.index": any_staff,
        "work.complete": owns_task,
        "work.reopen": owns_task,
        "work.team": works_on,
        "work.leave": works_on,
        "work.people": writers,
    }
)
