"""Who moves open work to a newer version: whoever works on it asks, quality approves as with any request."""

from __future__ import annotations

from promo.core.access import rules, works_on, writers

rules({"moves.index": writers, "moves.ask": works_on})
