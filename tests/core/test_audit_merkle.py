"""The tree is RFC 6962's, whatever its size, and every leaf can be proven in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo.core.audit.merkle import EMPTY, Tree, leaf, node, root_from_proof, root_of, spans
from promo.core.audit.reading import pack_ids, unpack_ids

RFC_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
RFC_ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"  # of the reference implementation's tests


def naive(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not hashes:
        return EMPTY
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node(naive(hashes[:k]), naive(hashes[k:]))


def grown(hashes: list[bytes]) -> Tree:
    tree = Tree()
    for hashed in hashes:
        tree.add(hashed)
    return tree


sizes = st.integers(0, 300)


def test_root_is_the_one_of_the_reference_implementation() -> None:
    assert grown([leaf(bytes.fromhex(data)) for data in RFC_LEAVES]).root.hex() == RFC_ROOT


@given(sizes)
def test_root_is_the_naive_one(size: int) -> None:
    hashes = [leaf(str(n).encode()) for n in range(size)]
    assert grown(hashes).root == root_of(hashes) == naive(hashes)


@given(sizes, sizes)
def test_a_tree_goes_on_from_its_packed_peaks(first: int, more: int) -> None:
    hashes = [leaf(str(n).encode()) for n in range(first + more)]
    tree = Tree.unpack(first, grown(hashes[:first]).packed)
    for hashed in hashes[first:]:
        tree.add(hashed)
    assert tree.root == naive(hashes)


@given(st.integers(1, 200), st.data())
def test_every_leaf_is_proven_and_no_other(size: int, data: st.DataObject) -> None:
    hashes = [leaf(str(n).encode()) for n in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path = [naive(hashes[low:high]) for low, high in spans(index, size)]
    assert len(path) <= max(1, (size - 1).bit_length())
    assert root_from_proof(hashes[index], index, size, path) == naive(hashes)
    assert root_from_proof(leaf(b"another"), index, size, path) != naive(hashes)


def test_peaks_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError):
        Tree.unpack(3, bytes(32))


@given(st.lists(st.integers(1, 1 << 40), unique=True).map(sorted))
def test_numbers_come_back_as_they_were_packed(ids: list[int]) -> None:
    assert unpack_ids(pack_ids(ids, 0), 0) == ids
