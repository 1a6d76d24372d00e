"""Who may do what with procedures, runs and approvals."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import READERS, Viewer, any_staff, named, readers_of_documents, rules, works_on, writers
from promo.procedures import authority
from promo.procedures.models import Approval
from promo.reference.models import Post


@named(_l("The person who is asked"))
def is_asked(viewer: Viewer, approval: Any) -> bool:
    """Whoever the request waits for."""
    if not isinstance(approval, Approval):
        return any_staff(viewer, None)
    return approval.assigned_to_id == viewer.person_id


@named(_l("The person who approved"))
def has_decided(viewer: Viewer, approval: Any) -> bool:
    """Whoever approved, for as long as nothing rests on it."""
    if not isinstance(approval, Approval):
        return any_staff(viewer, None)
    return approval.decided_by_id == viewer.person_id


@named(_l("Whoever approved, and the same or a higher function"))
def may_annul(viewer: Viewer, approval: Any) -> bool:
    """Whoever approved, or holds the same function or one above it."""
    if not isinstance(approval, Approval):
        return any_staff(viewer, None)
    return authority.may_annul(viewer, approval)


@named(_l("The person who asked"))
def has_asked(viewer: Viewer, approval: Any) -> bool:
    """Whoever sent the request."""
    if not isinstance(approval, Approval):
        return any_staff(viewer, None)
    return approval.asked_by_id == viewer.person_id


@named(_l("Who works on the record, but its authors and the approver"))
def may_enter(viewer: Viewer, approval: Any) -> bool:
    """Officers and managers of the post, and headquarters; that authors do not is asked when it is entered."""
    if not isinstance(approval, Approval):
        return writers(viewer, None)
    return works_on(viewer, authority.record_of(approval))


@named(_l("Quality and auditors"))
def readers(viewer: Viewer, record: Any) -> bool:
    """Whoever looks at how approvals are given, of the whole ministry or of their posts."""
    return viewer.has(*READERS) or viewer.holds("quality")


@named(_l("Everybody who works here, and administrators"))
def reads_routes(viewer: Viewer, record: Any) -> bool:
    """Whoever has a role of the ministry."""
    return viewer.staff or viewer.has("admin")


@named(_l("Administrators and quality; the managers of a post its deputies"))
def edits_routes(viewer: Viewer, post: Any) -> bool:
    """Whoever says who approves when a holder can't: for every post, or a manager the deputies of their own."""
    if edits_stand_ins(viewer):
        return True
    if not isinstance(post, Post):
        return viewer.has("manager")
    return post.id in viewer.posts_as("manager") or (post.headquarters and viewer.has_at(None, "manager"))


def edits_stand_ins(viewer: Viewer) -> bool:
    """Whether the viewer says who stands in elsewhere, for whichever post."""
    return viewer.has("admin") or viewer.has_at(None, "quality")


@named(_l("Quality officers"))
def quality_officers(viewer: Viewer, _what: Any) -> bool:
    """Whoever writes the procedures and keeps them."""
    return viewer.has("quality")


rules(
    {
        "procedures.index": readers_of_documents,
        "procedures.edit": quality_officers,
        "procedures.show": readers_of_documents,
        "procedures.pdf": readers_of_documents,
        "procedures.compare": readers_of_documents,
        "procedures.advance": works_on,
        "procedures.answer": works_on,
        "procedures.declare": works_on,
        "procedures.ask": works_on,
        "procedures.recall": works_on,
        "procedures.approvals": any_staff,
        "procedures.approve": is_asked,
        "procedures.return_": is_asked,
        "procedures.approve_together": any_staff,
        "procedures.take_back": has_decided,
        "procedures.delegate": is_asked,
        "procedures.remind": has_asked,
        "procedures.story": any_staff,
        "procedures.able": is_asked,
        "procedures.annul": may_annul,
        "procedures.enter": may_enter,
        "procedures.dispute": has_decided,
        "procedures.quick": readers,
        "procedures.routes": reads_routes,
        "procedures.route": reads_routes,
        "procedures.route_edit": edits_routes,
        "procedures.deputies": edits_routes,
        "procedures.who": readers_of_documents,
    }
)
