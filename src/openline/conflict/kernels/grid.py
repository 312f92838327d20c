"""Where in space and time is a part kept?

In a grid of grids. A part belongs to a class by its size and by how long it lasts, and lies in exactly one
cell of the class's own grid: the row of latitude and the column of longitude of its middle, and the slot of
time in which it starts. Small parts therefore never pay for large ones, and an insertion writes one entry.
"""

import math
from typing import Final

from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import CAP, END, START, TOLERANCE, Floats, Ints, X, Y, Z
from openline.conflict.kernels.rows import CLASSES_USED, USED_CLASSES, Arrays
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
ORIGIN_MS: Final = -864_000_000.0
"""Slots count from ten days before 1970: a time tolerance may reach back before it."""
LAST_SLOT: Final = (1 << SLOT_BITS) - 1


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
    """The smallest and shortest that holds it."""
    size, duration = 0, 0
    while size < SIZES - 1 and within_m > classes[size * DURATIONS, RADIUS]:
        size += 1
    while duration < DURATIONS - 1 and lasting_ms > classes[duration, SPAN_MS]:
        duration += 1
    return size * DURATIONS + duration


@kernel
def edge_angle(classes: Floats, number: int) -> float:
    """The edge of a cell as an angle of latitude."""
    return float(EDGE_RADII * classes[number, RADIUS] / A)


@kernel
def row_at(latitude: float, step: float) -> int:
    """latitude: from the south pole, radians; beyond the poles it is the first or last row."""
    return int(min(max(latitude, 0.0), math.pi) / step)


@kernel
def columns_in(row: int, step: float) -> int:
    """How many cells there are around the Earth in a row: about its circumference by the edge.

    The cosine is that of Bhaskara I (7th century), to 0.2 %: any figure does, if it is always the same.
    """
    latitude = (row + 0.5) * step - 0.5 * math.pi
    square = latitude * latitude
    cosine = (math.pi * math.pi - 4.0 * square) / (math.pi * math.pi + square)
    return max(1, int(2.0 * math.pi * cosine / step))


@kernel
def slot_at(at_ms: float, span_ms: float) -> int:
    """Before ORIGIN_MS and after the last slot it is the first and the last."""
    return int(min(max((at_ms - ORIGIN_MS) / span_ms, 0.0), float(LAST_SLOT)))


@kernel
def polar(x: float, y: float, z: float) -> tuple[float, float, float]:
    """Latitude from the south pole (radians), longitude as a share of a turn (0 to 1), distance from the
    axis.
    """
    axis_m = math.sqrt(x * x + y * y)
    turn = math.atan2(y, x) / (2.0 * math.pi)
    return math.atan2(z, axis_m * (1.0 - E2)) + 0.5 * math.pi, turn if turn >= 0.0 else turn + 1.0, axis_m


@kernel
def cell_key(number: int, row: int, column: int, slot: int) -> int:
    """Never 0, which marks an empty row of the table of cells."""
    return ((((number + 1) << ROW_BITS | row) << COLUMN_BITS) | column) << SLOT_BITS | slot


@kernel
def radius_of(heads: Floats, i: int) -> float:
    """All of the part lies within this of its middle, m, the tolerance in."""
    return float(heads[i, CAP] + heads[i, TOLERANCE])


@kernel
def key_of(classes: Floats, heads: Floats, i: int) -> int:
    """The cell of a part."""
    number = class_of(classes, radius_of(heads, i), heads[i, END] - heads[i, START])
    step = edge_angle(classes, number)
    latitude, turn, _ = polar(heads[i, X], heads[i, Y], heads[i, Z])
    row = row_at(latitude, step)
    columns = columns_in(row, step)
    column = min(int(turn * columns), columns - 1)
    return cell_key(number, row, column, slot_at(heads[i, START], classes[number, SPAN_MS]))


@kernel
def keys_of(classes: Floats, heads: Floats, keys: Ints) -> None:
    """Into keys, of each row its own."""
    for i in range(len(heads)):
        keys[i] = key_of(classes, heads, i)


# What a class holds -----------------------------------------------------------------------------------------
@kernel
def count_in(arrays: Arrays, key: int, heads: Floats, i: int) -> None:
    """The part's class takes note of it."""
    classes, state = arrays.classes, arrays.state
    number = (key >> (ROW_BITS + COLUMN_BITS + SLOT_BITS)) - 1
    row = float((key >> (COLUMN_BITS + SLOT_BITS)) & ((1 << ROW_BITS) - 1))
    slot = float(key & LAST_SLOT)
    if classes[number, LIVE] == 0.0:
        state[USED_CLASSES + state[CLASSES_USED]] = number
        state[CLASSES_USED] += 1
    classes[number, LIVE] += 1.0
    classes[number, LARGEST_M] = max(classes[number, LARGEST_M], radius_of(heads, i))
    classes[number, LONGEST_MS] = max(classes[number, LONGEST_MS], heads[i, END] - heads[i, START])
    classes[number, ROW_FROM] = min(classes[number, ROW_FROM], row)
    classes[number, ROW_TO] = max(classes[number, ROW_TO], row)
    classes[number, SLOT_FROM] = min(classes[number, SLOT_FROM], slot)
    classes[number, SLOT_TO] = max(classes[number, SLOT_TO], slot)


@kernel
def count_out(arrays: Arrays, key: int) -> None:
    """The part of that key has gone from its class."""
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
