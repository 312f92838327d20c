"""Which delays surely bring two parts into contact: legs through zones, and legs near legs.

What `passages` and `legs` find, less what is in doubt: a search for ways out skips these delays unproved.
"""

import numpy as np

from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import (
    CONTACT_COLUMNS,
    DATUM,
    ELLIPSOID_HIGH,
    ELLIPSOID_LOW,
    END,
    FROM,
    HIGH,
    LATERAL_M,
    LEG_ELLIPSOID_HIGH0,
    LEG_ELLIPSOID_LOW0,
    LEG_END,
    LEG_HIGH0,
    LEG_LOW0,
    LEG_METRES,
    LEG_START,
    LEG_TIME_TOLERANCE,
    LOW,
    OFFSET,
    START,
    TO,
    TOLERANCE,
    VERTICAL,
    Floats,
    Ints,
)
from openline.conflict.kernels.legs import blocked
from openline.conflict.kernels.linear import below, unsure_m
from openline.conflict.kernels.passages import FULL, blocked_zone

# passages: (n, PASSAGE_COLUMNS) float64. A leg laterally within reach of a zone, at any height and time.
P_FROM, P_TO = 0, 1
"""Own times of the leg, ms from its start."""
P_LOW, P_LOW_RATE, P_HIGH, P_HIGH_RATE = 2, 3, 4, 5
"""Heights of the leg at its start and their change per ms, 0.1 mm."""
P_BOTTOM, P_TOP = 6, 7
"""Of the zone, in the same datum."""
P_LEAST, P_MOST = 8, 9
"""The zone's start and end as delays of the leg's start, the time tolerance in, ms."""
P_REACH, P_WIDER, P_IN_DOUBT = 10, 11, 12
"""The vertical reach that is sure, and what a climb gives to it (see `give_dmm`)."""
PASSAGE_COLUMNS = 13

# margins: (n, 2) float64, for each pair.
WIDER = 0
"""By how much of a climb the heights that may be meant grow apart: the margin of a pressure altitude does."""
IN_DOUBT = 1
"""By how much of a climb that may be wrong."""

HEIGHTS_IN_DOUBT_DMM = 3.0
"""Heights that were interpolated, and margins that were rounded."""
GRAZING_M = 5.0
"""An outline is entered and left within this of where the frame has it, wherever it is crossed at more than a
quarter of a degree.
"""
_ANY_HEIGHT_DMM = 1e15


@kernel
def passages_of(
    legs: Floats,
    leg_bodies: Floats,
    zones: Floats,
    zone_bodies: Floats,
    pairs: Ints,
    margins: Floats,
    reach: Floats,
) -> Floats:
    """The passages of pairs (leg, zone), rows of PASSAGE_COLUMNS, shortened at outlines by what is not
    sure. margins: (n, 2), see `give_dmm`.
    """
    rows = np.empty((16, PASSAGE_COLUMNS))
    contacts = np.empty((16, CONTACT_COLUMNS))
    count = 0
    for n in range(len(pairs)):
        i, j = pairs[n, 0], pairs[n, 1]
        found = _lateral(legs, i, leg_bodies, zones, j, zone_bodies, reach, contacts)
        while found == FULL:
            contacts = np.empty((2 * len(contacts), CONTACT_COLUMNS))
            found = _lateral(legs, i, leg_bodies, zones, j, zone_bodies, reach, contacts)
        for row in range(found):
            if count == len(rows):
                rows = np.concatenate((rows, np.empty_like(rows)))
            if _write_passage(
                legs, i, leg_bodies, zones, j, -contacts[row, TO], -contacts[row, FROM], rows[count]
            ):
                rows[count, P_REACH] = reach[VERTICAL] - HEIGHTS_IN_DOUBT_DMM
                rows[count, P_WIDER], rows[count, P_IN_DOUBT] = margins[n, WIDER], margins[n, IN_DOUBT]
                count += 1
    return rows[:count]


@kernel
def _lateral(
    legs: Floats,
    i: int,
    leg_bodies: Floats,
    zones: Floats,
    j: int,
    zone_bodies: Floats,
    reach: Floats,
    contacts: Floats,
) -> int:
    """The passages at any height and time: TO to FROM are own times of the leg, with the other sign."""
    anywhere = zones[j : j + 1].copy()
    anywhere[0, LOW], anywhere[0, HIGH] = -_ANY_HEIGHT_DMM, _ANY_HEIGHT_DMM
    anywhere[0, ELLIPSOID_LOW], anywhere[0, ELLIPSOID_HIGH] = -_ANY_HEIGHT_DMM, _ANY_HEIGHT_DMM
    at = int(legs[i, OFFSET])
    begin, tolerance = leg_bodies[at + LEG_START], leg_bodies[at + LEG_TIME_TOLERANCE]
    anywhere[0, START], anywhere[0, END] = begin + tolerance, begin - tolerance
    return blocked_zone(legs, i, leg_bodies, anywhere, 0, zone_bodies, reach, True, 0.0, contacts, 0)


