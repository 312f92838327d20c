"""Two legs: when both aircraft are under both minima, and which delays of one bring it there.

Each is a point that moves evenly along its geodesic, its height linear in time. In the flat frame amid the
two the distance is that of the plane (its error: docs/explanation/geometry.md); the distance that decides is
the arc between the two nearest places.

Without time tolerance both are where they are at one time, and everything is a quadratic in it. With a time
tolerance, and for delays, each has a time of its own, and the pairs of times form a polygon (see `linear`).
Own times are ms from the leg's start.
"""

import math
from typing import Final

import numpy as np

from openline.airspace.geodesy import LEAST_RADIUS_M
from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import (
    CAP,
    DATUM,
    END,
    LATERAL_M,
    LEG_COLUMNS,
    LEG_METRES,
    LEG_X0,
    LEG_X1,
    LEG_Y0,
    LEG_Y1,
    LEG_Z0,
    LEG_Z1,
    OFFSET,
    START,
    TOLERANCE,
    VERTICAL,
    Floats,
    X,
    Y,
    Z,
)
from openline.conflict.kernels.leg import (
    Heights,
    Leg,
    flat_motion,
    gap_at,
    heights_of,
    lasting_ms,
    level_times,
    place_at,
    starting_ms,
    tolerance_ms,
    write_contact,
)
from openline.conflict.kernels.linear import (
    CORNERS,
    Motion,
    Span,
    box,
    clip,
    extent,
    nearest,
    passing,
    soonest,
    unsure_m,
)
from openline.conflict.kernels.surface import arc_m, frame_at

SAME_TIME_MS: Final = 1e-3
"""Times of two aircraft this near are one time: at 1,000 m/s that is a millimetre."""

STRAIGHT_M: Final = 0.1
"""What straight even motion in space leaves out beside the bulge, many times over."""


# Contact ----------------------------------------------------------------------------------------------------
@kernel
def leg_leg(
    heads_a: Floats,
    i: int,
    bodies_a: Floats,
    heads_b: Floats,
    j: int,
    bodies_b: Floats,
    reach: Floats,
    contact: Floats,
) -> bool:
    """Are the two under both minima at some time? If so, contact (CONTACT_COLUMNS,) says
    when and where, but not whose they are.

    The same to the last bit whichever is named first. Distances within `unsure_m` of the reach are decided by
    the arc between the two nearest places.
    """
    start, end = max(heads_a[i, START], heads_b[j, START]), min(heads_a[i, END], heads_b[j, END])
    if start > end:
        return False
    near = reach[LATERAL_M] + (heads_a[i, TOLERANCE] + heads_b[j, TOLERANCE])
    native = heads_a[i, DATUM] == heads_b[j, DATUM]
    one, other = (bodies_a, int(heads_a[i, OFFSET])), (bodies_b, int(heads_b[j, OFFSET]))
    if _comes_before(other, one):
        one, other = other, one
    if tolerance_ms(one) + tolerance_ms(other) > 0.0:
        return _at_own_times(one, other, native, start, end, near, reach[VERTICAL], contact)
    return _at_one_time(one, other, native, start, end, near, reach[VERTICAL], contact)


@kernel
def _comes_before(one: Leg, other: Leg) -> bool:
    """An order of legs by their numbers; no for equal ones."""
    mine, p = one
    theirs, q = other
    for column in range(LEG_COLUMNS):
        if mine[p + column] != theirs[q + column]:
            return bool(mine[p + column] < theirs[q + column])
    return False


@kernel
def _at_one_time(
    one: Leg,
    other: Leg,
    native: bool,
    start: float,
    end: float,
    near: float,
    vertical: float,
    contact: Floats,
) -> bool:
    """No time tolerance: a quadratic in the time after the start."""
    first, second = heights_of(one, native, 0.0), heights_of(other, native, 0.0)
    a, b = start - starting_ms(one), start - starting_ms(other)
    low, high = level_times(first, a, second, b, vertical, 0.0, end - start)
    if low > high or _far(one, a, other, b, low, high, near):
        return False
    px, py, ax, ay, bx, by = pair_motion(one, other)
    wx, wy, vx, vy = px + a * ax - b * bx, py + a * ay - b * by, ax - bx, ay - by
    time = soonest(wx, wy, vx, vy, low, high)
    if math.hypot(wx + time * vx, wy + time * vy) > near + unsure_m(near):
        return False
    here, there = place_at(one, a + time), place_at(other, b + time)
    lateral = arc_m(*here, *there)
    if lateral > near:
        return False
    since, until = passing(wx, wy, vx, vy, near)
    # Where the frame sees them just out of reach there is the one moment.
    since, until = min(time, max(low, since)), max(time, min(high, until))
    gap = gap_at(first, a + time, second, b + time)
    write_contact(contact, start + since, start + until, lateral, gap, start + time, here, there)
    return True


