"""Notices are everybody's own."""

from __future__ import annotations

from promo.core.access import anybody, rules

rules(
    {
        "notices.index": anybody,
        "notices.open_": anybody,
        "notices.see_all": anybody,
        "notices.choose": anybody,
    }
)
