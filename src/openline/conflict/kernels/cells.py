"""The table of cells: which entries lie in a cell of space and time.

Open addressing with linear probing, at most half full. A cell that loses its last entry is taken out by
moving back those that were pushed past it, so that there are no tombstones and age does not slow it. The
entries of one cell are one block (a bucket) of `entries`, in no order.
"""

from typing import Final

from openline.conflict.kernels.blocks import forget, give_back, rounded, take
from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import OWNER, Floats, Ints, Numbers
from openline.conflict.kernels.rows import (
    CELLS,
    COUNT,
    ENTRY_BLOCKS,
    FIRST,
    KEY,
    NEXT,
    OWNERS_TOP,
    PARTS_FREE,
    PARTS_TOP,
    POSITION,
    Arrays,
)

# cells: KEY (0 where the row is empty), then
BUCKET: Final = 1
"""The row of its first entry."""
FILLED: Final = 2
"""How many entries it has."""
CAPACITY: Final = 3
"""How many its bucket holds."""
CELL_COLUMNS: Final = 4
EMPTY: Final = 0

# entries: what is tested before a part is looked at: ten bounds (see `bounds`), then the part's and its
# owner's number.
BOUNDS: Final = 10
PART: Final = 10
HOLDER: Final = 11
ENTRY_COLUMNS: Final = 12

_SPREAD: Final = -7046029254386353131
"""2^64 / the golden ratio, as a signed number: Knuth's multiplicative hashing."""


@kernel
def home(key: int, mask: int) -> int:
    """The row where the search for a key begins. Two keys that differ in the last bit only (neighbours in
    time) lie side by side, in one cache line.
    """
    return ((((key >> 1) * _SPREAD) >> 32 << 1) | (key & 1)) & mask


@kernel
def find(cells: Ints, key: int) -> int:
    """The row of a key, or -1."""
    mask = len(cells) - 1
    row = home(key, mask)
    while cells[row, KEY] != EMPTY:
        if cells[row, KEY] == key:
            return row
        row = (row + 1) & mask
    return -1


@kernel
def _vacancy(cells: Ints, key: int) -> int:
    """The row for a key that is not there."""
    mask = len(cells) - 1
    row = home(key, mask)
    while cells[row, KEY] != EMPTY:
        row = (row + 1) & mask
    return row


@kernel
def make_room(arrays: Arrays, key: int, entries: int) -> int:
    """The row of the cell, made where it is not there, with room for so many entries more.

    -1, and nothing changed, where `entries` is too short for the bucket.
    """
    cells, state = arrays.cells, arrays.state
    row = find(cells, key)
    if row < 0:
        bucket = take(state, ENTRY_BLOCKS, arrays.entries, ENTRY_COLUMNS, entries)
        if bucket < 0:
            return -1
        row = _vacancy(cells, key)
        cells[row, KEY], cells[row, BUCKET], cells[row, FILLED] = key, bucket, 0
        cells[row, CAPACITY] = rounded(entries)[1]
        state[CELLS] += 1
    elif cells[row, FILLED] + entries > cells[row, CAPACITY] and not _widen(arrays, row, entries):
        return -1
    return row


@kernel
def _widen(arrays: Arrays, row: int, entries: int) -> bool:
    """Into a bucket half as large again, or with room for so many. False, and nothing changed, without it."""
    cells, state = arrays.cells, arrays.state
    before, filled = cells[row, BUCKET], cells[row, FILLED]
    capacity = rounded(max(filled + entries, roomy(filled)))[1]
    bucket = take(state, ENTRY_BLOCKS, arrays.entries, ENTRY_COLUMNS, capacity)
    if bucket < 0:
        return False
    _copy(arrays.entries, before, arrays.entries, bucket, filled)
    give_back(state, ENTRY_BLOCKS, arrays.entries, ENTRY_COLUMNS, before, cells[row, CAPACITY])
    cells[row, BUCKET], cells[row, CAPACITY] = bucket, capacity
    return True


@kernel
def roomy(filled: int) -> int:
    """The capacity that leaves a bucket of so many entries room to grow."""
    return filled + filled // 2 + 1


@kernel
def _copy(source: Numbers, first: int, target: Numbers, to: int, entries: int) -> None:
    start, end = first * ENTRY_COLUMNS, to * ENTRY_COLUMNS
    for i in range(entries * ENTRY_COLUMNS):
        target[end + i] = source[start + i]


