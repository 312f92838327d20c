"""How near are two outlines on the ellipsoid, and where?

Two polygons of which the smaller is up to NARROW_M wide are laid into one plane about it (`plane`); wider
ones go step by step (`steps`), and discs have their own way (`discs`).
"""

import math
from typing import Final

from openline.conflict.kernels.discs import disc_polygon, discs_apart
from openline.conflict.kernels.inside import holds
from openline.conflict.kernels.jit import inlined
from openline.conflict.kernels.layout import CAP, DISC, KIND, LENGTH, OFFSET, Floats, X, Y, Z
from openline.conflict.kernels.plane import in_one_plane, nearest_by_plane
from openline.conflict.kernels.steps import Near, step_by_step

TOUCHING_M: Final = 0.1
"""A reach up to here asks for a shared point."""
NARROW_M: Final = 100_000.0
WIDE_M: Final = 500_000.0
"""In one plane about a small outline another is laid out whole up to here; what is wider goes step by step.
"""


@inlined
def zones_apart(
    heads_a: Floats,
    i: int,
    bodies_a: Floats,
    heads_b: Floats,
    j: int,
    bodies_b: Floats,
    reach_m: float,
    work: Floats,
) -> Near:
    """Of two outlines; the same to the last bit whichever is named first. work: (2, 2, WORK + 1).

    Exact to 1 mm up to 10 NM where it decides (docs/explanation/geometry.md).
    """
    dx = heads_a[i, X] - heads_b[j, X]
    dy = heads_a[i, Y] - heads_b[j, Y]
    dz = heads_a[i, Z] - heads_b[j, Z]
    far = heads_a[i, CAP] + heads_b[j, CAP] + reach_m + 0.01
    if dx * dx + dy * dy + dz * dz > far * far:
        return math.inf, 0.0, 0.0, 0.0
    if _first(heads_a, i, bodies_a, heads_b, j, bodies_b):
        return _ordered(heads_a, i, bodies_a, heads_b, j, bodies_b, reach_m, work)
    return _ordered(heads_b, j, bodies_b, heads_a, i, bodies_a, reach_m, work)


@inlined
def _first(heads_a: Floats, i: int, bodies_a: Floats, heads_b: Floats, j: int, bodies_b: Floats) -> bool:
    """An order that only what they are decides: discs first, then the smaller, then by place, then by
    vertices.
    """
    if heads_a[i, KIND] != heads_b[j, KIND]:
        return bool(heads_a[i, KIND] == DISC)
    for column in (CAP, X, Y, Z, LENGTH):
        if heads_a[i, column] != heads_b[j, column]:
            return bool(heads_a[i, column] < heads_b[j, column])
    begin_a, begin_b = int(heads_a[i, OFFSET]), int(heads_b[j, OFFSET])
    for n in range(int(heads_a[i, LENGTH])):
        if bodies_a[begin_a + n] != bodies_b[begin_b + n]:
            return bool(bodies_a[begin_a + n] < bodies_b[begin_b + n])
    return True


@inlined
def _ordered(
    heads_a: Floats,
    i: int,
    bodies_a: Floats,
    heads_b: Floats,
    j: int,
    bodies_b: Floats,
    reach_m: float,
    work: Floats,
) -> Near:
    if heads_b[j, KIND] == DISC:
        return discs_apart(heads_a, i, heads_b, j, reach_m)
    if heads_a[i, KIND] == DISC:
        return disc_polygon(heads_a, i, heads_b, j, bodies_b, reach_m)
    narrow = heads_a[i, CAP] <= NARROW_M and heads_b[j, CAP] <= WIDE_M
    if narrow and reach_m <= TOUCHING_M:
        return in_one_plane(heads_a, i, bodies_a, heads_b, j, bodies_b, reach_m, work)
    # Where no boundary is crossed each is wholly inside or wholly outside the other, so one vertex tells.
    begin = int(heads_a[i, OFFSET])
    x, y, z = bodies_a[begin], bodies_a[begin + 1], bodies_a[begin + 2]
    if holds(heads_b, j, bodies_b, x, y, z):
        return 0.0, x, y, z
    begin = int(heads_b[j, OFFSET])
    x, y, z = bodies_b[begin], bodies_b[begin + 1], bodies_b[begin + 2]
    if holds(heads_a, i, bodies_a, x, y, z):
        return 0.0, x, y, z
    if narrow:
        return nearest_by_plane(heads_a, i, bodies_a, heads_b, j, bodies_b, reach_m, work)
    return step_by_step(heads_a, i, bodies_a, heads_b, j, bodies_b, reach_m)
