"""The allocator against a plain set of units that are taken."""

import numpy as np
import pytest

from openline.conflict.kernels.blocks import (
    BLOCK_CLASSES,
    BLOCK_COLUMNS,
    TOP,
    USED,
    forget,
    give_back,
    rounded,
    take,
)

AT = 5
UNIT = 3


def test_a_block_is_never_smaller_than_asked_and_less_than_a_quarter_larger() -> None:
    sizes = [*range(1, 5_000), 2**20, 2**20 + 1, 2**24]
    for size in sizes:
        which, capacity = rounded(size)
        assert size <= capacity < 1.25 * size
        assert rounded(capacity) == (which, capacity)
        assert 0 <= which < BLOCK_CLASSES
    assert [rounded(size)[1] for size in range(1, 9)] == list(range(1, 9))


@pytest.mark.parametrize("seed", range(4))
def test_blocks_never_overlap_and_free_and_taken_are_all_there_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    state = np.zeros(AT + BLOCK_COLUMNS, dtype=np.int64)
    forget(state, AT)
    storage = np.full(UNIT * 3_000, np.nan)
    live: dict[int, int] = {}
    freed: list[tuple[int, int]] = []
    for _ in range(2_000):
        if live and rng.random() < 0.48:
            first = int(rng.choice(list(live)))
            size = live.pop(first)
            assert (storage[UNIT * first : UNIT * (first + size)] == first).all(), "somebody wrote into it"
            give_back(state, AT, storage, UNIT, first, size)
            freed.append((first, rounded(size)[1]))
            continue
        size = int(rng.integers(1, 60))
        first = int(take(state, AT, storage, UNIT, size))
        if first < 0:
            assert UNIT * (state[AT + TOP] + rounded(size)[1]) > len(storage), "refused with room left"
            assert rounded(size)[1] not in [capacity for _, capacity in freed], "refused with one free"
            continue
        freed = [(at, capacity) for at, capacity in freed if at != first]
        storage[UNIT * first : UNIT * (first + size)] = first
        live[first] = size
        extents = sorted([(at, rounded(size)[1]) for at, size in live.items()] + freed)
        ends = [at + capacity for at, capacity in extents]
        assert [at for at, _ in extents] == [0, *ends[:-1]], "a gap or an overlap"
        assert ends[-1] == state[AT + TOP]
        assert state[AT + USED] == sum(rounded(size)[1] for size in live.values())
    assert (state[:AT] == 0).all()
