"""The arrays of an index, and the rows that parts and operations ("owners") have in them.

All arrays go to a kernel as one `Arrays`; `openline.conflict.tables` makes them and lets them grow. A row
that is free is linked to the next free one.
"""

from typing import Final, NamedTuple

from openline.conflict.kernels.blocks import BLOCK_COLUMNS, forget, give_back, take
from openline.conflict.kernels.jit import kernel
from openline.conflict.kernels.layout import HEAD_COLUMNS, LENGTH, OFFSET, OWNER, Floats, Ints, Numbers


class Arrays(NamedTuple):
    """heads (parts, HEAD_COLUMNS) f8; bodies flat f8, in units of BODY_UNIT; links (parts, LINK_COLUMNS) i8;
    owners (operations, OWNER_COLUMNS) i4; entries flat i4, in rows of ENTRY_COLUMNS; cells (a power of two,
    CELL_COLUMNS) i8; classes (CLASSES, CLASS_COLUMNS) f8; state (STATE_COLUMNS,) i8.
    """

    heads: Floats
    bodies: Floats
    links: Ints
    owners: Numbers
    entries: Numbers
    cells: Ints
    classes: Floats
    state: Ints


class Seen(NamedTuple):
    """What a question needs of them: handing over an array takes a fifth of a microsecond."""

    heads: Floats
    bodies: Floats
    entries: Numbers
    cells: Ints
    classes: Floats
    state: Ints


# links: one row a part.
KEY: Final = 0
"""The cell that its entry is in (column of links and of cells)."""
NEXT: Final = 1
"""The next part of the same owner, or of the list of free rows; -1 ends it."""
POSITION: Final = 2
"""Which of its cell's entries is its own."""
LINK_COLUMNS: Final = 3

# owners: one row an operation.
FIRST: Final = 0
"""Its first part (-1: none yet). Of a free row: the next free one."""
COUNT: Final = 1
"""How many parts it has; -1: the row is free."""
OWNER_COLUMNS: Final = 2

# state: counters, and the blocks of bodies and of entries.
PARTS: Final = 0
"""How many live."""
PARTS_TOP: Final = 1
PARTS_FREE: Final = 2
OWNERS: Final = 3
OWNERS_TOP: Final = 4
OWNERS_FREE: Final = 5
CELLS: Final = 6
"""How many cells have an entry."""
CLASSES_USED: Final = 7
"""How many classes have an entry; which they are stands from USED_CLASSES on, in no order."""
USED_CLASSES: Final = 8
BODY_BLOCKS: Final = 128
ENTRY_BLOCKS: Final = BODY_BLOCKS + BLOCK_COLUMNS
STATE_COLUMNS: Final = ENTRY_BLOCKS + BLOCK_COLUMNS

BODY_UNIT: Final = 3
"""Bodies are kept in units of one vertex; a leg has six."""


@kernel
def units_of(length: float) -> int:
    """Of a body of so many numbers."""
    return (int(length) + BODY_UNIT - 1) // BODY_UNIT


@kernel
def take_owner(arrays: Arrays) -> int:
    """A row for an operation without parts. There must be one left."""
    state, owners = arrays.state, arrays.owners
    owner = state[OWNERS_FREE]
    if owner >= 0:
        state[OWNERS_FREE] = owners[owner, FIRST]
    else:
        owner = state[OWNERS_TOP]
        state[OWNERS_TOP] += 1
    state[OWNERS] += 1
    owners[owner, FIRST], owners[owner, COUNT] = -1, 0
    return int(owner)


@kernel
def free_owner(arrays: Arrays, owner: int) -> None:
    """Its parts have been freed before."""
    state, owners = arrays.state, arrays.owners
    owners[owner, FIRST], owners[owner, COUNT] = state[OWNERS_FREE], -1
    state[OWNERS_FREE] = owner
    state[OWNERS] -= 1


@kernel
def add_part(arrays: Arrays, heads: Floats, bodies: Floats, row: int, owner: int) -> int:
    """A copy of a row of the caller's, as the owner's first part. There must be room for it and its body."""
    state, links = arrays.state, arrays.links
    part = state[PARTS_FREE]
    if part >= 0:
        state[PARTS_FREE] = links[part, NEXT]
    else:
        part = state[PARTS_TOP]
        state[PARTS_TOP] += 1
    state[PARTS] += 1
    for column in range(HEAD_COLUMNS):
        arrays.heads[part, column] = heads[row, column]
    arrays.heads[part, OFFSET] = _keep_body(arrays, bodies, int(heads[row, OFFSET]), int(heads[row, LENGTH]))
    arrays.heads[part, OWNER] = owner
    links[part, NEXT] = arrays.owners[owner, FIRST]
    arrays.owners[owner, FIRST] = part
    arrays.owners[owner, COUNT] += 1
    return int(part)


@kernel
def _keep_body(arrays: Arrays, bodies: Floats, offset: int, length: int) -> int:
    """Where the copy begins."""
    if length == 0:
        return 0
    kept = BODY_UNIT * take(arrays.state, BODY_BLOCKS, arrays.bodies, BODY_UNIT, units_of(length))
    for i in range(length):
        arrays.bodies[kept + i] = bodies[offset + i]
    return kept


@kernel
def free_part(arrays: Arrays, part: int) -> None:
    """Not taken out of its owner's chain, which goes as a whole."""
    state, heads = arrays.state, arrays.heads
    if heads[part, LENGTH] > 0:
        first = int(heads[part, OFFSET]) // BODY_UNIT
        give_back(state, BODY_BLOCKS, arrays.bodies, BODY_UNIT, first, units_of(heads[part, LENGTH]))
    heads[part, OWNER] = -1.0
    arrays.links[part, NEXT] = state[PARTS_FREE]
    state[PARTS_FREE] = part
    state[PARTS] -= 1


# Into new arrays --------------------------------------------------------------------------------------------
@kernel
def pack_bodies(arrays: Arrays, into: Floats) -> None:
    """All bodies into a new array, of at least the units USED, without gaps."""
    heads, state = arrays.heads, arrays.state
    forget(state, BODY_BLOCKS)
    for part in range(state[PARTS_TOP]):
        length = int(heads[part, LENGTH])
        if heads[part, OWNER] >= 0.0 and length > 0:
            offset = int(heads[part, OFFSET])
            kept = BODY_UNIT * take(state, BODY_BLOCKS, into, BODY_UNIT, units_of(length))
            for i in range(length):
                into[kept + i] = arrays.bodies[offset + i]
            heads[part, OFFSET] = kept
