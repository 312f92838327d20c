"""Outlines on the accord's grid, always outward: what is told holds what is flown, every point of it.

Coarse grid. In the azimuthal equidistant plane about the outline its ring is followed along its geodesic
edges, buffered outward by somewhat more than any vertex can shift when it snaps to the grid, cut into edges
short enough, and snapped. No edge shifts by more than its ends do, so the snapped ring never touches the
outline, and winds around it as before. Where snapping makes the ring cross itself, narrow inlets are closed
first; where that does not help, the convex hull of the snapped points is told. Then it is measured, and what
does not cover is never sent.

Exact grid. Vertices that lie on 1e-9 degree, as every position with up to nine decimals does, are told as
they are. Others are moved outward by a millimetre (more at a sharp corner, by its mitre) before they snap by
at most 0.1 mm.
"""

import math
from collections.abc import Iterator

import numpy as np
import shapely

from openline.accord.covering import outline_covers
from openline.accord.shapes import ANTIMERIDIAN_E9, POLE_E9, Disc, Outline, Point, Shape
from openline.airspace.geodesy import (
    LEAST_RADIUS_M,
    Floats,
    LocalFrame,
    densify,
    direct,
    distance_m,
    inverse,
)
from openline.airspace.position import place_key
from openline.airspace.volume import Circle, Polygon
from openline.errors import Invalid, Refused
from openline.units import DMM_PER_METRE, E9_PER_DEGREE, round_up

DEGREE_M = 111_694.0
"""The longest degree on the ellipsoid: of latitude, at the pole. A degree of longitude has at most 111,320 m.
"""
NUDGE_M = 0.001
"""How far outward an outline is moved that does not lie on the wire's own grid; snapping takes at most 0.08
mm of it."""
_SHARP = (
    0.2  # sine of half the corner: below it a mitre would reach out by more than 5 nudges, so it is cut off
)
_MOST_PIECES = 2_000


def grid_length_dmm(grid_e9: int) -> int:
    """The longest side that a grid cell has anywhere, in 0.1 mm; 1 for the exact grid."""
    if grid_e9 <= 1:
        return 1
    return math.ceil(grid_e9 * DEGREE_M * DMM_PER_METRE / E9_PER_DEGREE)


def snapped(latitude_deg: float, longitude_deg: float, grid_e9: int) -> Point:
    """The nearest grid point. The grid divides 90 degrees, so poles and antimeridian are on it and nothing
    leaps over."""
    grid = max(1, grid_e9)
    lat_e9 = round(latitude_deg * E9_PER_DEGREE / grid) * grid
    lon_e9 = round(longitude_deg * E9_PER_DEGREE / grid) * grid
    return Point(max(-POLE_E9, min(POLE_E9, lat_e9)), max(-ANTIMERIDIAN_E9, min(ANTIMERIDIAN_E9, lon_e9)))


def blurred(outline: Polygon | Circle, grid_e9: int) -> Shape:
    """The outline on the grid, covering it. Raises Refused `cannot-cover` where none was found (nothing is
    sent then), LimitExceeded where it would pass a limit of the airspace."""
    if isinstance(outline, Circle):
        return _blurred_circle(outline, grid_e9)
    candidates = _exact(outline) if grid_e9 <= 1 else _coarse(outline, grid_e9)
    for candidate in candidates:
        if candidate is not None and outline_covers(candidate.figure(), outline):
            return candidate
    raise Refused(
        "cannot-cover",
        "no outline on the accord's grid was found that covers this one, so none is sent",
        field="outline",
        clause="disclosure.grid_e9",
        remedy="file the area as several smaller volumes, or as a circle",
    )


def _blurred_circle(circle: Circle, grid_e9: int) -> Disc:
    centre = snapped(circle.center.latitude_deg, circle.center.longitude_deg, grid_e9)
    shift_m = distance_m(circle.center, centre.position())
    # One more than the ceiling: a shift that is a hair over a whole 0.1 mm may be computed a hair under it.
    shift_dmm = math.ceil(shift_m * DMM_PER_METRE) + 1 if shift_m > 0 else 0
    return Disc(centre, round_up(circle.radius_dmm + shift_dmm, grid_length_dmm(grid_e9)))


