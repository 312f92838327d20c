"""Does a notice cover an operation? The sender's own check before anything is sent, and the test of "keeps
its place".

It answers yes only where it is so to within TOLERANCE_M; a no may be too strict where only several volumes
together would cover. Geometry is judged in the azimuthal equidistant plane about the operation, along
geodesic edges.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from openline.accord.heights import height_in
from openline.accord.notice import Notice, as_operation
from openline.airspace.altitude import Datum, Span
from openline.airspace.geodesy import Floats, LocalFrame, densify, direct, inverse
from openline.airspace.operation import Operation
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory
from openline.airspace.volume import Circle, Polygon, Volume4D
from openline.units import metres_from_dmm

TOLERANCE_M: Final = 0.001
"""A millimetre for the rounding of floats and of the wire's 1e-9 degree; F3548-21 decides intersections to 1
cm."""
_EDGE_M: Final = 10_000.0
_MOST_EDGES: Final = 20_000
_RIM_POINTS: Final = 360

Path = tuple[Floats, Floats, Floats, Floats]
"""Latitudes and longitudes in degrees, heights in 0.1 mm, times in ms."""


def covers(notice: Notice, operation: Operation, datum: Datum) -> bool:
    """Whether all that the operation may fly lies in what the notice tells, heights carried into `datum`.

    Each volume has to lie in one volume of the notice (off-nominal ones may lie in either kind); the
    trajectory in the notice's trajectory, or each of its legs in a volume. Raises as `as_operation`.
    """
    told = as_operation(notice, datum)
    anywhere = (*told.volumes, *told.off_nominal_volumes)
    return (
        _each_in_one(operation.volumes, told.volumes, datum)
        and _each_in_one(operation.off_nominal_volumes, anywhere, datum)
        and (operation.trajectory is None or _told_path(operation.trajectory, told, datum))
    )


def _each_in_one(flown: Iterable[Volume4D], told: tuple[Volume4D, ...], datum: Datum) -> bool:
    return all(any(volume_covers(outer, inner, datum) for outer in told) for inner in flown)


def volume_covers(outer: Volume4D, inner: Volume4D, datum: Datum) -> bool:
    """Cheap questions first: times, then heights, then outlines. `outer` is in `datum`."""
    if inner.start_ms < outer.start_ms or inner.end_ms > outer.end_ms:
        return False
    low_dmm, high_dmm = heights_of(inner, datum)
    within = outer.volume.lower.height_dmm <= low_dmm and high_dmm <= outer.volume.upper.height_dmm
    return within and outline_covers(outer.volume.outline, inner.volume.outline)


def heights_of(volume: Volume4D, datum: Datum) -> Span:
    """From the lowest that the volume's floor may be in `datum` to the highest that its ceiling may be."""
    positions = volume.volume.outline.outer_positions()
    low_dmm, _ = height_in(datum, volume.volume.lower, positions)
    _, high_dmm = height_in(datum, volume.volume.upper, positions)
    return low_dmm, high_dmm


def outline_covers(outer: Polygon | Circle, inner: Polygon | Circle) -> bool:
    """Whether every place of `inner` is in `outer`. Neither has holes, so the inner's rim decides."""
    if outer == inner:
        return True
    if isinstance(outer, Circle):
        return _rim_reach_m(outer.center, inner) <= outer.radius_m + TOLERANCE_M
    frame = LocalFrame.at(inner.centre)
    told = shapely.Polygon(_flat(frame, *_followed(outer.latitudes_deg, outer.longitudes_deg)))
    if not told.is_valid:
        return False
    rim = shapely.LinearRing(_flat(frame, *_rim(inner)))
    return bool(told.buffer(TOLERANCE_M, join_style="mitre").covers(rim))


def _rim_reach_m(centre: Position, inner: Polygon | Circle) -> float:
    """How far the rim comes from the centre: along a geodesic edge the ends are furthest."""
    if isinstance(inner, Circle):
        away_m, _ = _from(
            centre, np.array([inner.center.latitude_deg]), np.array([inner.center.longitude_deg])
        )
        return float(away_m[0]) + inner.radius_m
    return float(_from(centre, inner.latitudes_deg, inner.longitudes_deg)[0].max())


