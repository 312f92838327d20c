"""An oracle for "the notice covers": geodesics by geographiclib, no plane, nothing of the code under test.

Whether a point lies in a ring is read from the turns of the azimuth along the ring as seen from the point; whether a flight
is within a path's tolerances by searching, leg by leg, for the moment at which it is nearest to them.
"""

import math
from itertools import pairwise

from geographiclib.geodesic import Geodesic

from openline.accord.notice import NoticeTrajectory, NoticeVolume
from openline.accord.shapes import Disc, Outline

EARTH = Geodesic.WGS84
TOLERANCE_M = 0.002
Place = tuple[float, float]


def metres_between(first: Place, second: Place) -> float:
    return float(EARTH.Inverse(*first, *second)["s12"])


def ahead(place: Place, azimuth_deg: float, metres: float) -> Place:
    end = EARTH.Direct(*place, azimuth_deg, metres)
    return end["lat2"], end["lon2"]


def along(first: Place, second: Place, fraction: float) -> Place:
    line = EARTH.InverseLine(*first, *second)
    end = line.Position(line.s13 * fraction)
    return end["lat2"], end["lon2"]


def holds(shape: Outline | Disc, place: Place) -> bool:
    if isinstance(shape, Disc):
        centre = (shape.center.lat_e9 / 1e9, shape.center.lon_e9 / 1e9)
        return metres_between(centre, place) <= shape.radius_dmm / 1e4 + TOLERANCE_M
    ring = [(vertex.lat_e9 / 1e9, vertex.lon_e9 / 1e9) for vertex in shape.vertices]
    return abs(_winding(ring, place)) == 1


def _winding(ring: list[Place], place: Place) -> int:
    """How often the ring winds around the place: edges are followed in steps so that no turn passes half a circle."""
    total = 0.0
    for first, second in zip(ring, ring[1:] + ring[:1], strict=True):
        line = EARTH.InverseLine(*first, *second)
        steps = max(1, math.ceil(line.s13 / 100_000))
        bearings = [_bearing(place, line.Position(line.s13 * step / steps)) for step in range(steps + 1)]
        total += sum((later - earlier + 180.0) % 360.0 - 180.0 for earlier, later in pairwise(bearings))
    return round(total / 360.0)


def _bearing(place: Place, towards: dict[str, float]) -> float:
    return float(EARTH.Inverse(*place, towards["lat2"], towards["lon2"], Geodesic.AZIMUTH)["azi1"])


def volume_holds(told: NoticeVolume, place: Place, height_dmm: float, time_ms: float) -> bool:
    in_time = told.start_ms <= time_ms <= told.end_ms
    return in_time and told.lower_dmm <= height_dmm <= told.upper_dmm and holds(told.shape, place)


def path_holds(told: NoticeTrajectory, place: Place, height_dmm: float, time_ms: float) -> bool:
    """Whether some moment within the time tolerance has the place and height within the others."""
    early, late = time_ms - told.time_tolerance_ms, time_ms + told.time_tolerance_ms
    for before, after in pairwise(told.points):
        low, high = max(early, before.time_ms), min(late, after.time_ms)
        if low > high:
            continue
        first, second = (before.lat_e9 / 1e9, before.lon_e9 / 1e9), (after.lat_e9 / 1e9, after.lon_e9 / 1e9)
        line = EARTH.InverseLine(*first, *second)

        def excess_m(u: float, line=line, before=before, after=after) -> float:  # type: ignore[no-untyped-def]
            fraction = (u - before.time_ms) / (after.time_ms - before.time_ms)
            there = line.Position(line.s13 * fraction)
            lateral = metres_between((there["lat2"], there["lon2"]), place) - told.lateral_tolerance_dmm / 1e4
            height = before.height_dmm + (after.height_dmm - before.height_dmm) * fraction
            return max(lateral, (abs(height - height_dmm) - told.vertical_tolerance_dmm) / 1e4)

        if _least(excess_m, low, high) <= TOLERANCE_M:
            return True
    return False


def _least(value, low: float, high: float) -> float:  # type: ignore[no-untyped-def]
    """Golden section: along one leg the distance to a place has one least value."""
    ratio = (math.sqrt(5) - 1) / 2
    best = min(value(low), value(high))
    for _ in range(60):
        if best <= TOLERANCE_M or high - low < 1e-6:
            break
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        at_left, at_right = value(left), value(right)
        best = min(best, at_left, at_right)
        low, high = (low, right) if at_left <= at_right else (left, high)
    return best
