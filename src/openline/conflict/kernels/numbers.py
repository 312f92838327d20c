"""A map from whole numbers to slots, for ids that are numbers: a million of them in 32 MB, without an object
each.

Open addressing with linear probing in an array of (key, slot) rows; a free row has slot -1. At most half
full, so that a probe is short. A key that goes is filled by those behind it, so nothing is left over from
what is gone.
"""

import numpy as np

from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import Ints

MISSING = -1
_SPREAD = -7046029254386353131
"""2^64 / the golden ratio, as a signed number."""


@kernel
def empty_map(rows: int) -> Ints:
    """rows: a power of two."""
    return np.full((rows, 2), MISSING, np.int64)


@kernel
def _home(key: int, mask: int) -> int:
    """Knuth's multiplicative hashing: neighbours go far apart."""
    return ((key * _SPREAD) >> 32) & mask


@kernel
def find(table: Ints, key: int) -> int:
    """The key's slot, or MISSING."""
    mask = len(table) - 1
    row = _home(key, mask)
    while table[row, 1] != MISSING:
        if table[row, 0] == key:
            return int(table[row, 1])
        row = (row + 1) & mask
    return MISSING


@kernel
def put(table: Ints, key: int, slot: int) -> None:
    """Add or change; there must be room."""
    mask = len(table) - 1
    row = _home(key, mask)
    while table[row, 1] != MISSING and table[row, 0] != key:
        row = (row + 1) & mask
    table[row, 0], table[row, 1] = key, slot


@kernel
def put_all(table: Ints, keys: Ints, slots: Ints) -> None:
    for n in range(len(keys)):
        put(table, keys[n], slots[n])


@kernel
def find_any(table: Ints, keys: Ints) -> int:
    """The place in keys of the first that is in the table, or MISSING."""
    for n in range(len(keys)):
        if find(table, keys[n]) != MISSING:
            return n
    return MISSING


@kernel
def drop(table: Ints, key: int) -> None:
    """Take out a key that is there."""
    mask = len(table) - 1
    row = _home(key, mask)
    while table[row, 0] != key or table[row, 1] == MISSING:
        row = (row + 1) & mask
    then = (row + 1) & mask
    while table[then, 1] != MISSING:
        # It may move back unless its home lies after the hole.
        if ((then - _home(table[then, 0], mask)) & mask) >= ((then - row) & mask):
            table[row, 0], table[row, 1] = table[then, 0], table[then, 1]
            row = then
        then = (then + 1) & mask
    table[row, 1] = MISSING


@kernel
def grown(table: Ints) -> Ints:
    """The same in twice the room."""
    larger = empty_map(2 * len(table))
    for row in range(len(table)):
        if table[row, 1] != MISSING:
            put(larger, table[row, 0], table[row, 1])
    return larger
