"""Volumes: made ready from arrays, and compared with one another."""

import math

import numpy as np

from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import (
    AT_X,
    AT_Y,
    AT_Z,
    BOX_COLUMNS,
    CAP,
    DATUM,
    DISC,
    ELLIPSOID_HIGH,
    ELLIPSOID_LOW,
    END,
    FROM,
    GAP,
    HEAD_COLUMNS,
    HIGH,
    KIND,
    LATERAL,
    LATERAL_M,
    LOW,
    START,
    TO,
    VERTICAL_EXACT,
    WHEN,
    Floats,
    X,
    Y,
    Z,
)
from openline.conflict.kernels.outlines import zones_apart
from openline.conflict.kernels.rings import hold_axes, lay_ring, places_of
from openline.conflict.kernels.surface import ecef

Parts = tuple[Floats, Floats, Floats]
"""heads, boxes, bodies."""


@kernel
def polygon_part(lonlat: Floats, span: Floats) -> Parts:
    """One volume over an open ring (k, 2) of longitudes and latitudes.

    span (7,): start, end (ms), low, high, ellipsoid low, high (0.1 mm), datum number.
    """
    heads, boxes = np.zeros((1, HEAD_COLUMNS)), np.empty((1, BOX_COLUMNS))
    places, steps = places_of(lonlat, 0, len(lonlat))
    bodies = np.empty(3 * steps)
    write_span(heads[0], span)
    lay_ring(lonlat, 0, len(lonlat), places, bodies, 0, heads[0], boxes[0])
    widen_over_axes(heads, 0, bodies, boxes)
    return heads, boxes, bodies


@kernel
def widen_over_axes(heads: Floats, row: int, bodies: Floats, boxes: Floats) -> None:
    """`hold_axes` where an axis may be inside: one coordinate is then within the cap of its greatest size."""
    largest = max(abs(heads[row, X]), abs(heads[row, Y]), abs(heads[row, Z]))
    if largest > 6_356_000.0 * math.cos(min(1.5, heads[row, CAP] / 6_356_000.0)) - 22_000.0:
        hold_axes(heads, row, bodies, boxes[row])


@kernel
def disc_part(longitude: float, latitude: float, radius_m: float, span: Floats) -> Parts:
    """One volume over a geodesic disc. span: as of `polygon_part`."""
    heads, boxes = np.zeros((1, HEAD_COLUMNS)), np.empty((1, BOX_COLUMNS))
    write_span(heads[0], span)
    x, y, z = ecef(latitude, longitude)
    heads[0, X], heads[0, Y], heads[0, Z] = x, y, z
    heads[0, CAP], heads[0, KIND] = radius_m, DISC
    # A chord is never longer than its arc, so the radius bounds the box.
    around = radius_m + 0.01
    boxes[0, 0], boxes[0, 1], boxes[0, 2] = x - around, x + around, y - around
    boxes[0, 3], boxes[0, 4], boxes[0, 5] = y + around, z - around, z + around
    return heads, boxes, np.empty(0)


@kernel
def write_span(head: Floats, span: Floats) -> None:
    """span: as of `polygon_part`."""
    head[START], head[END], head[LOW], head[HIGH] = span[0], span[1], span[2], span[3]
    head[ELLIPSOID_LOW], head[ELLIPSOID_HIGH], head[DATUM] = span[4], span[5], span[6]


@kernel
def vertical_gap(heads_a: Floats, i: int, heads_b: Floats, j: int) -> float:
    """0.1 mm between two parts over their whole time, 0 where they overlap: in their datum where both have
    the same one, else on the ellipsoid, where it is the least that it may be.
    """
    if heads_a[i, DATUM] == heads_b[j, DATUM] and heads_a[i, DATUM] > 0.0:
        return max(0.0, heads_a[i, LOW] - heads_b[j, HIGH], heads_b[j, LOW] - heads_a[i, HIGH])
    return max(
        0.0,
        heads_a[i, ELLIPSOID_LOW] - heads_b[j, ELLIPSOID_HIGH],
        heads_b[j, ELLIPSOID_LOW] - heads_a[i, ELLIPSOID_HIGH],
    )


@kernel
def zone_zone(
    heads_a: Floats,
    i: int,
    bodies_a: Floats,
    heads_b: Floats,
    j: int,
    bodies_b: Floats,
    reach: Floats,
    work: Floats,
    contact: Floats,
) -> bool:
    """Are two volumes under both minima? FROM to AT_Z of the contact are written where they are.

    Times and heights are compared as they were filed, exactly.
    """
    start, end = max(heads_a[i, START], heads_b[j, START]), min(heads_a[i, END], heads_b[j, END])
    if start > end:
        return False
    gap = vertical_gap(heads_a, i, heads_b, j)
    if gap > reach[VERTICAL_EXACT]:
        return False
    metres, x, y, z = zones_apart(heads_a, i, bodies_a, heads_b, j, bodies_b, reach[LATERAL_M], work)
    if metres > reach[LATERAL_M]:
        return False
    contact[FROM], contact[TO], contact[WHEN] = start, end, start
    contact[LATERAL], contact[GAP] = metres, gap
    contact[AT_X], contact[AT_Y], contact[AT_Z] = x, y, z
    return True
