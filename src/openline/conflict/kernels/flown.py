"""Pairs of parts of which one or both are flown: legs of trajectories."""

import numpy as np

from openline.conflict.kernels.growing import with_room
from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import CONTACT_COLUMNS, KIND, LEG, OF, OWNER, WITH, Floats, Numbers
from openline.conflict.kernels.legs import leg_leg
from openline.conflict.kernels.passages import FULL, leg_zone


@kernel
def legs_met(
    heads_a: Floats, bodies_a: Floats, heads_b: Floats, bodies_b: Floats, pairs: Numbers, reach: Floats
) -> Floats:
    """The contacts of pairs (row of a, row of b) of two legs."""
    contacts = np.empty((len(pairs), CONTACT_COLUMNS))
    count = 0
    for n in range(len(pairs)):
        i, j = pairs[n, 0], pairs[n, 1]
        if leg_leg(heads_a, i, bodies_a, heads_b, j, bodies_b, reach, contacts[count]):
            contacts[count, OF], contacts[count, WITH] = heads_a[i, OWNER], heads_b[j, OWNER]
            count += 1
    return contacts[:count]


@kernel
def passages_met(
    heads_a: Floats, bodies_a: Floats, heads_b: Floats, bodies_b: Floats, pairs: Numbers, reach: Floats
) -> Floats:
    """The contacts of pairs of which one is a leg and one a volume; several where it passes in and out."""
    contacts = np.empty((2 * len(pairs) + 16, CONTACT_COLUMNS))
    count, n = 0, 0
    while n < len(pairs):
        i, j = pairs[n, 0], pairs[n, 1]
        if heads_a[i, KIND] == LEG:
            after = leg_zone(heads_a, i, bodies_a, heads_b, j, bodies_b, reach, contacts, count)
        else:
            after = leg_zone(heads_b, j, bodies_b, heads_a, i, bodies_a, reach, contacts, count)
        if after == FULL:
            contacts = with_room(contacts, count, len(contacts) + 1)
            continue
        for row in range(count, after):
            contacts[row, OF], contacts[row, WITH] = heads_a[i, OWNER], heads_b[j, OWNER]
        count = after
        n += 1
    return contacts[:count]
