"""Points, outlines and discs as integers of 1e-9 degree and 0.1 mm: the geometry that is signed.

Degrees as floats are read from them by one correctly rounded division, so both nodes compute on equal
numbers.
"""

from msgspec import Struct

from openline.accord.wellformed import at_most, whole
from openline.airspace.limits import MAX_RADIUS_DMM, MAX_VERTICES
from openline.airspace.position import Position, place_key
from openline.airspace.volume import Circle, Polygon
from openline.errors import Invalid
from openline.units import degrees_from_e9, e9_from_degrees

POLE_E9 = 90_000_000_000
ANTIMERIDIAN_E9 = 180_000_000_000


class Point(Struct, frozen=True, forbid_unknown_fields=True):
    """A position on the WGS84 ellipsoid in 1e-9 degree: latitude -90..90 degrees, longitude -180..180
    degrees."""

    lat_e9: int
    lon_e9: int

    def __post_init__(self) -> None:
        whole(self.lat_e9, "lat_e9", low=-POLE_E9, high=POLE_E9)
        whole(self.lon_e9, "lon_e9", low=-ANTIMERIDIAN_E9, high=ANTIMERIDIAN_E9)

    def position(self) -> Position:
        return Position(degrees_from_e9(self.lat_e9), degrees_from_e9(self.lon_e9))

    @classmethod
    def nearest(cls, position: Position) -> "Point":
        """The nearest point on the wire grid, at most 0.08 mm away."""
        return cls(e9_from_degrees(position.latitude_deg), e9_from_degrees(position.longitude_deg))


class Outline(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="polygon"):
    """An open ring of 3 to 10,000 points joined by geodesics; it encloses the smaller area."""

    vertices: tuple[Point, ...]

    def __post_init__(self) -> None:
        at_most(self.vertices, MAX_VERTICES, "vertices", "MAX_VERTICES")
        if len(self.vertices) < 3:
            raise Invalid("too-few-vertices", "an outline needs at least three vertices", field="vertices")
        if place_key(self.vertices[0].position()) == place_key(self.vertices[-1].position()):
            raise Invalid("vertex-repeated", "on the wire a ring is open", field="vertices")

    def figure(self) -> Polygon:
        """As an airspace polygon. Raises Invalid where the ring crosses itself."""
        return Polygon(tuple(vertex.position() for vertex in self.vertices))


class Disc(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="circle"):
    """A geodesic disc: all points at most `radius_dmm` (0.1 mm) from the centre."""

    center: Point
    radius_dmm: int

    def __post_init__(self) -> None:
        whole(self.radius_dmm, "radius_dmm", low=1, high=MAX_RADIUS_DMM)

    def figure(self) -> Circle:
        """As an airspace circle. Raises Invalid where the radius is beyond what airspace holds."""
        return Circle(self.center.position(), self.radius_dmm)


Shape = Outline | Disc
