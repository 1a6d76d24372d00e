"""Who reads how procedures are followed: whoever works here, of the posts of their roles; who takes a second look."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import Viewer, any_staff, named, rules, sees
from promo.core.records import Record


@named(_l("Quality officers"))
def second_lookers(viewer: Viewer, record: Any) -> bool:
    """Quality, on what it sees."""
    return viewer.has("quality") and (not isinstance(record, Record) or sees(viewer, record))


rules(
    {
        "conformance.index": any_staff,
        "conformance.show": any_staff,
        "conformance.rows": any_staff,
        "conformance.export": any_staff,
        "conformance.looks": any_staff,
        "conformance.look": second_lookers,
    }
)
