"""What does an entry tell of its part, and does it keep to the bounds of a question?

Always too much, never too little: every bound is rounded outward.
"""

import math
from typing import Final

import numpy as np

from openline.conflict.kernels.cells import BOUNDS
from openline.conflict.kernels.jit import inlined, kernel
from openline.conflict.kernels.layout import (
    ELLIPSOID_HIGH,
    ELLIPSOID_LOW,
    END,
    HIGH,
    LOW,
    START,
    TOLERANCE,
    Floats,
    Numbers,
)

MIDDLE_S: Final = 2_051_222_400.0
"""2035: entries keep seconds from here, so that 1970 to 2100 fits 32 bits."""
INT32_MAX: Final = 2_147_483_647.0

I4 = np.int32
Ten = tuple[I4, I4, I4, I4, I4, I4, I4, I4, I4, I4]
"""Bounds of an entry: x, y, z (cm), height (cm), time (s) from; then the same to, with the sign turned.

Of a question: the largest that they may be, so that one test serves all ten.
"""


@kernel
def _int32(value: float) -> np.int32:
    return np.int32(min(max(value, -INT32_MAX), INT32_MAX))


@kernel
def _low(heads: Floats, i: int) -> float:
    """The lowest that it may be in any terms in which heights are compared, 0.1 mm."""
    return float(min(heads[i, LOW], heads[i, ELLIPSOID_LOW]))


@kernel
def _high(heads: Floats, i: int) -> float:
    return float(max(heads[i, HIGH], heads[i, ELLIPSOID_HIGH]))


@kernel
def write_bounds(entries: Numbers, at: int, heads: Floats, i: int, boxes: Floats) -> None:
    """Of a part with its tolerance."""
    wider_m = heads[i, TOLERANCE]
    for axis in range(3):
        entries[at + axis] = _int32(math.floor(100.0 * (boxes[i, 2 * axis] - wider_m)))
        entries[at + 5 + axis] = _int32(math.floor(-100.0 * (boxes[i, 2 * axis + 1] + wider_m)))
    entries[at + 3] = _int32(math.floor(0.01 * _low(heads, i)))
    entries[at + 8] = _int32(math.floor(-0.01 * _high(heads, i)))
    entries[at + 4] = _int32(math.floor(0.001 * heads[i, START] - MIDDLE_S))
    entries[at + 9] = _int32(math.floor(MIDDLE_S - 0.001 * heads[i, END]))


@kernel
def question_of(heads: Floats, i: int, boxes: Floats, reach_m: float, vertical_dmm: float) -> Ten:
    """The bounds that an entry must keep to, to be within reach."""
    wider_m = heads[i, TOLERANCE] + reach_m
    return (
        _int32(math.ceil(100.0 * (boxes[i, 1] + wider_m))),
        _int32(math.ceil(100.0 * (boxes[i, 3] + wider_m))),
        _int32(math.ceil(100.0 * (boxes[i, 5] + wider_m))),
        _int32(math.ceil(0.01 * (_high(heads, i) + vertical_dmm))),
        _int32(math.ceil(0.001 * heads[i, END] - MIDDLE_S)),
        _int32(math.ceil(100.0 * (wider_m - boxes[i, 0]))),
        _int32(math.ceil(100.0 * (wider_m - boxes[i, 2]))),
        _int32(math.ceil(100.0 * (wider_m - boxes[i, 4]))),
        _int32(math.ceil(0.01 * (vertical_dmm - _low(heads, i)))),
        _int32(math.ceil(MIDDLE_S - 0.001 * heads[i, START])),
    )


@kernel
def question_of_entry(entries: Numbers, at: int, reach_m: float, vertical_dmm: float) -> Ten:
    """As question_of, from what is kept of a part."""
    wide, tall = float(math.ceil(100.0 * reach_m)), float(math.ceil(0.01 * vertical_dmm))
    return (
        _int32(wide - entries[at + 5]),
        _int32(wide - entries[at + 6]),
        _int32(wide - entries[at + 7]),
        _int32(tall - entries[at + 8]),
        _int32(-float(entries[at + 9])),
        _int32(wide - entries[at]),
        _int32(wide - entries[at + 1]),
        _int32(wide - entries[at + 2]),
        _int32(tall - entries[at + 3]),
        _int32(-float(entries[at + 4])),
    )


@inlined
def meets(entries: Numbers, at: int, question: Ten) -> bool:
    """Does the entry that begins there keep to them?"""
    # All ten at once, without branches between: what is apart is seldom told by the first of them.
    apart = entries[at] > question[0]
    for bound in range(1, BOUNDS):
        apart |= entries[at + bound] > question[bound]
    return not apart
