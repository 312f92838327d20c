"""A recorded flight of thousands of positions as a flight plan has it: few points, and a tolerance that
covers the rest.

Time-parametrised Douglas-Peucker (Cao, Wolfson, Trajcevski, "Spatio-temporal data reduction with
deterministic error bounds", VLDB J. 15, 2006): the deviation of a recorded position is to where the
simplified flight is at that same moment, so that not only the way is kept but also when. A first pass works
on great ellipses in plain numpy; a second measures on WGS84 geodesics, splits what is still beyond the
bounds, and gives the deviation that is stated as tolerance.
"""

import math
from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from openline.airspace import checks, geodesy
from openline.airspace.altitude import Altitude, Datum
from openline.airspace.limits import (
    MAX_LATERAL_TOLERANCE_DMM,
    MAX_TIME_TOLERANCE_MS,
    MAX_VERTICAL_TOLERANCE_DMM,
)
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.formats.limits import MAX_SIMPLIFIED_LEG_M
from openline.formats.recording import Floats, Ints, Recorded, rough_distance_m
from openline.units import DMM_PER_FOOT, DMM_PER_METRE

_DRAFT: Final = 0.97
"""The first pass keeps off the bounds by more than great ellipses differ from geodesics on most flights."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How far a simplified flight may be from the recorded one at the same moment (0.1 mm).

    time_ms is added to the time tolerance of what comes out: a plan's own, for which a recording has no
    measure. Raises Invalid "wrong-type", LimitExceeded "out-of-range".
    """

    lateral_dmm: int
    vertical_dmm: int
    time_ms: int = 0

    def __post_init__(self) -> None:
        checks.whole(
            self.lateral_dmm, "lateral_dmm", 1, MAX_LATERAL_TOLERANCE_DMM, "MAX_LATERAL_TOLERANCE_DMM"
        )
        checks.whole(
            self.vertical_dmm, "vertical_dmm", 1, MAX_VERTICAL_TOLERANCE_DMM, "MAX_VERTICAL_TOLERANCE_DMM"
        )
        checks.whole(self.time_ms, "time_ms", 0, MAX_TIME_TOLERANCE_MS, "MAX_TIME_TOLERANCE_MS")


def simplify(trajectory: Trajectory, bounds: Bounds) -> Trajectory:
    """Fewer of the same points, with the tolerances widened by the deviation measured, so that it covers the
    given one.

    Tolerances grow by no more than the bounds (and 0.1 % of them). Raises LimitExceeded where they pass their
    limits.
    """
    points = trajectory.points
    heights = np.array([point.altitude.height_dmm for point in points], dtype=np.float64)
    recorded = Recorded(
        time_ms=np.array([point.time_ms for point in points], dtype=np.int64),
        latitude_deg=np.array([point.position.latitude_deg for point in points], dtype=np.float64),
        longitude_deg=np.array([point.position.longitude_deg for point in points], dtype=np.float64),
        altitude_ft=heights / DMM_PER_FOOT,
    )
    kept, lateral_dmm, vertical_dmm = _kept(recorded, bounds)
    return Trajectory(
        tuple(points[place] for place in kept.tolist()),
        trajectory.lateral_tolerance_dmm + lateral_dmm,
        trajectory.vertical_tolerance_dmm + vertical_dmm,
        trajectory.time_tolerance_ms + bounds.time_ms,
    )


def simplified(recorded: Recorded, bounds: Bounds) -> Trajectory:
    """As `simplify`, without ever building the long trajectory; heights are pressure altitudes."""
    kept, lateral_dmm, vertical_dmm = _kept(recorded, bounds)
    bare = trajectory_of(recorded.taken(kept))
    return Trajectory(bare.points, lateral_dmm, vertical_dmm, bounds.time_ms)


def trajectory_of(recorded: Recorded) -> Trajectory:
    """Every position a point, to the nearest 0.1 mm of height, without tolerances."""
    heights = np.rint(recorded.altitude_ft * DMM_PER_FOOT).astype(np.int64).tolist()
    columns = (
        recorded.latitude_deg.tolist(),
        recorded.longitude_deg.tolist(),
        heights,
        recorded.time_ms.tolist(),
    )
    points = tuple(
        TrajectoryPoint(Position(lat, lon), Altitude(height, Datum.PRESSURE), time)
        for lat, lon, height, time in zip(*columns, strict=True)
    )
    return Trajectory(points, 0, 0, 0)


def _kept(recorded: Recorded, bounds: Bounds) -> tuple[Ints, int, int]:
    """Which positions stay, and the lateral and vertical deviation of the others (0.1 mm, rounded up)."""
    keep = np.zeros(recorded.time_ms.size, dtype=np.bool_)
    keep[[0, -1]] = True
    lateral_m, vertical_ft = bounds.lateral_dmm / DMM_PER_METRE, bounds.vertical_dmm / DMM_PER_FOOT
    _split(recorded, keep, _ellipse_deviation(recorded), lateral_m * _DRAFT, vertical_ft)
    widest_m, widest_ft = _split(recorded, keep, _geodesic_deviation(recorded), lateral_m, vertical_ft)
    lateral_dmm = math.ceil(widest_m * _slack(recorded) * DMM_PER_METRE)
    # One more for the height on a leg, which a trajectory rounds to the nearest 0.1 mm.
    vertical_dmm = math.ceil(widest_ft * DMM_PER_FOOT) + 1 if widest_ft else 0
    return np.flatnonzero(keep).astype(np.int64), lateral_dmm, vertical_dmm


