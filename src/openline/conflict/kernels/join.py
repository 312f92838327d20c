"""All parts against all: a grid made for the one question, and thrown away.

Every part is put into each cell of space (a cube of earth-centred coordinates, so that there is no seam) and
time that its box reaches into; then each cell is looked through by itself, in the order of time. That is
several times faster than to ask of each part what is near it. A pair that shares several cells counts in the
one that holds the greater of the two lower corners. Parts that reach into more than MANY cells are left to
the index.
"""

import math
from typing import Final

import numpy as np

from openline.conflict.kernels.cells import BUCKET, ENTRY_COLUMNS, FILLED, HOLDER, PART
from openline.conflict.kernels.growing import with_room
from openline.conflict.kernels.jit import inlined, kernel
from openline.conflict.kernels.layout import LATERAL_M, VERTICAL, Floats, Ints, Numbers
from openline.conflict.kernels.rows import Arrays

MANY: Final = 64
AXES: Final = 5
"""x, y, z, height, time: an entry has the lower bounds, then the upper ones with their sign turned."""
TIME: Final = 4


@kernel
def all_entries(arrays: Arrays, count: int) -> Numbers:
    """The entries of all parts, (count, ENTRY_COLUMNS)."""
    entries = np.empty((count, ENTRY_COLUMNS), np.int32)
    row = 0
    for cell in range(len(arrays.cells)):
        at = arrays.cells[cell, BUCKET] * ENTRY_COLUMNS
        for _ in range(arrays.cells[cell, FILLED]):
            for column in range(ENTRY_COLUMNS):
                entries[row, column] = arrays.entries[at + column]
            row += 1
            at += ENTRY_COLUMNS
    return entries


@kernel
def extents(entries: Numbers) -> tuple[Ints, Ints]:
    """The widest side of each in space (cm), and how long it lasts (s)."""
    wide, lasting = np.empty(len(entries), np.int64), np.empty(len(entries), np.int64)
    for i in range(len(entries)):
        widest = 0
        for axis in range(3):
            widest = max(widest, -entries[i, AXES + axis] - entries[i, axis])
        wide[i], lasting[i] = widest, -entries[i, AXES + TIME] - entries[i, TIME]
    return wide, lasting


@kernel
def cells_of(entries: Numbers, i: int, edge: Ints, margin: Ints, low: Ints, high: Ints) -> int:
    """From which cell to which one reaches, in x, y, z and time; how many cells these are."""
    count = 1
    for axis in range(4):
        column = axis if axis < 3 else TIME
        low[axis] = (entries[i, column] - margin[axis]) // edge[axis]
        high[axis] = (margin[axis] - entries[i, AXES + column]) // edge[axis]
        count *= high[axis] - low[axis] + 1
    return count


@kernel
def survey(entries: Numbers, edge: Ints, margin: Ints) -> tuple[int, Ints, Ints, Numbers]:
    """How many places in cells all take, from which cell to which they reach together, and which reach into
    too many.
    """
    total, many = 0, 0
    least, most = np.full(4, 1 << 40), np.full(4, -(1 << 40))
    large = np.empty(len(entries), np.int32)
    low, high = np.empty(4, np.int64), np.empty(4, np.int64)
    for i in range(len(entries)):
        count = cells_of(entries, i, edge, margin, low, high)
        if count > MANY:
            large[many] = i
            many += 1
        else:
            total += count
            for axis in range(4):
                least[axis], most[axis] = min(least[axis], low[axis]), max(most[axis], high[axis])
    return total, least, most, large[:many]


