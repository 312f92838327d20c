"""How near two outlines are on the ellipsoid, and where.

Two polygons of which the smaller is up to NARROW_M wide are laid into one plane about it, in which geodesics
are straight (`surface.project`), and asked whether they share a point. Everything else (minima above zero,
wide outlines, discs) goes step by step: a lower bound from the steps' middles drops nearly all pairs, the
others are compared in a frame amid them, and `arc_m` measures between the two places that are nearest.
"""

import math
from typing import Final

import numpy as np

from openline.airspace.geodesy import LEAST_RADIUS_M
from openline.conflict.kernels.inside import holds
from openline.conflict.kernels.jit import inlined, kernel
from openline.conflict.kernels.layout import (
    CAP,
    DISC,
    KIND,
    LENGTH,
    OFFSET,
    Floats,
    X,
    Y,
    Z,
)
from openline.conflict.kernels.segments import apart, cross, foot
from openline.conflict.kernels.surface import (
    Frame,
    along_chord,
    arc_m,
    flatten,
    frame_at,
    frame_on,
    geodesic_m,
    on_surface,
    project,
)

Near = tuple[float, float, float, float]
"""Distance in m (inf: surely beyond the reach; 0.0: a shared point), and the place midway, earth-centred."""

Ends = tuple[float, float, float, float, float, float]
"""Of a step: the place where it begins and the place where it ends."""

TOUCHING_M: Final = 0.1
"""A reach up to here asks for a shared point."""
NARROW_M: Final = 100_000.0
WIDE_M: Final = 500_000.0
"""In one plane about a small outline another is laid out whole up to here; what is wider goes step by step.
"""
WORK: Final = 512
"""Steps of an outline for which the caller's work space has room."""

_BULGE_M: Final = 2.0
"""10 km of a geodesic rise 1.97 m over their chord."""


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
        return _discs(heads_a, i, heads_b, j, reach_m)
    if heads_a[i, KIND] == DISC:
        return _disc_polygon(heads_a, i, heads_b, j, bodies_b, reach_m)
    narrow = heads_a[i, CAP] <= NARROW_M and heads_b[j, CAP] <= WIDE_M
    if narrow and reach_m <= TOUCHING_M:
        return _in_one_plane(heads_a, i, bodies_a, heads_b, j, bodies_b, reach_m, work)
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
        return _nearest_by_plane(heads_a, i, bodies_a, heads_b, j, bodies_b, reach_m, work)
    return _step_by_step(heads_a, i, bodies_a, heads_b, j, bodies_b, reach_m)


# Discs ------------------------------------------------------------------------------------------------------
@kernel
def _discs(heads_a: Floats, i: int, heads_b: Floats, j: int, reach_m: float) -> Near:
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
def _disc_polygon(heads_a: Floats, i: int, heads_b: Floats, j: int, bodies_b: Floats, reach_m: float) -> Near:
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
        half = 0.5 * math.sqrt((qx - px) ** 2 + (qy - py) ** 2 + (qz - pz) ** 2) + _BULGE_M
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


