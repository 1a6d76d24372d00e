"""Who reports nonconforming outputs, who accepts or dismisses them, who contains, decides and closes them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import Viewer, any_staff, named, rules, sees, works_on
from promo.core.records import Record
from promo.nonconformities.models import Nonconformity


@named(_l("Quality officers, of the post or of headquarters"))
def judges(viewer: Viewer, one: Any) -> bool:
    """Quality, for the posts of its role."""
    if not isinstance(one, Nonconformity):
        return viewer.has("quality")
    return sees(viewer, one.record) and viewer.has_at(one.post_id, "quality")


@named(_l("Whoever works on the case file, and quality"))
def contains(viewer: Viewer, one: Any) -> bool:
    """Casework on its record, or quality."""
    if not isinstance(one, Nonconformity):
        return viewer.staff
    return works_on(viewer, one.record) or judges(viewer, one)


@named(_l("Managers of the post and of headquarters, the head of the post, and quality"))
def decides(viewer: Viewer, one: Any) -> bool:
    """Whoever answers for the post's work, or quality."""
    if not isinstance(one, Nonconformity):
        return viewer.has("manager", "quality") or any(h.function == "head_of_mission" for h in viewer.functions)
    if not sees(viewer, one.record):
        return False
    answers_for = viewer.has_at(one.post_id, "manager", "quality")
    return answers_for or viewer.holds("head_of_mission", one.post_id)


@named(_l("Managers of the post and of headquarters, the head of the post, and quality; never whoever decided"))
def closes(viewer: Viewer, one: Any) -> bool:
    """The same as for deciding, by somebody else."""
    if isinstance(one, Nonconformity) and one.decided_by_id == viewer.person_id:
        return False
    return decides(viewer, one)


@named(_l("Everybody who works here and sees the case file"))
def reports(viewer: Viewer, record: Any) -> bool:
    """Whoever sees it: what went wrong is said by anybody."""
    return viewer.staff and (not isinstance(record, Record) or sees(viewer, record))


rules(
    {
        "nonconformities.index": any_staff,
        "nonconformities.export": any_staff,
        "nonconformities.show": any_staff,
        "nonconformities.report": reports,
        "nonconformities.accept": judges,
        "nonconformities.dismiss": judges,
        "nonconformities.contain": contains,
        "nonconformities.decide": decides,
        "nonconformities.close": closes,
    }
)