@kernel
def keys_of_cells(
    entries: Numbers, edge: Ints, margin: Ints, least: Ints, size: Ints, total: int
) -> tuple[Ints, Numbers]:
    """For each place in a cell the cell's key, and the entry that is there; in the entries' order."""
    keys, members = np.empty(total, np.int64), np.empty(total, np.int32)
    low, high = np.empty(4, np.int64), np.empty(4, np.int64)
    n = 0
    for i in range(len(entries)):
        if cells_of(entries, i, edge, margin, low, high) <= MANY:
            for x in range(low[0] - least[0], high[0] - least[0] + 1):
                for y in range(low[1] - least[1], high[1] - least[1] + 1):
                    for z in range(low[2] - least[2], high[2] - least[2] + 1):
                        for t in range(low[3] - least[3], high[3] - least[3] + 1):
                            keys[n] = ((x * size[1] + y) * size[2] + z) * size[3] + t
                            members[n] = i
                            n += 1
    return keys, members


@kernel
def sorted_into(numbers: Ints, members: Numbers, cells: int) -> tuple[Ints, Numbers]:
    """Counting sort: where each cell (numbers, 0 to cells - 1) begins, and the members cell by cell, their
    order kept.
    """
    begins = np.zeros(cells + 1, np.int64)
    for n in range(len(numbers)):
        begins[numbers[n] + 1] += 1
    for cell in range(cells):
        begins[cell + 1] += begins[cell]
    ends = begins.copy()
    sorted_members = np.empty(len(members), np.int32)
    for n in range(len(numbers)):
        sorted_members[ends[numbers[n]]] = members[n]
        ends[numbers[n]] += 1
    return begins, sorted_members


@kernel
def pairs_in(
    entries: Numbers,
    keys: Ints,
    begins: Ints,
    members: Numbers,
    first: int,
    last: int,
    edge: Ints,
    margin: Ints,
    least: Ints,
    size: Ints,
    reach: Floats,
) -> Numbers:
    """Pairs of parts of different owners whose boxes are within the reach, from cell `first` up to `last`;
    the part of the lesser owner first. entries are in the order of time.
    """
    wide = np.empty(AXES, np.int64)
    for axis in range(3):
        wide[axis] = math.ceil(100.0 * reach[LATERAL_M])
    wide[3], wide[TIME] = math.ceil(0.01 * reach[VERTICAL]), 0
    pairs = np.empty((1024, 2), np.int32)
    count = 0
    local = np.empty((64, ENTRY_COLUMNS), np.int32)
    for cell in range(first, last):
        begin, held = begins[cell], begins[cell + 1] - begins[cell]
        if held > len(local):
            local = np.empty((2 * held, ENTRY_COLUMNS), np.int32)
        for n in range(held):
            for column in range(ENTRY_COLUMNS):
                local[n, column] = entries[members[begin + n], column]
        for n in range(held):
            until = -local[n, AXES + TIME]
            for m in range(n + 1, held):
                if local[m, TIME] > until:
                    break
                if _near(local, n, m, wide) and _counts_here(
                    local, n, m, keys[cell], edge, margin, least, size
                ):
                    if count == len(pairs):
                        pairs = with_room(pairs, count, 1)
                    swap = local[n, HOLDER] > local[m, HOLDER]
                    pairs[count, 0] = local[m if swap else n, PART]
                    pairs[count, 1] = local[n if swap else m, PART]
                    count += 1
    return pairs[:count]


@inlined
def _near(local: Numbers, n: int, m: int, wide: Ints) -> bool:
    """Without branches between the axes: what is apart is seldom told by the first of them."""
    apart = local[n, HOLDER] == local[m, HOLDER]
    for axis in range(AXES):
        apart |= local[n, axis] + np.int64(local[m, AXES + axis]) > wide[axis]
        apart |= local[m, axis] + np.int64(local[n, AXES + axis]) > wide[axis]
    return not apart


@inlined
def _counts_here(
    local: Numbers, n: int, m: int, key: int, edge: Ints, margin: Ints, least: Ints, size: Ints
) -> bool:
    """Is this the cell of the greater lower corner?"""
    own = 0
    for axis in range(4):
        column = axis if axis < 3 else TIME
        corner = (max(local[n, column], local[m, column]) - margin[axis]) // edge[axis] - least[axis]
        own = own * size[axis] + corner
    return own == key
