"""Do two polygons share a point, and which of their steps look nearest, in one plane about the first of them?

Geodesics are straight in it (`surface.project`).
"""

import math
from typing import Final

import numpy as np

from openline.airspace.geodesy import LEAST_RADIUS_M
from openline.conflict.kernels.jit import inlined, kernel
from openline.conflict.kernels.layout import CAP, LENGTH, OFFSET, Floats, X, Y, Z
from openline.conflict.kernels.segments import apart, cross, foot
from openline.conflict.kernels.steps import Near, steps_apart
from openline.conflict.kernels.surface import Frame, frame_on, on_surface, project

WORK: Final = 512
"""Steps of an outline for which the caller's work space has room."""


@kernel
def in_one_plane(
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


@kernel
def nearest_by_plane(
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
                distance, hx, hy, hz = steps_apart(
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
