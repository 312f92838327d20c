"""How far an operation may be moved, in which steps, and what of it the moment and the accord leave."""

from typing import ClassVar, Final, Protocol

import msgspec

from openline.airspace import checks
from openline.airspace.altitude import Datum
from openline.airspace.change import MAX_OFFSET_DMM
from openline.airspace.limits import (
    MAX_HEIGHT_DMM,
    MAX_HORIZON_MS,
    MAX_PRESSURE_HEIGHT_DMM,
    MAX_TIME_MS,
    MIN_HEIGHT_DMM,
    MIN_PRESSURE_HEIGHT_DMM,
    MIN_TIME_MS,
)
from openline.airspace.operation import Operation
from openline.errors import LimitExceeded
from openline.units import DMM_PER_FOOT, DMM_PER_METRE, DMM_PER_NAUTICAL_MILE, MS_PER_SECOND

MAX_OFFSETS: Final = 100
"""Steps to one side."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The changes that the caller allows.

    earliest_ms, latest_ms: delays from (negative or 0) to (0 or more), in steps of step_ms from 0.
    floor_dmm, ceiling_dmm: no height of a climbed or descended operation lies beyond, in its own datum (0.1
    mm). largest_climb_dmm: up or down, in steps of level_step_dmm from 0. largest_offset_dmm: to either
    side, in steps of offset_step_dmm from 0; 0 is none.

    The steps are a second and a foot, on which the search is complete; `Limits.levels` has the steps in
    which people speak: whole minutes and thousands of feet. Raises Invalid "wrong-type"; LimitExceeded
    "out-of-range", "too-many-offsets".
    """

    earliest_ms: int = -300_000
    latest_ms: int = 900_000
    step_ms: int = MS_PER_SECOND
    floor_dmm: int = 0
    ceiling_dmm: int = 60_000 * DMM_PER_FOOT
    largest_climb_dmm: int = 6_000 * DMM_PER_FOOT
    level_step_dmm: int = DMM_PER_FOOT
    largest_offset_dmm: int = 5 * DMM_PER_NAUTICAL_MILE
    offset_step_dmm: int = DMM_PER_NAUTICAL_MILE // 2

    levels: ClassVar["Limits"]

    def __post_init__(self) -> None:
        checks.whole(self.earliest_ms, "earliest_ms", -MAX_HORIZON_MS, 0, "MAX_HORIZON_MS")
        checks.whole(self.latest_ms, "latest_ms", 0, MAX_HORIZON_MS, "MAX_HORIZON_MS")
        checks.whole(self.step_ms, "step_ms", 1, MAX_HORIZON_MS, "MAX_HORIZON_MS")
        checks.whole(self.floor_dmm, "floor_dmm", MIN_HEIGHT_DMM, MAX_HEIGHT_DMM, "MAX_HEIGHT_DMM")
        checks.whole(self.ceiling_dmm, "ceiling_dmm", self.floor_dmm, MAX_HEIGHT_DMM, "MAX_HEIGHT_DMM")
        checks.whole(self.largest_climb_dmm, "largest_climb_dmm", 0, MAX_HEIGHT_DMM, "MAX_HEIGHT_DMM")
        checks.whole(self.level_step_dmm, "level_step_dmm", 1, MAX_HEIGHT_DMM, "MAX_HEIGHT_DMM")
        checks.whole(self.largest_offset_dmm, "largest_offset_dmm", 0, MAX_OFFSET_DMM, "MAX_OFFSET_DMM")
        checks.whole(self.offset_step_dmm, "offset_step_dmm", DMM_PER_METRE, MAX_OFFSET_DMM, "MAX_OFFSET_DMM")
        if self.largest_offset_dmm // self.offset_step_dmm > MAX_OFFSETS:
            text = f"{self.largest_offset_dmm // self.offset_step_dmm:,} steps aside, more than {MAX_OFFSETS}"
            remedy = "take longer steps or a smaller offset"
            raise LimitExceeded("too-many-offsets", text, clause="MAX_OFFSETS", remedy=remedy)


Limits.levels = Limits(step_ms=60 * MS_PER_SECOND, level_step_dmm=1_000 * DMM_PER_FOOT, largest_offset_dmm=0)
"""For what is said on a line: whole minutes, levels that are flown, and nothing aside (a proposal has no word
for it).
"""


