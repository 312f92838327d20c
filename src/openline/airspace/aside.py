"""Ways and outlines moved sideways: a flight beside its own way, volumes as a whole towards a bearing."""

import math
from typing import Final

import msgspec
import numpy as np

from openline.airspace.geodesy import Floats, centre_of, direct, inverse
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Outline, Polygon, Volume4D

LEAVING_DEG: Final = 30.0
"""How sharply a flight leaves its way and joins it again."""
_RIGHT_DEG: Final = 90.0
_LONGEST_RAMP: Final = 1.0 / 3.0
"""Of the flight's duration: at least a third is flown beside the way."""


def flown_beside(trajectory: Trajectory, offset_m: float) -> Trajectory:
    """The same flight, its middle part ``offset_m`` metres to the right of the way (negative: to the left).

    First and last point stay, and so do all times and heights; the ground speed grows by what the two slants
    of LEAVING_DEG are longer (15 %, or more where the flight is too short for them). Two points are added,
    where the slants end. Raises as Trajectory does: "impossible-speed", "too-many-points".
    """
    ramp_ms = _ramp_ms(trajectory, abs(offset_m))
    start_ms, end_ms = trajectory.start_ms, trajectory.end_ms
    times = {point.time_ms for point in trajectory.points} | {start_ms + ramp_ms, end_ms - ramp_ms}
    points = [trajectory.point_at(time_ms) for time_ms in sorted(times)]
    at = np.array([point.time_ms for point in points], dtype=np.float64)
    share = np.minimum(1.0, np.minimum(at - start_ms, end_ms - at) / ramp_ms)
    lat = np.array([point.position.latitude_deg for point in points])
    lon = np.array([point.position.longitude_deg for point in points])
    beside_lat, beside_lon = direct(lat, lon, _tracks(lat, lon) + _RIGHT_DEG, share * offset_m)
    moved = [
        one if part == 0.0 else TrajectoryPoint(Position(beside_at, beside_by), one.altitude, one.time_ms)
        for one, part, beside_at, beside_by in zip(
            points, share.tolist(), beside_lat.tolist(), beside_lon.tolist(), strict=True
        )
    ]
    return msgspec.structs.replace(trajectory, points=tuple(moved))


def _ramp_ms(trajectory: Trajectory, offset_m: float) -> int:
    """How long it takes to come that far aside at LEAVING_DEG and the flight's mean ground speed."""
    lat = np.array([point.position.latitude_deg for point in trajectory.points])
    lon = np.array([point.position.longitude_deg for point in trajectory.points])
    metres = float(inverse(lat[:-1], lon[:-1], lat[1:], lon[1:])[0].sum())
    lasting_ms = trajectory.end_ms - trajectory.start_ms
    longest_ms = lasting_ms * _LONGEST_RAMP
    along_m = offset_m / math.tan(math.radians(LEAVING_DEG))
    return max(1, round(min(longest_ms, along_m / metres * lasting_ms if metres > 0.0 else longest_ms)))


def _tracks(lat: Floats, lon: Floats) -> Floats:
    """The direction of flight at each point: from the one before it to the one after it."""
    last = len(lat) - 1
    before = np.maximum(np.arange(len(lat)) - 1, 0)
    after = np.minimum(np.arange(len(lat)) + 1, last)
    _, onward = inverse(lat, lon, lat[after], lon[after])
    _, back = inverse(lat, lon, lat[before], lon[before])
    onward[last], back[0] = back[last] + 180.0, onward[0] + 180.0
    # The mean of the two directions, as vectors: angles have a seam.
    east = np.sin(np.radians(onward)) - np.sin(np.radians(back))
    north = np.cos(np.radians(onward)) - np.cos(np.radians(back))
    return np.asarray(np.degrees(np.arctan2(east, north)), dtype=np.float64)


def shifted(volumes: tuple[Volume4D, ...], bearing_deg: float, offset_m: float) -> tuple[Volume4D, ...]:
    """All volumes moved as one body, their common centre by ``offset_m`` metres towards ``bearing_deg``.

    Distances and directions from the centre are kept. Raises as the outlines do.
    """
    centre = centre_of([place for one in volumes for place in one.volume.outline.outer_positions()])
    lat, lon = direct(centre.latitude_deg, centre.longitude_deg, bearing_deg, offset_m)
    to = Position(float(lat), float(lon))
    _, back = inverse(to.latitude_deg, to.longitude_deg, centre.latitude_deg, centre.longitude_deg)
    # North turns on the way: the body keeps its attitude to the way that it is moved along.
    turn_deg = float(back) + 180.0 - bearing_deg
    return tuple(_volume(one, centre, to, turn_deg) for one in volumes)


def _volume(one: Volume4D, centre: Position, to: Position, turn_deg: float) -> Volume4D:
    outline = _outline(one.volume.outline, centre, to, turn_deg)
    return msgspec.structs.replace(one, volume=msgspec.structs.replace(one.volume, outline=outline))


def _outline(outline: Outline, centre: Position, to: Position, turn_deg: float) -> Outline:
    if isinstance(outline, Circle):
        (middle,) = _carried((outline.center,), centre, to, turn_deg)
        return Circle(middle, outline.radius_dmm)
    return Polygon(_carried(outline.vertices, centre, to, turn_deg))


def _carried(
    places: tuple[Position, ...], centre: Position, to: Position, turn_deg: float
) -> tuple[Position, ...]:
    lat = np.array([place.latitude_deg for place in places])
    lon = np.array([place.longitude_deg for place in places])
    metres, azimuth = inverse(centre.latitude_deg, centre.longitude_deg, lat, lon)
    there_lat, there_lon = direct(to.latitude_deg, to.longitude_deg, azimuth + turn_deg, metres)
    return tuple(Position(a, b) for a, b in zip(there_lat.tolist(), there_lon.tolist(), strict=True))
