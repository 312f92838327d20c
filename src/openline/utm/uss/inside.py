"""Is an aircraft where it said that it would be? One position against 4D volumes, exactly."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from openline.airspace.geodesy import Floats, distance_m, inverse
from openline.airspace.position import Position
from openline.airspace.volume import Circle, Outline, Polygon, Volume4D
from openline.units import metres_from_dmm

PRECISION_M: Final = 0.01
"""F3548-21 IntersectionMinimumPrecision: what is no further out than 1 cm is on the edge, and the edge is
in.
"""
_FAR_M: Final = 8_000_000.0
"""Further from its first vertex than any place within a ring may be (MAX_OUTLINE_EXTENT_M twice, and short of
the far side of the Earth, where azimuths wind around once more).
"""


class Sample(msgspec.Struct, frozen=True):
    """Where an aircraft was: WGS84, height_m over the ellipsoid (None: not known), time_ms since 1970."""

    time_ms: int
    position: Position
    height_m: float | None = None


def is_inside(sample: Sample, volumes: Sequence[Volume4D]) -> bool:
    """Whether any of the volumes holds it, edges included. A height that is not known is not held against
    it.
    """
    return any(
        one.start_ms <= sample.time_ms <= one.end_ms
        and _is_within_heights(sample, one)
        and is_within(sample.position, one.volume.outline)
        for one in volumes
    )


def _is_within_heights(sample: Sample, volume: Volume4D) -> bool:
    if sample.height_m is None:
        return True
    low, high = volume.volume.spans().ellipsoid
    return metres_from_dmm(low) - PRECISION_M <= sample.height_m <= metres_from_dmm(high) + PRECISION_M


def is_within(position: Position, outline: Outline) -> bool:
    """Whether the outline holds the place, its edges (and 1 cm) included."""
    if isinstance(outline, Circle):
        return distance_m(position, outline.center) <= outline.radius_m + PRECISION_M
    return _is_within_ring(position, outline)


def _is_within_ring(position: Position, ring: Polygon) -> bool:
    """The ring is seen from the place: the azimuth to a point that walks along a geodesic edge turns by less
    than half a circle, so the turns add up to a whole circle exactly where the ring goes around the place.
    """
    distance, azimuth = inverse(
        position.latitude_deg, position.longitude_deg, ring.latitudes_deg, ring.longitudes_deg
    )
    if distance[0] > _FAR_M:
        return False
    if _edge_distance_m(distance, azimuth) <= PRECISION_M:
        return True
    turns = (np.roll(azimuth, -1) - azimuth + 180.0) % 360.0 - 180.0
    return bool(abs(float(turns.sum())) > 180.0)


def _edge_distance_m(distance: Floats, azimuth: Floats) -> float:
    """To the nearest edge, true where it is small: in the azimuthal plane about the place an edge through it
    is straight.
    """
    angle = np.radians(azimuth)
    x, y = distance * np.sin(angle), distance * np.cos(angle)
    along_x, along_y = np.roll(x, -1) - x, np.roll(y, -1) - y
    length_2 = along_x**2 + along_y**2
    part = np.clip(-(x * along_x + y * along_y) / np.maximum(length_2, 1e-12), 0.0, 1.0)
    return float(np.hypot(x + part * along_x, y + part * along_y).min())