@kernel
def _at_own_times(
    one: Leg,
    other: Leg,
    native: bool,
    start: float,
    end: float,
    near: float,
    vertical: float,
    contact: Floats,
) -> bool:
    """Each within its time tolerance of the clock."""
    if _far(one, start - starting_ms(one), other, start - starting_ms(other), 0.0, end - start, near):
        return False
    first, second = heights_of(one, native, 0.0), heights_of(other, native, 0.0)
    polygon, spare = np.empty((CORNERS, 2)), np.empty((CORNERS, 2))
    corners = _own_times(one, first, other, second, vertical, polygon, spare)
    early, late = tolerance_ms(one), tolerance_ms(other)
    lag, most = starting_ms(other) - starting_ms(one), early + late + SAME_TIME_MS
    corners = clip(polygon, corners, 1.0, -1.0, most + lag, spare)
    corners = clip(polygon, corners, -1.0, 1.0, most - lag, spare)
    motion = pair_motion(one, other)
    distance, a, b = nearest(motion, polygon, corners)
    if distance > near + unsure_m(near):
        return False
    here, there = place_at(one, a), place_at(other, b)
    lateral = arc_m(*here, *there)
    if lateral > near:
        return False
    # The nearest pair of own times allows the clock some times, which are in those that all pairs allow.
    begin_a, begin_b = starting_ms(one), starting_ms(other)
    since, until = max(begin_a + a - early, begin_b + b - late), min(begin_a + a + early, begin_b + b + late)
    time, gap = 0.5 * (since + until), gap_at(first, a, second, b)
    first_moment, last_moment = _clock_times(one, other, motion, polygon, corners, near, spare)
    since, until = min(since, time, first_moment), max(until, time, last_moment)
    write_contact(contact, since, until, lateral, gap, time, here, there)
    return True


@kernel
def _far(one: Leg, a: float, other: Leg, b: float, low: float, high: float, near: float) -> bool:
    """Are they surely out of reach from low to high ms after own times a and b, on the clock?

    Taken as points in straight even motion through space. Each is no further from that than its arc's bulge,
    and what it flies in its time tolerance. A chord is never longer than its arc.
    """
    mine, p = one
    theirs, q = other
    share_a, share_b = 1.0 / lasting_ms(one), 1.0 / lasting_ms(other)
    slack = near + STRAIGHT_M + _slack_m(one, share_a) + _slack_m(other, share_b)
    square = across = speed = 0.0
    for axis in range(3):
        x, y = mine[p + LEG_X0 + axis], theirs[q + LEG_X0 + axis]
        dx, dy = share_a * (mine[p + LEG_X1 + axis] - x), share_b * (theirs[q + LEG_X1 + axis] - y)
        w, v = x + a * dx - (y + b * dy), dx - dy
        square, across, speed = square + w * w, across + w * v, speed + v * v
    time = min(high, max(low, -across / speed)) if speed > 0.0 else low
    return square + time * (2.0 * across + time * speed) > slack * slack


@kernel
def _slack_m(leg: Leg, share: float) -> float:
    bodies, at = leg
    metres = bodies[at + LEG_METRES]
    return metres * metres / (8.0 * LEAST_RADIUS_M) + metres * share * tolerance_ms(leg)


@kernel
def pair_motion(one: Leg, other: Leg) -> Motion:
    """The vector from the second to the first over their own times, in the flat frame amid them."""
    mine, p = one
    theirs, q = other
    frame = frame_at(
        (mine[p + LEG_X0] + mine[p + LEG_X1]) + (theirs[q + LEG_X0] + theirs[q + LEG_X1]),
        (mine[p + LEG_Y0] + mine[p + LEG_Y1]) + (theirs[q + LEG_Y0] + theirs[q + LEG_Y1]),
        (mine[p + LEG_Z0] + mine[p + LEG_Z1]) + (theirs[q + LEG_Z0] + theirs[q + LEG_Z1]),
    )
    pu, pv, au, av = flat_motion(frame, one)
    qu, qv, bu, bv = flat_motion(frame, other)
    return pu - qu, pv - qv, au, av, bu, bv


