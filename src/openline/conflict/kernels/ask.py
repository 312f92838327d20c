"""Which parts a candidate may meet in the index, and which of the index may meet one another.

Candidates and what is indexed are parts alike (`layout`). Nothing here writes to the index. Candidate pairs
come apart by kind, because each kind is compared by a kernel of its own; a question of volumes among volumes,
by far the most frequent, is answered in one go.
"""

import numpy as np

from openline.conflict.kernels.growing import with_room
from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import (
    CONTACT_COLUMNS,
    KIND,
    LATERAL_M,
    LEG,
    LENGTH,
    OF,
    OFFSET,
    OWNER,
    START,
    VERTICAL,
    WITH,
    Floats,
    Ints,
    Numbers,
)
from openline.conflict.kernels.plane import WORK
from openline.conflict.kernels.rows import FIRST, NEXT, Arrays, Seen
from openline.conflict.kernels.search import near, near_part
from openline.conflict.kernels.zones import zone_zone

NOBODY = -1
_FOUND = 256

ByKind = tuple[Numbers, Numbers, Numbers]
"""Pairs (part asked, part in the index), (n, 2): of two volumes, of a leg and a volume, of two legs."""


# Volumes among volumes --------------------------------------------------------------------------------------
@kernel
def zones_near(
    arrays: Seen | Arrays,
    heads: Floats,
    boxes: Floats,
    bodies: Floats,
    own: int,
    reach: Floats,
    one_is_enough: bool,
) -> tuple[bool, Floats]:
    """The contacts of volumes with those of all owners but their own (NOBODY: they have none).

    False, and only some of the contacts, where a leg is near: ask `candidates_of` then.
    """
    found = np.empty(_FOUND, np.int32)
    work = np.empty((2, 2, WORK + 1))
    contacts = np.empty((16, CONTACT_COLUMNS))
    count = 0
    for part in range(len(heads)):
        found, candidates = near(arrays, heads, boxes, part, own, reach[LATERAL_M], reach[VERTICAL], found)
        if not _all_zones(arrays, found, candidates, work):
            return False, contacts[:count]
        for n in range(candidates):
            other = found[n]
            if count == len(contacts):
                contacts = with_room(contacts, count, 1)
            if zone_zone(
                heads, part, bodies, arrays.heads, other, arrays.bodies, reach, work, contacts[count]
            ):
                contacts[count, OF], contacts[count, WITH] = own, arrays.heads[other, OWNER]
                count += 1
                if one_is_enough:
                    return True, contacts[:count]
    return True, contacts[:count]


@kernel
def _all_zones(arrays: Seen | Arrays, found: Numbers, count: int, work: Floats) -> bool:
    """Is none of them a leg? Looks at all before any is compared, at their bodies too, so that memory fetches
    them side by side: without it a question among a million parts takes a fifth longer.
    """
    legs, touched = 0, 0.0
    for n in range(count):
        legs += arrays.heads[found[n], KIND] == LEG
        touched += arrays.heads[found[n], START]
    for n in range(count):
        begin, length = int(arrays.heads[found[n], OFFSET]), int(arrays.heads[found[n], LENGTH])
        if length > 0:
            touched += (
                arrays.bodies[begin] + arrays.bodies[begin + length // 2] + arrays.bodies[begin + length - 1]
            )
    # Kept where nobody looks: a sum that went nowhere would not be compiled.
    work[0, 0, 0] = touched
    return legs == 0


@kernel
def owners_of(contacts: Floats) -> Ints:
    """WITH whom, ascending, each once."""
    owners = np.empty(len(contacts), np.int64)
    for n in range(len(contacts)):
        owners[n] = int(contacts[n, WITH])
    if len(owners) > 1:
        owners.sort()
    different = 0
    for n in range(len(owners)):
        if n == 0 or owners[n] != owners[n - 1]:
            owners[different] = owners[n]
            different += 1
    return owners[:different]


# Candidates of every kind -----------------------------------------------------------------------------------
@kernel
def candidates_of(arrays: Arrays, heads: Floats, boxes: Floats, own: int, reach: Floats) -> ByKind:
    """What the parts of a candidate may meet, its own owner's left out."""
    found = np.empty(_FOUND, np.int32)
    pairs = np.empty((_FOUND, 2), np.int32)
    total = 0
    for part in range(len(heads)):
        found, count = near(arrays, heads, boxes, part, own, reach[LATERAL_M], reach[VERTICAL], found)
        pairs = with_room(pairs, total, count)
        for n in range(count):
            pairs[total, 0], pairs[total, 1] = part, found[n]
            total += 1
    return by_kind(heads, arrays.heads, pairs[:total])


@kernel
def candidates_within(arrays: Arrays, parts: Numbers, reach: Floats) -> ByKind:
    """What parts of the index may meet of other owners."""
    found = np.empty(_FOUND, np.int32)
    pairs = np.empty((4 * len(parts) + 16, 2), np.int32)
    total = 0
    for k in range(len(parts)):
        part = parts[k]
        own = int(arrays.heads[part, OWNER])
        found, count = near_part(arrays, part, own, reach[LATERAL_M], reach[VERTICAL], found)
        pairs = with_room(pairs, total, count)
        for n in range(count):
            pairs[total, 0], pairs[total, 1] = part, found[n]
            total += 1
    return by_kind(arrays.heads, arrays.heads, pairs[:total])


@kernel
def every_pair(heads_a: Floats, heads_b: Floats) -> ByKind:
    """Each row of a with each of b."""
    pairs = np.empty((len(heads_a) * len(heads_b), 2), np.int32)
    for i in range(len(heads_a)):
        for j in range(len(heads_b)):
            pairs[i * len(heads_b) + j, 0], pairs[i * len(heads_b) + j, 1] = i, j
    return by_kind(heads_a, heads_b, pairs)


@kernel
def by_kind(heads_a: Floats, heads_b: Floats, pairs: Numbers) -> ByKind:
    """Pairs (row of a, row of b) apart by how many legs are in them."""
    counts = np.zeros(3, np.int64)
    for n in range(len(pairs)):
        counts[_legs_in(heads_a, heads_b, pairs, n)] += 1
    kinds = (
        np.empty((counts[0], 2), np.int32),
        np.empty((counts[1], 2), np.int32),
        np.empty((counts[2], 2), np.int32),
    )
    counts[:] = 0
    for n in range(len(pairs)):
        legs = _legs_in(heads_a, heads_b, pairs, n)
        kinds[legs][counts[legs]] = pairs[n]
        counts[legs] += 1
    return kinds


@kernel
def _legs_in(heads_a: Floats, heads_b: Floats, pairs: Numbers, n: int) -> int:
    """How many of the two are legs."""
    return int(heads_a[pairs[n, 0], KIND] == LEG) + int(heads_b[pairs[n, 1], KIND] == LEG)


@kernel
def parts_of(arrays: Arrays, own: int) -> Numbers:
    """The parts of an owner."""
    count = 0
    part = int(arrays.owners[own, FIRST])
    while part >= 0:
        count += 1
        part = int(arrays.links[part, NEXT])
    parts = np.empty(count, np.int32)
    part = int(arrays.owners[own, FIRST])
    for n in range(count):
        parts[n] = part
        part = int(arrays.links[part, NEXT])
    return parts
