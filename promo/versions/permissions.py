"""Who hands versions in, reviews them and approves them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import Viewer, any_staff, named, rules
from promo.procedures.models import ProcedureVersion
from promo.versions.models import Comment

APPROVING = ("quality", "director_general")  # the functions whose holders approve


@named(_l("Quality, the version's author and the procedure's owner"))
def writes(viewer: Viewer, version: Any) -> bool:
    """Whoever keeps the text of a version."""
    if viewer.has_at(None, "quality"):
        return True
    if not isinstance(version, ProcedureVersion):
        return viewer.staff
    return viewer.person_id in (version.author_id, version.procedure.owner_id)


@named(_l("Quality, managers at headquarters and the Director-General"))
def reviews(viewer: Viewer, version: Any) -> bool:
    """Whoever looks at a version before it is approved."""
    return viewer.has_at(None, "quality", "manager") or approves(viewer, version)


@named(_l("Quality and the Director-General, never for their own text"))
def approves(viewer: Viewer, version: Any) -> bool:
    """Whoever may approve a version; that they did not write it is asked of the very version."""
    return viewer.has_at(None, "quality") or any(viewer.holds(function) for function in APPROVING)


@named(_l("Quality, auditors, managers at headquarters and the Director-General"))
def follows(viewer: Viewer, version: Any) -> bool:
    """Whoever sees what is on its way."""
    return reviews(viewer, version) or viewer.has("auditor")


@named(_l("Those who review a version, and those who keep its text"))
def reviews_or_writes(viewer: Viewer, version: Any) -> bool:
    """Whoever may give a version back: a reviewer with a reason, its author to mend it."""
    return reviews(viewer, version) or writes(viewer, version)


@named(_l("Whoever wrote the comment, and those who review"))
def settles(viewer: Viewer, comment: Any) -> bool:
    """Whoever says that a comment was attended to."""
    if isinstance(comment, Comment) and comment.by_id == viewer.person_id:
        return True
    return reviews(viewer, comment)


rules(
    {
        "versions.index": follows,
        "versions.submit": writes,
        "versions.comment": reviews,
        "versions.answer": reviews_or_writes,
        "versions.resolve": settles,
        "versions.send_back": reviews_or_writes,
        "versions.approve": approves,
        "versions.accept": approves,
        "versions.act": any_staff,
        "versions.reviewed": writes,
    }
)
