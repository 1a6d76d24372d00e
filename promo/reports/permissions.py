"""Who may read reports: whoever works here, on the posts of their roles; headquarters on all of them."""

from __future__ import annotations

from promo.core.access import any_staff, rules

rules({"reports.index": any_staff, "reports.export": any_staff})
