"""The minima as the kernels ask for them: how near is near, with the words' strictness put into numbers.

A zero minimum is met by closed sets that share a point, a positive one by sets strictly closer. Floating
point cannot tell "equal" from "nearly", so both are decided to the unit in which they are stated: distances
in 0.1 mm, times in 1 ms. Strictly closer than 9,260 m means at most 9,259.99995 m; sharing a point means
within TOUCH_M, half of the centimetre that F3548-21 (IntersectionMinimumPrecisionCm) asks for.
"""

import numpy as np

from openline.conflict.kernels.layout import (
    DWELL_MS,
    LATERAL_M,
    REACH_COLUMNS,
    VERTICAL,
    VERTICAL_EXACT,
    Floats,
)
from openline.conflict.minima import Minima
from openline.units import metres_from_dmm

TOUCH_M = 0.005
"""Closed sets this near share a point. Half of F3548's centimetre, so that shared edges are shared however
they are cut.
"""

HALF_UNIT_DMM = 0.5
HALF_UNIT_M = 0.00005


def reach_of(minima: Minima) -> Floats:
    """As kernels take it: the columns REACH_COLUMNS of `kernels.layout`."""
    lateral_m = metres_from_dmm(minima.lateral_dmm)
    reach = np.empty(REACH_COLUMNS)
    reach[LATERAL_M] = lateral_m - HALF_UNIT_M if minima.lateral_dmm else TOUCH_M
    reach[VERTICAL] = minima.vertical_dmm - HALF_UNIT_DMM if minima.vertical_dmm else HALF_UNIT_DMM
    reach[VERTICAL_EXACT] = np.nextafter(minima.vertical_dmm, 0.0) if minima.vertical_dmm else 0.0
    reach[DWELL_MS] = minima.dwell_ms
    return reach