def _slack(recorded: Recorded) -> float:
    """How much further apart two flights may be between two recorded positions than at both of them.

    On a sphere two ways that are d apart at both ends are d / cos(s / 2R) apart in the middle of a length s.
    """
    lat, lon = recorded.latitude_deg, recorded.longitude_deg
    lengths = rough_distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:])
    return 1.0001 / math.cos(min(1.0, float(lengths.max()) / (2 * geodesy.LEAST_RADIUS_M)))


_Deviation = Callable[[Ints, Ints, Ints, Floats], Floats]
"""Metres between each recorded position (inner) and the point at ``fraction`` of its leg (start to end)."""


def _split(
    recorded: Recorded,
    keep: npt.NDArray[np.bool_],
    deviation: _Deviation,
    lateral_m: float,
    vertical_ft: float,
) -> tuple[float, float]:
    """Keeps, of every leg beyond the bounds, its worst position too, all legs at once.

    A leg within the bounds is settled and not looked at again. Gives the widest deviation left, m and ft.
    """
    inner = np.flatnonzero(~keep)
    widest_m = widest_ft = 0.0
    while inner.size:
        ends = np.flatnonzero(keep)
        leg = np.searchsorted(ends, inner) - 1
        start, end = ends[leg], ends[leg + 1]
        lasting = recorded.time_ms[end] - recorded.time_ms[start]
        fraction = (recorded.time_ms[inner] - recorded.time_ms[start]) / lasting
        aside_m = deviation(inner, start, end, fraction)
        above_ft = _above_ft(recorded, inner, start, end, fraction)
        worse = np.maximum(aside_m / lateral_m, above_ft / vertical_ft)
        beyond, open_legs = _worst_of_each(leg, worse, inner)
        settled = ~_marked(open_legs, ends.size)[leg]
        widest_m = max(widest_m, float(aside_m[settled].max(initial=0.0)))
        widest_ft = max(widest_ft, float(above_ft[settled].max(initial=0.0)))
        keep[beyond] = True
        inner = inner[~settled & ~keep[inner]]
    return widest_m, widest_ft


def _marked(places: Ints, size: int) -> npt.NDArray[np.bool_]:
    marks = np.zeros(size, dtype=np.bool_)
    marks[places] = True
    return marks


def _above_ft(recorded: Recorded, inner: Ints, start: Ints, end: Ints, fraction: Floats) -> Floats:
    altitude = recorded.altitude_ft
    planned = altitude[start] + (altitude[end] - altitude[start]) * fraction
    return np.asarray(np.abs(altitude[inner] - planned), dtype=np.float64)


def _worst_of_each(leg: Ints, worse: Floats, inner: Ints) -> tuple[Ints, Ints]:
    """Of every leg beyond the bounds its worst position, and those legs; legs stand in ascending order."""
    first = np.flatnonzero(np.append(True, leg[1:] != leg[:-1]))
    most = np.maximum.reduceat(worse, first)
    sizes = np.diff(np.append(first, leg.size))
    candidates = np.flatnonzero(worse == np.repeat(most, sizes))
    _, once = np.unique(leg[candidates], return_index=True)
    worst = candidates[once]
    worst = worst[worse[worst] > 1.0]
    return inner[worst], leg[worst]


def _ellipse_deviation(recorded: Recorded) -> _Deviation:
    """Along the great ellipse, by the chord: no further from the geodesic than a draft may be."""
    places = np.column_stack(geodesy.ecef(recorded.latitude_deg, recorded.longitude_deg))

    def deviation(inner: Ints, start: Ints, end: Ints, fraction: Floats) -> Floats:
        a, b = places[start], places[end]
        chord = _length(a - b)
        turn = 2 * np.arcsin(np.minimum(1.0, chord / (2 * geodesy.EQUATORIAL_RADIUS_M)))
        flat = turn < 1e-9
        divisor = np.where(flat, 1.0, np.sin(turn))
        near = np.where(flat, 1 - fraction, np.sin((1 - fraction) * turn) / divisor)
        far = np.where(flat, fraction, np.sin(fraction * turn) / divisor)
        aside = _length(places[inner] - a * near[:, None] - b * far[:, None])
        # A leg too long for its geodesic to be plain is cut near its middle, whatever lies on it.
        return np.where(chord > MAX_SIMPLIFIED_LEG_M, 1e9 * (1 - np.abs(fraction - 0.5)), aside)

    return deviation


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", vectors, vectors)), dtype=np.float64)


def _geodesic_deviation(recorded: Recorded) -> _Deviation:
    lat, lon = recorded.latitude_deg, recorded.longitude_deg

    def deviation(inner: Ints, start: Ints, end: Ints, fraction: Floats) -> Floats:
        legs, which = np.unique(start, return_index=True)
        distance, azimuth = geodesy.inverse(lat[legs], lon[legs], lat[end[which]], lon[end[which]])
        of_leg = np.searchsorted(legs, start)
        at_lat, at_lon = geodesy.direct(lat[start], lon[start], azimuth[of_leg], distance[of_leg] * fraction)
        aside, _ = geodesy.inverse(at_lat, at_lon, lat[inner], lon[inner])
        return aside

    return deviation
