"""Where an aircraft means to be, and when: timed 4D points, with the tolerances around them.

Between two points it flies the geodesic at a uniform ground speed, and its height changes uniformly too.
"""

from bisect import bisect_right
from itertools import pairwise

import msgspec

from openline.airspace import checks, judged
from openline.airspace.altitude import Altitude, Datum, Spans, vertical_spans
from openline.airspace.limits import (
    MAX_DURATION_MS,
    MAX_GROUND_SPEED_M_S,
    MAX_LATERAL_TOLERANCE_DMM,
    MAX_LEG_M,
    MAX_POINTS,
    MAX_TIME_MS,
    MAX_TIME_TOLERANCE_MS,
    MAX_VERTICAL_TOLERANCE_DMM,
    MIN_TIME_MS,
    SPEED_SLACK_M,
)
from openline.airspace.position import Position
from openline.errors import Invalid, LimitExceeded
from openline.units import MS_PER_SECOND


class TrajectoryPoint(msgspec.Struct, frozen=True):
    """At ``time_ms`` (milliseconds since 1970), at ``position``, at ``altitude``."""

    position: Position
    altitude: Altitude
    time_ms: int

    def __post_init__(self) -> None:
        checks.instance(self.position, Position, "position")
        checks.instance(self.altitude, Altitude, "altitude")
        checks.whole(self.time_ms, "time_ms", MIN_TIME_MS, MAX_TIME_MS, "MAX_TIME_MS")


class Trajectory(msgspec.Struct, frozen=True):
    """Points in strictly increasing time, and how far to each side, up and down (0.1 mm), and early and late
    (ms).

    Raises Invalid "too-few-points", "times-not-increasing", "datums-mixed", "impossible-speed"; LimitExceeded
    "too-many-points", "leg-too-long", "too-long", "out-of-range".
    """

    points: tuple[TrajectoryPoint, ...]
    lateral_tolerance_dmm: int
    vertical_tolerance_dmm: int
    time_tolerance_ms: int

    def __post_init__(self) -> None:
        checks.instance(self.points, (tuple, list), "points")
        if isinstance(self.points, list):
            msgspec.structs.force_setattr(self, "points", tuple(self.points))
        if judged.is_judged():
            return
        _refuse_bad_points(self.points)
        _refuse_bad_tolerances(self)
        _refuse_bad_legs(self.points)

    @property
    def start_ms(self) -> int:
        """Of the first point; the time tolerance goes before it."""
        return self.points[0].time_ms

    @property
    def end_ms(self) -> int:
        return self.points[-1].time_ms

    @property
    def datum(self) -> Datum:
        """The one datum of all its heights."""
        return self.points[0].altitude.datum

    def position_at(self, time_ms: int) -> Position:
        """Raises Invalid "time-outside-trajectory"."""
        from openline.airspace import geodesy

        leg, fraction = self._place_in_time(time_ms)
        return geodesy.along(self.points[leg].position, self.points[leg + 1].position, fraction)

    def altitude_at(self, time_ms: int) -> Altitude:
        """To the nearest 0.1 mm, in exact integers. Raises Invalid "time-outside-trajectory"."""
        leg, _ = self._place_in_time(time_ms)
        before, after = self.points[leg], self.points[leg + 1]
        climb = after.altitude.height_dmm - before.altitude.height_dmm
        lasting = after.time_ms - before.time_ms
        gone = (2 * climb * (time_ms - before.time_ms) + lasting) // (2 * lasting)
        return before.altitude.climbed(gone)

    def point_at(self, time_ms: int) -> TrajectoryPoint:
        return TrajectoryPoint(self.position_at(time_ms), self.altitude_at(time_ms), time_ms)

    def spans_of_leg(self, leg: int) -> Spans:
        """The heights of leg ``leg`` (from point leg to point leg + 1), without the vertical tolerance."""
        before, after = self.points[leg], self.points[leg + 1]
        lower, upper = sorted((before.altitude, after.altitude), key=lambda altitude: altitude.height_dmm)
        return vertical_spans(lower, upper, (before.position, after.position))

    def _place_in_time(self, time_ms: int) -> tuple[int, float]:
        if not self.start_ms <= time_ms <= self.end_ms:
            text = "the trajectory says nothing about that time"
            raise Invalid("time-outside-trajectory", text, field="time_ms")
        after = bisect_right(self.points, time_ms, key=lambda point: point.time_ms)
        leg = min(after, len(self.points) - 1) - 1
        before, then = self.points[leg].time_ms, self.points[leg + 1].time_ms
        return leg, (time_ms - before) / (then - before)