@kernel
def _own_times(
    one: Leg, first: Heights, other: Leg, second: Heights, vertical: float, polygon: Floats, spare: Floats
) -> int:
    """Into the polygon: the pairs of own times at which they are not separated vertically."""
    corners = box(polygon, 0.0, lasting_ms(one), 0.0, lasting_ms(other))
    corners = clip(polygon, corners, first[1], -second[3], vertical - (first[0] - second[2]), spare)
    return clip(polygon, corners, -first[3], second[1], vertical - (second[0] - first[2]), spare)


@kernel
def _clock_times(
    one: Leg, other: Leg, motion: Motion, polygon: Floats, corners: int, near: float, spare: Floats
) -> Span:
    """When the clock may show that they are within reach: from the least max(a - early, b - late) to the
    greatest min(a + early, b + late). Which of the two it is changes on a line, so each is asked on its side.
    """
    half = np.empty((CORNERS, 2))
    a, b = starting_ms(one) - tolerance_ms(one), starting_ms(other) - tolerance_ms(other)
    by_a = _extent_behind(motion, polygon, corners, near, -1.0, a - b, 1.0, 0.0, half, spare)[0]
    by_b = _extent_behind(motion, polygon, corners, near, 1.0, b - a, 0.0, 1.0, half, spare)[0]
    start = min(a + by_a, b + by_b)
    a, b = starting_ms(one) + tolerance_ms(one), starting_ms(other) + tolerance_ms(other)
    by_a = _extent_behind(motion, polygon, corners, near, 1.0, b - a, 1.0, 0.0, half, spare)[1]
    by_b = _extent_behind(motion, polygon, corners, near, -1.0, a - b, 0.0, 1.0, half, spare)[1]
    return start, max(a + by_a, b + by_b)


@kernel
def _extent_behind(
    motion: Motion,
    polygon: Floats,
    corners: int,
    near: float,
    side: float,
    bound: float,
    a_factor: float,
    b_factor: float,
    half: Floats,
    spare: Floats,
) -> Span:
    """`extent` where side (a - b) <= bound."""
    for corner in range(corners):
        half[corner, 0], half[corner, 1] = polygon[corner, 0], polygon[corner, 1]
    corners = clip(half, corners, side, -side, bound, spare)
    return extent(motion, half, corners, near, a_factor, b_factor)


# Delays -----------------------------------------------------------------------------------------------------
@kernel
def blocked(
    heads_a: Floats,
    i: int,
    bodies_a: Floats,
    heads_b: Floats,
    j: int,
    bodies_b: Floats,
    reach: Floats,
    climb_dmm: float,
    out: Floats,
) -> bool:
    """Does a delay of the first, flown so much higher, bring the two into contact? If so, out[0] to out[1],
    ms, both included: these delays do, and no others.

    In own times they are within reach in a convex set, so that the delays (b - a, and the time tolerances
    each way) are one interval. Its ends are off by the frame's error over the speed at which the two close in
    (docs/explanation/geometry.md): who needs to know what holds at an end asks `leg_leg`.
    """
    near = reach[LATERAL_M] + (heads_a[i, TOLERANCE] + heads_b[j, TOLERANCE])
    dx, dy, dz = heads_a[i, X] - heads_b[j, X], heads_a[i, Y] - heads_b[j, Y], heads_a[i, Z] - heads_b[j, Z]
    if math.sqrt(dx * dx + dy * dy + dz * dz) > near + heads_a[i, CAP] + heads_b[j, CAP]:
        return False
    native = heads_a[i, DATUM] == heads_b[j, DATUM]
    one, other = (bodies_a, int(heads_a[i, OFFSET])), (bodies_b, int(heads_b[j, OFFSET]))
    first, second = heights_of(one, native, climb_dmm), heights_of(other, native, 0.0)
    polygon, spare = np.empty((CORNERS, 2)), np.empty((CORNERS, 2))
    corners = _own_times(one, first, other, second, reach[VERTICAL], polygon, spare)
    motion = pair_motion(one, other)
    distance, a, b = nearest(motion, polygon, corners)
    if distance > near + unsure_m(near):
        return False
    if arc_m(*place_at(one, a), *place_at(other, b)) > near:
        return False
    least, most = extent(motion, polygon, corners, near, -1.0, 1.0)
    lag = starting_ms(other) - starting_ms(one)
    tolerance = tolerance_ms(one) + tolerance_ms(other)
    out[0] = lag + min(least, b - a) - tolerance
    out[1] = lag + max(most, b - a) + tolerance
    return True
