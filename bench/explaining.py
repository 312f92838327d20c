"""Why an answer of the engine differs from that of an index in flat longitude and latitude.

An oracle of its own, slow and plain: the edges as WGS84 geodesics by PROJ, in steps of 100 m, laid into the
azimuthal equidistant plane about the pair and measured by shapely. A fault of the engine stays unexplained.
"""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import shapely
from pyproj import Geod

from volumes import Asked, Floats

UNEXPLAINED = "NOT EXPLAINED"

_WGS84 = Geod(ellps="WGS84")
_STEP_M = 100.0
_TOUCH_M, _APART_M = 0.010, 0.004
"""The engine may see contact up to 1 cm and must see it up to 5 mm; the oracle itself is good to 1 mm."""
_UNIT_M, _UNIT_S = 1e-4, 1e-3
"""Openline's heights are whole 0.1 mm, its times whole ms."""


def reason(one: Asked, other: Asked, *, conflict: bool) -> str:
    """In words why the engine is right to say that the two are in conflict, or are not."""
    gap_m = max(one[1] - other[2], other[1] - one[2])
    gap_s = max(one[3] - other[4], other[3] - one[4])
    if abs(gap_m) <= _UNIT_M:
        return "heights touch to 0.1 mm"
    if abs(gap_s) <= _UNIT_S:
        return "times touch to 1 ms"
    if max(gap_m, gap_s) > 0:
        return UNEXPLAINED
    apart_m = distance_m(one[0], other[0])
    if apart_m <= _TOUCH_M if conflict else apart_m > _APART_M:
        return "edges are geodesics, not straight in degrees"
    return UNEXPLAINED


def counted(reasons: Iterable[str]) -> str:
    """As one phrase: "3 differ: 2 of ..., 1 of ..."."""
    found = Counter(reasons)
    if not found:
        return "no answer differs"
    return f"{found.total():,} differ: " + ", ".join(f"{count:,} {why}" for why, count in found.most_common())


def distance_m(one: Floats, other: Floats) -> float:
    """Between two rings (k, 2) of longitude and latitude, insides included: 0.0 where they share a point."""
    middle = np.concatenate((one, other)).mean(axis=0)
    return float(shapely.distance(_in_plane(one, middle), _in_plane(other, middle)))


def _in_plane(ring: Floats, middle: Floats) -> shapely.Polygon:
    places = _densified(ring)
    azimuth, _, away_m = _WGS84.inv(*np.broadcast_arrays(*middle, *places.T))
    radians = np.radians(azimuth)
    return shapely.Polygon(np.column_stack((away_m * np.sin(radians), away_m * np.cos(radians))))


def _densified(ring: Floats) -> Floats:
    (lon, lat), (then_lon, then_lat) = ring.T, np.roll(ring, -1, axis=0).T
    azimuth, _, length_m = _WGS84.inv(lon, lat, then_lon, then_lat)
    steps = np.ceil(length_m / _STEP_M).astype(int)
    edge = np.repeat(np.arange(len(ring)), steps)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(steps) - steps, steps)
    east, north, _ = _WGS84.fwd(lon[edge], lat[edge], azimuth[edge], (length_m / steps)[edge] * number)
    return np.column_stack((east, north))
