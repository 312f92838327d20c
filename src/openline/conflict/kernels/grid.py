"""Where in space and time a part is kept, and which parts lie near another: the cheap half of every question.

A grid of grids. A part belongs to a class by its size and by how long it lasts, and lies in exactly one cell
of the class's own grid: the row of latitude and the column of longitude of its middle, and the slot of time
in which it starts. A search visits, in each class that has parts, the cells from which a part of that class
could reach. Small parts therefore never pay for large ones, and an insertion writes one entry.

Always too much, never too little: every bound is rounded outward, and MARGIN_M is far above what floating
point loses.
"""

import math
from typing import Final

import numpy as np

from openline.airspace.geodesy import LEAST_RADIUS_M
from openline.conflict.kernels.blocks import rounded
from openline.conflict.kernels.cells import (
    BOUNDS,
    BUCKET,
    EMPTY,
    ENTRY_COLUMNS,
    FILLED,
    HOLDER,
    PART,
    find,
    home,
    make_room,
    take_out,
)
from openline.conflict.kernels.jit import inlined, kernel
from openline.conflict.kernels.layout import (
    CAP,
    ELLIPSOID_HIGH,
    ELLIPSOID_LOW,
    END,
    HEAD_COLUMNS,
    HIGH,
    LENGTH,
    LOW,
    OFFSET,
    START,
    TOLERANCE,
    Floats,
    Ints,
    Numbers,
    X,
    Y,
    Z,
)
from openline.conflict.kernels.rows import (
    CLASSES_USED,
    FIRST,
    KEY,
    NEXT,
    POSITION,
    USED_CLASSES,
    Arrays,
    Seen,
    add_part,
    free_owner,
    free_part,
    take_owner,
    units_of,
)
from openline.conflict.kernels.surface import E2, A

SIZES: Final = 13
"""Classes of size: the first holds what lies within RADIUS of its middle, each next twice that, the last
all.
"""
FIRST_RADIUS_M: Final = 1_000.0
"""The first class's, at least: the key has room for the rows and columns of this."""
DURATIONS: Final = 7
"""Classes of duration: up to 64 s, each next eight times that; the last, all else."""
LEAST_SPAN_MS: Final = 64_000.0
CLASSES: Final = SIZES * DURATIONS

# classes: (CLASSES, CLASS_COLUMNS) float64.
RADIUS: Final = 0
SPAN_MS: Final = 1
"""Of a slot of time."""
LIVE: Final = 2
"""How many parts it has now. The others hold for what came in since it last had none:"""
LARGEST_M: Final = 3
"""CAP + TOLERANCE."""
LONGEST_MS: Final = 4
ROW_FROM: Final = 5
ROW_TO: Final = 6
SLOT_FROM: Final = 7
SLOT_TO: Final = 8
CLASS_COLUMNS: Final = 9

EDGE_RADII: Final = 2.0
"""The edge of a cell in RADIUS of its class. Larger: fewer cells to look up, and more entries to test in
each.
"""

ROW_BITS: Final = 14
COLUMN_BITS: Final = 15
SLOT_BITS: Final = 26
_BATCH: Final = 128
_IMPOSSIBLE: Final = 1 << 40
ORIGIN_MS: Final = -864_000_000.0
"""Slots count from ten days before 1970: a time tolerance may reach back before it."""
LAST_SLOT: Final = (1 << SLOT_BITS) - 1

MARGIN_M: Final = 0.1

MIDDLE_S: Final = 2_051_222_400.0
"""2035: entries keep seconds from here, so that 1970 to 2100 fits 32 bits."""
INT32_MAX: Final = 2_147_483_647.0

I4 = np.int32
Ten = tuple[I4, I4, I4, I4, I4, I4, I4, I4, I4, I4]
"""Bounds of an entry: x, y, z (cm), height (cm), time (s) from; then the same to, with the sign turned.

Of a question: the largest that they may be, so that one test serves all ten.
"""


