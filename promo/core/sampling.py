"""Drawing a sample so that the same one comes again next year: from a kept list and a seed, by arithmetic alone.

1. A reference's *rank* is the SHA-256 of three lines (UTF-8, line feeds between them): ``promo sample 1``, the seed,
   the reference. It is compared as hexadecimal.
2. Each stratum gets a share of ``n``: one each, then in proportion to its size. The exact share of a stratum is
   ``n × size / all``; it begins with that rounded down, but at least one; while too many are given, the one furthest
   above its exact share gives one back (of those with more than one); while too few, the one furthest below takes one
   (of those that have any left). Of equals the first by name.
3. Of each stratum those with the lowest ranks are drawn; the sample is all of them in the order of their ranks.

No library's random numbers are asked, so neither a machine nor a version of anything makes a difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from heapq import nsmallest
from typing import NamedTuple

FORMAT = "promo sample 1"


class TooFew(ValueError):
    """Fewer are to be drawn than there are strata; ``strata`` says how many those are."""

    def __init__(self, strata: int) -> None:
        super().__init__(f"{strata} strata")
        self.strata = strata


class Member(NamedTuple):
    """One of a population: its reference, its number, the stratum in which it is counted."""

    reference: str
    id: int
    stratum: str = ""


def rank(seed: str, reference: str) -> str:
    """Return what orders a reference under a seed."""
    return sha256(f"{FORMAT}\n{seed}\n{reference}".encode()).hexdigest()


def shares(sizes: Mapping[str, int], n: int) -> dict[str, int]:
    """Return how many of each stratum are drawn. Raises :class:`TooFew`; never draws more than there are."""
    total = sum(sizes.values())
    n = min(n, total)
    if n < len(sizes):
        raise TooFew(len(sizes))
    exact = {name: Fraction(n * size, total) for name, size in sorted(sizes.items())}
    given = {name: max(1, int(share)) for name, share in exact.items()}
    while sum(given.values()) > n:
        name = max((s for s in given if given[s] > 1), key=lambda s: given[s] - exact[s])
        given[name] -= 1
    while sum(given.values()) < n:
        name = max((s for s in given if given[s] < sizes[s]), key=lambda s: exact[s] - given[s])
        given[name] += 1
    return given


def draw(population: Iterable[Member], n: int, seed: str) -> list[Member]:
    """Return the sample, in the order of the ranks. Raises :class:`TooFew` when not every stratum would be in it."""
    groups: dict[str, list[tuple[str, str, Member]]] = defaultdict(list)
    for one in population:
        groups[one.stratum].append((rank(seed, one.reference), one.reference, one))
    given = shares({name: len(group) for name, group in groups.items()}, n)
    lowest = [ranked for name, group in groups.items() for ranked in nsmallest(given[name], group)]
    return [one for _rank, _reference, one in sorted(lowest)]


def listed(population: Sequence[Member]) -> str:
    """Return a population as the text that is kept: a line each, ``reference TAB number TAB stratum``, by reference."""
    ordered = sorted(population, key=lambda one: one.reference)
    return "".join(f"{one.reference}\t{one.id}\t{one.stratum}\n" for one in ordered)


def read(text: str) -> list[Member]:
    """Read a kept list."""
    lines = (line.split("\t") for line in text.splitlines())
    return [Member(reference, int(number), stratum) for reference, number, stratum in lines]


def digest(text: str) -> str:
    """Return the digest of a kept list: the SHA-256 of its bytes."""
    return sha256(text.encode()).hexdigest()
