"""The Merkle tree of RFC 6962: a leaf is hashed as ``0x00 || data``, a node as ``0x01 || left || right``.

A tree of any size is kept as its *peaks*: the roots of its largest complete subtrees, from left to right, one for each
bit set in its size. Adding a leaf is then a handful of hashes, whatever the size.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()


def leaf(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree: its size and its peaks."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if len(peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(peaks)}")
        self.size, self.peaks = size, list(peaks)

    def add(self, hashed: bytes) -> None:
        """Append the hash of a leaf."""
        size = self.size
        while size & 1:
            hashed = node(self.peaks.pop(), hashed)
            size >>= 1
        self.peaks.append(hashed)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The tree's head (RFC 6962, 2.1)."""
        return fold(self.peaks)

    @property
    def packed(self) -> bytes:
        """The peaks one after the other, 32 bytes each."""
        return b"".join(self.peaks)

    @classmethod
    def unpack(cls, size: int, packed: bytes) -> Tree:
        """Make a tree of its size and packed peaks; raises ``ValueError`` when they do not belong together."""
        return cls(size, [packed[i : i + 32] for i in range(0, len(packed), 32)])


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over the hashes of leaves, level by level: as of a tree to which they are added, but sooner."""
    level = list(leaves)
    while len(level) > 1:
        odd = level[len(level) & ~1 :]
        pairs = iter(level)
        level = [node(left, right) for left, right in zip(pairs, pairs, strict=False)] + odd
    return level[0] if level else EMPTY


def fold(peaks: Sequence[bytes]) -> bytes:
    """Return the root over peaks, joined from the right; the hash of nothing for none."""
    if not peaks:
        return EMPTY
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node(peak, root)
    return root


def spans(index: int, size: int) -> list[tuple[int, int]]:
    """Return the subtrees whose roots are the audit path of a leaf (RFC 6962, 2.1.1): leaves from, to; lowest first.

    Raises ``IndexError`` when the leaf is not among the first ``size``.
    """
    if not 0 <= index < size:
        raise IndexError(f"leaf {index} of {size}")
    low, high = 0, size
    found = []
    while high - low > 1:  # walk from the root to the leaf; the subtree beside the way is what the path needs
        middle = halved(low, high)
        mine, other = ((low, middle), (middle, high)) if index < middle else ((middle, high), (low, middle))
        found.append(other)
        low, high = mine
    return found[::-1]


def halved(low: int, high: int) -> int:
    """Return where a subtree of two leaves or more divides: the left part is complete and not the smaller one."""
    return low + (1 << ((high - low - 1).bit_length() - 1))


def root_from_proof(hashed: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that a leaf hash and its audit path lead to (RFC 9162, 2.1.3.2); compare it with a signed one."""
    position, last = index, size - 1
    for sibling in path:
        if last == 0:
            raise ValueError("the path is too long")
        if position & 1 or position == last:
            hashed = node(sibling, hashed)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            hashed = node(hashed, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return hashed
