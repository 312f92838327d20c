"""Where a short contact is tolerated: whole boxes of delays and climbs in which a conflict surely lasts.

Moved by some milliseconds more or less an aircraft is, at any time, no further from where it was than it
flies in them. So what is nearer than the minima less that distance, for longer than the dwell and twice
those milliseconds, is in conflict in all of a box about the one place that was asked. Nothing is sure of
what is not.
"""

from collections.abc import Sequence

import numpy as np

from openline.airspace.altitude import STEEPEST_MARGIN
from openline.conflict.engine import contacts_of
from openline.conflict.kernels.contact import conflicts_of
from openline.conflict.kernels.layout import (
    DWELL_MS,
    ELLIPSOID_HIGH,
    ELLIPSOID_LOW,
    END,
    HIGH,
    KIND,
    LATERAL_M,
    LEG,
    LEG_ELLIPSOID_HIGH0,
    LEG_ELLIPSOID_HIGH1,
    LEG_ELLIPSOID_LOW0,
    LEG_ELLIPSOID_LOW1,
    LEG_END,
    LEG_LOW0,
    LEG_LOW1,
    LEG_METRES,
    LEG_START,
    LOW,
    OFFSET,
    START,
    VERTICAL,
    VERTICAL_EXACT,
    Ints,
    Numbers,
)
from openline.conflict.obstacles import Obstacles
from openline.resolve.search import Boxes, Floats

IN_DOUBT_M = 0.5
IN_DOUBT_DMM = 10.0
IN_DOUBT_MS = 2.0
"""More than what the frames' errors and roundings come to."""


def boxes_of(obstacles: Sequence[Obstacles]) -> Boxes | None:
    """None where no contact is too short, or nothing flies: convex regions say more then."""
    if not any(one.reach[DWELL_MS] > 0.0 and len(one.flown) for one in obstacles):
        return None
    return _Together([_Lasting(one) for one in obstacles])


class _Together:
    """In conflict with what stands in any of several indexes."""

    def __init__(self, each: Sequence[Boxes]) -> None:
        self._each = each

    def covers(self, delays_ms: tuple[int, int], climbs_dmm: tuple[int, int]) -> bool:
        return any(one.covers(delays_ms, climbs_dmm) for one in self._each)


class _Lasting:
    """What of a plane of delays and climbs is surely in conflict, box by box."""

    def __init__(self, obstacles: Obstacles) -> None:
        self._it = obstacles
        own, other = obstacles.heads[:, KIND] == LEG, obstacles.other_heads[:, KIND] == LEG
        flown, both = obstacles.flown, own[obstacles.flown[:, 0]] & other[obstacles.flown[:, 1]]
        self._pairs = _numbers(obstacles.touching), _numbers(flown[~both]), _numbers(flown[both])
        self._legs = obstacles.heads[own, OFFSET].astype(np.int64)[:, None]
        self._m_per_ms, self._dmm_per_ms = self._rates()

    def covers(self, delays_ms: tuple[int, int], climbs_dmm: tuple[int, int]) -> bool:
        """Is there surely a conflict at every delay and climb between these, both included?"""
        delay, wide = 0.5 * (delays_ms[0] + delays_ms[1]), 0.5 * (delays_ms[1] - delays_ms[0])
        climb, tall = 0.5 * (climbs_dmm[0] + climbs_dmm[1]), 0.5 * (climbs_dmm[1] - climbs_dmm[0])
        margin = STEEPEST_MARGIN * (abs(climb) + tall) + tall + self._dmm_per_ms * wide + IN_DOUBT_DMM
        reach = self._it.reach.copy()
        reach[LATERAL_M] -= self._m_per_ms * wide + IN_DOUBT_M
        reach[[VERTICAL, VERTICAL_EXACT]] -= margin
        reach[DWELL_MS] += 2.0 * wide + IN_DOUBT_MS
        if reach[LATERAL_M] <= 0.0 or reach[VERTICAL] <= 0.0:
            return False
        heads, bodies = self._moved(delay, climb)
        it = self._it
        contacts = contacts_of(heads, bodies, it.other_heads, it.other_bodies, self._pairs, reach)
        return len(contacts) > 0 and len(conflicts_of(contacts, reach)) > 0

    def _moved(self, delay_ms: float, climb_dmm: float) -> tuple[Floats, Floats]:
        heads, bodies = self._it.heads.copy(), self._it.bodies.copy()
        heads[:, [START, END]] += delay_ms
        heads[:, [LOW, HIGH, ELLIPSOID_LOW, ELLIPSOID_HIGH]] += climb_dmm
        bodies[self._legs + np.array((LEG_START, LEG_END))] += delay_ms
        bodies[self._legs + np.arange(LEG_LOW0, LEG_ELLIPSOID_HIGH1 + 1)] += climb_dmm
        return heads, bodies

    def _rates(self) -> tuple[float, float]:
        """The greatest ground speed and rate of climb of the own legs, per ms; 0 where there are none."""
        if not len(self._legs):
            return 0.0, 0.0
        bodies, at = self._it.bodies, self._legs[:, 0]
        lasting_ms = bodies[at + LEG_END] - bodies[at + LEG_START]
        climbed_dmm = np.abs(bodies[at + LEG_LOW1] - bodies[at + LEG_LOW0])
        # On the ellipsoid the margin and the undulation may add to that, either way.
        risen_dmm = np.abs(bodies[at + LEG_ELLIPSOID_LOW1] - bodies[at + LEG_ELLIPSOID_LOW0])
        raised_dmm = np.abs(bodies[at + LEG_ELLIPSOID_HIGH1] - bodies[at + LEG_ELLIPSOID_HIGH0])
        steepest = np.maximum(climbed_dmm, np.maximum(risen_dmm, raised_dmm)) / lasting_ms
        return float((bodies[at + LEG_METRES] / lasting_ms).max()), float(steepest.max())


def _numbers(pairs: Ints) -> Numbers:
    return np.ascontiguousarray(pairs, dtype=np.int32)
