"""What a page of conformance shows, as a test reads it."""

from __future__ import annotations

from typing import Any

from tests.pages import Page


def figures(client: Any, address: str = "/conformance/PE-GEN-01") -> dict[str, tuple[str, str | None]]:
    """Return each card's exact figure and the address of what it counts, by its label."""
    found = {}
    for data in Page(client.get(address).text).all("data"):
        link = data.within("a")
        card = data.within("div")
        assert card is not None
        label = card.text.split(" Qué significa")[0].strip()
        found[label] = (data["value"], link["href"] if link else None)
    return found
