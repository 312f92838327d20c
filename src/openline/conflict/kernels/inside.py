"""Is a place inside an outline?"""

from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import CAP, DISC, KIND, LENGTH, OFFSET, Floats, X, Y, Z
from openline.conflict.kernels.surface import frame_on, geodesic_m


@kernel
def holds(heads: Floats, row: int, bodies: Floats, x: float, y: float, z: float) -> bool:
    """Is the place of the surface in the polygon or disc of that row? The boundary, to rounding, may be
    either.

    Seen from the place, the ring turns around it or not: the steps that cross one line of sight are counted.
    Directions are true at any distance, so that no outline is too large (its ring lies within a hemisphere).
    """
    dx, dy, dz = x - heads[row, X], y - heads[row, Y], z - heads[row, Z]
    cap = heads[row, CAP]
    # No chord is longer than its arc.
    if dx * dx + dy * dy + dz * dz > (cap + 0.01) ** 2:
        return False
    if heads[row, KIND] == DISC:
        return geodesic_m(x, y, z, heads[row, X], heads[row, Y], heads[row, Z]) <= cap
    begin = int(heads[row, OFFSET])
    end = begin + int(heads[row, LENGTH])
    _, _, _, ax, ay, az, bx, by, bz, _, _, _, _ = frame_on(x, y, z)
    dx, dy, dz = bodies[end - 3] - x, bodies[end - 2] - y, bodies[end - 1] - z
    u0, v0 = dx * ax + dy * ay + dz * az, dx * bx + dy * by + dz * bz
    inside = False
    for at in range(begin, end, 3):
        dx, dy, dz = bodies[at] - x, bodies[at + 1] - y, bodies[at + 2] - z
        u, v = dx * ax + dy * ay + dz * az, dx * bx + dy * by + dz * bz
        if (v0 > 0.0) != (v > 0.0) and ((u0 * v - u * v0 > 0.0) == (v > v0)):
            inside = not inside
        u0, v0 = u, v
    return inside
