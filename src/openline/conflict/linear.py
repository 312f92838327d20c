"""Two points that move in straight lines: where they are nearest, and for how long nearer than a reach.

One question in three dresses. With parameters (a, b) the vector from the second to the first is

    w(a, b) = offset + a first - b second

and the pairs (a, b) that may be compared form a convex polygon. Leg against leg: a and b are the two
aircraft's own times, and the polygon is the box of both legs' times, cut by the time tolerance (|a - b| at
most tau) and by the vertical minimum (linear in a and b). Leg against edge: a is time, b runs along the edge.
Edge against edge: both run along. |w|^2 is a convex quadratic, so that nearest point and extreme points of
{|w| <= reach} are found in closed form, for parallel motion (a strip instead of an ellipse) and for standing
still as well. This is the classical closest point of approach (T. Sunday, "Distance between lines, segments
and CPA"), with a second parameter.

All plain floats: nothing here knows the Earth.
"""

import math

Pair = tuple[float, float, float, float, float, float]
"""offset x, y; first x, y; second x, y."""

ROUNDING_M = 1e-4

Point = tuple[float, float]
Polygon = list[Point]
"""Convex, counter-clockwise; may be as thin as a line or a single point."""


def rectangle(a_low: float, a_high: float, b_low: float, b_high: float) -> Polygon:
    return [(a_low, b_low), (a_high, b_low), (a_high, b_high), (a_low, b_high)]


def clip(polygon: Polygon, a_factor: float, b_factor: float, bound: float) -> Polygon:
    """What is left where a_factor a + b_factor b <= bound (Sutherland and Hodgman)."""
    if a_factor == 0.0 and b_factor == 0.0:
        return polygon if bound >= 0.0 else []
    kept: Polygon = []
    for index, here in enumerate(polygon):
        before = polygon[index - 1]
        excess = a_factor * here[0] + b_factor * here[1] - bound
        excess_before = a_factor * before[0] + b_factor * before[1] - bound
        if (excess > 0.0) != (excess_before > 0.0):
            share = excess_before / (excess_before - excess)
            kept.append(
                (before[0] + share * (here[0] - before[0]), before[1] + share * (here[1] - before[1]))
            )
        if excess <= 0.0:
            kept.append(here)
    return kept


def apart(pair: Pair, a: float, b: float) -> float:
    """|w| at one pair of parameters."""
    px, py, ax, ay, bx, by = pair
    return math.hypot(px + a * ax - b * bx, py + a * ay - b * by)


def nearest(pair: Pair, polygon: Polygon) -> tuple[float, float, float]:
    """The least |w| over the polygon, and the a and b at which it is reached."""
    still = _where_still(pair)
    if still is not None and _inside(polygon, still):
        return apart(pair, *still), *still
    best = (math.inf, 0.0, 0.0)
    for index, here in enumerate(polygon):
        foot = _foot(pair, polygon[index - 1], here)
        distance = apart(pair, *foot)
        if distance < best[0]:
            best = (distance, *foot)
    return best


def within(pair: Pair, polygon: Polygon, reach: float) -> list[Point]:
    """Points of the convex set {|w| <= reach} in the polygon, among them its extremes in a and in b; [] where
    it is empty.
    """
    found = [point for point in polygon if apart(pair, *point) <= reach]
    for index, here in enumerate(polygon):
        found += _crossings(pair, polygon[index - 1], here, reach)
    found += [
        point
        for point in _ellipse_extremes(pair, reach)
        # Of nearly parallel motion an extreme may be ill-conditioned: it counts where it fits.
        if _inside(polygon, point) and apart(pair, *point) <= reach + ROUNDING_M
    ]
    return found


def within_on_line(pair: Pair, polygon: Polygon, reach: float, lead: float) -> list[Point]:
    """The ends of that set's cut with the line b = a + lead; [] where they do not meet."""
    ends = _cut(polygon, lead)
    if len(ends) < 2:
        return [point for point in ends if apart(pair, *point) <= reach]
    low, high = min(ends), max(ends)
    return [point for point in (low, high) if apart(pair, *point) <= reach] + _crossings(
        pair, low, high, reach
    )


def _where_still(pair: Pair) -> Point | None:
    """Where w vanishes: straight lines that are not parallel meet once."""
    px, py, ax, ay, bx, by = pair
    turn = ax * by - ay * bx
    if abs(turn) <= 1e-12 * math.hypot(ax, ay) * math.hypot(bx, by):
        return None
    return (bx * py - by * px) / turn, (ax * py - ay * px) / turn


def _inside(polygon: Polygon, point: Point) -> bool:
    for index, here in enumerate(polygon):
        before = polygon[index - 1]
        left = (here[0] - before[0]) * (point[1] - before[1]) - (here[1] - before[1]) * (point[0] - before[0])
        if not left >= 0.0:  # NaN is nowhere
            return False
    return bool(polygon)


def _foot(pair: Pair, start: Point, end: Point) -> Point:
    """Of the segment from start to end the point with the least |w|."""
    wx, wy, dx, dy = _along(pair, start, end)
    square = dx * dx + dy * dy
    if square == 0.0:
        return start
    share = min(1.0, max(0.0, -(wx * dx + wy * dy) / square))
    return _at(start, end, share)


def _crossings(pair: Pair, start: Point, end: Point, reach: float) -> list[Point]:
    """Where |w| passes the reach between start and end."""
    wx, wy, dx, dy = _along(pair, start, end)
    square = dx * dx + dy * dy
    if square == 0.0:
        return []
    cross = wx * dy - wy * dx
    root2 = square * reach * reach - cross * cross
    if root2 < 0.0:
        return []
    middle, root = -(wx * dx + wy * dy) / square, math.sqrt(root2) / square
    return [_at(start, end, share) for share in (middle - root, middle + root) if 0.0 <= share <= 1.0]


def _ellipse_extremes(pair: Pair, reach: float) -> list[Point]:
    """Where {|w| = reach} is extreme in a (there w is square to second) and in b (square to first)."""
    px, py, ax, ay, bx, by = pair
    turn = ax * by - ay * bx
    first, second = math.hypot(ax, ay), math.hypot(bx, by)
    if abs(turn) <= 1e-12 * first * second:
        return []
    points = []
    for length, sx, sy in ((second, bx, by), (first, ax, ay)):
        for side in (reach / length, -reach / length):
            rx, ry = px + side * sy, py - side * sx
            points.append(((bx * ry - by * rx) / turn, (ax * ry - ay * rx) / turn))
    return points


def _cut(polygon: Polygon, lead: float) -> list[Point]:
    """Where the line b = a + lead passes the polygon's edges."""
    ends = []
    for index, here in enumerate(polygon):
        before = polygon[index - 1]
        excess, excess_before = here[1] - here[0] - lead, before[1] - before[0] - lead
        if excess == 0.0:
            ends.append(here)
        elif excess_before != 0.0 and (excess > 0.0) != (excess_before > 0.0):
            ends.append(_at(before, here, excess_before / (excess_before - excess)))
    return ends


def _along(pair: Pair, start: Point, end: Point) -> tuple[float, float, float, float]:
    """w at the start, and its change up to the end."""
    px, py, ax, ay, bx, by = pair
    da, db = end[0] - start[0], end[1] - start[1]
    wx, wy = px + start[0] * ax - start[1] * bx, py + start[0] * ay - start[1] * by
    return wx, wy, da * ax - db * bx, da * ay - db * by


def _at(start: Point, end: Point, share: float) -> Point:
    if share == 1.0:
        return end
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