# Two polygons in one plane ----------------------------------------------------------------------------------
@kernel
def _in_one_plane(
    heads_a: Floats,
    i: int,
    bodies_a: Floats,
    heads_b: Floats,
    j: int,
    bodies_b: Floats,
    reach_m: float,
    work: Floats,
) -> Near:
    """Do they share a point (within some millimetres)? In the plane about the smaller, the first."""
    frame = frame_on(heads_a[i, X], heads_a[i, Y], heads_a[i, Z])
    begin_a, begin_b = int(heads_a[i, OFFSET]), int(heads_b[j, OFFSET])
    first = _lay_out(frame, bodies_a, begin_a, int(heads_a[i, LENGTH]) // 3, work[0])
    second = _lay_out(frame, bodies_b, begin_b, int(heads_b[j, LENGTH]) // 3, work[1])
    if _around(second, first[0, 0], first[1, 0]):
        return 0.0, bodies_a[begin_a], bodies_a[begin_a + 1], bodies_a[begin_a + 2]
    if _around(first, second[0, 0], second[1, 0]):
        return 0.0, bodies_b[begin_b], bodies_b[begin_b + 1], bodies_b[begin_b + 2]
    met, u, v = _edges_meet(first, second, reach_m * reach_m)
    if not met:
        return math.inf, 0.0, 0.0, 0.0
    x, y, z = _back(frame, u, v)
    return 0.0, x, y, z


@inlined
def _lay_out(frame: Frame, bodies: Floats, offset: int, steps: int, room: Floats) -> Floats:
    """The ring in the plane, closed: (2, steps + 1), u and v in a row each. In the room, where it has so
    much.
    """
    plane = room[:, : steps + 1] if steps <= WORK else np.empty((2, steps + 1))
    for n in range(steps):
        at = offset + 3 * n
        plane[0, n], plane[1, n] = project(frame, bodies[at], bodies[at + 1], bodies[at + 2])
    plane[0, steps], plane[1, steps] = plane[0, 0], plane[1, 0]
    return plane


@inlined
def _around(plane: Floats, u: float, v: float) -> bool:
    """Does the ring go around (u, v)? Near the ring it may say either: then the edges are near, too."""
    crossed = 0
    for n in range(plane.shape[1] - 1):
        pu, pv = plane[0, n] - u, plane[1, n] - v
        qu, qv = plane[0, n + 1] - u, plane[1, n + 1] - v
        crossed += ((pv > 0.0) != (qv > 0.0)) & ((pu * qv - qu * pv > 0.0) == (qv > pv))
    return crossed % 2 == 1


@inlined
def _edges_meet(first: Floats, second: Floats, reach2: float) -> tuple[bool, float, float]:
    """Is any edge of the second within the reach of one of the first, and where?"""
    for n in range(second.shape[1] - 1):
        ru, rv, su, sv = second[0, n], second[1, n], second[0, n + 1], second[1, n + 1]
        if _may_meet(first, ru, rv, su, sv, reach2):
            for m in range(first.shape[1] - 1):
                met, u, v = _segments_meet(
                    first[0, m], first[1, m], first[0, m + 1], first[1, m + 1], ru, rv, su, sv, reach2
                )
                if met:
                    return True, u, v
    return False, 0.0, 0.0


@inlined
def _may_meet(ring: Floats, ru: float, rv: float, su: float, sv: float, reach2: float) -> bool:
    """Can r-s be near any edge of a ring? Not where one's line leaves the other wholly on one side, beyond
    the reach.

    Without a branch, so that four edges are compared at once.
    """
    eu, ev = su - ru, sv - rv
    beyond = reach2 * (eu * eu + ev * ev)
    near = 0
    for m in range(ring.shape[1] - 1):
        pu, pv, qu, qv = ring[0, m], ring[1, m], ring[0, m + 1], ring[1, m + 1]
        du, dv = qu - pu, qv - pv
        # Each is the distance of an end from the other's line, times the other's length.
        first, second = du * (rv - pv) - dv * (ru - pu), du * (sv - pv) - dv * (su - pu)
        third, fourth = eu * (pv - rv) - ev * (pu - ru), eu * (qv - rv) - ev * (qu - ru)
        across, along = min(abs(first), abs(second)), min(abs(third), abs(fourth))
        aside = (first * second > 0.0) & (across * across > reach2 * (du * du + dv * dv))
        ahead = (third * fourth > 0.0) & (along * along > beyond)
        near |= not (aside | ahead)
    return near != 0


@kernel
def _segments_meet(
    pu: float, pv: float, qu: float, qv: float, ru: float, rv: float, su: float, sv: float, reach2: float
) -> tuple[bool, float, float]:
    """Do they cross, or has one an end within the reach of the other? And where."""
    meet, share = cross(pu, pv, qu, qv, ru, rv, su, sv)
    if meet:
        return True, pu + share * (qu - pu), pv + share * (qv - pv)
    if foot(pu, pv, ru, rv, su, sv)[0] <= reach2:
        return True, pu, pv
    if foot(qu, qv, ru, rv, su, sv)[0] <= reach2:
        return True, qu, qv
    if foot(ru, rv, pu, pv, qu, qv)[0] <= reach2:
        return True, ru, rv
    if foot(su, sv, pu, pv, qu, qv)[0] <= reach2:
        return True, su, sv
    return False, 0.0, 0.0


@kernel
def _back(frame: Frame, u: float, v: float) -> tuple[float, float, float]:
    """The place of the surface that is drawn at (u, v), for people."""
    ox, oy, oz, ax, ay, az, bx, by, bz, _, _, _, _ = frame
    return on_surface(ox + u * ax + v * bx, oy + u * ay + v * by, oz + u * az + v * bz)


# Two narrow polygons apart ----------------------------------------------------------------------------------
@kernel
def _nearest_by_plane(
    heads_a: Floats,
    i: int,
    bodies_a: Floats,
    heads_b: Floats,
    j: int,
    bodies_b: Floats,
    reach_m: float,
    work: Floats,
) -> Near:
    """The nearest steps of two rings that hold nothing of one another: the plane says which, `arc_m` how far.

    The plane stretches lengths by (1 + (r/R)^2) at most, r from its origin, and shrinks them by no more than
    the ellipsoid differs from its sphere; so the nearest pair is among those that look less than that much
    longer.
    """
    frame = frame_on(heads_a[i, X], heads_a[i, Y], heads_a[i, Z])
    begin_a, begin_b = int(heads_a[i, OFFSET]), int(heads_b[j, OFFSET])
    first = _lay_out(frame, bodies_a, begin_a, int(heads_a[i, LENGTH]) // 3, work[0])
    second = _lay_out(frame, bodies_b, begin_b, int(heads_b[j, LENGTH]) // 3, work[1])
    looks = _least_in_plane(first, second)
    turn = (heads_a[i, CAP] + looks) / LEAST_RADIUS_M
    longer = 1.0 + 1.5 * turn * turn + 1e-4 * turn
    if looks > reach_m * longer + 0.001:
        return math.inf, 0.0, 0.0, 0.0
    best, x, y, z = math.inf, 0.0, 0.0, 0.0
    for m in range(first.shape[1] - 1):
        for n in range(second.shape[1] - 1):
            if _in_plane(first, m, second, n)[0] <= looks * longer + 0.001:
                distance, hx, hy, hz = _steps_apart(
                    bodies_a, begin_a, first.shape[1] - 1, m, bodies_b, begin_b, second.shape[1] - 1, n
                )
                if distance < best:
                    best, x, y, z = distance, hx, hy, hz
    if best > reach_m:
        return math.inf, 0.0, 0.0, 0.0
    return best, x, y, z


@kernel
def _least_in_plane(first: Floats, second: Floats) -> float:
    best = math.inf
    for n in range(second.shape[1] - 1):
        left, right = min(second[0, n], second[0, n + 1]), max(second[0, n], second[0, n + 1])
        lower, upper = min(second[1, n], second[1, n + 1]), max(second[1, n], second[1, n + 1])
        for m in range(first.shape[1] - 1):
            aside = max(
                0.0, left - max(first[0, m], first[0, m + 1]), min(first[0, m], first[0, m + 1]) - right
            )
            above = max(
                0.0, lower - max(first[1, m], first[1, m + 1]), min(first[1, m], first[1, m + 1]) - upper
            )
            if aside * aside + above * above < best * best:
                best = min(best, _in_plane(first, m, second, n)[0])
    return best


@kernel
def _in_plane(first: Floats, m: int, second: Floats, n: int) -> tuple[float, float, float]:
    """How far apart step m and step n look, and the shares of both that are nearest."""
    return apart(
        first[0, m], first[1, m], first[0, m + 1], first[1, m + 1],
        second[0, n], second[1, n], second[0, n + 1], second[1, n + 1],
    )  # fmt: skip


# Two polygons step by step ----------------------------------------------------------------------------------
@kernel
def _step_by_step(
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
                distance, hx, hy, hz = _steps_apart(
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
        half = 0.5 * math.sqrt((qx - px) ** 2 + (qy - py) ** 2 + (qz - pz) ** 2) + _BULGE_M
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
def _steps_apart(
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
