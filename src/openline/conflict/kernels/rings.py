"""A ring of longitudes and latitudes made ready: its steps, a cap and a box around it, and what is wrong with
it.
"""

import math
from typing import Final

import numpy as np

from openline.airspace.geodesy import LEAST_RADIUS_M
from openline.conflict.kernels.inside import holds
from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import CAP, EDGE_STEP_M, KIND, LENGTH, OFFSET, POLYGON, Floats, X, Y, Z
from openline.conflict.kernels.segments import cross, foot
from openline.conflict.kernels.surface import (
    direct,
    ecef,
    frame_at,
    inverse,
    longest_arc_m,
    on_surface,
    project,
)

SOUND: Final = 0
REPEATED: Final = 1
NO_AREA: Final = 2
CROSSING: Final = 3
WIDE: Final = 4
"""What `judge` answers: all but SOUND is a doubt. WIDE: too wide to be judged in one plane."""

JUDGED_M: Final = 500_000.0
MIN_AREA_M2: Final = 0.01
_ROUNDING_M: Final = 0.01
_DOUBT2: Final = 1e-6
"""Steps within a millimetre of one another (squared) may touch: the slower judge of `airspace.ring` says."""
_SURELY_ONE_M: Final = 0.99 * EDGE_STEP_M


@kernel
def places_of(lonlat: Floats, begin: int, end: int) -> tuple[Floats, int]:
    """The places of the open ring lonlat[begin:end], earth-centred (n, 3), and how many steps of at most
    EDGE_STEP_M its geodesic edges have together.
    """
    count = end - begin
    places = np.empty((count, 3))
    for n in range(count):
        places[n, 0], places[n, 1], places[n, 2] = ecef(lonlat[begin + n, 1], lonlat[begin + n, 0])
    total = 0
    for n in range(count):
        total += _pieces(places, n)
    return places, total


@kernel
def _pieces(places: Floats, n: int) -> int:
    """Of the edge from place n to the next."""
    then = n + 1 if n + 1 < len(places) else 0
    dx, dy, dz = (
        places[then, 0] - places[n, 0],
        places[then, 1] - places[n, 1],
        places[then, 2] - places[n, 2],
    )
    chord2 = dx * dx + dy * dy + dz * dz
    if chord2 < _SURELY_ONE_M * _SURELY_ONE_M:
        return 1
    return max(1, math.ceil(longest_arc_m(math.sqrt(chord2)) / EDGE_STEP_M))


@kernel
def lay_ring(
    lonlat: Floats,
    begin: int,
    end: int,
    places: Floats,
    bodies: Floats,
    offset: int,
    head: Floats,
    box: Floats,
) -> int:
    """Write the steps of lonlat[begin:end] (places: of its vertices) into bodies, its X to CAP, KIND, OFFSET
    and LENGTH into head (HEAD_COLUMNS,), and its box (6,). The number of floats that were written to bodies.
    """
    at = offset
    sx = sy = sz = 0.0
    for n in range(end - begin):
        px, py, pz = places[n, 0], places[n, 1], places[n, 2]
        sx, sy, sz = sx + px, sy + py, sz + pz
        bodies[at], bodies[at + 1], bodies[at + 2] = px, py, pz
        at += 3
        pieces = _pieces(places, n)
        if pieces > 1:
            then = begin + n + 1 if begin + n + 1 < end else begin
            at = _lay_between(
                lonlat[begin + n, 1],
                lonlat[begin + n, 0],
                lonlat[then, 1],
                lonlat[then, 0],
                pieces,
                bodies,
                at,
            )
    scale = LEAST_RADIUS_M / math.sqrt(sx * sx + sy * sy + sz * sz)
    head[X], head[Y], head[Z] = on_surface(scale * sx, scale * sy, scale * sz)
    head[KIND], head[OFFSET], head[LENGTH] = POLYGON, offset, at - offset
    _surround(bodies, offset, at, head, box)
    return at - offset


@kernel
def _lay_between(
    latitude: float,
    longitude: float,
    to_latitude: float,
    to_longitude: float,
    pieces: int,
    bodies: Floats,
    at: int,
) -> int:
    """The places within a long edge."""
    metres, azimuth, _ = inverse(latitude, longitude, to_latitude, to_longitude)
    for n in range(1, pieces):
        lat, lon, _ = direct(latitude, longitude, azimuth, metres * n / pieces)
        bodies[at], bodies[at + 1], bodies[at + 2] = ecef(lat, lon)
        at += 3
    return at


@kernel
def _surround(bodies: Floats, begin: int, end: int, head: Floats, box: Floats) -> None:
    x, y, z = head[X], head[Y], head[Z]
    far2, longest2 = 0.0, 0.0
    for axis in range(3):
        box[2 * axis], box[2 * axis + 1] = math.inf, -math.inf
    px, py, pz = bodies[end - 3], bodies[end - 2], bodies[end - 1]
    for at in range(begin, end, 3):
        qx, qy, qz = bodies[at], bodies[at + 1], bodies[at + 2]
        far2 = max(far2, (qx - x) ** 2 + (qy - y) ** 2 + (qz - z) ** 2)
        longest2 = max(longest2, (qx - px) ** 2 + (qy - py) ** 2 + (qz - pz) ** 2)
        box[0], box[1] = min(box[0], qx), max(box[1], qx)
        box[2], box[3] = min(box[2], qy), max(box[3], qy)
        box[4], box[5] = min(box[4], qz), max(box[5], qz)
        px, py, pz = qx, qy, qz
    # The far end of a step is nearer than its ends or, in a wide outline, further by less than its bulge.
    bulge = longest2 / (8.0 * LEAST_RADIUS_M) + _ROUNDING_M
    head[CAP] = longest_arc_m(math.sqrt(far2)) + bulge
    for axis in range(3):
        box[2 * axis], box[2 * axis + 1] = box[2 * axis] - bulge, box[2 * axis + 1] + bulge


