"""How near is a disc to a disc or to a polygon, and where?"""

import math

from openline.conflict.kernels.inside import holds
from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import CAP, LENGTH, OFFSET, Floats, X, Y, Z
from openline.conflict.kernels.steps import BULGE_M, Near
from openline.conflict.kernels.surface import along_chord, flatten, frame_on, geodesic_m


@kernel
def discs_apart(heads_a: Floats, i: int, heads_b: Floats, j: int, reach_m: float) -> Near:
    """The geodesic from centre to centre leaves both discs where they are nearest, so distances add up."""
    ax, ay, az = heads_a[i, X], heads_a[i, Y], heads_a[i, Z]
    bx, by, bz = heads_b[j, X], heads_b[j, Y], heads_b[j, Z]
    centres = geodesic_m(ax, ay, az, bx, by, bz)
    gap = centres - heads_a[i, CAP] - heads_b[j, CAP]
    if gap > reach_m:
        return math.inf, 0.0, 0.0, 0.0
    low, high = max(0.0, centres - heads_b[j, CAP]), min(centres, heads_a[i, CAP])
    share = 0.5 * (low + high) / centres if centres > 0.0 else 0.0
    x, y, z = _on_ray(ax, ay, az, bx, by, bz, share)
    return max(0.0, gap), x, y, z


@kernel
def _on_ray(
    ax: float, ay: float, az: float, bx: float, by: float, bz: float, share: float
) -> tuple[float, float, float]:
    """About at a share of the way from a to b (a figure for people: it decides nothing)."""
    rest = 1.0 - share
    x, y, z = rest * ax + share * bx, rest * ay + share * by, rest * az + share * bz
    return x, y, z


@kernel
def disc_polygon(heads_a: Floats, i: int, heads_b: Floats, j: int, bodies_b: Floats, reach_m: float) -> Near:
    """From the centre to the nearest place of the ring, less the radius; 0.0 where the centre is inside."""
    x, y, z, radius = heads_a[i, X], heads_a[i, Y], heads_a[i, Z], heads_a[i, CAP]
    if holds(heads_b, j, bodies_b, x, y, z):
        return 0.0, x, y, z
    distance, fx, fy, fz = to_ring(x, y, z, heads_b, j, bodies_b, reach_m + radius)
    if distance > reach_m + radius:
        return math.inf, 0.0, 0.0, 0.0
    gap = max(0.0, distance - radius)
    # Midway between the foot and the rim; where they overlap, the foot itself is in both.
    share = 0.5 * gap / distance if distance > 0.0 else 0.0
    fx, fy, fz = _on_ray(fx, fy, fz, x, y, z, share)
    return gap, fx, fy, fz


@kernel
def to_ring(x: float, y: float, z: float, heads: Floats, row: int, bodies: Floats, reach_m: float) -> Near:
    """From a place to the boundary of a polygon, and its nearest place; inf where it is surely beyond the
    reach.
    """
    begin = int(heads[row, OFFSET])
    end = begin + int(heads[row, LENGTH])
    best, fx, fy, fz = math.inf, 0.0, 0.0, 0.0
    px, py, pz = bodies[end - 3], bodies[end - 2], bodies[end - 1]
    for at in range(begin, end, 3):
        qx, qy, qz = bodies[at], bodies[at + 1], bodies[at + 2]
        half = 0.5 * math.sqrt((qx - px) ** 2 + (qy - py) ** 2 + (qz - pz) ** 2) + BULGE_M
        away = math.sqrt((0.5 * (px + qx) - x) ** 2 + (0.5 * (py + qy) - y) ** 2 + (0.5 * (pz + qz) - z) ** 2)
        if away - half <= min(best, reach_m):
            distance, hx, hy, hz = _to_step(x, y, z, px, py, pz, qx, qy, qz)
            if distance < best:
                best, fx, fy, fz = distance, hx, hy, hz
        px, py, pz = qx, qy, qz
    return best, fx, fy, fz


@kernel
def _to_step(
    x: float, y: float, z: float, px: float, py: float, pz: float, qx: float, qy: float, qz: float
) -> Near:
    """The foot on one step by recentring: there the geodesic to the place stands square on the step.

    In the frame about the last foot directions to the place are true, so each turn gains a factor of
    (distance / Earth's radius)^2.
    """
    share = 0.5
    length = math.sqrt((qx - px) ** 2 + (qy - py) ** 2 + (qz - pz) ** 2)
    hx, hy, hz = along_chord(px, py, pz, qx, qy, qz, share)
    for _ in range(12):
        frame = frame_on(hx, hy, hz)
        pu, pv = flatten(frame, px, py, pz)
        qu, qv = flatten(frame, qx, qy, qz)
        u, v = flatten(frame, x, y, z)
        du, dv = qu - pu, qv - pv
        square = du * du + dv * dv
        if square == 0.0:
            break
        moved = min(1.0, max(0.0, share + (u * du + v * dv) / square))
        settled = abs(moved - share) * length < 1e-4
        share = moved
        hx, hy, hz = along_chord(px, py, pz, qx, qy, qz, share)
        if settled:
            break
    return geodesic_m(hx, hy, hz, x, y, z), hx, hy, hz