class Caps(Protocol):
    """Of an accord's caps: horizon_ms, how far ahead an operation may start."""

    @property
    def horizon_ms(self) -> int: ...


class Terms(Protocol):
    """What an accord has to say about when an operation may start (`openline.accord.terms.Accord` does)."""

    @property
    def minimum_notice_ms(self) -> int: ...

    @property
    def valid_until_ms(self) -> int: ...

    @property
    def caps(self) -> Caps: ...


class Range(msgspec.Struct, frozen=True):
    """Steps from first to last (both included, either sign), of so many ms or 0.1 mm each; 0 is no change,
    and is always allowed. Empty where first > last.
    """

    first: int
    last: int
    step: int

    def side(self, sign: int) -> "Range":
        """The steps in one direction, counted outward: from 1 or more, to the furthest."""
        if sign > 0:
            return Range(max(1, self.first), self.last, self.step)
        return Range(max(1, -self.last), -self.first, self.step)

    @property
    def is_empty(self) -> bool:
        return self.first > self.last


def delays(operation: Operation, limits: Limits, terms: Terms | None, now_ms: int) -> Range:
    """The delays that may be proposed at now_ms.

    Nothing is moved into the past: what has started already is not moved in time at all, and what starts
    sooner than the accord's notice asks for is only delayed. Nothing is moved beyond the accord's horizon or
    the end of its validity, but what lies there as filed may still come nearer.
    """
    if operation.start_ms < now_ms:
        return Range(0, 0, limits.step_ms)
    notice_ms = terms.minimum_notice_ms if terms else 0
    soonest = max(limits.earliest_ms, min(0, now_ms + notice_ms - operation.start_ms))
    soonest = max(soonest, MIN_TIME_MS - _first_ms(operation))
    last = min(limits.latest_ms, MAX_TIME_MS - _last_ms(operation))
    if terms:
        until_ms = min(now_ms + terms.caps.horizon_ms, terms.valid_until_ms - 1)
        last = min(last, max(0, until_ms - operation.start_ms))
    return Range(-(-soonest // limits.step_ms), last // limits.step_ms, limits.step_ms)


def climbs(operation: Operation, limits: Limits) -> Range:
    """The climbs (negative: descents) that keep every height between floor and ceiling, and within what can
    be filed. Where all of it lies below the floor, the least is a climb.
    """
    heights = list(_heights_of(operation))
    least = max(_least_dmm(datum, limits) - height for height, datum in heights)
    most = min(_most_dmm(datum, limits) - height for height, datum in heights)
    least, most = max(least, -limits.largest_climb_dmm), min(most, limits.largest_climb_dmm)
    return Range(-(-least // limits.level_step_dmm), most // limits.level_step_dmm, limits.level_step_dmm)


def _least_dmm(datum: Datum, limits: Limits) -> int:
    return max(limits.floor_dmm, MIN_PRESSURE_HEIGHT_DMM if datum is Datum.PRESSURE else MIN_HEIGHT_DMM)


def _most_dmm(datum: Datum, limits: Limits) -> int:
    return min(limits.ceiling_dmm, MAX_PRESSURE_HEIGHT_DMM if datum is Datum.PRESSURE else MAX_HEIGHT_DMM)


def _heights_of(operation: Operation) -> set[tuple[int, Datum]]:
    """Every height that was filed, 0.1 mm, each in its own datum."""
    volumes = [one.volume for one in (*operation.volumes, *operation.off_nominal_volumes)]
    points = operation.trajectory.points if operation.trajectory else ()
    altitudes = [limit for volume in volumes for limit in (volume.lower, volume.upper)]
    altitudes += [point.altitude for point in points]
    return {(altitude.height_dmm, altitude.datum) for altitude in altitudes}


def _first_ms(operation: Operation) -> int:
    """The first time that is filed; unlike start_ms without the time tolerance."""
    volumes = (*operation.volumes, *operation.off_nominal_volumes)
    flown = [operation.trajectory.start_ms] if operation.trajectory else []
    return min(flown + [one.start_ms for one in volumes])


def _last_ms(operation: Operation) -> int:
    volumes = (*operation.volumes, *operation.off_nominal_volumes)
    flown = [operation.trajectory.end_ms] if operation.trajectory else []
    return max(flown + [one.end_ms for one in volumes])
