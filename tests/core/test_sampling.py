"""The same list and seed give the same sample; every stratum is in it, in proportion to its size."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo.core.sampling import Member, TooFew, digest, draw, listed, rank, read, shares

names = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=8)
populations = st.lists(
    st.builds(Member, names, st.integers(1, 1 << 40), st.sampled_from(["LAX", "TYO", "MAD", "LIM"])),
    min_size=1, max_size=80, unique_by=lambda one: one.reference,
)  # fmt: skip


def test_the_sample_of_a_seed_is_written_down_here() -> None:
    """An example by hand: whoever changes the arithmetic changes samples that auditors have drawn."""
    population = [Member(f"EV-CG-US-LAX-2026-{n:04d}", n, "LAX" if n < 15 else "NYC") for n in range(1, 21)]
    assert [one.id for one in draw(population, 4, "1")] == [17, 3, 4, 14]
    assert rank("1", "EV-CG-US-LAX-2026-0007").startswith("ca2185ef9cca7a28")


@given(populations, st.integers(1, 90), st.text(max_size=5), st.randoms(use_true_random=False))
def test_order_of_the_population_does_not_matter(population, n, seed, random) -> None:
    strata = len({one.stratum for one in population})
    n = max(n, strata)
    shuffled = population[:]
    random.shuffle(shuffled)
    drawn = draw(population, n, seed)
    assert drawn == draw(shuffled, n, seed)
    assert drawn == draw(read(listed(population)), n, seed)
    assert digest(listed(population)) == digest(listed(shuffled))
    assert len(set(drawn)) == len(drawn) == min(n, len(population))
    assert {one.stratum for one in drawn} == {one.stratum for one in population}


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(1, 500), min_size=1), st.integers(1, 600))
def test_shares_are_in_proportion(sizes, n) -> None:
    n = max(n, len(sizes))
    total, given_ = sum(sizes.values()), shares(sizes, n)
    assert sum(given_.values()) == min(n, total)
    for name, size in sizes.items():
        assert 1 <= given_[name] <= size
        assert given_[name] <= max(1, min(n, total) * size / total + 1)


@given(populations, st.text(max_size=5), st.integers(1, 20))
def test_who_comes_later_takes_a_place_and_moves_nobody_else(population, seed, n) -> None:
    """Without strata a larger sample holds the smaller one: an auditor who wants more looks at no other ones."""
    plain = [Member(one.reference, one.id) for one in population]
    small, large = draw(plain, n, seed), draw(plain, n + 5, seed)
    assert large[: len(small)] == small


def test_fewer_than_strata_is_said() -> None:
    with pytest.raises(TooFew) as wrong:
        shares({"a": 5, "b": 1, "c": 9}, 2)
    assert wrong.value.strata == 3


def test_of_nothing_comes_nothing() -> None:
    assert draw([], 5, "1") == []


def test_every_stratum_once_and_no_more() -> None:
    assert Counter(shares({"large": 1000, "small": 1, "tiny": 1}, 3).values()) == Counter({1: 3})
