"""Outlines on the ellipsoid, with heights: Volume3D, and with times: Volume4D.

Edges are WGS84 geodesics, a circle is a geodesic disc, and a ring encloses the smaller area, whichever way it
is written; it may cross the antimeridian or go around a pole. What reckons with geodesics (numpy, PROJ, GEOS)
is imported when something is first reckoned, so that whoever only reads what is stored does not wait for it.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from openline.airspace import checks, judged
from openline.airspace.altitude import Altitude, Spans, vertical_spans
from openline.airspace.limits import (
    MAX_DURATION_MS,
    MAX_RADIUS_DMM,
    MAX_TIME_MS,
    MAX_VERTICES,
    MIN_TIME_MS,
)
from openline.airspace.position import Position as Position
from openline.airspace.position import place_key
from openline.errors import Invalid, LimitExceeded
from openline.units import metres_from_dmm

if TYPE_CHECKING:
    from openline.airspace.geodesy import Floats


class Polygon(msgspec.Struct, tag="polygon", frozen=True):
    """A ring of geodesic edges, open: a last vertex that repeats the first is dropped.

    Raises Invalid "too-few-vertices", "vertex-repeated", "self-intersection", "no-area"; LimitExceeded "too-
    many-vertices", "outline-too-large".
    """

    vertices: tuple[Position, ...]

    def __post_init__(self) -> None:
        vertices = _open_ring(self.vertices)
        if vertices is not self.vertices:
            msgspec.structs.force_setattr(self, "vertices", vertices)
        if judged.is_judged():
            return
        _refuse_repeated(vertices)
        from openline.airspace import ring

        ring.refuse_bad_ring(self.latitudes_deg, self.longitudes_deg)

    @property
    def latitudes_deg(self) -> "Floats":
        import numpy as np

        return np.array([vertex.latitude_deg for vertex in self.vertices], dtype=np.float64)

    @property
    def longitudes_deg(self) -> "Floats":
        import numpy as np

        return np.array([vertex.longitude_deg for vertex in self.vertices], dtype=np.float64)

    @property
    def centre(self) -> Position:
        """A place amid the vertices (not always inside a hollow ring)."""
        from openline.airspace.geodesy import centre_of

        return centre_of(self.vertices)

    @property
    def area_m2(self) -> float:
        from openline.airspace.geodesy import ring_area_m2

        return ring_area_m2(self.latitudes_deg, self.longitudes_deg)

    def outer_positions(self) -> tuple[Position, ...]:
        """Places whose enclosing disc holds the outline: its vertices."""
        return self.vertices


def _open_ring(vertices: Sequence[Position]) -> tuple[Position, ...]:
    checks.instance(vertices, (tuple, list), "vertices")
    if len(vertices) > MAX_VERTICES + 1:
        text = f"a ring of {len(vertices):,} vertices, more than {MAX_VERTICES:,}"
        raise LimitExceeded("too-many-vertices", text, field="vertices", clause="MAX_VERTICES")
    for number, vertex in enumerate(vertices):
        checks.instance(vertex, Position, f"vertices[{number}]")
    closed = len(vertices) > 1 and place_key(vertices[0]) == place_key(vertices[-1])
    given = tuple(vertices[:-1]) if closed else vertices if isinstance(vertices, tuple) else tuple(vertices)
    if len(given) < 3:
        text = f"a ring needs three vertices and has {len(given)}"
        raise Invalid("too-few-vertices", text, field="vertices")
    if len(given) > MAX_VERTICES:
        text = f"a ring of {len(given):,} vertices, more than {MAX_VERTICES:,}"
        raise LimitExceeded("too-many-vertices", text, field="vertices", clause="MAX_VERTICES")
    return given


def _refuse_repeated(vertices: tuple[Position, ...]) -> None:
    seen: dict[tuple[float, float], int] = {}
    for number, vertex in enumerate(vertices):
        earlier = seen.setdefault(place_key(vertex), number)
        if earlier != number:
            text = f"vertex {number} is vertex {earlier} again: the ring touches itself"
            raise Invalid("vertex-repeated", text, field=f"vertices[{number}]", remedy="leave it out")


class Circle(msgspec.Struct, tag="circle", frozen=True):
    """All places no further than ``radius_dmm`` (0.1 mm) from the centre along a geodesic.

    Raises Invalid "wrong-type", LimitExceeded "out-of-range" (above 0, at most 500 NM).
    """

    center: Position
    radius_dmm: int

    def __post_init__(self) -> None:
        checks.instance(self.center, Position, "center")
        checks.whole(self.radius_dmm, "radius_dmm", 1, MAX_RADIUS_DMM, "MAX_RADIUS_DMM")

    @property
    def radius_m(self) -> float:
        return metres_from_dmm(self.radius_dmm)

    @property
    def centre(self) -> Position:
        return self.center

    @property
    def area_m2(self) -> float:
        """As on a sphere of the mean radius: within 1 %, for limits only."""
        radius = 6_371_008.8
        return 2 * math.pi * radius**2 * (1 - math.cos(self.radius_m / radius))

    def outer_positions(self) -> tuple[Position, ...]:
        """Eight places of the rim; their enclosing disc is the circle (`geoid` adds the slack)."""
        from openline.airspace.geodesy import direct

        azimuths = [45.0 * eighth for eighth in range(8)]
        lat, lon = direct(self.center.latitude_deg, self.center.longitude_deg, azimuths, self.radius_m)
        return tuple(Position(float(a), float(b)) for a, b in zip(lat, lon, strict=True))


Outline = Polygon | Circle


class Volume3D(msgspec.Struct, frozen=True):
    """An outline from a lower to an upper height, both included.

    Raises Invalid "wrong-type", "altitudes-inverted" (one datum) or "altitude-limits-contradict" (two datums,
    and the lower one certainly above the upper).
    """

    outline: Outline
    lower: Altitude
    upper: Altitude

    def __post_init__(self) -> None:
        checks.instance(self.outline, (Polygon, Circle), "outline")
        checks.instance(self.lower, Altitude, "lower")
        checks.instance(self.upper, Altitude, "upper")
        if self.lower.datum is not self.upper.datum:
            self.spans()
        elif self.lower.height_dmm > self.upper.height_dmm:
            raise Invalid("altitudes-inverted", "the lower limit lies above the upper one", field="lower")

    def spans(self) -> Spans:
        """The heights as they are compared with those of another volume."""
        return vertical_spans(self.lower, self.upper, self.outline.outer_positions())


class Volume4D(msgspec.Struct, frozen=True):
    """A volume from ``start_ms`` to ``end_ms`` (milliseconds since 1970), both included.

    Raises Invalid "wrong-type", "times-inverted" (an end not after the start), LimitExceeded "out-of-range",
    "too-long".
    """

    volume: Volume3D
    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        checks.instance(self.volume, Volume3D, "volume")
        refuse_bad_times(self.start_ms, self.end_ms)


def refuse_bad_times(start_ms: int, end_ms: int) -> None:
    """Raises as Volume4D does."""
    checks.whole(start_ms, "start_ms", MIN_TIME_MS, MAX_TIME_MS, "MAX_TIME_MS")
    checks.whole(end_ms, "end_ms", MIN_TIME_MS, MAX_TIME_MS, "MAX_TIME_MS")
    if end_ms <= start_ms:
        raise Invalid("times-inverted", "it ends when or before it starts", field="end_ms")
    if end_ms - start_ms > MAX_DURATION_MS:
        text = "it lasts longer than 30 days"
        raise LimitExceeded("too-long", text, field="end_ms", clause="MAX_DURATION_MS")
