"""The exact test of two operations: contacts of their parts, the union of their times, the dwell, the
conflict.
"""

import math
from collections.abc import Iterable

import numpy as np

from openline.airspace.operation import Operation
from openline.airspace.position import Position
from openline.conflict.broad import candidates
from openline.conflict.contact import Contact, contacts
from openline.conflict.found import Approach, Conflict
from openline.conflict.frame import between
from openline.conflict.intervals import Interval, lasting
from openline.conflict.minima import Minima
from openline.conflict.prepared import Prepared, prepare
from openline.conflict.reach import Reach

_ROUNDING_DMM = 1e-3
_SLACK_MS = 0.01
"""Rounding outward starts here: a hundredth of a millisecond is the arithmetic's, not the aircraft's."""


def conflict_between(first: Operation, second: Operation, minima: Minima) -> Conflict | None:
    """The conflict of two operations, or None; the same whichever is named first.

    An operation has none with itself (the same id). Raises Invalid "ended" where one is over.
    """
    one, other = prepare(first), prepare(second)
    if one.id == other.id:
        return None
    reach = Reach.of(minima)
    rows = np.arange(len(other.boxes))
    pairs = candidates(one.boxes, len(one.legs), other.boxes, rows, reach)
    return conflict_of(one, other, zip(pairs[0].tolist(), pairs[1].tolist(), strict=True), reach)


def conflict_of(
    one: Prepared, other: Prepared, parts: Iterable[tuple[int, int]], reach: Reach
) -> Conflict | None:
    """From the pairs of parts that the broad phase left. Always computed in the order of the ids, so that
    both agree.
    """
    if one.id > other.id:
        one, other, parts = other, one, [(theirs, mine) for mine, theirs in parts]
    found = [
        contact for mine, theirs in sorted(parts) for contact in contacts(one, mine, other, theirs, reach)
    ]
    windows = lasting([(contact.start, contact.end) for contact in found], reach.minima.dwell_ms)
    if not windows:
        return None
    return Conflict(
        one.id,
        other.id,
        math.floor(windows[0][0] + _SLACK_MS),
        math.ceil(windows[-1][1] - _SLACK_MS),
        _closest(found, windows),
    )


def _closest(found: list[Contact], windows: list[Interval]) -> Approach:
    """The nearest of the contacts that belong to the windows; of equals the first in time."""
    counted = [one for one in found if any(start <= one.start and one.end <= end for start, end in windows)]
    best = min(counted, key=lambda one: (one.lateral, one.vertical, one.time))
    latitude, longitude = between(*best.here, *best.there)
    # Downwards: a gap that broke the minimum must not be rounded up to it.
    vertical = math.floor(best.vertical + _ROUNDING_DMM)
    return Approach(Position(latitude, longitude), round(best.time), best.lateral, vertical)
