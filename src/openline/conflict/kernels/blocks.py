"""An allocator of runs of units within one flat array, whose freed runs are used again.

Sizes are rounded up to one of a few classes: 1 to 8 units exactly, above that four to an octave (10, 12, 14,
16, 20, 24, ...), so that less than a quarter is wasted. Each class has a list of freed blocks, linked
through the first number of each block itself. Nothing is merged: what lies idle in the lists is won back
when the array's owner moves everything into a new one (`openline.conflict.tables`).

A set of blocks is described by BLOCK_COLUMNS numbers of an int64 array, from `at` on: TOP, USED, then the
first free block of each class, or -1.
"""

from typing import Final

from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import Floats, Ints, Numbers

TOP: Final = 0
"""Units from here on were never given out."""
USED: Final = 1
"""Units in blocks that are given out now, as rounded."""
LISTS: Final = 2
BLOCK_CLASSES: Final = 96
BLOCK_COLUMNS: Final = LISTS + BLOCK_CLASSES
LARGEST_BLOCK: Final = 8 << (BLOCK_CLASSES - 8) // 4
"""Units."""


@kernel
def rounded(size: int) -> tuple[int, int]:
    """The class of blocks for so many units (1 to LARGEST_BLOCK), and the units that such a block has."""
    shift = 0
    while size > 8 << shift:
        shift += 1
    eighths = ((size - 1) >> shift) + 1
    return eighths - 1 + 4 * shift, eighths << shift


@kernel
def forget(state: Ints, at: int) -> None:
    """No block is given out and none was."""
    state[at + TOP] = state[at + USED] = 0
    state[at + LISTS : at + BLOCK_COLUMNS] = -1


@kernel
def take(state: Ints, at: int, storage: Floats | Numbers, unit: int, size: int) -> int:
    """The first unit of a block for so many units; -1, and nothing changed, where storage has no room.

    storage: flat; `unit` numbers of it make one unit.
    """
    which, capacity = rounded(size)
    first = state[at + LISTS + which]
    if first >= 0:
        state[at + LISTS + which] = int(storage[first * unit])
    else:
        first = state[at + TOP]
        if (first + capacity) * unit > len(storage):
            return -1
        state[at + TOP] = first + capacity
    state[at + USED] += capacity
    return int(first)


@kernel
def give_back(state: Ints, at: int, storage: Floats | Numbers, unit: int, first: int, size: int) -> None:
    """Frees the block that was taken for so many units (or for as many as it holds)."""
    which, capacity = rounded(size)
    storage[first * unit] = state[at + LISTS + which]
    state[at + LISTS + which] = first
    state[at + USED] -= capacity
