"""Proofs for many events at once are those of the whole tree, however the trail was cut into blocks."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert

from promo.core.audit import Prover
from promo.core.audit.checkpoints import Checkpoint
from promo.core.audit.merkle import Tree, leaf, root_from_proof
from promo.core.audit.reading import BLOCK, pack_ids


def _head(tree: Tree, last: int) -> Checkpoint:
    return Checkpoint(1, "2026-11-26T00:00:00.000000Z", tree.size, last, tree.root.hex(), "", "")


@settings(max_examples=60)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=25), st.data())
def test_every_event_is_proven_whatever_the_blocks(sizes: list[int], data: st.DataObject) -> None:
    engine = create_engine("sqlite://")
    tree, last, hashes, heads = Tree(), 0, [], []
    with engine.begin() as connection:
        BLOCK.create(connection)
        for number, size in enumerate(sizes, 1):
            ids = [last + 2 * (n + 1) for n in range(size)]  # every second number, as after transactions that failed
            leaves = [leaf(str(id_).encode()) for id_ in ids]
            for one in leaves:
                tree.add(one)
            connection.execute(
                insert(BLOCK),
                [{"number": number, "first": tree.size - size, "size": size, "last_event_id": ids[-1],
                  "ids": pack_ids(ids, last), "hashes": b"".join(leaves), "peaks": tree.packed}],
            )  # fmt: skip
            last = ids[-1]
            hashes += leaves
            heads.append(_head(tree, last))
        head = data.draw(st.sampled_from(heads))
        prover = Prover(connection, head)
        wanted = data.draw(st.lists(st.integers(1, head.size), min_size=1, max_size=12, unique=True))
        places = prover.places(2 * n for n in wanted)
        for index, found in places.values():
            path = list(prover.path(index).values())
            assert found == hashes[index]
            assert root_from_proof(found, index, head.size, path).hex() == head.root
        for missing in (1, 2 * head.size + 2):
            try:
                prover.places([missing])
            except LookupError:
                continue
            raise AssertionError(missing)
    engine.dispose()