# Classes, cells and keys ------------------------------------------------------------------------------------
@kernel
def lay_out(classes: Floats, radius_m: float) -> None:
    """Empty classes; the first size holds what lies within radius_m."""
    for number in range(CLASSES):
        classes[number, RADIUS] = max(radius_m, FIRST_RADIUS_M) * 2.0 ** (number // DURATIONS)
        classes[number, SPAN_MS] = LEAST_SPAN_MS * 8.0 ** (number % DURATIONS)
        _reset(classes, number)


@kernel
def _reset(classes: Floats, number: int) -> None:
    classes[number, LIVE : SLOT_TO + 1] = 0.0
    classes[number, ROW_FROM] = classes[number, SLOT_FROM] = math.inf
    classes[number, ROW_TO] = classes[number, SLOT_TO] = -math.inf


@kernel
def class_of(classes: Floats, within_m: float, lasting_ms: float) -> int:
    size, duration = 0, 0
    while size < SIZES - 1 and within_m > classes[size * DURATIONS, RADIUS]:
        size += 1
    while duration < DURATIONS - 1 and lasting_ms > classes[duration, SPAN_MS]:
        duration += 1
    return size * DURATIONS + duration


@kernel
def _step(classes: Floats, number: int) -> float:
    """The edge of a cell as an angle of latitude."""
    return float(EDGE_RADII * classes[number, RADIUS] / A)


@kernel
def _row(latitude: float, step: float) -> int:
    """latitude: from the south pole, radians; beyond the poles it is the first or last row."""
    return int(min(max(latitude, 0.0), math.pi) / step)


@kernel
def _columns(row: int, step: float) -> int:
    """How many cells there are around the Earth in a row: about its circumference by the edge.

    The cosine is that of Bhaskara I (7th century), to 0.2 %: any figure does, if it is always the same.
    """
    latitude = (row + 0.5) * step - 0.5 * math.pi
    square = latitude * latitude
    cosine = (math.pi * math.pi - 4.0 * square) / (math.pi * math.pi + square)
    return max(1, int(2.0 * math.pi * cosine / step))


@kernel
def _slot(at_ms: float, span_ms: float) -> int:
    """Before ORIGIN_MS and after the last slot it is the first and the last."""
    return int(min(max((at_ms - ORIGIN_MS) / span_ms, 0.0), float(LAST_SLOT)))


@kernel
def _polar(x: float, y: float, z: float) -> tuple[float, float, float]:
    """Latitude from the south pole (radians), longitude as a share of a turn (0 to 1), distance from the
    axis.
    """
    axis_m = math.sqrt(x * x + y * y)
    turn = math.atan2(y, x) / (2.0 * math.pi)
    return math.atan2(z, axis_m * (1.0 - E2)) + 0.5 * math.pi, turn if turn >= 0.0 else turn + 1.0, axis_m


@kernel
def _key(number: int, row: int, column: int, slot: int) -> int:
    """Never 0, which marks an empty row of the table of cells."""
    return ((((number + 1) << ROW_BITS | row) << COLUMN_BITS) | column) << SLOT_BITS | slot


@kernel
def _within(heads: Floats, i: int) -> float:
    return float(heads[i, CAP] + heads[i, TOLERANCE])


@kernel
def key_of(classes: Floats, heads: Floats, i: int) -> int:
    """The cell of a part."""
    number = class_of(classes, _within(heads, i), heads[i, END] - heads[i, START])
    step = _step(classes, number)
    latitude, turn, _ = _polar(heads[i, X], heads[i, Y], heads[i, Z])
    row = _row(latitude, step)
    columns = _columns(row, step)
    column = min(int(turn * columns), columns - 1)
    return _key(number, row, column, _slot(heads[i, START], classes[number, SPAN_MS]))


@kernel
def keys_of(classes: Floats, heads: Floats, keys: Ints) -> None:
    for i in range(len(heads)):
        keys[i] = key_of(classes, heads, i)


@kernel
def _count_in(arrays: Arrays, key: int, heads: Floats, i: int) -> None:
    """The part's class takes note of it."""
    classes, state = arrays.classes, arrays.state
    number = (key >> (ROW_BITS + COLUMN_BITS + SLOT_BITS)) - 1
    row = float((key >> (COLUMN_BITS + SLOT_BITS)) & ((1 << ROW_BITS) - 1))
    slot = float(key & LAST_SLOT)
    if classes[number, LIVE] == 0.0:
        state[USED_CLASSES + state[CLASSES_USED]] = number
        state[CLASSES_USED] += 1
    classes[number, LIVE] += 1.0
    classes[number, LARGEST_M] = max(classes[number, LARGEST_M], _within(heads, i))
    classes[number, LONGEST_MS] = max(classes[number, LONGEST_MS], heads[i, END] - heads[i, START])
    classes[number, ROW_FROM] = min(classes[number, ROW_FROM], row)
    classes[number, ROW_TO] = max(classes[number, ROW_TO], row)
    classes[number, SLOT_FROM] = min(classes[number, SLOT_FROM], slot)
    classes[number, SLOT_TO] = max(classes[number, SLOT_TO], slot)


@kernel
def _count_out(arrays: Arrays, key: int) -> None:
    classes, state = arrays.classes, arrays.state
    number = (key >> (ROW_BITS + COLUMN_BITS + SLOT_BITS)) - 1
    classes[number, LIVE] -= 1.0
    if classes[number, LIVE] > 0.0:
        return
    _reset(classes, number)
    state[CLASSES_USED] -= 1
    for i in range(state[CLASSES_USED]):
        if state[USED_CLASSES + i] == number:
            state[USED_CLASSES + i] = state[USED_CLASSES + state[CLASSES_USED]]


# Changes ----------------------------------------------------------------------------------------------------
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
        if heads[i, START] > heads[i, END] or _within(heads, i) < 0.0:
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
    _write_bounds(entries, at, heads, row, boxes)
    entries[at + PART], entries[at + HOLDER] = part, owner
    _count_in(arrays, key, heads, row)


@kernel
def release(arrays: Arrays, first: int) -> None:
    """Takes out the parts of a chain, from its first part (or -1) on."""
    part = first
    while part >= 0:
        following = int(arrays.links[part, NEXT])
        take_out(arrays, part)
        _count_out(arrays, arrays.links[part, KEY])
        free_part(arrays, part)
        part = following


@kernel
def close_owner(arrays: Arrays, owner: int) -> None:
    """An operation goes, with all its parts."""
    release(arrays, int(arrays.owners[owner, FIRST]))
    free_owner(arrays, owner)


# Bounds -----------------------------------------------------------------------------------------------------
@kernel
def _int32(value: float) -> np.int32:
    return np.int32(min(max(value, -INT32_MAX), INT32_MAX))


@kernel
def _low(heads: Floats, i: int) -> float:
    """The lowest that it may be in any terms in which heights are compared, 0.1 mm."""
    return float(min(heads[i, LOW], heads[i, ELLIPSOID_LOW]))


@kernel
def _high(heads: Floats, i: int) -> float:
    return float(max(heads[i, HIGH], heads[i, ELLIPSOID_HIGH]))


@kernel
def _write_bounds(entries: Numbers, at: int, heads: Floats, i: int, boxes: Floats) -> None:
    """Of a part with its tolerance."""
    wider_m = heads[i, TOLERANCE]
    for axis in range(3):
        entries[at + axis] = _int32(math.floor(100.0 * (boxes[i, 2 * axis] - wider_m)))
        entries[at + 5 + axis] = _int32(math.floor(-100.0 * (boxes[i, 2 * axis + 1] + wider_m)))
    entries[at + 3] = _int32(math.floor(0.01 * _low(heads, i)))
    entries[at + 8] = _int32(math.floor(-0.01 * _high(heads, i)))
    entries[at + 4] = _int32(math.floor(0.001 * heads[i, START] - MIDDLE_S))
    entries[at + 9] = _int32(math.floor(MIDDLE_S - 0.001 * heads[i, END]))


@kernel
def _question(heads: Floats, i: int, boxes: Floats, reach_m: float, vertical_dmm: float) -> Ten:
    """The bounds that an entry must keep to, to be within reach."""
    wider_m = heads[i, TOLERANCE] + reach_m
    return (
        _int32(math.ceil(100.0 * (boxes[i, 1] + wider_m))),
        _int32(math.ceil(100.0 * (boxes[i, 3] + wider_m))),
        _int32(math.ceil(100.0 * (boxes[i, 5] + wider_m))),
        _int32(math.ceil(0.01 * (_high(heads, i) + vertical_dmm))),
        _int32(math.ceil(0.001 * heads[i, END] - MIDDLE_S)),
        _int32(math.ceil(100.0 * (wider_m - boxes[i, 0]))),
        _int32(math.ceil(100.0 * (wider_m - boxes[i, 2]))),
        _int32(math.ceil(100.0 * (wider_m - boxes[i, 4]))),
        _int32(math.ceil(0.01 * (vertical_dmm - _low(heads, i)))),
        _int32(math.ceil(MIDDLE_S - 0.001 * heads[i, START])),
    )


@kernel
def _question_of_entry(entries: Numbers, at: int, reach_m: float, vertical_dmm: float) -> Ten:
    """As _question, from what is kept of a part."""
    wide, tall = float(math.ceil(100.0 * reach_m)), float(math.ceil(0.01 * vertical_dmm))
    return (
        _int32(wide - entries[at + 5]),
        _int32(wide - entries[at + 6]),
        _int32(wide - entries[at + 7]),
        _int32(tall - entries[at + 8]),
        _int32(-float(entries[at + 9])),
        _int32(wide - entries[at]),
        _int32(wide - entries[at + 1]),
        _int32(wide - entries[at + 2]),
        _int32(tall - entries[at + 3]),
        _int32(-float(entries[at + 4])),
    )


# Search -----------------------------------------------------------------------------------------------------
@kernel
def near(
    arrays: Seen | Arrays,
    heads: Floats,
    boxes: Floats,
    i: int,
    skip: int,
    reach_m: float,
    vertical_dmm: float,
    found: Numbers,
) -> tuple[Numbers, int]:
    """Into found[:count] the parts that may be within reach of row i of heads and boxes; found and count.

    All that are, and some that are not. skip: an owner whose parts are left out, or -1. reach_m: between the
    two, their tolerances not in it. found: int32, at least one; a longer one where they do not fit.
    """
    question = _question(heads, i, boxes, reach_m, vertical_dmm)
    return _until_all_fit(arrays, heads, i, reach_m, question, skip, found)


@kernel
def near_part(
    arrays: Arrays, part: int, skip: int, reach_m: float, vertical_dmm: float, found: Numbers
) -> tuple[Numbers, int]:
    """As near, for a part that is in."""
    cell = find(arrays.cells, arrays.links[part, KEY])
    at = (arrays.cells[cell, BUCKET] + arrays.links[part, POSITION]) * ENTRY_COLUMNS
    question = _question_of_entry(arrays.entries, at, reach_m, vertical_dmm)
    return _until_all_fit(arrays, arrays.heads, part, reach_m, question, skip, found)


@kernel
def _until_all_fit(
    arrays: Seen | Arrays, heads: Floats, i: int, reach_m: float, question: Ten, skip: int, found: Numbers
) -> tuple[Numbers, int]:
    """In a buffer that grows until they fit."""
    count = _gather(arrays, heads, i, reach_m, question, skip, found)
    while count < 0:
        found = np.empty(2 * len(found), np.int32)
        count = _gather(arrays, heads, i, reach_m, question, skip, found)
    return found, count


@kernel
def _gather(
    arrays: Seen | Arrays, heads: Floats, i: int, reach_m: float, question: Ten, skip: int, found: Numbers
) -> int:
    """How many were found; -1: found is too short.

    Cell by cell; or, where that would be more work than to look at everything, everything.
    """
    latitude, turn, axis_m = _polar(heads[i, X], heads[i, Y], heads[i, Z])
    keys, homes = np.empty(_BATCH, np.int64), np.empty(_BATCH, np.int64)
    waiting = 0
    budget = len(arrays.cells) // 4
    count = 0
    for used in range(arrays.state[CLASSES_USED]):
        number = int(arrays.state[USED_CLASSES + used])
        step, within_m = _step(arrays.classes, number), reach_m + _within(heads, i)
        row_from, row_to, half_turn = _around(arrays.classes, number, latitude, axis_m, within_m)
        slot_from, slot_to = _during(arrays.classes, number, heads[i, START], heads[i, END])
        for row in range(row_from, row_to + 1):
            columns = _columns(row, step)
            west, across = _arc(turn, half_turn, columns)
            budget -= across * (slot_to - slot_from + 1)
            if budget < 0:
                return _gather_all(arrays, question, skip, found)
            for k in range(across):
                column = west + k if west + k < columns else west + k - columns
                key = _key(number, row, column, 0)
                for slot in range(slot_from, slot_to + 1):
                    if waiting == _BATCH:
                        count = _visit(arrays, keys, homes, waiting, question, skip, found, count)
                        if count < 0:
                            return -1
                        waiting = 0
                    keys[waiting] = key | slot
                    waiting += 1
    return _visit(arrays, keys, homes, waiting, question, skip, found, count)


@kernel
def _visit(
    arrays: Seen | Arrays,
    keys: Ints,
    homes: Ints,
    waiting: int,
    question: Ten,
    skip: int,
    found: Numbers,
    count: int,
) -> int:
    """The cells of so many keys, in three rounds, in each of which no step waits for the one before: memory
    answers many at a time, and most of a search is waiting for memory. The new count; -1: found is too short.
    """
    cells, entries = arrays.cells, arrays.entries
    mask = len(cells) - 1
    for n in range(waiting):
        homes[n] = cells[home(keys[n], mask), KEY]
    filled = 0
    for n in range(waiting):
        if homes[n] != EMPTY:
            cell = find(cells, keys[n])
            if cell >= 0:
                homes[filled], keys[filled] = cells[cell, BUCKET] * ENTRY_COLUMNS, cells[cell, FILLED]
                filled += 1
    touched = 0
    for n in range(filled):
        touched |= entries[homes[n]] | entries[homes[n] + ENTRY_COLUMNS * (keys[n] - 1)]
    for n in range(filled):
        count = _sift(entries, homes[n], keys[n], question, skip, found, count)
        if count < 0:
            return -1
    return count if touched != _IMPOSSIBLE else -1


@kernel
def _gather_all(arrays: Seen | Arrays, question: Ten, skip: int, found: Numbers) -> int:
    count = 0
    for cell in range(len(arrays.cells)):
        if arrays.cells[cell, KEY] != EMPTY:
            at = arrays.cells[cell, BUCKET] * ENTRY_COLUMNS
            count = _sift(arrays.entries, at, arrays.cells[cell, FILLED], question, skip, found, count)
            if count < 0:
                return -1
    return count


@kernel
def _around(
    classes: Floats, number: int, latitude: float, axis_m: float, within_m: float
) -> tuple[int, int, float]:
    """Where the middles lie of parts of the class within reach: rows from and to (to below from: there are
    none), and how far to either side in longitude (share of a turn).
    """
    radius_m = within_m + classes[number, LARGEST_M] + MARGIN_M
    step = _step(classes, number)
    # A degree of latitude is nowhere shorter than where a meridian is bent the most.
    angle = radius_m / LEAST_RADIUS_M
    row_from = max(_row(latitude - angle, step), int(classes[number, ROW_FROM]))
    row_to = min(_row(latitude + angle, step), int(classes[number, ROW_TO]))
    # Seen along the axis, all of it lies in a disc of that radius about the middle.
    sine = radius_m / axis_m
    if sine >= 1.0:
        return row_from, row_to, 1.0
    # asin(s) <= s + (pi / 2 - 1) s^3 from 0 to 1.
    return row_from, row_to, sine * (1.0 + 0.5708 * sine * sine) / (2.0 * math.pi)


@kernel
def _during(classes: Floats, number: int, start_ms: float, end_ms: float) -> tuple[int, int]:
    """The slots in which a part of the class begins that is there between start and end."""
    span_ms = classes[number, SPAN_MS]
    first = _slot(start_ms - classes[number, LONGEST_MS] - 1.0, span_ms)
    return max(first, int(classes[number, SLOT_FROM])), min(
        _slot(end_ms, span_ms), int(classes[number, SLOT_TO])
    )


@kernel
def _arc(turn: float, half_turn: float, columns: int) -> tuple[int, int]:
    """The first of the columns within half a turn to either side, and how many there are: each once."""
    if half_turn >= 0.5:
        return 0, columns
    west = math.floor((turn - half_turn) * columns)
    across = math.floor((turn + half_turn) * columns) - west + 1
    if across >= columns:
        return 0, columns
    return west % columns, across


@inlined
def _sift(
    entries: Numbers, at: int, filled: int, question: Ten, skip: int, found: Numbers, count: int
) -> int:
    """Appends the entries of a bucket that keep to the question's bounds; -1: found is too short."""
    for _ in range(filled):
        if _meets(entries, at, question) and entries[at + HOLDER] != skip:
            if count == len(found):
                return -1
            found[count] = entries[at + PART]
            count += 1
        at += ENTRY_COLUMNS
    return count


@inlined
def _meets(entries: Numbers, at: int, question: Ten) -> bool:
    # All ten at once, without branches between: what is apart is seldom told by the first of them.
    apart = entries[at] > question[0]
    for bound in range(1, BOUNDS):
        apart |= entries[at + bound] > question[bound]
    return not apart
