"""An oracle for outlines, from other libraries than the engine's.

geographiclib walks the edges, PROJ's azimuthal equidistant projection flattens them about the nearest points,
shapely measures, and geographiclib has the last word.
"""

import math
import random
from dataclasses import dataclass

from geographiclib.geodesic import Geodesic
from pyproj import Proj
from shapely import Point as ShapelyPoint
from shapely import Polygon as ShapelyPolygon
from shapely.ops import nearest_points

from openline.airspace.volume import Circle, Polygon, Position

WGS84 = Geodesic.WGS84
PIECES = 8


@dataclass
class Verdict:
    """distance_m: 0.0 where they meet; depth_m: a lower bound of how deep they overlap, 0.0 where they do
    not.
    """

    distance_m: float
    deep: bool


def there(place: tuple[float, float], azimuth: float, metres: float) -> tuple[float, float]:
    line = WGS84.Direct(place[0], place[1], azimuth, metres)
    return line["lat2"], line["lon2"]


def there_heading(
    place: tuple[float, float], azimuth: float, metres: float
) -> tuple[tuple[float, float], float]:
    """And the azimuth with which one arrives."""
    line = WGS84.Direct(place[0], place[1], azimuth, metres)
    return (line["lat2"], line["lon2"]), line["azi2"]


def apart(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(WGS84.Inverse(a[0], a[1], b[0], b[1])["s12"])


def walked(polygon: Polygon, pieces: int = PIECES) -> list[tuple[float, float]]:
    """The ring with every geodesic edge cut into equal pieces."""
    places = []
    vertices = polygon.vertices
    for here, then in zip(vertices, (*vertices[1:], vertices[0]), strict=True):
        line = WGS84.InverseLine(here.latitude_deg, here.longitude_deg, then.latitude_deg, then.longitude_deg)
        for n in range(pieces):
            step = line.Position(line.s13 * n / pieces)
            places.append((step["lat2"], step["lon2"]))
    return places


class Shape:
    """An outline on the plane about a place: a polygon, or a point with a radius."""

    def __init__(self, outline: Polygon | Circle) -> None:
        self.radius_m = outline.radius_dmm / 10_000 if isinstance(outline, Circle) else 0.0
        if isinstance(outline, Circle):
            self.places = [(outline.center.latitude_deg, outline.center.longitude_deg)]
        else:
            self.places = walked(outline)

    def on(self, plane: Proj) -> ShapelyPolygon | ShapelyPoint:
        lon, lat = [place[1] for place in self.places], [place[0] for place in self.places]
        x, y = plane(lon, lat)
        if len(self.places) == 1:
            return ShapelyPoint(x[0], y[0])
        return ShapelyPolygon(zip(x, y, strict=True))


def plane_at(place: tuple[float, float]) -> Proj:
    return Proj(proj="aeqd", ellps="WGS84", lat_0=place[0], lon_0=place[1])


def judged(first: Polygon | Circle, second: Polygon | Circle) -> Verdict:
    one, other = Shape(first), Shape(second)
    plane = plane_at(one.places[0])
    a, b = nearest_points(one.on(plane), other.on(plane))
    # A second time, about the nearest points, where the plane is true.
    lon, lat = plane(0.5 * (a.x + b.x), 0.5 * (a.y + b.y), inverse=True)
    plane = plane_at((lat, lon))
    mine, theirs = one.on(plane), other.on(plane)
    a, b = nearest_points(mine, theirs)
    (lon_a, lat_a), (lon_b, lat_b) = plane(a.x, a.y, inverse=True), plane(b.x, b.y, inverse=True)
    centres = apart((lat_a, lon_a), (lat_b, lon_b))
    distance = max(0.0, centres - one.radius_m - other.radius_m)
    radii = one.radius_m + other.radius_m
    if radii > 0.0:
        deep = centres < radii - 0.01 or mine.buffer(-0.01).intersects(theirs.buffer(-0.01))
    else:
        deep = mine.buffer(-0.006).intersects(theirs.buffer(-0.006))
    return Verdict(distance, bool(deep))


# Cases ------------------------------------------------------------------------------------------------------
PLACES = (
    lambda chance: (chance.uniform(-80.0, 80.0), chance.uniform(-180.0, 180.0)),
    lambda chance: (chance.uniform(-70.0, 70.0), chance.choice((180.0, -180.0, 179.99, -179.98))),
    lambda chance: (chance.choice((90.0, 89.98, 89.9, -90.0, -89.95)), chance.uniform(-180.0, 180.0)),
    lambda chance: (chance.uniform(-0.02, 0.02), chance.uniform(-0.02, 0.02)),
)


def polygon_of(places: list[tuple[float, float]]) -> Polygon:
    return Polygon(tuple(Position(lat, lon) for lat, lon in places))


def star(
    chance: random.Random, centre: tuple[float, float], size_m: float, spikes: float = 0.3
) -> list[tuple[float, float]]:
    """A ring around its centre that need not be convex."""
    count = chance.randrange(3, 10)
    turn = chance.uniform(0.0, 360.0)
    return [
        there(
            centre,
            turn + 360.0 * (n + chance.uniform(-0.3, 0.3)) / count,
            size_m * chance.uniform(spikes, 1.0),
        )
        for n in range(count)
    ]


def size(chance: random.Random) -> float:
    return math.exp(chance.uniform(math.log(50.0), math.log(20_000.0)))
