"""Who may do what with trade missions."""

from __future__ import annotations

from promo.acts.permissions import rows
from promo.core.access import rules

rules(rows("missions"))