@kernel
def take_out(arrays: Arrays, part: int) -> None:
    """The entry of a part. The last one of its cell takes its place."""
    cells, entries, links = arrays.cells, arrays.entries, arrays.links
    row = find(cells, links[part, KEY])
    position, last = links[part, POSITION], cells[row, FILLED] - 1
    bucket = cells[row, BUCKET]
    if position != last:
        _copy(entries, bucket + last, entries, bucket + position, 1)
        links[entries[(bucket + position) * ENTRY_COLUMNS + PART], POSITION] = position
    cells[row, FILLED] = last
    if last == 0:
        give_back(arrays.state, ENTRY_BLOCKS, entries, ENTRY_COLUMNS, bucket, cells[row, CAPACITY])
        _close(cells, row)
        arrays.state[CELLS] -= 1


@kernel
def _close(cells: Ints, gap: int) -> None:
    """Empties a row. Those behind it that began their way at or before the gap move up into it.

    Knuth, The Art of Computer Programming 3, section 6.4, algorithm R.
    """
    mask = len(cells) - 1
    row = (gap + 1) & mask
    while cells[row, KEY] != EMPTY:
        if ((row - home(cells[row, KEY], mask)) & mask) >= ((row - gap) & mask):
            for column in range(CELL_COLUMNS):
                cells[gap, column] = cells[row, column]
            gap = row
        row = (row + 1) & mask
    cells[gap, KEY], cells[gap, FILLED] = EMPTY, 0


# Into new arrays --------------------------------------------------------------------------------------------
@kernel
def rehash(cells: Ints, into: Ints) -> None:
    """All cells into a table of zeros of another size."""
    for row in range(len(cells)):
        if cells[row, KEY] != EMPTY:
            vacancy = _vacancy(into, cells[row, KEY])
            for column in range(CELL_COLUMNS):
                into[vacancy, column] = cells[row, column]


@kernel
def _packed(filled: int, capacity: int) -> int:
    """What a bucket keeps when it moves: its capacity, where that is not more than leaves it room to grow."""
    return min(capacity, rounded(roomy(filled))[1])


@kernel
def packed_entries(arrays: Arrays) -> tuple[int, int]:
    """The rows that all buckets need when they move, and how many entries the fullest of them has."""
    total, largest = 0, 0
    for row in range(len(arrays.cells)):
        if arrays.cells[row, KEY] != EMPTY:
            total += _packed(arrays.cells[row, FILLED], arrays.cells[row, CAPACITY])
            largest = max(largest, arrays.cells[row, FILLED])
    return total, largest


@kernel
def pack_entries(arrays: Arrays, into: Numbers) -> None:
    """All buckets into a new array, of at least `packed_entries` rows, without gaps."""
    cells, state = arrays.cells, arrays.state
    forget(state, ENTRY_BLOCKS)
    for row in range(len(cells)):
        if cells[row, KEY] != EMPTY:
            filled = cells[row, FILLED]
            capacity = _packed(filled, cells[row, CAPACITY])
            bucket = take(state, ENTRY_BLOCKS, into, ENTRY_COLUMNS, capacity)
            _copy(arrays.entries, cells[row, BUCKET], into, bucket, filled)
            cells[row, BUCKET], cells[row, CAPACITY] = bucket, capacity


@kernel
def pack_parts(arrays: Arrays, heads: Floats, links: Ints) -> None:
    """All parts into new heads and links, of at least PARTS rows, without gaps: their numbers change."""
    state = arrays.state
    count = 0
    for part in range(state[PARTS_TOP]):
        if arrays.heads[part, OWNER] >= 0.0:
            heads[count], links[count] = arrays.heads[part], arrays.links[part]
            cell = find(arrays.cells, links[count, KEY])
            at = (arrays.cells[cell, BUCKET] + links[count, POSITION]) * ENTRY_COLUMNS
            arrays.entries[at + PART] = count
            # The old row tells the chains, which are put right below, where its part went.
            arrays.links[part, POSITION] = count
            count += 1
    for part in range(count):
        if links[part, NEXT] >= 0:
            links[part, NEXT] = arrays.links[links[part, NEXT], POSITION]
    for owner in range(state[OWNERS_TOP]):
        if arrays.owners[owner, COUNT] > 0:
            arrays.owners[owner, FIRST] = arrays.links[arrays.owners[owner, FIRST], POSITION]
    state[PARTS_TOP], state[PARTS_FREE] = count, -1
