"""Trajectories on the accord's grid, layers and steps, with tolerances widened so that what is told holds
what is flown.

Each point goes to its nearest grid point, layer and step; of points that fall on one step one is kept, and
what the grid would have fly impossibly fast is left out. The kept points pair times t of the flight with
times u of what is told, in proportion between them. Between two original points both then go along one
geodesic in proportion to time, so their distance is nowhere more than at the ends, but for the bend of the
Earth; heights and times likewise, without a bend. The tolerances grow by the largest of these, and then up to
whole cells, layers and steps, so that the growth itself tells little.
"""

import math
from collections.abc import Sequence
from itertools import groupby

import numpy as np
import shapely

from openline.accord.blur import bend_m_of, grid_length_dmm, snapped
from openline.accord.clauses import Disclosure
from openline.accord.covering import at, paired_times, path_heights, path_of
from openline.accord.heights import nearest_layer, reach_of
from openline.accord.notice import NoticePoint, NoticeTrajectory
from openline.airspace.altitude import Altitude, Datum
from openline.airspace.geodesy import LEAST_RADIUS_M, LocalFrame, centre_of, densify, distance_m, inverse
from openline.airspace.limits import (
    MAX_GROUND_SPEED_M_S,
    MAX_LATERAL_TOLERANCE_DMM,
    MAX_TIME_TOLERANCE_MS,
    MAX_VERTICAL_TOLERANCE_DMM,
    SPEED_SLACK_M,
)
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Polygon, Volume3D, Volume4D
from openline.units import DMM_PER_METRE, MS_PER_SECOND, metres_from_dmm, round_down, round_up

MOST_LEG_VOLUMES = 200
"""A longer path is told in volumes of several legs each."""
_NARROWEST_M = 1.0  # half the width of the volume around a leg without lateral tolerance
_CORNERS = 8  # of the polygon around each end of a leg
_EDGE_M = 20_000.0
_MOST_TOLERANCES = (MAX_LATERAL_TOLERANCE_DMM, MAX_VERTICAL_TOLERANCE_DMM, MAX_TIME_TOLERANCE_MS)


def blurred_path(trajectory: Trajectory, terms: Disclosure, datum: Datum) -> NoticeTrajectory | None:
    """The path as it may be told; None where a tolerance would pass the airspace's limits, as with steps that
    are coarse against the flight. Whoever sends it checks it first, as `disclose` and `finer_parts` do.

    Raises Refused `height-not-tellable`.
    """
    kept = _kept(_snapped_points(trajectory, terms, datum), [point.time_ms for point in trajectory.points])
    lateral_m, vertical_dmm, time_ms = _widening(trajectory, kept, datum)
    lateral_dmm = math.ceil(lateral_m * DMM_PER_METRE) + 1 if lateral_m > 0 else 0
    tolerances = (
        round_up(trajectory.lateral_tolerance_dmm + lateral_dmm, grid_length_dmm(terms.grid_e9)),
        round_up(trajectory.vertical_tolerance_dmm + vertical_dmm, max(1, terms.layer_dmm)),
        round_up(trajectory.time_tolerance_ms + time_ms, max(1, terms.step_ms)),
    )
    if any(value > most for value, most in zip(tolerances, _MOST_TOLERANCES, strict=True)):
        return None
    return _told(kept, *tolerances)


