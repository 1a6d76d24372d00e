"""What the figures come to: pure."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from promo.conformance.measures import PostLine, percentile, values
from promo.conformance.queries import Cell

DAYS = st.lists(st.integers(0, 400), max_size=60)
CELLS = st.lists(
    st.builds(
        Cell,
        what=st.sampled_from(["start", "finish", "stay", "refusal", "request", "item"]),
        stage=st.sampled_from(["notice", "result"]),
        detail=st.sampled_from(["result", "returned", "reopened", "evidence", "declaration", "data"]),
        days=st.integers(0, 9),
        waited=st.integers(0, 9),
        late=st.sampled_from([-1, 0, 1]),
        count=st.integers(1, 50),
    ),
    max_size=30,
)


@given(DAYS, st.floats(0.01, 1))
def test_percentile_is_a_counted_number_that_so_large_a_share_does_not_exceed(days: list[int], share: float) -> None:
    found = percentile(Counter(days), share)
    if not days:
        assert found is None
        return
    assert found in days
    assert sum(d <= found for d in days) >= share * len(days) - 1e-9
    assert sum(d < found for d in days) < share * len(days) + 1e-9


@given(CELLS)
def test_values_never_exceed_what_they_are_a_share_of(cells: list[Cell]) -> None:
    for value in values(cells):
        if value.total is not None:
            assert 0 <= value.count <= value.total <= sum(c.count for c in cells)
            assert value.share is None or 0 <= value.share <= 1


def test_a_line_of_a_post_adds_up() -> None:
    line = PostLine.of({("start", 0): 3, ("start", 1): 1, ("stay", 0): 3, ("stay", 1): 1, ("stay", -1): 9})
    assert (line.started, line.finished, line.in_time, line.late, line.share) == (4, 0, 3, 1, 0.75)
