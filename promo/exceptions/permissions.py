"""Who asks for exceptions, who ends them, who judges the proposals that come of them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import Viewer, any_staff, named, rules, works_on
from promo.procedures.departures import AuthorisedException


@named(_l("Whoever works on it, and whoever granted it"))
def may_end(viewer: Viewer, one: Any) -> bool:
    """Casework on its record, or having granted it."""
    if not isinstance(one, AuthorisedException):
        return viewer.staff
    granted_by = one.approval.decided_by_id if one.approval is not None else None
    return works_on(viewer, one.record) or granted_by == viewer.person_id


@named(_l("Quality officers and auditors of headquarters"))
def oversees(viewer: Viewer, _record: Any) -> bool:
    """Whoever reads every record."""
    return viewer.has_at(None, "quality", "auditor")


@named(_l("Quality officers of headquarters"))
def judges(viewer: Viewer, _record: Any) -> bool:
    """Quality for the whole ministry."""
    return viewer.has_at(None, "quality")


rules(
    {
        "exceptions.index": any_staff,
        "exceptions.export": any_staff,
        "exceptions.ask": works_on,
        "exceptions.end": may_end,
        "exceptions.proposals": oversees,
        "exceptions.dismiss": judges,
        "exceptions.answer": judges,
    }
)
