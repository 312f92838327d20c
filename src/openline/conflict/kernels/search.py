"""Which parts lie near another? The cheap half of every question.

A search visits, in each class that has parts, the cells from which a part of that class could reach. Always
too much, never too little: MARGIN_M is far above what floating point loses.
"""

import math
from typing import Final

import numpy as np

from openline.airspace.geodesy import LEAST_RADIUS_M
from openline.conflict.kernels.bounds import Ten, meets, question_of, question_of_entry
from openline.conflict.kernels.cells import BUCKET, EMPTY, ENTRY_COLUMNS, FILLED, HOLDER, PART, find, home
from openline.conflict.kernels.grid import (
    LARGEST_M,
    LONGEST_MS,
    ROW_FROM,
    ROW_TO,
    SLOT_FROM,
    SLOT_TO,
    SPAN_MS,
    cell_key,
    columns_in,
    edge_angle,
    polar,
    radius_of,
    row_at,
    slot_at,
)
from openline.conflict.kernels.jit import inlined, kernel
from openline.conflict.kernels.layout import END, START, Floats, Ints, Numbers, X, Y, Z
from openline.conflict.kernels.rows import (
    CLASSES_USED,
    KEY,
    POSITION,
    USED_CLASSES,
    Arrays,
    Seen,
)

MARGIN_M: Final = 0.1
_BATCH: Final = 128
"""Cells that are looked up together."""


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
    question = question_of(heads, i, boxes, reach_m, vertical_dmm)
    return _until_all_fit(arrays, heads, i, reach_m, question, skip, found)


@kernel
def near_part(
    arrays: Arrays, part: int, skip: int, reach_m: float, vertical_dmm: float, found: Numbers
) -> tuple[Numbers, int]:
    """As near, for a part that is in."""
    cell = find(arrays.cells, arrays.links[part, KEY])
    at = (arrays.cells[cell, BUCKET] + arrays.links[part, POSITION]) * ENTRY_COLUMNS
    question = question_of_entry(arrays.entries, at, reach_m, vertical_dmm)
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
    latitude, turn, axis_m = polar(heads[i, X], heads[i, Y], heads[i, Z])
    keys, homes = np.empty(_BATCH, np.int64), np.empty(_BATCH, np.int64)
    waiting = 0
    budget = len(arrays.cells) // 4
    count = 0
    for used in range(arrays.state[CLASSES_USED]):
        number = int(arrays.state[USED_CLASSES + used])
        step, within_m = edge_angle(arrays.classes, number), reach_m + radius_of(heads, i)
        row_from, row_to, half_turn = _around(arrays.classes, number, latitude, axis_m, within_m)
        slot_from, slot_to = _during(arrays.classes, number, heads[i, START], heads[i, END])
        for row in range(row_from, row_to + 1):
            columns = columns_in(row, step)
            west, across = _arc(turn, half_turn, columns)
            budget -= across * (slot_to - slot_from + 1)
            if budget < 0:
                return _gather_all(arrays, question, skip, found)
            for k in range(across):
                column = west + k if west + k < columns else west + k - columns
                key = cell_key(number, row, column, 0)
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
    """The cells of so many keys. The new count; -1: found is too short.

    In rounds, in each of which no step waits for the one before: memory answers many at a time, and most of a
    search is waiting for memory. With a million parts, cell after cell takes 11 % longer, and 5 % without a
    first look at both ends of each bucket.
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
    # Kept where nobody looks: a sum that went nowhere would not be compiled.
    homes[0] = touched
    return count


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
    step = edge_angle(classes, number)
    # A degree of latitude is nowhere shorter than where a meridian is bent the most.
    angle = radius_m / LEAST_RADIUS_M
    row_from = max(row_at(latitude - angle, step), int(classes[number, ROW_FROM]))
    row_to = min(row_at(latitude + angle, step), int(classes[number, ROW_TO]))
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
    first = slot_at(start_ms - classes[number, LONGEST_MS] - 1.0, span_ms)
    return max(first, int(classes[number, SLOT_FROM])), min(
        slot_at(end_ms, span_ms), int(classes[number, SLOT_TO])
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
        if meets(entries, at, question) and entries[at + HOLDER] != skip:
            if count == len(found):
                return -1
            found[count] = entries[at + PART]
            count += 1
        at += ENTRY_COLUMNS
    return count
