"""Outlines on the ellipsoid: what they hold, and how far apart two of them are.

A disc is a centre and a geodesic radius. A polygon is the side of its ring that holds its centre; its edges
are geodesics. Every distance that is returned was measured by Karney's inverse between two points that lie on
the geodesics themselves, so that an error can only come from where those points are, and there the distance
is stationary.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from openline.airspace.geodesy import GEOD
from openline.airspace.volume import Circle, Polygon
from openline.conflict.frame import (
    Floats,
    ahead,
    degrees_of,
    earth_centred,
    flatten,
    frame_at,
    geodesic_m,
    on_surface,
)
from openline.conflict.linear import nearest, rectangle
from openline.conflict.steps import Steps, steps_along
from openline.units import metres_from_dmm

EDGE_STEP_M = 5_000.0
"""A geodesic of 5 km is straight to 0.3 mm in a frame up to 5 km from it."""

_AXES = ((0.0, 0.0), (0.0, 90.0), (0.0, 180.0), (0.0, -90.0), (90.0, 0.0), (-90.0, 0.0))
"""Where an earth-centred coordinate is extreme on the ellipsoid: the only extremes that a boundary does not
show.
"""

_ROWS_AT_ONCE = 128
_ALLOWED_M = 0.1
_ROUNDING_M = 0.01

Place = tuple[float, float]
"""Latitude and longitude, degrees."""

Gap = tuple[float, Place, Place]
"""Distance in metres, a point of the first and a point of the second between which it was measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """centre: latitude, longitude; middle: the same, earth-centred. radius_m: of a disc, else 0. cap_m: about
    the centre.

    latitude, longitude: the ring's vertices. edges: its steps (None for a disc). low, high: earth-centred
    box.
    """

    centre: Place
    middle: tuple[float, float, float]
    radius_m: float
    cap_m: float
    latitude: Floats
    longitude: Floats
    edges: Steps | None
    low: Floats
    high: Floats

    def holds(self, place: Place) -> bool:
        """Is the place inside? Exact but within a micrometre of the boundary.

        Seen from the place, the azimuths to the ring's vertices turn once around it or not at all. No
        geodesic edge shorter than half the Earth turns by 180 degrees or more, so that no edge needs to be
        subdivided.
        """
        latitude, longitude = place
        if geodesic_m(*self.centre, *place) > self.cap_m:
            return False
        if self.edges is None:
            return True
        count = len(self.latitude)
        azimuth = GEOD.inv(
            np.full(count, longitude), np.full(count, latitude), self.longitude, self.latitude
        )[0]
        turn = np.diff(azimuth, append=azimuth[0])
        return bool(abs(np.sum((turn + 180.0) % 360.0 - 180.0)) > 180.0)


def region_of(outline: Polygon | Circle) -> Region:
    """The outline made ready. Costs some microseconds a vertex; kept by the index."""
    if isinstance(outline, Circle):
        return _disc(outline)
    latitude = np.array([vertex.latitude_deg for vertex in outline.vertices])
    longitude = np.array([vertex.longitude_deg for vertex in outline.vertices])
    edges = steps_along(np.append(latitude, latitude[0]), np.append(longitude, longitude[0]), EDGE_STEP_M)
    x, y, z = (float(part) for part in earth_centred(latitude, longitude).mean(axis=0))
    centre = degrees_of(*on_surface(x, y, z))
    count = len(edges)
    away = GEOD.inv(np.full(count, centre[1]), np.full(count, centre[0]), edges.longitude, edges.latitude)[2]
    low, high = edges.box()
    bare = Region(
        centre=centre,
        middle=_middle(centre),
        radius_m=0.0,
        cap_m=float(np.max(away)) + 1.0,
        latitude=latitude,
        longitude=longitude,
        edges=edges,
        low=low.min(axis=0),
        high=high.max(axis=0),
    )
    return _with_axes(bare)


def _middle(centre: Place) -> tuple[float, float, float]:
    x, y, z = earth_centred(np.array(centre[0]), np.array(centre[1])).tolist()
    return x, y, z


def _disc(circle: Circle) -> Region:
    centre = (circle.center.latitude_deg, circle.center.longitude_deg)
    radius = metres_from_dmm(circle.radius_dmm)
    middle = _middle(centre)
    # A chord is never longer than its arc, so the radius bounds the box.
    reach = radius + _ROUNDING_M
    return Region(
        centre=centre,
        middle=middle,
        radius_m=radius,
        cap_m=radius,
        latitude=np.empty(0),
        longitude=np.empty(0),
        edges=None,
        low=np.array(middle) - reach,
        high=np.array(middle) + reach,
    )


