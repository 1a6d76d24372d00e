"""Who may do what with organisations."""

from __future__ import annotations

from promo.core.access import any_staff, rules, writers, writes_shared

rules(
    {
        "organisations.index": any_staff,
        "organisations.export": any_staff,
        "organisations.show": any_staff,
        "organisations.suggest": any_staff,
        "organisations.similar": writers,
        "organisations.new": writers,
        "organisations.edit": writes_shared,
        "organisations.archive": writes_shared,
        "organisations.unarchive": writes_shared,
    }
)