def _snapped_points(trajectory: Trajectory, terms: Disclosure, datum: Datum) -> list[NoticePoint]:
    """All points, each on grid, layer and step: the first step begins no later, the last ends no earlier."""
    step = max(1, terms.step_ms)
    first, last = round_down(trajectory.start_ms, step), round_up(trajectory.end_ms, step)
    low, high = path_heights(trajectory, datum)
    snapped_points = []
    for point, lowest, highest in zip(trajectory.points, low.tolist(), high.tolist(), strict=True):
        place = snapped(point.position.latitude_deg, point.position.longitude_deg, terms.grid_e9)
        height = nearest_layer((int(lowest) + int(highest)) // 2, terms.layer_dmm, datum)
        time = min(last, max(first, round_down(point.time_ms + step // 2, step)))
        snapped_points.append(NoticePoint(place.lat_e9, place.lon_e9, height, time))
    snapped_points[0] = _at_time(snapped_points[0], first)
    snapped_points[-1] = _at_time(snapped_points[-1], last)
    return snapped_points


def _at_time(point: NoticePoint, time_ms: int) -> NoticePoint:
    return NoticePoint(point.lat_e9, point.lon_e9, point.height_dmm, time_ms)


def _kept(points: list[NoticePoint], times_ms: list[int]) -> list[NoticePoint]:
    """Rising times and possible speeds, from the first point to the last moment. Of those that fall on one
    step the one nearest to it in time.
    """
    first, last = points[0], points[-1]
    kept = [first]
    for point in _nearest_of_each_step(points[1:-1], times_ms[1:-1]):
        if point.time_ms < last.time_ms and _can_fly(kept[-1], point):
            kept.append(point)
    while len(kept) > 1 and not _can_fly(kept[-1], last):
        kept.pop()
    if _can_fly(kept[-1], last):
        return [*kept, last]
    # So short a flight, so coarse a grid: it is told as standing where it begins; the tolerance reaches on.
    return [first, _at_time(first, last.time_ms)]


def _nearest_of_each_step(points: list[NoticePoint], times_ms: list[int]) -> list[NoticePoint]:
    pairs = sorted(
        zip(points, times_ms, strict=True), key=lambda pair: (pair[0].time_ms, abs(pair[0].time_ms - pair[1]))
    )
    return [next(group)[0] for _, group in groupby(pairs, key=lambda pair: pair[0].time_ms)]


def _can_fly(before: NoticePoint, after: NoticePoint) -> bool:
    lasting_ms = after.time_ms - before.time_ms
    if lasting_ms <= 0:
        return False
    reach_m = SPEED_SLACK_M + MAX_GROUND_SPEED_M_S * lasting_ms / MS_PER_SECOND
    return distance_m(_position(before), _position(after)) <= reach_m


def _position(point: NoticePoint) -> Position:
    return point.place().position()


def _widening(trajectory: Trajectory, kept: Sequence[NoticePoint], datum: Datum) -> tuple[float, int, int]:
    """By how much each tolerance has to grow: metres, 0.1 mm, ms."""
    lat, lon, _, times = path_of(trajectory)
    low, high = path_heights(trajectory, datum)
    told = _told(kept).as_trajectory(datum)
    paired = paired_times(times, path_of(told)[3])
    told_lat, told_lon, told_dmm = at(told, paired)
    apart_m, _ = inverse(lat, lon, told_lat, told_lon)
    legs_m, _ = inverse(lat[:-1], lon[:-1], lat[1:], lon[1:])
    furthest_m = np.maximum(apart_m[:-1], apart_m[1:])
    # Two geodesics may be further apart in their middle than at both ends: on a sphere by 1 / cos of half
    # their angle.
    half_turn = np.minimum((legs_m + 2 * furthest_m) / (2 * LEAST_RADIUS_M), 1.2)
    return (
        float((furthest_m / np.cos(half_turn)).max()),
        math.ceil(max(np.abs(low - told_dmm).max(), np.abs(high - told_dmm).max())),
        math.ceil(np.abs(paired - times).max()),
    )


def _told(
    points: Sequence[NoticePoint], lateral_dmm: int = 0, vertical_dmm: int = 0, time_ms: int = 0
) -> NoticeTrajectory:
    return NoticeTrajectory(
        points=tuple(points),
        lateral_tolerance_dmm=lateral_dmm,
        vertical_tolerance_dmm=vertical_dmm,
        time_tolerance_ms=time_ms,
    )


# A path told as volumes --------------------------------------------------------------------------------
def leg_volumes(trajectory: Trajectory) -> tuple[Volume4D, ...]:
    """Volumes that hold the path with its tolerances, leg by leg; of a long path several legs to one."""
    legs = len(trajectory.points) - 1
    each = -(-legs // MOST_LEG_VOLUMES)
    return tuple(
        _around(trajectory, trajectory.points[first : first + each + 1]) for first in range(0, legs, each)
    )


def _around(trajectory: Trajectory, points: tuple[TrajectoryPoint, ...]) -> Volume4D:
    datum, slack_dmm = trajectory.datum, trajectory.vertical_tolerance_dmm
    heights = [point.altitude.height_dmm for point in points]
    least, most = reach_of(datum)
    lower = Altitude(max(least, min(heights) - slack_dmm), datum)
    upper = Altitude(min(most, max(heights) + slack_dmm), datum)
    outline = _corridor(
        [point.position for point in points], metres_from_dmm(trajectory.lateral_tolerance_dmm)
    )
    start_ms = points[0].time_ms - trajectory.time_tolerance_ms
    end_ms = points[-1].time_ms + trajectory.time_tolerance_ms
    return Volume4D(Volume3D(outline, lower, upper), start_ms, end_ms)


def _corridor(positions: list[Position], tolerance_m: float) -> Polygon:
    """The convex hull of octagons around the path's points, in the plane about its middle."""
    frame = LocalFrame.at(centre_of(positions))
    x, y = frame.project(
        *densify(
            [place.latitude_deg for place in positions],
            [place.longitude_deg for place in positions],
            _EDGE_M,
            closed=False,
        )
    )
    extent_m = float(np.hypot(x, y).max()) + tolerance_m
    # Twice the extent: who checks this in a plane about another place sees other lengths stretched.
    stretch = 1 + LocalFrame.distortion(2 * extent_m)
    width_m = (tolerance_m + _NARROWEST_M + bend_m_of(_EDGE_M, extent_m)) * stretch
    path = shapely.convex_hull(shapely.MultiPoint(np.column_stack((x, y))))
    area = path.buffer(width_m / math.cos(math.pi / _CORNERS), quad_segs=_CORNERS // 4)
    ring = shapely.get_coordinates(shapely.convex_hull(area).exterior)[:-1]
    lat, lon = frame.unproject(ring[:, 0], ring[:, 1])
    return Polygon(tuple(Position(float(a), float(b)) for a, b in zip(lat, lon, strict=True)))
