"""How near are two polygons, step by step, and where?

A lower bound from the steps' middles drops nearly all pairs; the others are compared in a frame amid them,
and `arc_m` measures between the two places that are nearest.
"""

import math
from typing import Final

import numpy as np

from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import CAP, LENGTH, OFFSET, Floats, X, Y, Z
from openline.conflict.kernels.segments import apart
from openline.conflict.kernels.surface import along_chord, arc_m, flatten, frame_at

Near = tuple[float, float, float, float]
"""Distance in m (inf: surely beyond the reach; 0.0: a shared point), and the place midway, earth-centred."""

Ends = tuple[float, float, float, float, float, float]
"""Of a step: the place where it begins and the place where it ends."""

BULGE_M: Final = 2.0
"""10 km of a geodesic rise 1.97 m over their chord."""


@kernel
def step_by_step(
    heads_a: Floats, i: int, bodies_a: Floats, heads_b: Floats, j: int, bodies_b: Floats, reach_m: float
) -> Near:
    """The nearest two steps of two rings, of those that are within the reach of the other's cap."""
    near_a = _steps_near(heads_a, i, bodies_a, heads_b, j, reach_m)
    near_b = _steps_near(heads_b, j, bodies_b, heads_a, i, reach_m)
    begin_a, steps_a = int(heads_a[i, OFFSET]), int(heads_a[i, LENGTH]) // 3
    begin_b, steps_b = int(heads_b[j, OFFSET]), int(heads_b[j, LENGTH]) // 3
    best, x, y, z = math.inf, 0.0, 0.0, 0.0
    for m in range(len(near_a)):
        for n in range(len(near_b)):
            limit = near_a[m, 3] + near_b[n, 3] + min(best, reach_m)
            dx, dy, dz = near_a[m, 0] - near_b[n, 0], near_a[m, 1] - near_b[n, 1], near_a[m, 2] - near_b[n, 2]
            if dx * dx + dy * dy + dz * dz <= limit * limit:
                distance, hx, hy, hz = steps_apart(
                    bodies_a,
                    begin_a,
                    steps_a,
                    int(near_a[m, 4]),
                    bodies_b,
                    begin_b,
                    steps_b,
                    int(near_b[n, 4]),
                )
                if distance < best:
                    best, x, y, z = distance, hx, hy, hz
                if best == 0.0:
                    return best, x, y, z
    if best > reach_m:
        return math.inf, 0.0, 0.0, 0.0
    return best, x, y, z


@kernel
def _steps_near(heads_a: Floats, i: int, bodies_a: Floats, heads_b: Floats, j: int, reach_m: float) -> Floats:
    """The steps of a that may be within the reach of b's cap: middle, half length, number; (n, 5)."""
    begin, steps = int(heads_a[i, OFFSET]), int(heads_a[i, LENGTH]) // 3
    near = np.empty((steps, 5))
    count = 0
    for n in range(steps):
        px, py, pz, qx, qy, qz = _step(bodies_a, begin, steps, n)
        mx, my, mz = 0.5 * (px + qx), 0.5 * (py + qy), 0.5 * (pz + qz)
        half = 0.5 * math.sqrt((qx - px) ** 2 + (qy - py) ** 2 + (qz - pz) ** 2) + BULGE_M
        limit = heads_b[j, CAP] + half + reach_m
        if (mx - heads_b[j, X]) ** 2 + (my - heads_b[j, Y]) ** 2 + (mz - heads_b[j, Z]) ** 2 <= limit * limit:
            near[count, 0], near[count, 1], near[count, 2] = mx, my, mz
            near[count, 3], near[count, 4] = half, n
            count += 1
    return near[:count]


@kernel
def _step(bodies: Floats, begin: int, steps: int, n: int) -> Ends:
    """From the place of number n to the next."""
    at, to = begin + 3 * n, begin + 3 * (n + 1 if n + 1 < steps else 0)
    return bodies[at], bodies[at + 1], bodies[at + 2], bodies[to], bodies[to + 1], bodies[to + 2]


@kernel
def steps_apart(
    bodies_a: Floats, begin_a: int, steps_a: int, m: int, bodies_b: Floats, begin_b: int, steps_b: int, n: int
) -> Near:
    """The distance of two steps, 0.0 where they cross, and the place midway; found in the frame amid them."""
    px, py, pz, qx, qy, qz = _step(bodies_a, begin_a, steps_a, m)
    rx, ry, rz, sx, sy, sz = _step(bodies_b, begin_b, steps_b, n)
    frame = frame_at(px + qx + rx + sx, py + qy + ry + sy, pz + qz + rz + sz)
    pu, pv = flatten(frame, px, py, pz)
    qu, qv = flatten(frame, qx, qy, qz)
    ru, rv = flatten(frame, rx, ry, rz)
    su, sv = flatten(frame, sx, sy, sz)
    distance, one, two = apart(pu, pv, qu, qv, ru, rv, su, sv)
    x, y, z = along_chord(px, py, pz, qx, qy, qz, one)
    if distance == 0.0:
        return 0.0, x, y, z
    hx, hy, hz = along_chord(rx, ry, rz, sx, sy, sz, two)
    return arc_m(x, y, z, hx, hy, hz), 0.5 * (x + hx), 0.5 * (y + hy), 0.5 * (z + hz)
