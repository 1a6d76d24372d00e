"""Who may see the pages that read across features."""

from __future__ import annotations

from promo.core.access import anybody, rules

rules({"home.day": anybody, "home.find": anybody})
