"""Who audits: auditors and quality draw samples and read what any record's evidence is; guests read what was named."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from promo.core.access import GUEST, READERS, Viewer, named, readers_of_documents, rules, sees
from promo.core.records import Record


@named(_l("Quality and auditors"))
def auditing(viewer: Viewer, record: Any) -> bool:
    """Whoever audits, of what they see."""
    return viewer.has(*READERS) and (not isinstance(record, Record) or sees(viewer, record))


@named(_l("Quality, auditors, and external auditors what was named to them"))
def reading(viewer: Viewer, record: Any) -> bool:
    """Whoever audits, from inside or outside; what a guest may read of it is for the query to say."""
    return viewer.has(GUEST) or auditing(viewer, record)


@named(_l("Quality"))
def keeping_registers(viewer: Viewer, record: Any) -> bool:
    """Whoever answers for the quality system."""
    return viewer.has("quality")


rules(
    {
        "audits.index": reading,
        "audits.show": reading,
        "audits.population": reading,
        "audits.record": reading,
        "audits.pack": reading,
        "audits.new": auditing,
        "audits.look": auditing,
        "audits.add": auditing,
        "audits.clauses": readers_of_documents,
        "audits.register": keeping_registers,
    }
)
