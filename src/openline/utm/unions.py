"""How large is the area of several outlines together, and does one cover another? In a plane about them."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely

from openline.airspace import geodesy
from openline.airspace.geodesy import Floats, LocalFrame
from openline.airspace.position import Position
from openline.errors import Invalid
from openline.utm.wire.volumes import Circle, Polygon, Volume3D

_RIM: Final = 128
"""Places on the rim of a circle; a polygon through them lacks 0.03 % of its radius."""
_STEP_M: Final = 10_000.0


def union_km2(volumes: Sequence[Volume3D]) -> float:
    """What several share is counted once. inf where they lie all around the Earth."""
    rings = [_ring(volume, 1.0) for volume in volumes]
    try:
        frame = LocalFrame.at(geodesy.ring_centre(*(np.concatenate(one) for one in zip(*rings, strict=True))))
    except Invalid:
        return math.inf
    shapes = [_projected(frame, ring) for ring in rings]
    return float(shapely.union_all([shapely.make_valid(one) for one in shapes]).area) / 1e6


def covers(outer: Volume3D, inner: Volume3D, tolerance_m: float) -> bool:
    """Whether the outline of inner lies in that of outer, but for tolerance_m."""
    if outer.outline_circle == inner.outline_circle and outer.outline_polygon == inner.outline_polygon:
        return True
    if outer.outline_circle is not None and inner.outline_circle is not None:
        return _circle_covers(outer.outline_circle, inner.outline_circle, tolerance_m)
    around = _ring(outer, 1.0 / math.cos(math.pi / _RIM))
    within = _ring(inner, 1.0)
    frame = LocalFrame.at(geodesy.ring_centre(*around))
    return bool(_projected(frame, around).buffer(tolerance_m).covers(_projected(frame, within)))


def _circle_covers(outer: Circle, inner: Circle, tolerance_m: float) -> bool:
    away_m = geodesy.distance_m(_centre(outer), _centre(inner))
    return away_m + _radius_m(inner) <= _radius_m(outer) + tolerance_m


def _centre(circle: Circle) -> Position:
    assert circle.center is not None
    return Position(float(circle.center.lat), float(circle.center.lng))


def _radius_m(circle: Circle) -> float:
    assert circle.radius is not None
    return float(circle.radius.value)


def _ring(volume: Volume3D, stretched: float) -> tuple[Floats, Floats]:
    """Latitudes and longitudes along the outline; stretched: the factor of a circle's radius."""
    if volume.outline_polygon is not None:
        return _followed(volume.outline_polygon)
    circle = volume.outline_circle
    assert circle is not None
    centre = _centre(circle)
    azimuths = np.linspace(0.0, 360.0, _RIM, endpoint=False)
    return geodesy.direct(centre.latitude_deg, centre.longitude_deg, azimuths, _radius_m(circle) * stretched)


def _followed(polygon: Polygon) -> tuple[Floats, Floats]:
    lat = [vertex.lat for vertex in polygon.vertices]
    lon = [vertex.lng for vertex in polygon.vertices]
    return geodesy.densify(lat, lon, _STEP_M)


def _projected(frame: LocalFrame, ring: tuple[Floats, Floats]) -> Any:
    return shapely.Polygon(np.column_stack(frame.project(*ring)))
