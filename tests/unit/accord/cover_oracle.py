"""An oracle for "the notice covers": geodesics by geographiclib, no plane, nothing of the code under test.

Whether a point lies in a ring is read from the turns of the azimuth along the ring as seen from the point;
whether a flight is within a path's tolerances by searching, leg by leg, for the moment at which it is nearest
to them.
"""

import math
from collections.abc import Callable
from itertools import pairwise

from geographiclib.geodesic import Geodesic

from openline.accord.notice import NoticePoint, NoticeTrajectory, NoticeVolume
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
    """How often the ring winds around the place: edges are followed in steps so that no turn passes half a
    circle."""
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
    legs = [
        (_Leg(before, after, told, place, height_dmm), max(early, before.time_ms), min(late, after.time_ms))
        for before, after in pairwise(told.points)
        if max(early, before.time_ms) <= min(late, after.time_ms)
    ]
    # Most are found at an end of a leg or at the very time; the search is for the rest.
    for leg, low, high in legs:
        for moment in (low, high, min(high, max(low, time_ms))):
            if leg.excess_m(moment) <= TOLERANCE_M:
                return True
    return any(_least(leg.excess_m, low, high) <= TOLERANCE_M for leg, low, high in legs)


class _Leg:
    """One leg of a told path, and how far beyond its tolerances a place and height are at a moment."""

    def __init__(
        self, before: NoticePoint, after: NoticePoint, told: NoticeTrajectory, place: Place, height_dmm: float
    ) -> None:
        self.before, self.after, self.told = before, after, told
        self.place, self.height_dmm = place, height_dmm
        self.line = EARTH.InverseLine(
            before.lat_e9 / 1e9, before.lon_e9 / 1e9, after.lat_e9 / 1e9, after.lon_e9 / 1e9
        )

    def excess_m(self, moment_ms: float) -> float:
        fraction = (moment_ms - self.before.time_ms) / (self.after.time_ms - self.before.time_ms)
        there = self.line.Position(self.line.s13 * fraction)
        lateral_m = metres_between((there["lat2"], there["lon2"]), self.place)
        height = self.before.height_dmm + (self.after.height_dmm - self.before.height_dmm) * fraction
        vertical_dmm = abs(height - self.height_dmm) - self.told.vertical_tolerance_dmm
        return max(lateral_m - self.told.lateral_tolerance_dmm / 1e4, vertical_dmm / 1e4)


def _least(value: Callable[[float], float], low: float, high: float) -> float:
    """Golden section: along one leg the distance to a place has one least value."""
    ratio = (math.sqrt(5) - 1) / 2
    best = min(value(low), value(high))
    for _ in range(64):
        if best <= TOLERANCE_M or high - low < 1e-5:
            break
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        at_left, at_right = value(left), value(right)
        best = min(best, at_left, at_right)
        low, high = (low, right) if at_left <= at_right else (left, high)
    return best
