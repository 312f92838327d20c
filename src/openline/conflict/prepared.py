"""An operation made ready to be compared: legs as rows of numbers, outlines as regions, a space-time box for
each.

Made once when it enters the index, so that no question asks for a geodesic twice.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from openline.airspace import geoid
from openline.airspace.altitude import Datum, Spans, pressure_margin_dmm
from openline.airspace.operation import Operation, State
from openline.airspace.trajectory import Trajectory
from openline.airspace.volume import Volume4D
from openline.conflict.frame import Floats
from openline.conflict.region import Region, region_of
from openline.conflict.steps import Steps, steps_along
from openline.errors import Invalid, LimitExceeded
from openline.units import DMM_PER_METRE, metres_from_dmm

LEG_STEP_M = 10_000.0
"""Longest piece of a leg that is compared as a straight line."""

MAX_STEPS = 200_000
"""Pieces of all legs of one operation: two million kilometres of path."""

_DATUM_NUMBER = {None: 0.0, Datum.WGS84: 1.0, Datum.AMSL: 2.0, Datum.PRESSURE: 3.0}


class Leg(IntEnum):
    """Columns of a leg's row. Times in ms, places earth-centred in m or in degrees, heights in 0.1 mm.

    NATIVE heights count in the DATUM's own terms; the others are spans on the ellipsoid. All with the
    vertical tolerance.
    """

    START, END = 0, 1
    X0, Y0, Z0, X1, Y1, Z1 = 2, 3, 4, 5, 6, 7
    LATITUDE, LONGITUDE, AZIMUTH, LENGTH = 8, 9, 10, 11
    DATUM = 12
    NATIVE_LOW0, NATIVE_LOW1, NATIVE_HIGH0, NATIVE_HIGH1 = 13, 14, 15, 16
    LOW0, LOW1, HIGH0, HIGH1 = 17, 18, 19, 20


class Box(IntEnum):
    """Columns of a part's row in the broad phase. REACH: lateral tolerance, m. The rest as in Leg.

    START and END hold the time tolerance, the coordinates do not hold the lateral one. From BEGIN on only for
    legs (NaN for volumes): the time, place and velocity of the leg's start, and SLACK, how far the aircraft
    may be from that
    straight line: by the time tolerance, and by the arc over its chord.
    """

    START, END, X_LOW, X_HIGH, Y_LOW, Y_HIGH, Z_LOW, Z_HIGH = 0, 1, 2, 3, 4, 5, 6, 7
    DATUM, NATIVE_LOW, NATIVE_HIGH, LOW, HIGH, REACH = 8, 9, 10, 11, 12, 13
    BEGIN, X, Y, Z, VX, VY, VZ, SLACK = 14, 15, 16, 17, 18, 19, 20, 21


BOX_COLUMNS = len(Box)


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """A volume made ready: its region, its times (both included) and its heights."""

    region: Region
    start_ms: int
    end_ms: int
    spans: Spans

    @property
    def datum_number(self) -> float:
        return _DATUM_NUMBER[self.spans.datum]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """id; legs (n, 21) as in Leg; zones; boxes (n + len(zones), 22) as in Box, legs first; tolerances of the
    trajectory.
    """

    id: str
    legs: Floats
    zones: tuple[Zone, ...]
    boxes: Floats
    lateral_tolerance_m: float
    time_tolerance_ms: float

    def zone(self, part: int) -> Zone | None:
        """The zone of that part, None where it is a leg."""
        return self.zones[part - len(self.legs)] if part >= len(self.legs) else None


def prepare(operation: Operation) -> Prepared:
    """Raises Invalid "ended" where it is over, LimitExceeded "path-too-long"; and as the geoid does."""
    if operation.state is State.ENDED:
        text = "an ended operation is in nobody's way"
        raise Invalid("ended", text, field="state", remedy="remove it from the index")
    zones = tuple(_zone(volume) for volume in (*operation.volumes, *operation.off_nominal_volumes))
    trajectory = operation.trajectory
    legs, leg_boxes = (
        _legs(trajectory) if trajectory else (np.empty((0, len(Leg))), np.empty((0, BOX_COLUMNS)))
    )
    boxes = np.concatenate([leg_boxes, *(_zone_box(zone) for zone in zones)])
    return Prepared(
        operation.id,
        legs,
        zones,
        boxes,
        metres_from_dmm(trajectory.lateral_tolerance_dmm) if trajectory else 0.0,
        float(trajectory.time_tolerance_ms) if trajectory else 0.0,
    )


def _zone(volume: Volume4D) -> Zone:
    shape = volume.volume
    return Zone(region_of(shape.outline), volume.start_ms, volume.end_ms, shape.spans())


def _zone_box(zone: Zone) -> Floats:
    row = np.full((1, BOX_COLUMNS), np.nan)
    row[0, Box.START], row[0, Box.END] = zone.start_ms, zone.end_ms
    row[0, Box.X_LOW : Box.Z_HIGH + 1] = np.stack([zone.region.low, zone.region.high], axis=1).ravel()
    row[0, Box.DATUM] = zone.datum_number
    row[0, Box.NATIVE_LOW], row[0, Box.NATIVE_HIGH] = zone.spans.native or zone.spans.ellipsoid
    row[0, Box.LOW], row[0, Box.HIGH] = zone.spans.ellipsoid
    row[0, Box.REACH] = 0.0
    return row


# Legs -------------------------------------------------------------------------------------------------------
def _legs(trajectory: Trajectory) -> tuple[Floats, Floats]:
    points = trajectory.points
    latitude = np.array([point.position.latitude_deg for point in points])
    longitude = np.array([point.position.longitude_deg for point in points])
    steps = _steps(latitude, longitude)
    times = np.array([point.time_ms for point in points], dtype=np.float64)
    heights = np.array([point.altitude.height_dmm for point in points], dtype=np.float64)
    legs = np.empty((len(steps), len(Leg)))
    legs[:, Leg.START], legs[:, Leg.END] = _shared(times, steps)
    legs[:, Leg.X0 : Leg.Z0 + 1], legs[:, Leg.X1 : Leg.Z1 + 1] = steps.start, steps.end
    legs[:, Leg.LATITUDE], legs[:, Leg.LONGITUDE] = steps.latitude, steps.longitude
    legs[:, Leg.AZIMUTH], legs[:, Leg.LENGTH] = steps.azimuth, steps.length
    legs[:, Leg.DATUM] = _DATUM_NUMBER[trajectory.datum]
    _write_heights(legs, *_shared(heights, steps), trajectory, latitude[-1], longitude[-1])
    return legs, _leg_boxes(legs, steps, trajectory)


def _steps(latitude: Floats, longitude: Floats) -> Steps:
    steps = steps_along(latitude, longitude, LEG_STEP_M)
    if len(steps) > MAX_STEPS:
        text = f"the path has {len(steps):,} pieces of 10 km, more than {MAX_STEPS:,}"
        raise LimitExceeded("path-too-long", text, field="trajectory.points", clause="MAX_STEPS")
    return steps


def _shared(values: Floats, steps: Steps) -> tuple[Floats, Floats]:
    """Values of the points, spread uniformly over the steps of each leg; exact at the points, and where they
    are equal.
    """
    first, then = values[steps.whole], values[steps.whole + 1]
    start = first + steps.before * (then - first)
    end = np.where(steps.after == 1.0, then, first + steps.after * (then - first))
    # The end of a step is the start of the next to the last bit, so that no time falls between two.
    end[:-1] = np.where(steps.after[:-1] == 1.0, then[:-1], start[1:])
    return start, end


def _write_heights(
    legs: Floats, start: Floats, end: Floats, trajectory: Trajectory, latitude: float, longitude: float
) -> None:
    tolerance = trajectory.vertical_tolerance_dmm
    legs[:, Leg.NATIVE_LOW0], legs[:, Leg.NATIVE_LOW1] = start - tolerance, end - tolerance
    legs[:, Leg.NATIVE_HIGH0], legs[:, Leg.NATIVE_HIGH1] = start + tolerance, end + tolerance
    low, high = _ellipsoid_shift(
        np.append(start, end[-1]),
        np.append(legs[:, Leg.LATITUDE], latitude),
        np.append(legs[:, Leg.LONGITUDE], longitude),
        trajectory.datum,
    )
    legs[:, Leg.LOW0], legs[:, Leg.LOW1] = start - tolerance + low[:-1], end - tolerance + low[1:]
    legs[:, Leg.HIGH0], legs[:, Leg.HIGH1] = start + tolerance + high[:-1], end + tolerance + high[1:]


def _ellipsoid_shift(
    heights: Floats, latitude: Floats, longitude: Floats, datum: Datum
) -> tuple[Floats, Floats]:
    """What to add to heights of the datum for the lowest and highest that they may mean on the ellipsoid."""
    if datum is Datum.WGS84:
        return np.zeros(len(heights)), np.zeros(len(heights))
    undulation = np.asarray(geoid.undulation_m(latitude, longitude)) * DMM_PER_METRE
    margin = np.full(len(heights), geoid.INTERPOLATION_ERROR_M * DMM_PER_METRE)
    if datum is Datum.PRESSURE:
        margin += [pressure_margin_dmm(round(height)) for height in heights.tolist()]
    return undulation - margin, undulation + margin


def _leg_boxes(legs: Floats, steps: Steps, trajectory: Trajectory) -> Floats:
    early = trajectory.time_tolerance_ms
    boxes = np.empty((len(legs), BOX_COLUMNS))
    boxes[:, Box.START], boxes[:, Box.END] = legs[:, Leg.START] - early, legs[:, Leg.END] + early
    boxes[:, Box.X_LOW : Box.Z_HIGH + 1] = np.stack(steps.box(), axis=2).reshape(len(legs), 6)
    boxes[:, Box.DATUM] = legs[:, Leg.DATUM]
    low, high = [Leg.NATIVE_LOW0, Leg.NATIVE_LOW1], [Leg.NATIVE_HIGH0, Leg.NATIVE_HIGH1]
    boxes[:, Box.NATIVE_LOW], boxes[:, Box.NATIVE_HIGH] = legs[:, low].min(axis=1), legs[:, high].max(axis=1)
    low, high = [Leg.LOW0, Leg.LOW1], [Leg.HIGH0, Leg.HIGH1]
    boxes[:, Box.LOW], boxes[:, Box.HIGH] = legs[:, low].min(axis=1), legs[:, high].max(axis=1)
    boxes[:, Box.REACH] = metres_from_dmm(trajectory.lateral_tolerance_dmm)
    boxes[:, Box.BEGIN] = legs[:, Leg.START]
    boxes[:, Box.X : Box.Z + 1] = steps.start
    lasting = legs[:, Leg.END] - legs[:, Leg.START]
    boxes[:, Box.VX : Box.VZ + 1] = (steps.end - steps.start) / lasting[:, None]
    boxes[:, Box.SLACK] = steps.length / lasting * early + steps.bulge + 0.1
    return boxes
