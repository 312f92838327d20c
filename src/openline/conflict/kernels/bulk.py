"""Rings as arrays: many made ready at once, and one asked about without an object."""

import math

import numpy as np

from openline.airspace.limits import (
    MAX_DURATION_MS,
    MAX_HEIGHT_DMM,
    MAX_TIME_MS,
    MAX_VERTICES,
    MIN_HEIGHT_DMM,
    MIN_TIME_MS,
)
from openline.conflict.kernels.ask import NOBODY, owners_of, zones_near
from openline.conflict.kernels.contact import conflicts_of
from openline.conflict.kernels.handed import seen_of
from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import BOX_COLUMNS, CONTACT_COLUMNS, HEAD_COLUMNS, Floats, Ints
from openline.conflict.kernels.rings import SOUND, judge, lay_ring, places_of
from openline.conflict.kernels.zones import Parts, polygon_part, widen_over_axes, write_span

SAME_UNIT = 1e-3
"""A time this near (ms) to a whole millisecond, a height this near (0.1 mm) to a whole 0.1 mm, is meant to be
it: 1700000000.123 s has no exact float.
"""
MAX_LONGITUDE_DEG = 360.0
"""Arrays may count on over the antimeridian."""
WGS84 = 1.0


@kernel
def first_doubtful(lonlat: Floats, offsets: Ints, row: int) -> int:
    """The first row from `row` on whose ring is not plainly sound; the number of rows where all are."""
    body = np.empty(3 * 64)
    head, box = np.zeros(HEAD_COLUMNS), np.empty(BOX_COLUMNS)
    while row < len(offsets) - 1:
        places, steps = places_of(lonlat, offsets[row], offsets[row + 1])
        if 3 * steps > len(body):
            body = np.empty(6 * steps)
        end = lay_ring(lonlat, offsets[row], offsets[row + 1], places, body, 0, head, box)
        if judge(body, 0, end, head) != SOUND:
            return row
        row += 1
    return row


@kernel
def parts_of_rings(lonlat: Floats, offsets: Ints, spans: Floats) -> Parts:
    """A part for each ring. spans (n, 7): as of `polygon_part`."""
    count = len(spans)
    floats = 0
    for row in range(count):
        floats += 3 * places_of(lonlat, offsets[row], offsets[row + 1])[1]
    heads, boxes = np.zeros((count, HEAD_COLUMNS)), np.empty((count, BOX_COLUMNS))
    bodies = np.empty(floats)
    at = 0
    for row in range(count):
        write_span(heads[row], spans[row])
        places, _ = places_of(lonlat, offsets[row], offsets[row + 1])
        at += lay_ring(lonlat, offsets[row], offsets[row + 1], places, bodies, at, heads[row], boxes[row])
        widen_over_axes(heads, row, bodies, boxes)
    return heads, boxes, bodies


@kernel
def query_ring(
    header: Ints,
    lonlat: Floats,
    altitude_lower_m: float,
    altitude_upper_m: float,
    start_s: float,
    end_s: float,
) -> tuple[bool, Ints]:
    """The owners that one volume has a contact with; False, and nobody, where it is not plainly sound or a
    leg is near. header: of the arrays that are asked (`handed`).
    """
    span = np.empty(7)
    span[0], span[1] = in_unit(1000.0 * start_s), in_unit(1000.0 * end_s)
    span[2], span[3] = in_unit(10_000.0 * altitude_lower_m), in_unit(10_000.0 * altitude_upper_m)
    span[4], span[5], span[6] = span[2], span[3], WGS84
    if not (_sound_span(span) and _sound_places(lonlat)):
        return False, np.empty(0, np.int64)
    heads, boxes, bodies = polygon_part(lonlat, span)
    if judge(bodies, 0, len(bodies), heads[0]) != SOUND:
        return False, np.empty(0, np.int64)
    seen, reach = seen_of(header)
    plain, contacts = zones_near(seen, heads, boxes, bodies, NOBODY, reach, False)
    return plain, owners_of(contacts)


@kernel
def conflicts_with(
    header: Ints, heads: Floats, boxes: Floats, bodies: Floats, own: int
) -> tuple[bool, Floats]:
    """The conflicts of volumes, as of `contact.conflicts_of`; False, and none, where a leg is near. header:
    of the arrays that are asked (`handed`).
    """
    seen, reach = seen_of(header)
    plain, contacts = zones_near(seen, heads, boxes, bodies, own, reach, False)
    if not plain:
        return False, np.empty((0, CONTACT_COLUMNS))
    return True, conflicts_of(contacts, reach)


@kernel
def in_unit(value: float) -> float:
    """A whole number where it is meant to be one."""
    whole = math.floor(value + 0.5)
    return whole if abs(value - whole) < SAME_UNIT else value


@kernel
def _sound_span(span: Floats) -> bool:
    """False for NaN, too."""
    return bool(
        MIN_TIME_MS <= span[0] <= span[1] <= MAX_TIME_MS
        and span[1] - span[0] <= MAX_DURATION_MS
        and MIN_HEIGHT_DMM <= span[2] <= span[3] <= MAX_HEIGHT_DMM
    )


@kernel
def _sound_places(lonlat: Floats) -> bool:
    if not 3 <= len(lonlat) <= MAX_VERTICES:
        return False
    for n in range(len(lonlat)):
        if not (abs(lonlat[n, 0]) <= MAX_LONGITUDE_DEG and abs(lonlat[n, 1]) <= 90.0):
            return False
    return True
