"""What stands around an operation, whenever and however high: for whoever looks for a way out."""

import numpy as np

from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import HEAD_COLUMNS, LATERAL_M, LENGTH, OFFSET, Floats, Numbers
from openline.conflict.kernels.outlines import zones_apart
from openline.conflict.kernels.plane import WORK


@kernel
def touching(
    heads_a: Floats, bodies_a: Floats, heads_b: Floats, bodies_b: Floats, pairs: Numbers, reach: Floats
) -> Numbers:
    """Those pairs of two volumes that are within lateral reach, whatever their times and heights."""
    work = np.empty((2, 2, WORK + 1))
    kept = np.empty((len(pairs), 2), np.int32)
    count = 0
    for n in range(len(pairs)):
        i, j = pairs[n, 0], pairs[n, 1]
        metres, _, _, _ = zones_apart(heads_a, i, bodies_a, heads_b, j, bodies_b, reach[LATERAL_M], work)
        if metres <= reach[LATERAL_M]:
            kept[count] = pairs[n]
            count += 1
    return kept[:count]


@kernel
def copied(heads: Floats, bodies: Floats, rows: Numbers) -> tuple[Floats, Floats]:
    """Rows of heads with their bodies, as arrays of their own."""
    floats = 0
    for n in range(len(rows)):
        floats += int(heads[rows[n], LENGTH])
    kept_heads, kept_bodies = np.empty((len(rows), HEAD_COLUMNS)), np.empty(floats)
    at = 0
    for n in range(len(rows)):
        kept_heads[n] = heads[rows[n]]
        begin, length = int(heads[rows[n], OFFSET]), int(heads[rows[n], LENGTH])
        kept_bodies[at : at + length] = bodies[begin : begin + length]
        kept_heads[n, OFFSET] = at
        at += length
    return kept_heads, kept_bodies
