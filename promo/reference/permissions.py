"""Who may do what with reference data: everybody reads it, administrators correct the posts."""

from __future__ import annotations

from promo.core.access import administrators, anybody, rules

rules(
    {
        "reference.index": anybody,
        "reference.table": anybody,
        "reference.show": anybody,
        "reference.suggest": anybody,
        "reference.edit": administrators,
    }
)
