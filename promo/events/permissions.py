"""Who may do what with events."""

from __future__ import annotations

from promo.acts.permissions import rows
from promo.core.access import rules

rules(rows("events"))
