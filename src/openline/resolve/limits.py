"""How far an operation may be moved, and what each move costs."""

from collections.abc import Iterator

import msgspec

from openline.airspace import checks
from openline.airspace.change import Change
from openline.airspace.limits import MAX_HEIGHT_DMM, MAX_HORIZON_MS, MIN_HEIGHT_DMM
from openline.airspace.operation import Operation
from openline.errors import LimitExceeded
from openline.units import DMM_PER_FOOT, MS_PER_SECOND

MAX_TRIALS = 20_000
"""Changes on one grid."""

COST_PER_SECOND_LATER = 1.0
COST_PER_SECOND_EARLIER = 1.5
"""Getting ready sooner asks more of people than waiting."""
COST_PER_FOOT = 0.06
"""A thousand feet cost as much as a minute's delay."""
COST_OF_BOTH = 30.0
"""Two things to get right instead of one."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The grid of changes that the caller allows.

    earliest_ms, latest_ms: delays from (negative or 0) to (0 or more), in steps of step_ms from 0.
    floor_dmm, ceiling_dmm: no height of a climbed or descended operation lies beyond, in its own datum (0.1
    mm).
    largest_climb_dmm: up or down, in steps of level_step_dmm from 0.

    Raises Invalid "wrong-type"; LimitExceeded "out-of-range", "too-many-trials".
    """

    earliest_ms: int = -300_000
    latest_ms: int = 900_000
    step_ms: int = 60_000
    floor_dmm: int = 0
    ceiling_dmm: int = 60_000 * DMM_PER_FOOT
    largest_climb_dmm: int = 6_000 * DMM_PER_FOOT
    level_step_dmm: int = 1_000 * DMM_PER_FOOT

    def __post_init__(self) -> None:
        checks.whole(self.earliest_ms, "earliest_ms", -MAX_HORIZON_MS, 0, "MAX_HORIZON_MS")
        checks.whole(self.latest_ms, "latest_ms", 0, MAX_HORIZON_MS, "MAX_HORIZON_MS")
        checks.whole(self.step_ms, "step_ms", 1, MAX_HORIZON_MS, "MAX_HORIZON_MS")
        checks.whole(self.floor_dmm, "floor_dmm", MIN_HEIGHT_DMM, MAX_HEIGHT_DMM, "MAX_HEIGHT_DMM")
        checks.whole(self.ceiling_dmm, "ceiling_dmm", self.floor_dmm, MAX_HEIGHT_DMM, "MAX_HEIGHT_DMM")
        checks.whole(self.largest_climb_dmm, "largest_climb_dmm", 0, MAX_HEIGHT_DMM, "MAX_HEIGHT_DMM")
        checks.whole(self.level_step_dmm, "level_step_dmm", 1, MAX_HEIGHT_DMM, "MAX_HEIGHT_DMM")
        trials = (self._later + self._earlier + 1) * (2 * self._levels + 1)
        if trials > MAX_TRIALS:
            text = f"a grid of {trials:,} changes, more than {MAX_TRIALS:,}"
            raise LimitExceeded(
                "too-many-trials", text, clause="MAX_TRIALS", remedy="take longer steps or narrower limits"
            )

    @property
    def _later(self) -> int:
        return self.latest_ms // self.step_ms

    @property
    def _earlier(self) -> int:
        return -self.earliest_ms // self.step_ms

    @property
    def _levels(self) -> int:
        return self.largest_climb_dmm // self.level_step_dmm

    def changes(self) -> Iterator[Change]:
        """Every change of the grid, "as filed" among them."""
        for delay in range(-self._earlier, self._later + 1):
            for level in range(-self._levels, self._levels + 1):
                yield Change(delay * self.step_ms, level * self.level_step_dmm)

    def allow(self, changed: Operation) -> bool:
        """Does every height of a changed operation keep to floor and ceiling?"""
        return all(self.floor_dmm <= height <= self.ceiling_dmm for height in heights_of(changed))


def heights_of(operation: Operation) -> list[int]:
    """Every height that was filed, each in its own datum, 0.1 mm."""
    volumes = [one.volume for one in (*operation.volumes, *operation.off_nominal_volumes)]
    heights = [altitude.height_dmm for volume in volumes for altitude in (volume.lower, volume.upper)]
    points = operation.trajectory.points if operation.trajectory else ()
    return heights + [point.altitude.height_dmm for point in points]


def cost_of(change: Change) -> float:
    """In seconds of delay: 1 a second later, 1.5 a second earlier, 60 a thousand feet, 30 more for both at
    once.
    """
    rate = COST_PER_SECOND_LATER if change.delay_ms > 0 else COST_PER_SECOND_EARLIER
    cost = rate * abs(change.delay_ms) / MS_PER_SECOND + COST_PER_FOOT * abs(change.climb_dmm) / DMM_PER_FOOT
    return cost + (COST_OF_BOTH if change.delay_ms and change.climb_dmm else 0.0)