def _with_axes(region: Region) -> Region:
    held = [place for place in _AXES if region.holds(place)]
    if not held:
        return region
    points = earth_centred(np.array([place[0] for place in held]), np.array([place[1] for place in held]))
    low, high = np.minimum(region.low, points.min(axis=0)), np.maximum(region.high, points.max(axis=0))
    return replace(region, low=low - _ROUNDING_M, high=high + _ROUNDING_M)


# Distances --------------------------------------------------------------------------------------------------
def gap_between(first: Region, second: Region, reach_m: float) -> Gap | None:
    """The least distance of two regions (0.0 where they share a point); None where it is surely beyond
    reach_m.

    Error under 2 mm up to 10 NM; see docs/explanation/geometry.md.
    """
    centres = geodesic_m(*first.centre, *second.centre)
    if centres - first.cap_m - second.cap_m > reach_m + 1.0:
        return None
    if first.edges is None and second.edges is None:
        return _disc_disc(first, second, centres)
    if first.edges is None:
        return _disc_polygon(first, second)
    if second.edges is None:
        return _swapped(_disc_polygon(second, first))
    return _polygon_polygon(first, second, reach_m)


def _swapped(gap: Gap) -> Gap:
    distance, here, there = gap
    return distance, there, here


def _disc_disc(first: Region, second: Region, centres_m: float) -> Gap:
    """A geodesic from centre to centre leaves the discs where they are nearest, so that distances add up
    exactly.
    """
    azimuth = float(GEOD.inv(first.centre[1], first.centre[0], second.centre[1], second.centre[0])[0])
    from_first = min(first.radius_m, centres_m)
    from_second = max(centres_m - second.radius_m, 0.0)
    if from_second <= from_first:
        shared = ahead(*first.centre, azimuth, 0.5 * (from_first + from_second))
        return 0.0, shared, shared
    return (
        from_second - from_first,
        ahead(*first.centre, azimuth, from_first),
        ahead(*first.centre, azimuth, from_second),
    )


def _disc_polygon(disc: Region, polygon: Region) -> Gap:
    if polygon.holds(disc.centre):
        return 0.0, disc.centre, disc.centre
    distance, place = to_boundary(disc.centre, polygon)
    if distance <= disc.radius_m:
        return 0.0, place, place
    azimuth = float(GEOD.inv(disc.centre[1], disc.centre[0], place[1], place[0])[0])
    return distance - disc.radius_m, ahead(*disc.centre, azimuth, disc.radius_m), place


def to_boundary(place: Place, polygon: Region) -> tuple[float, Place]:
    """Distance to the ring and the nearest point of it."""
    edges = polygon.edges
    assert edges is not None
    rough = _rough_distances(place, edges)
    # The rough figure is off by under 1e-5 of itself (steps of 5 km seen from up to 1,000 km away).
    near = np.flatnonzero(rough <= np.min(rough) * (1.0 + 1e-4) + 0.1)
    return min((_to_step(place, edges, int(index)) for index in near), key=lambda found: found[0])


def _rough_distances(place: Place, edges: Steps) -> Floats:
    """From the place to each step, in the azimuthal equidistant projection about the place."""
    count = len(edges)
    azimuth, _, away = GEOD.inv(
        np.full(count, place[1]), np.full(count, place[0]), edges.longitude, edges.latitude
    )
    u, v = away * np.sin(np.radians(azimuth)), away * np.cos(np.radians(azimuth))
    du, dv = np.roll(u, -1) - u, np.roll(v, -1) - v
    square = np.maximum(du * du + dv * dv, 1e-12)
    share = np.clip(-(u * du + v * dv) / square, 0.0, 1.0)
    return np.asarray(np.hypot(u + share * du, v + share * dv))


def _to_step(place: Place, edges: Steps, index: int) -> tuple[float, Place]:
    """The foot on one step by recentring: at the foot the geodesic to the place stands square on the step.

    In the frame of the last foot the step is straight, so each turn gains a factor of (distance / Earth's
    radius)^2.
    """
    start = (float(edges.latitude[index]), float(edges.longitude[index]))
    azimuth, length = float(edges.azimuth[index]), float(edges.length[index])
    along = 0.0
    foot = start
    distance = geodesic_m(*foot, *place)
    for _ in range(8):
        lon, lat, back = GEOD.fwd(start[1], start[0], azimuth, along)
        towards, _, distance = GEOD.inv(lon, lat, place[1], place[0])
        foot = (float(lat), float(lon))
        heading = azimuth if along == 0.0 else back + 180.0
        moved = min(length, max(0.0, along + distance * math.cos(math.radians(towards - heading))))
        if abs(moved - along) < 1e-6:
            break
        along = moved
    return float(distance), foot


