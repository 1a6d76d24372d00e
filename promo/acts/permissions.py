"""Who may do what with acts: the same rows for each kind, under its own name."""

from __future__ import annotations

from collections.abc import Mapping

from promo.core.access import Predicate, any_staff, works_on, writers


def rows(feature: str) -> Mapping[str, Predicate]:
    """Return the rows of the permission table for one kind of act: ``events`` or ``missions``."""
    return {
        f"{feature}.index": any_staff,
        f"{feature}.export": any_staff,
        f"{feature}.show": any_staff,
        f"{feature}.new": writers,
        f"{feature}.edit": works_on,
        f"{feature}.add_participant": works_on,
        f"{feature}.edit_participant": works_on,
        f"{feature}.remove_participant": works_on,
        f"{feature}.archive": works_on,
        f"{feature}.unarchive": works_on,
    }
