"""The minima as the kernels ask for them: how near is near, with the words' strictness put into numbers.

A zero minimum is met by closed sets that share a point, a positive one by sets strictly closer. Floating
point cannot tell "equal" from "nearly", so both are decided to the unit in which they are stated: distances
in 0.1 mm, times in 1 ms. Strictly closer than 9,260 m means at most 9,259.99995 m; sharing a point means
within TOUCH_M, half of the centimetre that F3548-21 (IntersectionMinimumPrecisionCm) asks for.
"""

import msgspec

from openline.conflict.minima import Minima
from openline.units import metres_from_dmm

TOUCH_M = 0.005
"""Closed sets this near share a point. Half of F3548's centimetre, so that shared edges are shared however
they are cut.
"""

HALF_UNIT_DMM = 0.5
HALF_UNIT_M = 0.00005

UNSURE_M = 0.02
UNSURE_PER_METRE = 1e-5
"""How far the flat frame's distance may be from the geodesic: within it, Karney's inverse decides."""


class Reach(msgspec.Struct, frozen=True):
    """lateral_m: conflict at or below it, tolerances to be added. vertical_dmm: conflict at or below it.
    minima: as given.
    """

    minima: Minima
    lateral_m: float
    vertical_dmm: float

    @classmethod
    def of(cls, minima: Minima) -> "Reach":
        lateral_m = metres_from_dmm(minima.lateral_dmm)
        return cls(
            minima,
            lateral_m - HALF_UNIT_M if minima.lateral_dmm else TOUCH_M,
            minima.vertical_dmm - HALF_UNIT_DMM if minima.vertical_dmm else HALF_UNIT_DMM,
        )


def unsure_m(reach_m: float) -> float:
    return UNSURE_M + UNSURE_PER_METRE * reach_m