@kernel
def _write_passage(
    legs: Floats, i: int, leg_bodies: Floats, zones: Floats, j: int, start: float, end: float, row: Floats
) -> bool:
    """From start to end, own times of the leg. False where nothing sure is left."""
    leg = leg_bodies[int(legs[i, OFFSET]) :]
    begin, tolerance, metres = leg[LEG_START], leg[LEG_TIME_TOLERANCE], leg[LEG_METRES]
    lasting = leg[LEG_END] - begin
    slack = GRAZING_M * lasting / metres if metres > GRAZING_M else lasting
    row[P_FROM] = start + slack if start > 0.0 else 0.0
    row[P_TO] = end - slack if end < lasting else lasting
    native = legs[i, DATUM] == zones[j, DATUM]
    low = LEG_LOW0 if native else LEG_ELLIPSOID_LOW0
    high = LEG_HIGH0 if native else LEG_ELLIPSOID_HIGH0
    row[P_LOW], row[P_LOW_RATE] = leg[low], (leg[low + 1] - leg[low]) / lasting
    row[P_HIGH], row[P_HIGH_RATE] = leg[high], (leg[high + 1] - leg[high]) / lasting
    row[P_BOTTOM] = zones[j, LOW if native else ELLIPSOID_LOW]
    row[P_TOP] = zones[j, HIGH if native else ELLIPSOID_HIGH]
    row[P_LEAST] = zones[j, START] - begin - tolerance
    row[P_MOST] = zones[j, END] - begin + tolerance
    return bool(row[P_FROM] <= row[P_TO])


@kernel
def give_dmm(wider: float, in_doubt: float, climb_dmm: float) -> float:
    """What a climb adds to the vertical reach (it may be negative), as far as that is sure."""
    return wider * climb_dmm - in_doubt * abs(climb_dmm)


@kernel
def passages_blocked(rows: Floats, leg_moves: bool, climb_dmm: float, low: Floats, high: Floats) -> None:
    """Into low and high, a passage each: the delays of the leg (or of the zone, where that is moved) that
    surely bring the two into contact at a climb.
    """
    for n in range(len(rows)):
        row = rows[n]
        low[n], high[n] = np.inf, -np.inf
        reach = row[P_REACH] + give_dmm(row[P_WIDER], row[P_IN_DOUBT], climb_dmm)
        # That the zone climbs is as if the leg came down.
        climb = climb_dmm if leg_moves else -climb_dmm
        start, end = below(row[P_LOW] + climb - row[P_TOP], row[P_LOW_RATE], reach, row[P_FROM], row[P_TO])
        start, end = below(row[P_BOTTOM] - row[P_HIGH] - climb, -row[P_HIGH_RATE], reach, start, end)
        if start <= end:
            soonest, latest = row[P_LEAST] - end, row[P_MOST] - start
            low[n], high[n] = (soonest, latest) if leg_moves else (-latest, -soonest)


@kernel
def legs_blocked(
    heads_a: Floats,
    bodies_a: Floats,
    heads_b: Floats,
    bodies_b: Floats,
    pairs: Ints,
    margins: Floats,
    reach: Floats,
    climb_dmm: float,
    low: Floats,
    high: Floats,
) -> None:
    """Into low and high, a pair of legs each: the delays that surely bring them into contact at a climb."""
    surely, out = reach.copy(), np.empty(2)
    for n in range(len(pairs)):
        i, j = pairs[n, 0], pairs[n, 1]
        give = give_dmm(margins[n, WIDER], margins[n, IN_DOUBT], climb_dmm)
        surely[VERTICAL] = reach[VERTICAL] - HEIGHTS_IN_DOUBT_DMM + give
        near = reach[LATERAL_M] + heads_a[i, TOLERANCE] + heads_b[j, TOLERANCE]
        # Twice: the frame's own doubt, and that of the two places of the least distance.
        surely[LATERAL_M] = reach[LATERAL_M] - 2.0 * unsure_m(near)
        low[n], high[n] = np.inf, -np.inf
        if blocked(heads_a, i, bodies_a, heads_b, j, bodies_b, surely, climb_dmm, out):
            low[n], high[n] = out[0], out[1]
