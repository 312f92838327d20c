"""Is it within the accord's area? What lies wholly outside is not told to the partner at all.

Judged in the azimuthal equidistant plane about the area. In doubt (a metre) it touches, and is told.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import shapely

from openline.accord.notice import Notice, as_operation
from openline.accord.shapes import Outline
from openline.accord.terms import Accord
from openline.airspace.geodesy import LocalFrame, densify, inverse
from openline.airspace.operation import Operation
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory
from openline.airspace.volume import Circle, Polygon
from openline.units import metres_from_dmm

_EDGE_M: Final = 10_000.0
_MOST_EDGES: Final = 20_000
_DOUBT_M: Final = 1.0
_FAR_M: Final = 9_000_000.0  # from the area's centre, which is at most 5,000 km from its rim


def inside_area(notice: Notice, accord: Accord) -> bool:
    """Whether any of the notice touches the accord's area; without an area everything does."""
    return accord.area is None or touches_area(as_operation(notice, accord.datum), accord)


def touches_area(operation: Operation, accord: Accord) -> bool:
    """The same question of an operation, before a notice is made of it."""
    if accord.area is None:
        return True
    plane = _plane(accord.area)
    volumes = (*operation.volumes, *operation.off_nominal_volumes)
    if any(plane.meets(volume.volume.outline) for volume in volumes):
        return True
    return operation.trajectory is not None and plane.meets_path(operation.trajectory)


class _Plane:
    """The area, flat about its centre."""

    def __init__(self, area: Polygon) -> None:
        self.frame = LocalFrame.at(area.centre)
        self.area = self._ring(area)
        shapely.prepare(self.area)

    def meets(self, outline: Polygon | Circle) -> bool:
        if isinstance(outline, Circle):
            return self._near([outline.center], outline.radius_m)
        if self._is_far(outline.vertices):
            return False
        return bool(self.area.distance(self._ring(outline)) <= _DOUBT_M)

    def meets_path(self, path: Trajectory) -> bool:
        positions = [point.position for point in path.points]
        return self._near(positions, metres_from_dmm(path.lateral_tolerance_dmm))

    def _near(self, positions: Sequence[Position], reach_m: float) -> bool:
        """Whether the path comes within reach; the plane stretches, so the reach is stretched by as much."""
        if self._is_far(positions):
            return False
        lat = [place.latitude_deg for place in positions]
        lon = [place.longitude_deg for place in positions]
        x, y = self.frame.project(*densify(lat, lon, _EDGE_M, closed=False))
        line = shapely.LineString(np.column_stack((x, y))) if x.size > 1 else shapely.Point(x[0], y[0])
        stretched_m = reach_m * (1 + LocalFrame.distortion(float(np.hypot(x, y).min()) + reach_m))
        return bool(self.area.distance(line) <= stretched_m + _DOUBT_M)

    def _is_far(self, positions: Sequence[Position]) -> bool:
        """Near the antipode the plane is torn; whatever comes there is far from an area held by airspace's
        limits."""
        lat = np.array([place.latitude_deg for place in positions])
        lon = np.array([place.longitude_deg for place in positions])
        away_m, _ = inverse(self.frame.latitude_deg, self.frame.longitude_deg, lat, lon)
        return bool(away_m.min() > _FAR_M)

    def _ring(self, polygon: Polygon) -> shapely.Geometry:
        lat, lon = polygon.latitudes_deg, polygon.longitudes_deg
        around_m = float(inverse(lat, lon, np.roll(lat, -1), np.roll(lon, -1))[0].sum())
        x, y = self.frame.project(*densify(lat, lon, max(_EDGE_M, around_m / _MOST_EDGES)))
        return shapely.Polygon(np.column_stack((x, y))).buffer(0.0)


@lru_cache(maxsize=8)
def _plane(area: Outline) -> _Plane:
    return _Plane(area.figure())
