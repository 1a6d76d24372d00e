"""Who may do what with outcomes."""

from __future__ import annotations

from promo.core.access import any_staff, rules, works_on, writers

rules(
    {
        "outcomes.index": any_staff,
        "outcomes.export": any_staff,
        "outcomes.show": any_staff,
        "outcomes.suggest": writers,
        "outcomes.new": writers,
        "outcomes.edit": works_on,
        "outcomes.correct": works_on,
        "outcomes.archive": works_on,
        "outcomes.unarchive": works_on,
    }
)