def _exact(polygon: Polygon) -> Iterator[Outline | None]:
    as_it_is = [snapped(vertex.latitude_deg, vertex.longitude_deg, 1) for vertex in polygon.vertices]
    if all(point.position() == vertex for point, vertex in zip(as_it_is, polygon.vertices, strict=True)):
        yield Outline(tuple(as_it_is))
    yield _ring(_nudged(polygon), 1)
    yield from _coarse(polygon, 1)


def _coarse(polygon: Polygon, grid_e9: int) -> Iterator[Outline | None]:
    plane = _Plane(polygon, grid_e9)
    yield _ring(plane.unprojected(plane.widened(plane.reach_m)), grid_e9)
    closed = plane.widened(4 * plane.reach_m).buffer(-2.5 * plane.reach_m, join_style="mitre")
    yield _ring(plane.unprojected(closed), grid_e9)
    for reach_m in (plane.reach_m, 3 * plane.reach_m):
        yield _ring(plane.hull(plane.widened(reach_m)), grid_e9)


class _Plane:
    """An outline in the plane about it, and how far it has to be widened there before it may snap."""

    def __init__(self, polygon: Polygon, grid_e9: int) -> None:
        self.frame = LocalFrame.at(polygon.centre)
        self.grid_e9 = grid_e9
        lat, lon = polygon.latitudes_deg, polygon.longitudes_deg
        away_m, _ = inverse(self.frame.latitude_deg, self.frame.longitude_deg, lat, lon)
        edges_m, _ = inverse(lat, lon, np.roll(lat, -1), np.roll(lon, -1))
        shift_m = snapping_shift_m(grid_e9, lat)
        extent_m = float(away_m.max()) + 4 * shift_m
        self.edge_m = _edge_m(extent_m, max(0.5, 0.02 * shift_m), float(edges_m.sum()))
        self.coarseness_m = shift_m / 4
        bend_m = 2 * bend_m_of(self.edge_m + 2 * shift_m, extent_m)
        self.reach_m = 1.02 * (1 + LocalFrame.distortion(extent_m)) * (shift_m + self.coarseness_m + bend_m)
        x, y = self.frame.project(*densify(lat, lon, self.edge_m))
        self.body = shapely.Polygon(np.column_stack((x, y))).buffer(0.0)

    def widened(self, reach_m: float) -> shapely.Geometry:
        """Simplified, then widened by more than that took away."""
        simple = self.body.simplify(self.coarseness_m)
        return simple.buffer(reach_m, join_style="mitre", mitre_limit=2.0)

    def unprojected(self, area: shapely.Geometry) -> tuple[Floats, Floats]:
        """Its outer ring in degrees: holes, which closed inlets leave, are told as if they were flown."""
        if area.geom_type != "Polygon" or area.is_empty:
            return np.empty(0), np.empty(0)
        ring = shapely.get_coordinates(shapely.segmentize(area.exterior, self.edge_m))[:-1]
        return self.frame.unproject(ring[:, 0], ring[:, 1])

    def hull(self, area: shapely.Geometry) -> tuple[Floats, Floats]:
        """The convex hull of the snapped points. Geodesics bow outward in this plane, so its long edges lose
        nothing."""
        lat, lon = self.unprojected(shapely.convex_hull(area))
        points = [snapped(float(a), float(b), self.grid_e9) for a, b in zip(lat, lon, strict=True)]
        x, y = self.frame.project(
            [point.lat_e9 / E9_PER_DEGREE for point in points],
            [point.lon_e9 / E9_PER_DEGREE for point in points],
        )
        outer = shapely.convex_hull(shapely.MultiPoint(np.column_stack((x, y))))
        corners = (
            shapely.get_coordinates(outer.exterior)[:-1] if outer.geom_type == "Polygon" else np.empty((0, 2))
        )
        return self.frame.unproject(corners[:, 0], corners[:, 1])