def _from(centre: Position, lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    return inverse(centre.latitude_deg, centre.longitude_deg, lat, lon)


def _rim(outline: Polygon | Circle) -> tuple[Floats, Floats]:
    """A polygon's ring; for a circle the polygon around it, whose edges touch its rim."""
    if isinstance(outline, Polygon):
        return _followed(outline.latitudes_deg, outline.longitudes_deg)
    around = outline.radius_m / np.cos(np.pi / _RIM_POINTS)
    azimuths = np.arange(_RIM_POINTS) * (360.0 / _RIM_POINTS)
    return direct(outline.center.latitude_deg, outline.center.longitude_deg, azimuths, around)


def _followed(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    around_m = float(inverse(lat, lon, np.roll(lat, -1), np.roll(lon, -1))[0].sum())
    return densify(lat, lon, max(_EDGE_M, around_m / _MOST_EDGES))


def _flat(frame: LocalFrame, lat: Floats, lon: Floats) -> npt.NDArray[np.float64]:
    return np.column_stack(frame.project(lat, lon))


# Trajectories ------------------------------------------------------------------------------------------
def _told_path(flown: Trajectory, told: Operation, datum: Datum) -> bool:
    if told.trajectory is not None and trajectory_covers(told.trajectory, flown, datum):
        return True
    return bool(told.volumes) and _legs_in_volumes(flown, told.volumes, datum)


def trajectory_covers(outer: Trajectory, inner: Trajectory, datum: Datum) -> bool:
    """Whether there is a time of `outer` for each time of `inner` so near that the tolerances make up the
    difference.

    If at t the flight is meant at P(t), and outer is at S(u) with |P(t) - S(u)|, the heights' difference and
    |u - t| each no more than outer's tolerance exceeds inner's, then all that inner's tolerances allow,
    outer's do. Two pairings of times are tried: each of inner's points with the outer point nearest in time
    (which is how a notice is made), and equal times. Judged at the points of both and in the middle of each
    leg.
    """
    room_m = metres_from_dmm(outer.lateral_tolerance_dmm - inner.lateral_tolerance_dmm)
    room_dmm = outer.vertical_tolerance_dmm - inner.vertical_tolerance_dmm
    room_ms = outer.time_tolerance_ms - inner.time_tolerance_ms
    if min(room_m, room_dmm, room_ms) < 0:
        return False
    low, high = path_heights(inner, datum)
    for t, u in _pairings(path_of(inner)[3], path_of(outer)[3]):
        if np.abs(u - t).max() > room_ms:
            continue
        lat, lon, told_dmm = at(outer, u)
        flown_lat, flown_lon, _ = at(inner, t)
        apart_m, _ = inverse(lat, lon, flown_lat, flown_lon)
        times = path_of(inner)[3]
        below = told_dmm - np.interp(t, times, low) - room_dmm
        above = np.interp(t, times, high) - told_dmm - room_dmm
        if apart_m.max() <= room_m + TOLERANCE_M and max(below.max(), above.max()) <= 0.5:
            return True
    return False


def _pairings(t: Floats, u: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Times of the inner path and of the outer one that are held against each other."""
    for paired in (paired_times(t, u), np.clip(t, u[0], u[-1])):
        yield _with_those_between(t, paired, u)


def paired_times(t: Floats, u: Floats) -> Floats:
    """For each time of the inner path one of the outer: first with first, last with last, each outer point
    with the inner point nearest in time (of two, the earlier), and in proportion between these.
    """
    after = np.clip(np.searchsorted(t, u), 1, t.size - 1)
    nearest = np.where(u - t[after - 1] <= t[after] - u, after - 1, after)
    nearest[0], nearest[-1] = 0, t.size - 1
    anchors, first_of_each = np.unique(np.maximum.accumulate(nearest), return_index=True)
    first_of_each[-1] = u.size - 1
    return np.interp(t, t[anchors], u[first_of_each])


def _with_those_between(t: Floats, paired: Floats, u: Floats) -> tuple[Floats, Floats]:
    """The pairs, the middle of each leg, and wherever the outer path has a point of its own inside a leg."""
    counted = np.arange(t.size, dtype=np.float64)
    where = np.concatenate([counted, counted[:-1] + 0.5, *_inside(paired, u)])
    return np.interp(where, counted, t), np.interp(where, counted, paired)


def _inside(paired: Floats, u: Floats) -> list[Floats]:
    rising = np.concatenate([[True], np.diff(paired) > 0])
    if rising.sum() < 2:
        return []
    own = u[(u > paired[0]) & (u < paired[-1])]
    return [np.interp(own, paired[rising], np.flatnonzero(rising).astype(np.float64))]


def path_of(trajectory: Trajectory) -> Path:
    """The points as arrays."""
    points = trajectory.points
    return (
        np.array([point.position.latitude_deg for point in points]),
        np.array([point.position.longitude_deg for point in points]),
        np.array([point.altitude.height_dmm for point in points], dtype=np.float64),
        np.array([point.time_ms for point in points], dtype=np.float64),
    )


def path_heights(trajectory: Trajectory, datum: Datum) -> tuple[Floats, Floats]:
    """At each point the lowest and highest height in `datum`, over the legs on either side of it, 0.1 mm."""
    if trajectory.datum is datum:
        heights = path_of(trajectory)[2]
        return heights, heights
    points = trajectory.points
    spans = [
        height_in(datum, point.altitude, [near.position for near in points[max(0, k - 1) : k + 2]])
        for k, point in enumerate(points)
    ]
    return np.array([low for low, _ in spans], np.float64), np.array([high for _, high in spans], np.float64)


def at(trajectory: Trajectory, times_ms: Floats) -> tuple[Floats, Floats, Floats]:
    """Latitude, longitude and height at each time, on the geodesic legs."""
    lat, lon, height, time = path_of(trajectory)
    leg = np.clip(np.searchsorted(time, times_ms, side="right") - 1, 0, time.size - 2)
    fraction = np.clip((times_ms - time[leg]) / (time[leg + 1] - time[leg]), 0.0, 1.0)
    length, azimuth = inverse(lat[leg], lon[leg], lat[leg + 1], lon[leg + 1])
    at_lat, at_lon = direct(lat[leg], lon[leg], azimuth, length * fraction)
    for end, index in ((0.0, leg), (1.0, leg + 1)):  # the points themselves, without a float's rounding
        at_end = fraction == end
        at_lat[at_end], at_lon[at_end] = lat[index][at_end], lon[index][at_end]
    return at_lat, at_lon, height[leg] + (height[leg + 1] - height[leg]) * fraction


def _legs_in_volumes(flown: Trajectory, told: tuple[Volume4D, ...], datum: Datum) -> bool:
    low, high = path_heights(flown, datum)
    reach_dmm, slack_ms = flown.vertical_tolerance_dmm, flown.time_tolerance_ms
    for leg, (before, after) in enumerate(zip(flown.points, flown.points[1:], strict=False)):
        heights = (min(low[leg : leg + 2]) - reach_dmm, max(high[leg : leg + 2]) + reach_dmm)
        times = (before.time_ms - slack_ms, after.time_ms + slack_ms)
        tolerance_m = metres_from_dmm(flown.lateral_tolerance_dmm)
        if not any(
            _holds_leg(one, before.position, after.position, tolerance_m, heights, times) for one in told
        ):
            return False
    return True


def _holds_leg(
    told: Volume4D,
    before: Position,
    after: Position,
    tolerance_m: float,
    heights: tuple[float, float],
    times: tuple[int, int],
) -> bool:
    """Whether the leg with its tolerance lies in the volume: its distance from the rim, in the plane about
    its middle."""
    in_time = told.start_ms <= times[0] and times[1] <= told.end_ms
    if not in_time or told.volume.lower.height_dmm > heights[0] or heights[1] > told.volume.upper.height_dmm:
        return False
    lat, lon = densify(
        [before.latitude_deg, after.latitude_deg],
        [before.longitude_deg, after.longitude_deg],
        _EDGE_M,
        closed=False,
    )
    if isinstance(told.volume.outline, Circle):
        away_m, _ = _from(told.volume.outline.center, lat, lon)
        return float(away_m.max()) + tolerance_m <= told.volume.outline.radius_m + TOLERANCE_M
    middle = lat.size // 2
    frame = LocalFrame(float(lat[middle]), float(lon[middle]))
    outline = told.volume.outline
    area = shapely.Polygon(_flat(frame, *_followed(outline.latitudes_deg, outline.longitudes_deg)))
    shapely.prepare(area)
    path = _flat(frame, lat, lon)
    line = (
        shapely.LineString(path)
        if len(path) > 1 and path[0].tolist() != path[-1].tolist()
        else shapely.Point(path[0])
    )
    return bool(area.covers(line)) and _rim_distance_m(area, line) >= tolerance_m - TOLERANCE_M


def _rim_distance_m(area: shapely.Polygon, line: shapely.Geometry) -> float:
    """Never more than the true one: the plane stretches, so what it shows is taken back by the most that it
    can stretch."""
    furthest_m = float(np.abs(np.asarray(area.bounds)).max()) * 2**0.5
    return float(area.exterior.distance(line)) / (1 + LocalFrame.distortion(furthest_m))
