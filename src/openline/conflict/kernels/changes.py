"""How do parts come into the index, and go?"""

import math

from openline.conflict.kernels.blocks import rounded
from openline.conflict.kernels.bounds import write_bounds
from openline.conflict.kernels.cells import BUCKET, ENTRY_COLUMNS, FILLED, HOLDER, PART, make_room, take_out
from openline.conflict.kernels.grid import count_in, count_out, key_of, radius_of
from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import (
    END,
    HEAD_COLUMNS,
    LENGTH,
    OFFSET,
    START,
    Floats,
    Ints,
    Numbers,
)
from openline.conflict.kernels.rows import (
    FIRST,
    KEY,
    NEXT,
    POSITION,
    Arrays,
    add_part,
    free_owner,
    free_part,
    take_owner,
    units_of,
)


@kernel
def needs(heads: Floats, boxes: Floats, bodies: Floats) -> int:
    """Units of bodies that a copy takes at most; -1 where a figure is none, or a row contradicts itself."""
    total = 0
    for i in range(len(heads)):
        for column in range(HEAD_COLUMNS):
            if not math.isfinite(heads[i, column]):
                return -1
        for column in range(boxes.shape[1]):
            if not math.isfinite(boxes[i, column]):
                return -1
        offset, length = heads[i, OFFSET], heads[i, LENGTH]
        if offset < 0.0 or length < 0.0 or offset + length > len(bodies):
            return -1
        if heads[i, START] > heads[i, END] or radius_of(heads, i) < 0.0:
            return -1
        units = units_of(length)
        total += units + units // 4
    return total


@kernel
def open_owners(arrays: Arrays, slots: Numbers) -> None:
    """Rows for as many operations as slots has room for. Owners must have room for them."""
    for i in range(len(slots)):
        slots[i] = take_owner(arrays)


@kernel
def insert(arrays: Arrays, heads: Floats, boxes: Floats, bodies: Floats, owner: int, row: int) -> int:
    """Copies the rows from `row` on in as parts of an owner. heads, bodies, links and cells must have room.

    Returns the row for which `entries` was too short: lengthen them and call again from there. len(heads):
    all are in.
    """
    while row < len(heads):
        key = key_of(arrays.classes, heads, row)
        cell = make_room(arrays, key, 1)
        if cell < 0:
            return row
        _put(arrays, heads, boxes, bodies, row, owner, key, cell)
        row += 1
    return row


@kernel
def sizes_of(keys: Ints, order: Ints) -> tuple[int, int]:
    """How many different keys there are, and the rows of entries that their buckets take."""
    cells, entries, start = 0, 0, 0
    for i in range(1, len(order) + 1):
        if i == len(order) or keys[order[i]] != keys[order[start]]:
            cells += 1
            entries += rounded(i - start)[1]
            start = i
    return cells, entries


@kernel
def insert_sorted(
    arrays: Arrays,
    heads: Floats,
    boxes: Floats,
    bodies: Floats,
    owners: Numbers,
    keys: Ints,
    order: Ints,
    start: int,
) -> int:
    """As insert, for many: `order` has all rows by their keys, so that each bucket is made once, in its size.

    owners: (rows,) of each row. keys: (rows,) as by keys_of. Begins at, and returns, a place in `order`.
    """
    while start < len(order):
        key = keys[order[start]]
        end = start + 1
        while end < len(order) and keys[order[end]] == key:
            end += 1
        cell = make_room(arrays, key, end - start)
        if cell < 0:
            return start
        for i in range(start, end):
            _put(arrays, heads, boxes, bodies, order[i], owners[order[i]], key, cell)
        start = end
    return start


@kernel
def _put(
    arrays: Arrays, heads: Floats, boxes: Floats, bodies: Floats, row: int, owner: int, key: int, cell: int
) -> None:
    """One part into its cell, which has room."""
    part = add_part(arrays, heads, bodies, row, owner)
    cells, entries = arrays.cells, arrays.entries
    position = cells[cell, FILLED]
    cells[cell, FILLED] = position + 1
    arrays.links[part, KEY], arrays.links[part, POSITION] = key, position
    at = (cells[cell, BUCKET] + position) * ENTRY_COLUMNS
    write_bounds(entries, at, heads, row, boxes)
    entries[at + PART], entries[at + HOLDER] = part, owner
    count_in(arrays, key, heads, row)


@kernel
def release(arrays: Arrays, first: int) -> None:
    """Takes out the parts of a chain, from its first part (or -1) on."""
    part = first
    while part >= 0:
        following = int(arrays.links[part, NEXT])
        take_out(arrays, part)
        count_out(arrays, arrays.links[part, KEY])
        free_part(arrays, part)
        part = following


@kernel
def close_owner(arrays: Arrays, owner: int) -> None:
    """An operation goes, with all its parts."""
    release(arrays, int(arrays.owners[owner, FIRST]))
    free_owner(arrays, owner)
