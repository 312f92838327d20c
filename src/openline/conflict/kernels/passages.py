"""A leg and a zone: when the aircraft passes it under both minima, and which delays bring it there.

Along the ring of a polygon the times near each step are an interval in closed form, in the flat frame about
the leg's middle (the leg goes through it, so that both are straight to a millimetre where they meet); in
the gaps between these the aircraft is wholly inside or wholly outside, and the middle of the gap tells
which. For a disc the square of the distance from its centre is a parabola in time. What decides is the
geodesic between the two nearest places.

A passage is a row of contacts. While they are gathered FROM, TO and WHEN are own times (ms from the leg's
start), the rows are in order, and no two of them touch.
"""

import math
from typing import Final

import numpy as np

from openline.conflict.kernels.inside import holds
from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import (
    AT_X,
    AT_Y,
    AT_Z,
    CAP,
    CONTACT_COLUMNS,
    DATUM,
    DISC,
    EDGE_STEP_M,
    ELLIPSOID_HIGH,
    ELLIPSOID_LOW,
    END,
    FROM,
    GAP,
    HIGH,
    KIND,
    LATERAL,
    LATERAL_M,
    LENGTH,
    LOW,
    OFFSET,
    SAME_INSTANT_MS,
    START,
    TO,
    TOLERANCE,
    VERTICAL,
    WHEN,
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
from openline.conflict.kernels.linear import CORNERS, Motion, Span, box, extent, nearest, unsure_m
from openline.conflict.kernels.surface import Triple, along_chord, arc_m, flatten, frame_at, geodesic_m

MAX_PASSAGES: Final = 10_000
"""Room for so many rows is enough: an edge is passed once, and a ring has no more of them."""

FULL: Final = -1
"""Instead of a count: there is no room for another row."""

MEETING_M: Final = 1e-6
"""The frame's rounding: places this near are one."""

STEP_SLACK_M: Final = 10.0
"""For the bulges of a leg and of a step, and for rounding."""

Zone = tuple[Floats, int, Floats]
"""heads, the row of a polygon or disc, bodies."""


# What is asked ----------------------------------------------------------------------------------------------
@kernel
def leg_zone(
    heads_a: Floats,
    i: int,
    bodies_a: Floats,
    heads_b: Floats,
    j: int,
    bodies_b: Floats,
    reach: Floats,
    contacts: Floats,
    count: int,
) -> int:
    """Append the contacts of leg a with polygon or disc b, one a separate passage, in the order of time; the
    new count, or FULL.
    """
    leg, zone = (bodies_a, int(heads_a[i, OFFSET])), (heads_b, j, bodies_b)
    near, base, tolerance = reach[LATERAL_M] + heads_a[i, TOLERANCE], starting_ms(leg), tolerance_ms(leg)
    low = max(0.0, heads_b[j, START] - tolerance - base)
    high = min(lasting_ms(leg), heads_b[j, END] + tolerance - base)
    if low > high or _apart(heads_a, i, heads_b, j, near):
        return count
    own, its = _heights(heads_a, i, leg, heads_b, j, 0.0)
    low, high = level_times(own, 0.0, its, 0.0, reach[VERTICAL], low, high)
    if low > high:
        return count
    first = count
    count = _passages(leg, zone, near, low, high, contacts, first)
    for row in range(first, count):
        since = contacts[row, WHEN]
        start = max(base + contacts[row, FROM] - tolerance, heads_b[j, START])
        end = min(base + contacts[row, TO] + tolerance, heads_b[j, END])
        contacts[row, FROM], contacts[row, TO], contacts[row, GAP] = start, end, gap_at(own, since, its, 0.0)
        contacts[row, WHEN] = min(end, max(start, base + since))
    return count


@kernel
def blocked_zone(
    heads_a: Floats,
    i: int,
    bodies_a: Floats,
    heads_b: Floats,
    j: int,
    bodies_b: Floats,
    reach: Floats,
    leg_moves: bool,
    climb_dmm: float,
    contacts: Floats,
    count: int,
) -> int:
    """Append the delays that bring leg a and zone b into contact: FROM to TO in ms, both included, one row a
    passage (they may overlap; the rest of a row means nothing). The new count, or FULL.

    leg_moves: the leg is delayed and flown so much higher, else the zone. The ends are as exact as those of
    `blocked`.
    """
    leg, zone = (bodies_a, int(heads_a[i, OFFSET])), (heads_b, j, bodies_b)
    near = reach[LATERAL_M] + heads_a[i, TOLERANCE]
    if _apart(heads_a, i, heads_b, j, near):
        return count
    own, its = _heights(heads_a, i, leg, heads_b, j, climb_dmm if leg_moves else -climb_dmm)
    low, high = level_times(own, 0.0, its, 0.0, reach[VERTICAL], 0.0, lasting_ms(leg))
    if low > high:
        return count
    first = count
    count = _passages(leg, zone, near, low, high, contacts, first)
    for row in range(first, count):
        # Of the leg: at the least its last moment near is the zone's first, at the most the other way round.
        least = heads_b[j, START] - (starting_ms(leg) + contacts[row, TO]) - tolerance_ms(leg)
        most = heads_b[j, END] - (starting_ms(leg) + contacts[row, FROM]) + tolerance_ms(leg)
        contacts[row, FROM] = least if leg_moves else -most
        contacts[row, TO] = most if leg_moves else -least
    return count


@kernel
def _apart(heads_a: Floats, i: int, heads_b: Floats, j: int, near: float) -> bool:
    """Surely out of reach: no chord is longer than its arc."""
    dx, dy, dz = heads_a[i, X] - heads_b[j, X], heads_a[i, Y] - heads_b[j, Y], heads_a[i, Z] - heads_b[j, Z]
    return bool(math.sqrt(dx * dx + dy * dy + dz * dz) > near + heads_a[i, CAP] + heads_b[j, CAP])


@kernel
def _heights(
    heads_a: Floats, i: int, leg: Leg, heads_b: Floats, j: int, climb_dmm: float
) -> tuple[Heights, Heights]:
    """Of both, in the datum of both where it is one."""
    if heads_a[i, DATUM] == heads_b[j, DATUM]:
        low, high = heads_b[j, LOW], heads_b[j, HIGH]
    else:
        low, high = heads_b[j, ELLIPSOID_LOW], heads_b[j, ELLIPSOID_HIGH]
    return heights_of(leg, heads_a[i, DATUM] == heads_b[j, DATUM], climb_dmm), (low, 0.0, high, 0.0)


@kernel
def _passages(leg: Leg, zone: Zone, near: float, low: float, high: float, rows: Floats, first: int) -> int:
    """Append those between two own times of the leg, whatever the zone's times and heights."""
    heads, row, _ = zone
    if heads[row, KIND] == DISC:
        return _past_disc(leg, zone, near, low, high, rows, first)
    count = _past_ring(leg, zone, near, low, high, rows, first)
    if count != FULL:
        count = _fill_gaps(leg, zone, low, high, rows, first, count)
    if count != FULL:
        _settle_inside(leg, zone, rows, first, count)
    return count


# Polygons ---------------------------------------------------------------------------------------------------
@kernel
def _past_ring(leg: Leg, zone: Zone, near: float, low: float, high: float, rows: Floats, first: int) -> int:
    """Append the passages along the ring, step by step."""
    heads, row, bodies = zone
    begin = int(heads[row, OFFSET])
    end = begin + int(heads[row, LENGTH])
    cx, cy, cz = place_at(leg, 0.5 * lasting_ms(leg))
    frame = frame_at(cx, cy, cz)
    pu, pv, du, dv = flat_motion(frame, leg)
    margin = near + unsure_m(near)
    left, right = _between(pu + low * du, pu + high * du, margin)
    lower, upper = _between(pv + low * dv, pv + high * dv, margin)
    far2 = (near + math.hypot(pu, pv) + EDGE_STEP_M + STEP_SLACK_M) ** 2
    polygon = np.empty((CORNERS, 2))
    corners = box(polygon, low, high, 0.0, 1.0)
    passage = np.zeros(CONTACT_COLUMNS)
    count = first
    for at in range(begin, end, 3):
        sx, sy, sz = bodies[at], bodies[at + 1], bodies[at + 2]
        if (sx - cx) ** 2 + (sy - cy) ** 2 + (sz - cz) ** 2 > far2:
            continue
        then = at + 3 if at + 3 < end else begin
        tx, ty, tz = bodies[then], bodies[then + 1], bodies[then + 2]
        su, sv = flatten(frame, sx, sy, sz)
        tu, tv = flatten(frame, tx, ty, tz)
        if max(su, tu) < left or min(su, tu) > right or max(sv, tv) < lower or min(sv, tv) > upper:
            continue
        motion = (pu - su, pv - sv, du, dv, tu - su, tv - sv)
        if _past_step(leg, (sx, sy, sz), (tx, ty, tz), motion, polygon, corners, near, passage):
            count = _insert(rows, first, count, passage)
            if count == FULL:
                break
    return count


@kernel
def _past_step(
    leg: Leg,
    start: Triple,
    end: Triple,
    motion: Motion,
    polygon: Floats,
    corners: int,
    near: float,
    passage: Floats,
) -> bool:
    """Does the leg come within reach of one step? If so, its passage."""
    distance, time, share = nearest(motion, polygon, corners)
    if distance > near + unsure_m(near):
        return False
    here, there = place_at(leg, time), along_chord(*start, *end, share)
    lateral = arc_m(*here, *there) if distance > MEETING_M else 0.0
    if lateral > near:
        return False
    since, until = extent(motion, polygon, corners, near, 1.0, 0.0)
    write_contact(passage, min(since, time), max(until, time), lateral, 0.0, time, here, there)
    return True


@kernel
def _between(one: float, other: float, margin: float) -> Span:
    return min(one, other) - margin, max(one, other) + margin


@kernel
def _fill_gaps(leg: Leg, zone: Zone, low: float, high: float, rows: Floats, first: int, count: int) -> int:
    """Add what lies between the passages along the ring, where it is inside."""
    heads, row, bodies = zone
    passage = np.zeros(CONTACT_COLUMNS)
    # From the last gap to the first: what one adds is joined to rows that are done with.
    for gap in range(count, first - 1, -1):
        start = rows[gap - 1, TO] if gap > first else low
        end = rows[gap, FROM] if gap < count else high
        # Without any passage all is one gap, be it an instant.
        if start < end or count == first:
            middle = 0.5 * (start + end)
            here = place_at(leg, middle)
            if holds(heads, row, bodies, *here):
                write_contact(passage, start, end, 0.0, 0.0, middle, here, here)
                count = _insert(rows, first, count, passage)
                if count == FULL:
                    break
    return count


@kernel
def _settle_inside(leg: Leg, zone: Zone, rows: Floats, first: int, count: int) -> None:
    """A passage that does not meet the ring is wholly inside or outside, and one place tells."""
    heads, row, bodies = zone
    for n in range(first, count):
        if rows[n, LATERAL] > 0.0:
            here = place_at(leg, rows[n, WHEN])
            if holds(heads, row, bodies, *here):
                rows[n, LATERAL] = 0.0
                rows[n, AT_X], rows[n, AT_Y], rows[n, AT_Z] = here


@kernel
def _insert(rows: Floats, first: int, count: int, passage: Floats) -> int:
    """Put a passage in its place among rows[first:count], made one with those that it touches; the new count,
    or FULL.
    """
    last = count
    while last > first and rows[last - 1, FROM] > passage[TO] + SAME_INSTANT_MS:
        last -= 1
    begin = last
    while begin > first and rows[begin - 1, TO] >= passage[FROM] - SAME_INSTANT_MS:
        begin -= 1
        _join(passage, rows[begin])
    moved = begin + 1 - last
    if count + moved > len(rows):
        return FULL
    # Upwards from the last, downwards from the first, so that none is written over before it has moved.
    for n in range(count - last):
        row = count - 1 - n if moved > 0 else last + n
        for column in range(CONTACT_COLUMNS):
            rows[row + moved, column] = rows[row, column]
    for column in range(CONTACT_COLUMNS):
        rows[begin, column] = passage[column]
    return count + moved


@kernel
def _join(passage: Floats, other: Floats) -> None:
    """The passage then holds both, and the nearer place; of equals the earlier."""
    passage[FROM], passage[TO] = min(passage[FROM], other[FROM]), max(passage[TO], other[TO])
    nearer = other[LATERAL] < passage[LATERAL]
    if nearer or (other[LATERAL] == passage[LATERAL] and other[WHEN] < passage[WHEN]):
        for column in range(LATERAL, AT_Z + 1):
            passage[column] = other[column]


# Discs ------------------------------------------------------------------------------------------------------
@kernel
def _past_disc(leg: Leg, zone: Zone, near: float, low: float, high: float, rows: Floats, count: int) -> int:
    """Append the one passage, if there is one.

    Along 10 km of a geodesic the square of the distance from a place is a parabola: to 0.2 mm of distance at
    1,000 km, and exactly in a plane. It is laid through both ends and the middle, and then through the
    distance that is measured where it is least.
    """
    heads, row, _ = zone
    cx, cy, cz, radius = heads[row, X], heads[row, Y], heads[row, Z], heads[row, CAP]
    slope, curve = _parabola(leg, cx, cy, cz)
    time = low if slope >= 0.0 else high
    if curve > 0.0:
        time = min(high, max(low, -slope / (2.0 * curve)))
    here = place_at(leg, time)
    away = geodesic_m(*here, cx, cy, cz)
    if away > near + radius:
        return count
    if count >= len(rows):
        return FULL
    before, after = _around(away * away - (near + radius) ** 2, slope + 2.0 * curve * time, curve)
    lateral = max(0.0, away - radius)
    # The nearest place of the disc lies so much of the way to its centre.
    share = lateral / away if lateral > 0.0 else 0.0
    there = (
        here[0] + share * (cx - here[0]),
        here[1] + share * (cy - here[1]),
        here[2] + share * (cz - here[2]),
    )
    start, end = max(low, time + before), min(high, time + after)
    write_contact(rows[count], start, end, lateral, 0.0, time, here, there)
    return count + 1


@kernel
def _parabola(leg: Leg, x: float, y: float, z: float) -> tuple[float, float]:
    """The square of the distance from a place, over own time: its slope at the start, half its curvature."""
    lasting = lasting_ms(leg)
    start = geodesic_m(*place_at(leg, 0.0), x, y, z) ** 2
    middle = geodesic_m(*place_at(leg, 0.5 * lasting), x, y, z) ** 2
    end = geodesic_m(*place_at(leg, lasting), x, y, z) ** 2
    curve = 2.0 * (start - 2.0 * middle + end) / (lasting * lasting)
    return (4.0 * middle - 3.0 * start - end) / lasting, max(0.0, curve)


@kernel
def _around(value: float, slope: float, curve: float) -> Span:
    """Where value + slope t + curve t^2 <= 0 about t = 0, at which it is so; curve >= 0."""
    if slope == 0.0 and curve == 0.0:
        return -math.inf, math.inf
    # Two roots on either side, without a difference of what is nearly equal.
    larger = -0.5 * (slope + math.copysign(math.sqrt(slope * slope - 4.0 * curve * value), slope))
    if larger == 0.0:
        return 0.0, 0.0
    one = value / larger
    other = larger / curve if curve > 0.0 else math.copysign(math.inf, larger)
    return min(one, other), max(one, other)