def snapping_shift_m(grid_e9: int, latitudes_deg: Floats) -> float:
    """The furthest that a vertex near these latitudes can move to its nearest grid point: half a cell's
    diagonal.

    The cell is widest towards the equator, so the latitude is taken there, with two cells and a degree to
    spare.
    """
    half_m = 0.5 * max(1, grid_e9) / E9_PER_DEGREE * DEGREE_M
    towards_equator = max(0.0, float(np.abs(latitudes_deg).min()) - 1.0 - 2 * grid_e9 / E9_PER_DEGREE)
    crosses = float(latitudes_deg.min()) <= 0.0 <= float(latitudes_deg.max())
    across = 1.0 if crosses else math.cos(math.radians(towards_equator))
    return half_m * math.hypot(1.0, across)


def bend_m_of(edge_m: float, extent_m: float) -> float:
    """How far a geodesic of that length may leave its chord in the plane, within that distance of the centre.

    A line across the radius at s has the curvature (1 - sin x cos x / x) / (x R) <= 2 x / 3 R relative to the
    geodesic, x = s / R; the arrow of an arc is its length squared times the curvature by 8.
    """
    return edge_m**2 / 8 * 2 * extent_m / (3 * LEAST_RADIUS_M**2)


def _edge_m(extent_m: float, bend_m: float, around_m: float) -> float:
    """The longest edge that bends no more than that, but never more than so many of them."""
    return max(math.sqrt(bend_m * 12 * LEAST_RADIUS_M**2 / extent_m), around_m / _MOST_PIECES)


def _ring(degrees: tuple[Floats, Floats], grid_e9: int) -> Outline | None:
    """Snapped, without repeated points; None where that leaves no simple ring."""
    lat, lon = degrees
    ring: list[Point] = []
    for latitude, longitude in zip(lat.tolist(), lon.tolist(), strict=True):
        point = snapped(latitude, longitude, grid_e9)
        if not ring or place_key(point.position()) != place_key(ring[-1].position()):
            ring.append(point)
    while len(ring) > 1 and place_key(ring[0].position()) == place_key(ring[-1].position()):
        ring.pop()
    try:
        outline = Outline(tuple(ring))
        outline.figure()
    except Invalid:
        return None
    return outline


def _nudged(polygon: Polygon) -> tuple[Floats, Floats]:
    """Each corner moved outward so far that both its edges lie NUDGE_M further out, along geodesics of the
    ellipsoid."""
    vertices = polygon.vertices if _is_clockwise(polygon) else polygon.vertices[::-1]
    lat = np.array([vertex.latitude_deg for vertex in vertices])
    lon = np.array([vertex.longitude_deg for vertex in vertices])
    _, ahead = inverse(lat, lon, np.roll(lat, -1), np.roll(lon, -1))
    _, back = inverse(lat, lon, np.roll(lat, 1), np.roll(lon, 1))
    moves = [_corner(*pair) for pair in zip(ahead.tolist(), back.tolist(), strict=True)]
    which = np.repeat(np.arange(lat.size), [len(move) for move in moves])
    azimuths, lengths = (np.array([step[part] for move in moves for step in move]) for part in (0, 1))
    return direct(lat[which], lon[which], azimuths, lengths)


def _corner(ahead_deg: float, back_deg: float) -> list[tuple[float, float]]:
    """Azimuths and lengths from a corner to where it goes; the inside lies to the right of the way round."""
    inner_deg = (back_deg - ahead_deg) % 360.0
    mitre = math.sin(math.radians(inner_deg / 2))
    if inner_deg < 180.0 and mitre < _SHARP:
        across_m = NUDGE_M * math.sqrt(2.0)
        return [(back_deg + 135.0, across_m), (ahead_deg - 135.0, across_m)]
    return [(ahead_deg - (360.0 - inner_deg) / 2, NUDGE_M / max(mitre, 1e-3))]


def _is_clockwise(polygon: Polygon) -> bool:
    frame = LocalFrame.at(polygon.centre)
    x, y = frame.project(*densify(polygon.latitudes_deg, polygon.longitudes_deg, 50_000.0))
    return not shapely.is_ccw(shapely.LinearRing(np.column_stack((x, y))))
