"""Who may do what with procedures, runs and approvals."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import Viewer, any_staff, anybody, named, rules, works_on
from promo.procedures.models import Approval


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


rules(
    {
        "procedures.index": anybody,
        "procedures.show": anybody,
        "procedures.advance": works_on,
        "procedures.answer": works_on,
        "procedures.declare": works_on,
        "procedures.ask": works_on,
        "procedures.recall": works_on,
        "procedures.approvals": any_staff,
        "procedures.approve": is_asked,
        "procedures.return_": is_asked,
        "procedures.take_back": has_decided,
    }
)
