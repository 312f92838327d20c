"""Two points that move in straight lines: where they are nearest, and which times keep them in reach.

One question in two dresses. With parameters (a, b) the vector from the second to the first is

    w(a, b) = offset + a first - b second

and the pairs (a, b) that may be compared form a convex polygon. Leg against leg: a and b are the two
aircraft's own times, and the polygon is the box of both legs' times, cut by the time tolerance (|a - b| at
most tau) and by the vertical minimum (linear in a and b). Leg against edge: a is time, b runs along the edge.
|w|^2 is a convex quadratic, so that its least value, and the extremes of {|w| <= reach} in any direction, are
found in closed form; for parallel motion (a strip instead of an ellipse) and for standing still as well. This
is the classical closest point of approach (T. Sunday, "Distance between lines, segments and CPA"), with a
second parameter.

Places in metres, parameters in any unit: nothing here knows the Earth. A polygon is (CORNERS, 2) float64, of
which the first so many rows count: convex, counter-clockwise, perhaps as thin as a line or a point.
"""

import math
from typing import Final

from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import Floats

Motion = tuple[float, float, float, float, float, float]
"""offset x, y; first x, y; second x, y."""

Span = tuple[float, float]
"""From, to; EMPTY where from is above to."""

EMPTY: Final = (math.inf, -math.inf)

CORNERS: Final = 16
"""Room of a polygon: a box has four, and none of the at most five cuts adds more than one."""

PARALLEL: Final = 1e-12
"""Sine below which two directions are one: coordinates of 10 km are known to 1e-13 of themselves."""

ROUNDING_M: Final = 1e-4
"""How far off the tip of an ellipse may be: nearly parallel motion makes it ill-conditioned."""

UNSURE_M: Final = 0.02
UNSURE_PER_METRE: Final = 1e-5


@kernel
def unsure_m(reach: float) -> float:
    """How far, several times over, a flat frame's distance may be off; within it the arc decides."""
    return UNSURE_M + UNSURE_PER_METRE * reach


# One parameter ----------------------------------------------------------------------------------------------
@kernel
def passing(px: float, py: float, vx: float, vy: float, reach: float) -> Span:
    """The t for which |p + t v| <= reach: all of them or none where v is zero."""
    square = vx * vx + vy * vy
    if square == 0.0:
        return (-math.inf, math.inf) if math.hypot(px, py) <= reach else EMPTY
    cross = px * vy - py * vx
    root2 = square * reach * reach - cross * cross
    if not root2 >= 0.0:
        return EMPTY
    middle, half = -(px * vx + py * vy) / square, math.sqrt(root2) / square
    return middle - half, middle + half


@kernel
def soonest(px: float, py: float, vx: float, vy: float, low: float, high: float) -> float:
    """The t from low to high with the least |p + t v|; low where it is the same for all."""
    square = vx * vx + vy * vy
    if square == 0.0:
        return low
    return min(high, max(low, -(px * vx + py * vy) / square))


@kernel
def below(value: float, slope: float, bound: float, low: float, high: float) -> Span:
    """The t from low to high for which value + slope t <= bound."""
    if slope == 0.0:
        return (low, high) if value <= bound else EMPTY
    limit = (bound - value) / slope
    return (low, min(high, limit)) if slope > 0.0 else (max(low, limit), high)


# Polygons ---------------------------------------------------------------------------------------------------
@kernel
def box(polygon: Floats, a_low: float, a_high: float, b_low: float, b_high: float) -> int:
    """Written into the polygon; the number of its corners."""
    corners = 0
    for a, b in ((a_low, b_low), (a_high, b_low), (a_high, b_high), (a_low, b_high)):
        polygon[corners, 0], polygon[corners, 1] = a, b
        corners += 1  # a constant 4 would be a type of its own, and all that takes it be compiled twice
    return corners


@kernel
def clip(polygon: Floats, corners: int, a_factor: float, b_factor: float, bound: float, spare: Floats) -> int:
    """Leave of the polygon what has a_factor a + b_factor b <= bound; its new number of corners.

    After Sutherland and Hodgman, "Reentrant polygon clipping" (1974).

    spare: overwritten, as large as the polygon.
    """
    if a_factor == 0.0 and b_factor == 0.0:
        return corners if bound >= 0.0 else 0
    kept = 0
    before = corners - 1
    for here in range(corners):
        over = a_factor * polygon[here, 0] + b_factor * polygon[here, 1] - bound
        over_before = a_factor * polygon[before, 0] + b_factor * polygon[before, 1] - bound
        # Rounding could make more corners than geometry does: what has no room is no harm.
        if (over > 0.0) != (over_before > 0.0) and kept < CORNERS:
            share = over_before / (over_before - over)
            spare[kept, 0] = polygon[before, 0] + share * (polygon[here, 0] - polygon[before, 0])
            spare[kept, 1] = polygon[before, 1] + share * (polygon[here, 1] - polygon[before, 1])
            kept += 1
        if over <= 0.0 and kept < CORNERS:
            spare[kept, 0], spare[kept, 1] = polygon[here, 0], polygon[here, 1]
            kept += 1
        before = here
    for corner in range(kept):
        polygon[corner, 0], polygon[corner, 1] = spare[corner, 0], spare[corner, 1]
    return kept


