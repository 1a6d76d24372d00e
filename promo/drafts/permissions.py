"""Who may do what with drafts: quality writes them, oversight reads them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import Viewer, named, rules
from promo.procedures.permissions import quality_officers


@named(_l("Quality officers, auditors and administrators"))
def readers(viewer: Viewer, _draft: Any) -> bool:
    """Whoever writes the procedures, or oversees them."""
    return viewer.has("quality", "auditor", "admin")


rules(
    {
        "drafts.show": readers,
        "drafts.export": readers,
        "drafts.new": quality_officers,
        "drafts.copy": quality_officers,
        "drafts.load": quality_officers,
        "drafts.import_": quality_officers,
        "drafts.edit": quality_officers,
        "drafts.undo": quality_officers,
        "drafts.discard": quality_officers,
        "drafts.submit": quality_officers,
    }
)