def _refuse_bad_points(points: tuple[TrajectoryPoint, ...]) -> None:
    if len(points) < 2:
        raise Invalid(
            "too-few-points", f"a trajectory needs two points and has {len(points)}", field="points"
        )
    if len(points) > MAX_POINTS:
        text = f"a trajectory of {len(points):,} points, more than {MAX_POINTS:,}"
        raise LimitExceeded(
            "too-many-points", text, field="points", clause="MAX_POINTS", remedy="simplify it"
        )
    for number, point in enumerate(points):
        checks.instance(point, TrajectoryPoint, f"points[{number}]")
    for number, (before, after) in enumerate(pairwise(points)):
        if after.time_ms <= before.time_ms:
            text = f"point {number + 1} is not later than point {number}"
            raise Invalid("times-not-increasing", text, field=f"points[{number + 1}].time_ms")
        if after.altitude.datum is not before.altitude.datum:
            text = f"point {number + 1} is in {after.altitude.datum}, those before in {before.altitude.datum}"
            raise Invalid("datums-mixed", text, field=f"points[{number + 1}].altitude")
    if points[-1].time_ms - points[0].time_ms > MAX_DURATION_MS:
        raise LimitExceeded(
            "too-long", "it lasts longer than 30 days", field="points", clause="MAX_DURATION_MS"
        )


def _refuse_bad_tolerances(trajectory: Trajectory) -> None:
    for field, most, limit in (
        ("lateral_tolerance_dmm", MAX_LATERAL_TOLERANCE_DMM, "MAX_LATERAL_TOLERANCE_DMM"),
        ("vertical_tolerance_dmm", MAX_VERTICAL_TOLERANCE_DMM, "MAX_VERTICAL_TOLERANCE_DMM"),
        ("time_tolerance_ms", MAX_TIME_TOLERANCE_MS, "MAX_TIME_TOLERANCE_MS"),
    ):
        checks.whole(getattr(trajectory, field), field, 0, most, limit)


def _refuse_bad_legs(points: tuple[TrajectoryPoint, ...]) -> None:
    import numpy as np  # as in `volume`: only who judges a path waits for it

    from openline.airspace import geodesy

    lat = np.array([point.position.latitude_deg for point in points], dtype=np.float64)
    lon = np.array([point.position.longitude_deg for point in points], dtype=np.float64)
    lasting_s = np.diff(np.array([point.time_ms / MS_PER_SECOND for point in points], dtype=np.float64))
    distance_m, _ = geodesy.inverse(lat[:-1], lon[:-1], lat[1:], lon[1:])
    longest = int(np.argmax(distance_m))
    if distance_m[longest] > MAX_LEG_M:
        text = (
            f"the leg to point {longest + 1} is {distance_m[longest] / 1000:,.0f} km long, more than 5,000 km"
        )
        raise LimitExceeded("leg-too-long", text, field=f"points[{longest + 1}].position", clause="MAX_LEG_M")
    excess_m = distance_m - SPEED_SLACK_M - MAX_GROUND_SPEED_M_S * lasting_s
    worst = int(np.argmax(excess_m))
    if excess_m[worst] > 0:
        speed = distance_m[worst] / lasting_s[worst]
        text = f"the leg to point {worst + 1} would need {speed:,.0f} m/s, more than 1,500"
        field = f"points[{worst + 1}]"
        raise LimitExceeded("impossible-speed", text, field=field, clause="MAX_GROUND_SPEED_M_S")