@kernel
def hold_axes(heads: Floats, row: int, bodies: Floats, box: Floats) -> None:
    """Widen the box of a laid outline to what it holds of the surface's own extremes, which no boundary
    shows: a polygon bulges over the plane of its ring, most where an axis goes through it.
    """
    for axis in range(6):
        sign = 1.0 if axis % 2 else -1.0
        latitude = 90.0 * sign if axis >= 4 else 0.0
        longitude = (0.0 if sign > 0.0 else 180.0) if axis < 2 else 90.0 * sign
        x, y, z = ecef(latitude, longitude if axis < 4 else 0.0)
        if holds(heads, row, bodies, x, y, z):
            extreme = (x, y, z)[axis // 2]
            box[axis] = max(box[axis], extreme + 0.01) if axis % 2 else min(box[axis], extreme - 0.01)


@kernel
def judge(bodies: Floats, begin: int, end: int, head: Floats) -> int:
    """Is a laid ring simple, and does it hold an area? In the plane about its centre, where its steps are
    straight.
    """
    if head[CAP] > JUDGED_M:
        return WIDE
    steps = (end - begin) // 3
    plane = np.empty((steps, 2))
    frame = frame_at(head[X], head[Y], head[Z])
    twice_area = 0.0
    far, far2 = 0, 0.0
    for n in range(steps):
        at = begin + 3 * n
        plane[n, 0], plane[n, 1] = project(frame, bodies[at], bodies[at + 1], bodies[at + 2])
        away2 = (plane[n, 0] - plane[0, 0]) ** 2 + (plane[n, 1] - plane[0, 1]) ** 2
        if away2 > far2:
            far, far2 = n, away2
    widest = 0.0
    for n in range(steps):
        widest = max(widest, abs(_twice_triangle(plane, 0, far, n)))
        twice_area += plane[n - 1, 0] * plane[n, 1] - plane[n, 0] * plane[n - 1, 1]
    if 0.5 * widest < 0.5 * MIN_AREA_M2:
        return NO_AREA
    if _goes_around_once(plane, steps):
        return SOUND if abs(0.5 * twice_area) >= MIN_AREA_M2 else NO_AREA
    fault = _meets_itself(plane, steps)
    if fault != SOUND:
        return fault
    return NO_AREA if abs(0.5 * twice_area) < MIN_AREA_M2 else SOUND


@kernel
def _goes_around_once(plane: Floats, steps: int) -> bool:
    """Does it turn around the origin one way only, and once? Most rings do, and such a one is simple: every
    ray from the origin meets it once. By a margin, so that it touches itself nowhere.
    """
    lefts, rights, begun = 0, 0, 0
    for n in range(steps):
        then = n + 1 if n + 1 < steps else 0
        pu, pv, qu, qv = plane[n, 0], plane[n, 1], plane[then, 0], plane[then, 1]
        turn = pu * qv - pv * qu
        margin = 1e-6 * (pu * pu + pv * pv + qu * qu + qv * qv) + 1e-4
        lefts += turn > margin
        rights += turn < -margin
        begun += (pv > 0.0) != (qv > 0.0)
    return (lefts == steps or rights == steps) and begun == 2


@kernel
def _twice_triangle(plane: Floats, a: int, b: int, c: int) -> float:
    return (plane[b, 0] - plane[a, 0]) * (plane[c, 1] - plane[a, 1]) - (plane[b, 1] - plane[a, 1]) * (
        plane[c, 0] - plane[a, 0]
    )


@kernel
def _meets_itself(plane: Floats, steps: int) -> int:
    """Do two steps share a point other than the end that neighbours share?"""
    for n in range(steps):
        pu, pv = plane[n, 0], plane[n, 1]
        after = n + 1 if n + 1 < steps else 0
        qu, qv = plane[after, 0], plane[after, 1]
        if pu == qu and pv == qv:
            return REPEATED
        left, right, lower, upper = min(pu, qu), max(pu, qu), min(pv, qv), max(pv, qv)
        for m in range(n + 1, steps):
            ru, rv = plane[m, 0], plane[m, 1]
            then = m + 1 if m + 1 < steps else 0
            su, sv = plane[then, 0], plane[then, 1]
            if min(ru, su) > right or max(ru, su) < left or min(rv, sv) > upper or max(rv, sv) < lower:
                continue
            if m == after or then == n:
                # Neighbours: one folds back over the other where its far end lies on it.
                if m == after and (
                    foot(su, sv, pu, pv, qu, qv)[0] <= _DOUBT2 or foot(pu, pv, ru, rv, su, sv)[0] <= _DOUBT2
                ):
                    return CROSSING
                if then == n and (
                    foot(ru, rv, pu, pv, qu, qv)[0] <= _DOUBT2 or foot(qu, qv, ru, rv, su, sv)[0] <= _DOUBT2
                ):
                    return CROSSING
                continue
            if (
                (ru == pu and rv == pv)
                or (su == qu and sv == qv)
                or (ru == qu and rv == qv)
                or (su == pu and sv == pv)
            ):
                return REPEATED
            if cross(pu, pv, qu, qv, ru, rv, su, sv)[0]:
                return CROSSING
            if foot(ru, rv, pu, pv, qu, qv)[0] <= _DOUBT2 or foot(su, sv, pu, pv, qu, qv)[0] <= _DOUBT2:
                return CROSSING
            if foot(pu, pv, ru, rv, su, sv)[0] <= _DOUBT2 or foot(qu, qv, ru, rv, su, sv)[0] <= _DOUBT2:
                return CROSSING
    return SOUND