@kernel
def inside(polygon: Floats, corners: int, a: float, b: float) -> bool:
    """To the left of every edge, and between the corners: a line's edges have all of the line to their left.

    Nothing is inside of no corners, and NaN nowhere.
    """
    west = south = math.inf
    east = north = -math.inf
    before = corners - 1
    for here in range(corners):
        u, v = polygon[before, 0], polygon[before, 1]
        if not (polygon[here, 0] - u) * (b - v) - (polygon[here, 1] - v) * (a - u) >= 0.0:
            return False
        west, east, south, north = min(west, u), max(east, u), min(south, v), max(north, v)
        before = here
    return west <= a <= east and south <= b <= north


# Two parameters ---------------------------------------------------------------------------------------------
@kernel
def apart(motion: Motion, a: float, b: float) -> float:
    """|w| at one pair of parameters."""
    px, py, ax, ay, bx, by = motion
    return math.hypot(px + a * ax - b * bx, py + a * ay - b * by)


@kernel
def where(motion: Motion, wx: float, wy: float) -> tuple[bool, float, float]:
    """The a and b at which w is (wx, wy): no where the motions are parallel."""
    px, py, ax, ay, bx, by = motion
    turn = ax * by - ay * bx
    if not abs(turn) > PARALLEL * math.hypot(ax, ay) * math.hypot(bx, by):
        return False, 0.0, 0.0
    return True, (bx * (py - wy) - by * (px - wx)) / turn, (ax * (py - wy) - ay * (px - wx)) / turn


@kernel
def along(motion: Motion, polygon: Floats, before: int, here: int) -> tuple[float, float, float, float]:
    """w at a corner, and its change up to another."""
    px, py, ax, ay, bx, by = motion
    a, b = polygon[before, 0], polygon[before, 1]
    da, db = polygon[here, 0] - a, polygon[here, 1] - b
    return px + a * ax - b * bx, py + a * ay - b * by, da * ax - db * bx, da * ay - db * by


@kernel
def nearest(motion: Motion, polygon: Floats, corners: int) -> tuple[float, float, float]:
    """The least |w| over the polygon, and the a and b that have it; infinite where there is no polygon."""
    best, best_a, best_b = math.inf, 0.0, 0.0
    meeting, a, b = where(motion, 0.0, 0.0)
    if meeting and inside(polygon, corners, a, b):
        best, best_a, best_b = apart(motion, a, b), a, b
    before = corners - 1
    for here in range(corners):
        wx, wy, dx, dy = along(motion, polygon, before, here)
        share = soonest(wx, wy, dx, dy, 0.0, 1.0)
        distance = math.hypot(wx + share * dx, wy + share * dy)
        if distance < best:
            best = distance
            best_a = polygon[before, 0] + share * (polygon[here, 0] - polygon[before, 0])
            best_b = polygon[before, 1] + share * (polygon[here, 1] - polygon[before, 1])
        before = here
    return best, best_a, best_b


@kernel
def extent(
    motion: Motion, polygon: Floats, corners: int, reach: float, a_factor: float, b_factor: float
) -> Span:
    """Least and greatest a_factor a + b_factor b where |w| <= reach in the polygon; EMPTY where it never is.

    They lie on the polygon's edges, or at the two tips of the ellipse in that direction.
    """
    low, high = _tips(motion, polygon, corners, reach, a_factor, b_factor)
    before = corners - 1
    for here in range(corners):
        wx, wy, dx, dy = along(motion, polygon, before, here)
        start, end = passing(wx, wy, dx, dy, reach)
        start, end = max(start, 0.0), min(end, 1.0)
        if start <= end:
            value = a_factor * polygon[before, 0] + b_factor * polygon[before, 1]
            change = a_factor * polygon[here, 0] + b_factor * polygon[here, 1] - value
            first, last = value + start * change, value + end * change
            low, high = min(low, first, last), max(high, first, last)
        before = here
    return low, high


@kernel
def _tips(
    motion: Motion, polygon: Floats, corners: int, reach: float, a_factor: float, b_factor: float
) -> Span:
    """Of the ellipse {|w| = reach} the extremes in that direction, where they lie in the polygon."""
    low, high = EMPTY
    _, _, ax, ay, bx, by = motion
    # There the gradient of the direction, as a function of w, is parallel to w.
    gx, gy = a_factor * by + b_factor * ay, -(a_factor * bx + b_factor * ax)
    length = math.hypot(gx, gy)
    if length == 0.0:
        return low, high
    for side in (reach / length, -reach / length):
        found, a, b = where(motion, side * gx, side * gy)
        if found and inside(polygon, corners, a, b) and apart(motion, a, b) <= reach + ROUNDING_M:
            value = a_factor * a + b_factor * b
            low, high = min(low, value), max(high, value)
    return low, high
