"""Walking all pages of a list gives every row once, in order, whatever is added meanwhile."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from promo.core import listing
from promo.core.access import Viewer
from promo.core.db import write
from promo.core.records import kind
from promo.organisations.models import Organisation
from tests.cast import Cast
from tests.factories import post, serial

SORTS = ("name", "recent")
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
# Few names and moments, so that many rows share a key; letters and marks that a place in an address must carry.
rows = st.tuples(st.sampled_from(["Andes", "andes", "Ándes", "Ñusta", "Zarumilla", "李", "%_\"'"]), st.integers(0, 3))


class Undone(Exception):
    """Takes an example's rows away again."""


def add(writing: Session, cast: Cast, row: tuple[str, int]) -> int:
    name, day = row
    made = Organisation(
        title=name, sort_key=name.casefold(), reference=f"OR-LAX-{serial()}", kind="organisation",
        organisation_type="exporter", post_id=post().id, owner_id=cast.officer.id, visibility="shared",
        country="US",
    )  # fmt: skip
    writing.add(made)
    writing.flush()
    made.updated_at = FIRST + timedelta(days=day)
    writing.flush()
    return made.id


def walk(writing: Session, viewer: Viewer, sort: str, size: int, meanwhile: Any) -> list[Any]:
    """Read page after page; something happens between each two."""
    seen: list[Any] = []
    asked = listing.Request.of(kind("organisation").listing, {"sort": sort})
    while True:
        page = listing.page(writing, kind("organisation").listing, viewer, asked, size)
        seen += page.rows
        if page.after is None:
            return seen
        meanwhile()
        asked = listing.Request.of(kind("organisation").listing, {**asked.args, "after": page.after})


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(rows, max_size=12), added=st.lists(rows, max_size=8), sort=st.sampled_from(SORTS),
    size=st.integers(1, 5),
)  # fmt: skip
def test_every_row_comes_once(
    session: Session, cast: Cast, before: list[tuple[str, int]], added: list[tuple[str, int]], sort: str, size: int
) -> None:
    viewer, coming = cast.officer.viewer, iter(added)
    with suppress(Undone), write() as writing:
        there = [add(writing, cast, row) for row in before]
        new: list[int] = []

        def meanwhile() -> None:
            if row := next(coming, None):
                new.append(add(writing, cast, row))

        seen = walk(writing, viewer, sort, size, meanwhile)
        ids = [row.id for row in seen]
        keys = [(row.sort_value, row.id) for row in seen]
        assert len(ids) == len(set(ids))
        assert set(there) <= set(ids) <= set(there) | set(new)
        assert keys == sorted(keys, reverse=sort == "recent")
        raise Undone
