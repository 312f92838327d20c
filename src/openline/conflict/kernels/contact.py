"""Pairs of parts compared exactly, and what the contacts of two operations come to.

Each kind of pair has a kernel of its own, so that whoever never flies a trajectory never waits for its
compilation.
"""

from typing import Final

import numpy as np

from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import (
    AT_X,
    AT_Y,
    AT_Z,
    CONTACT_COLUMNS,
    DWELL_MS,
    FROM,
    LATERAL,
    OF,
    OWNER,
    SAME_INSTANT_MS,
    TO,
    WITH,
    Floats,
    Ints,
    Numbers,
)
from openline.conflict.kernels.plane import WORK
from openline.conflict.kernels.surface import degrees_of
from openline.conflict.kernels.zones import zone_zone


@kernel
def zones_met(
    heads_a: Floats, bodies_a: Floats, heads_b: Floats, bodies_b: Floats, pairs: Numbers, reach: Floats
) -> Floats:
    """The contacts of pairs (row of a, row of b) of two volumes."""
    contacts = np.empty((len(pairs), CONTACT_COLUMNS))
    work = np.empty((2, 2, WORK + 1))
    count = 0
    for n in range(len(pairs)):
        i, j = pairs[n, 0], pairs[n, 1]
        if zone_zone(heads_a, i, bodies_a, heads_b, j, bodies_b, reach, work, contacts[count]):
            contacts[count, OF], contacts[count, WITH] = heads_a[i, OWNER], heads_b[j, OWNER]
            count += 1
    return contacts[:count]


@kernel
def conflicts_of(contacts: Floats, reach: Floats) -> Floats:
    """One row for each two operations (OF, WITH) that break the minima for longer than the dwell tolerates.

    FROM and TO: the first and last moment of those continuous times; the rest is the nearest within them,
    with its latitude and longitude (degrees) in AT_X and AT_Y. Rows come in the order of OF and WITH.
    """
    count = len(contacts)
    rows = np.empty((count, CONTACT_COLUMNS))
    found = 0
    order = _in_order(contacts)
    begin = 0
    while begin < count:
        end = begin + 1
        while end < count and _same_two(contacts, order[begin], order[end]):
            end += 1
        found += _summed(contacts, order, begin, end, reach[DWELL_MS], rows[found])
        begin = end
    for n in range(found):
        rows[n, AT_X], rows[n, AT_Y] = degrees_of(rows[n, AT_X], rows[n, AT_Y], rows[n, AT_Z])
    return rows[:found]


@kernel
def _same_two(contacts: Floats, one: int, other: int) -> bool:
    return bool(contacts[one, WITH] == contacts[other, WITH] and contacts[one, OF] == contacts[other, OF])


_ORDER: Final = (OF, WITH, FROM, TO)


@kernel
def _in_order(contacts: Floats) -> Ints:
    """By OF, WITH, FROM, TO. Few are put in place one by one, many by stable sorts from the last key to the
    first.
    """
    count = len(contacts)
    order = np.arange(count)
    if count > 64:
        for key in range(len(_ORDER) - 1, -1, -1):
            order = order[np.argsort(contacts[order, _ORDER[key]], kind="mergesort")]
        return order
    for n in range(1, count):
        moving, at = order[n], n
        while at > 0 and _before(contacts, moving, order[at - 1]):
            order[at] = order[at - 1]
            at -= 1
        order[at] = moving
    return order


@kernel
def _before(contacts: Floats, one: int, other: int) -> bool:
    for key in range(len(_ORDER)):
        if contacts[one, _ORDER[key]] != contacts[other, _ORDER[key]]:
            return bool(contacts[one, _ORDER[key]] < contacts[other, _ORDER[key]])
    return False


@kernel
def _summed(contacts: Floats, order: Ints, begin: int, end: int, dwell_ms: float, row: Floats) -> bool:
    """The contacts of two operations, in the order of time. False where they are all too short."""
    kept = False
    at = begin
    while at < end:
        start, stop = contacts[order[at], FROM], contacts[order[at], TO]
        after = at + 1
        while after < end and contacts[order[after], FROM] <= stop + SAME_INSTANT_MS:
            stop = max(stop, contacts[order[after], TO])
            after += 1
        if dwell_ms == 0.0 or stop - start >= dwell_ms + SAME_INSTANT_MS:
            if not kept:
                row[:] = contacts[order[at]]
                row[FROM] = start
            kept = True
            row[TO] = stop
            for n in range(at, after):
                if _nearer(contacts[order[n]], row):
                    row[LATERAL : AT_Z + 1] = contacts[order[n], LATERAL : AT_Z + 1]
        at = after
    return kept


@kernel
def _nearer(one: Floats, other: Floats) -> bool:
    """By the lateral distance, then the vertical, then the time, then the place: an order in which none are
    alike.
    """
    for column in range(LATERAL, AT_Z + 1):
        if one[column] != other[column]:
            return bool(one[column] < other[column])
    return False
