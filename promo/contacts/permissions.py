"""Who may do what with contacts."""

from __future__ import annotations

from promo.core.access import any_staff, rules, writers, writes_shared

rules(
    {
        "contacts.index": any_staff,
        "contacts.export": any_staff,
        "contacts.show": any_staff,
        "contacts.suggest": any_staff,
        "contacts.similar": writers,
        "contacts.new": writers,
        "contacts.edit": writes_shared,
        "contacts.archive": writes_shared,
        "contacts.unarchive": writes_shared,
    }
)