def _polygon_polygon(first: Region, second: Region, reach_m: float) -> Gap | None:
    # Where no boundary is crossed each is wholly inside or wholly outside the other, so one vertex tells;
    # where one
    # is crossed a vertex inside is as good an answer, and far cheaper than the edges.
    for inner, outer in ((first, second), (second, first)):
        vertex = (float(inner.latitude[0]), float(inner.longitude[0]))
        if outer.holds(vertex):
            return 0.0, vertex, vertex
    return _edges_apart(first, second, reach_m)


def _edges_apart(first: Region, second: Region, reach_m: float) -> Gap | None:
    """The nearest two points of two rings, best candidates first; None where all are beyond the reach."""
    mine, theirs = first.edges, second.edges
    assert mine is not None
    assert theirs is not None
    best = math.inf
    found = (0, 0, 0.0, 0.0)
    for low, i, j in _near_steps(mine, theirs, first, second, reach_m):
        if low > best:
            break
        distance, a, b = _steps_apart(mine, i, theirs, j)
        if distance < best:
            best, found = distance, (i, j, a, b)
        if best == 0.0:
            break
    if best == math.inf:
        return None
    i, j, a, b = found
    here, there = place_on(mine, i, a), place_on(theirs, j, b)
    return (0.0 if best == 0.0 else geodesic_m(*here, *there)), here, there


def _near_steps(
    mine: Steps, theirs: Steps, first: Region, second: Region, reach_m: float
) -> list[tuple[float, int, int]]:
    """Pairs of steps that may be the nearest and within the reach, in the order of a lower bound.

    The least upper bound met so far drops the rest: two rings of 10,000 vertices leave some thousand pairs,
    not 1e8.
    """
    rows = _touching_box(mine, second, reach_m)
    columns = _touching_box(theirs, first, reach_m)
    pairs: list[tuple[float, int, int]] = []
    middle = 0.5 * (theirs.start[columns] + theirs.end[columns])
    half = 0.5 * theirs.length[columns] + theirs.bulge[columns]
    limit = reach_m + _ALLOWED_M
    for begin in range(0, len(rows) if len(columns) else 0, _ROWS_AT_ONCE):
        part = rows[begin : begin + _ROWS_AT_ONCE]
        centre = 0.5 * (mine.start[part] + mine.end[part])
        halves = half[None, :] + (0.5 * mine.length[part] + mine.bulge[part])[:, None]
        away = np.sqrt(sum((centre[:, None, axis] - middle[None, :, axis]) ** 2 for axis in range(3)))
        low = away - halves
        # An arc is longer than its chord by less than 1e-2 of it up to 3,000 km.
        limit = min(limit, float(np.min(away * 1.01 + halves)) + _ALLOWED_M)
        i, j = np.nonzero(low <= limit)
        pairs += zip(low[i, j].tolist(), part[i].tolist(), columns[j].tolist(), strict=True)
    return sorted(pair for pair in pairs if pair[0] <= limit)


def _touching_box(steps: Steps, region: Region, reach_m: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    low, high = steps.box()
    inside = (low <= region.high + reach_m) & (high >= region.low - reach_m)
    return np.flatnonzero(inside.all(axis=1))


def _steps_apart(mine: Steps, i: int, theirs: Steps, j: int) -> tuple[float, float, float]:
    """Distance of two steps in the frame between them, and the shares along each."""
    p0, p1, q0, q1 = mine.start[i], mine.end[i], theirs.start[j], theirs.end[j]
    x, y, z = (0.25 * (p0 + p1 + q0 + q1)).tolist()
    frame = frame_at(x, y, z)
    p0u, p0v = flatten(frame, *p0.tolist())
    p1u, p1v = flatten(frame, *p1.tolist())
    q0u, q0v = flatten(frame, *q0.tolist())
    q1u, q1v = flatten(frame, *q1.tolist())
    pair = (p0u - q0u, p0v - q0v, p1u - p0u, p1v - p0v, q1u - q0u, q1v - q0v)
    distance, a, b = nearest(pair, rectangle(0.0, 1.0, 0.0, 1.0))
    return (0.0 if distance < 1e-6 else distance), a, b


def place_on(steps: Steps, index: int, share: float) -> Place:
    """The point of a step's geodesic at a share of its length."""
    latitude, longitude = float(steps.latitude[index]), float(steps.longitude[index])
    return ahead(latitude, longitude, float(steps.azimuth[index]), share * float(steps.length[index]))
