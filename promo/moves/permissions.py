"""Who moves open work to a newer version: whoever works on it asks, quality approves as with any request."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import READERS, Viewer, named, rules, works_on, writers


@named(_l("Officers, promoters, managers, quality officers and auditors"))
def reads(viewer: Viewer, record: Any) -> bool:
    """Whoever may ask for a move; quality, who decides on it, and auditors only read what stands where."""
    return writers(viewer, record) or viewer.has(*READERS)


rules({"moves.index": reads, "moves.ask": works_on})
