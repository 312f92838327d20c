"""The arrays of the index: who makes them, lets them grow, and wins back what lies idle.

The rest of the work is done by `openline.conflict.kernels` (importing this module imports numba). Moving a
large array to a longer one takes tens of milliseconds, most of it for memory that is touched for the first
time. So the large ones get address space for ADDRESSED parts from the start, which costs nothing until it
is written to: up to there nothing is moved as they fill. Beyond, each grows by half.

Nothing only grows: after a removal no array has been written to beyond SLACK times what lives in it (the
table of cells, CELL_SLACK times), or LEAST; but for the rows of operations, 8 bytes each: as many as ever
lived at once.

A change is made whole or not at all: what can fail, fails before the first write or is undone.
"""

from contextlib import suppress
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from openline.conflict.kernels.blocks import TOP, USED, forget
from openline.conflict.kernels.cells import (
    CELL_COLUMNS,
    ENTRY_COLUMNS,
    pack_entries,
    pack_parts,
    packed_entries,
    rehash,
)
from openline.conflict.kernels.changes import (
    close_owner,
    insert,
    insert_sorted,
    needs,
    open_owners,
    release,
    sizes_of,
)
from openline.conflict.kernels.grid import CLASS_COLUMNS, CLASSES, keys_of, lay_out
from openline.conflict.kernels.layout import BOX_COLUMNS, HEAD_COLUMNS, OWNER, Floats, Ints, Numbers
from openline.conflict.kernels.rows import (
    BODY_BLOCKS,
    BODY_UNIT,
    CELLS,
    COUNT,
    ENTRY_BLOCKS,
    FIRST,
    LINK_COLUMNS,
    OWNER_COLUMNS,
    OWNERS,
    OWNERS_FREE,
    OWNERS_TOP,
    PARTS,
    PARTS_FREE,
    PARTS_TOP,
    STATE_COLUMNS,
    Arrays,
    Seen,
    pack_bodies,
    take_owner,
)
from openline.errors import Invalid, NotFound

LEAST: Final = 1_024
"""Below this nothing is too long."""
ADDRESSED: Final = 1 << 18
"""Parts for which there is address space from the start."""
_UNITS_EACH: Final = 12
"""Vertices, of which ten are many."""
_ENTRIES_EACH: Final = 2
"""Buckets keep room to grow."""
GROWTH: Final = 1.5
SLACK: Final = 4
CELL_SLACK: Final = 16


class Tables:
    """arrays: what kernels are given; seen: what questions need of them. They are replaced as they grow: take
    them anew for each call.

    Operations are known by their slots, which are used again; parts by numbers, good until the next change.
    """

    def __init__(self, radius_m: float = 1_000.0) -> None:
        """radius_m: of the smallest class of parts; about the lateral reach is good, at least 1 km."""
        state = np.zeros(STATE_COLUMNS, dtype=np.int64)
        state[[PARTS_FREE, OWNERS_FREE]] = -1
        forget(state, BODY_BLOCKS)
        forget(state, ENTRY_BLOCKS)
        classes = np.empty((CLASSES, CLASS_COLUMNS))
        lay_out(classes, float(radius_m))
        self.arrays = Arrays(
            heads=np.empty((ADDRESSED, HEAD_COLUMNS)),
            bodies=np.empty(ADDRESSED * _UNITS_EACH * BODY_UNIT),
            links=np.empty((ADDRESSED, LINK_COLUMNS), dtype=np.int64),
            owners=np.empty((LEAST, OWNER_COLUMNS), dtype=np.int32),
            entries=np.empty(ADDRESSED * _ENTRIES_EACH * ENTRY_COLUMNS, dtype=np.int32),
            cells=np.zeros((LEAST, CELL_COLUMNS), dtype=np.int64),
            classes=classes,
            state=state,
        )
        self.seen = _seen(self.arrays)

    def __len__(self) -> int:
        """How many operations there are."""
        return int(self.arrays.state[OWNERS])

    @property
    def parts(self) -> int:
        """How many parts they have together."""
        return int(self.arrays.state[PARTS])

    @property
    def bytes(self) -> int:
        """That the arrays have been written to."""
        arrays, state = self.arrays, self.arrays.state
        parts = int(state[PARTS_TOP]) * (arrays.heads.strides[0] + arrays.links.strides[0])
        bodies = int(state[BODY_BLOCKS + TOP]) * BODY_UNIT * arrays.bodies.itemsize
        entries = int(state[ENTRY_BLOCKS + TOP]) * ENTRY_COLUMNS * arrays.entries.itemsize
        return parts + bodies + entries + arrays.owners.nbytes + arrays.cells.nbytes

    # Changes --------------------------------------------------------------------------------------------
    def add(self, heads: Floats, boxes: Floats, bodies: Floats) -> int:
        """One operation's parts: its slot. heads (n, HEAD_COLUMNS), boxes (n, BOX_COLUMNS), bodies flat.

        Raises Invalid "bad-parts".
        """
        self._reserve(heads, _units(heads, boxes, bodies), len(heads), len(heads))
        self._reserve_owners(1)
        slot = int(take_owner(self.arrays))
        try:
            self._insert(heads, boxes, bodies, slot)
        except BaseException:
            close_owner(self.arrays, slot)
            raise
        return slot

    def add_many(self, heads: Floats, boxes: Floats, bodies: Floats) -> Numbers:
        """The slots of the operations 0, 1, 2, ... that heads[:, OWNER] names; as add, with the memory that
        it takes and no more. Neighbours in space and time become neighbours in memory. Raises Invalid
        "bad-parts".
        """
        units = _units(heads, boxes, bodies)
        numbers = heads[:, OWNER].astype(np.int64)
        if len(numbers) and numbers.min() < 0:
            raise Invalid("bad-parts", "the number of an operation is negative", field="heads")
        keys = np.empty(len(heads), dtype=np.int64)
        keys_of(self.arrays.classes, heads, keys)
        order = np.argsort(keys, kind="stable")
        count = int(numbers.max()) + 1 if len(numbers) else 0
        cells, entries = sizes_of(keys, order)
        self._reserve(heads, units, cells, entries)
        self._reserve_owners(count)
        slots = np.empty(count, dtype=np.int32)
        open_owners(self.arrays, slots)
        try:
            self._insert_sorted(heads, boxes, bodies, slots[numbers], keys, order)
        except BaseException:
            for slot in slots.tolist():
                close_owner(self.arrays, slot)
            raise
        return slots

    def replace(self, slot: int, heads: Floats, boxes: Floats, bodies: Floats) -> None:
        """Other parts for an operation. Raises Invalid "bad-parts", NotFound "unknown-slot"."""
        self._check(slot)
        self._reserve(heads, _units(heads, boxes, bodies), len(heads), len(heads))
        owners = self.arrays.owners
        first, count = owners[slot]
        owners[slot] = -1, 0
        try:
            self._insert(heads, boxes, bodies, slot)
        except BaseException:
            release(self.arrays, int(owners[slot, FIRST]))
            owners[slot] = first, count
            raise
        release(self.arrays, int(first))
        self._shrink()

    def remove(self, slot: int) -> None:
        """Raises NotFound "unknown-slot"."""
        self._check(slot)
        close_owner(self.arrays, slot)
        self._shrink()

    def _insert(self, heads: Floats, boxes: Floats, bodies: Floats, slot: int) -> None:
        row = 0
        while (row := insert(self.arrays, heads, boxes, bodies, slot, row)) < len(heads):
            self._widen_bucket(len(heads) - row)

    def _insert_sorted(
        self, heads: Floats, boxes: Floats, bodies: Floats, owners: Numbers, keys: Ints, order: Ints
    ) -> None:
        start = 0
        while (start := insert_sorted(self.arrays, heads, boxes, bodies, owners, keys, order, start)) < len(
            heads
        ):
            self._widen_bucket(len(heads) - start)

    def _check(self, slot: int) -> None:
        arrays = self.arrays
        if not 0 <= slot < arrays.state[OWNERS_TOP] or arrays.owners[slot, COUNT] < 0:
            raise NotFound("unknown-slot", f"no operation has the slot {slot}", field="slot")

    # Growth ---------------------------------------------------------------------------------------------
    def _reserve(self, heads: Floats, units: int, cells: int, entries: int) -> None:
        """Room for so many more rows, units of bodies, cells and rows of entries. Buckets that widen need
        more.
        """
        state = self.arrays.state
        parts = int(state[PARTS]) + len(heads)
        if parts > len(self.arrays.heads):
            self._lengthen_parts(parts)
        if state[BODY_BLOCKS + TOP] + units > len(self.arrays.bodies) // BODY_UNIT:
            self._pack_bodies(units)
        if 2 * (state[CELLS] + cells) > len(self.arrays.cells):
            self._rehash(int(state[CELLS]) + cells)
        if state[ENTRY_BLOCKS + TOP] + entries > len(self.arrays.entries) // ENTRY_COLUMNS:
            self._pack_entries(entries)

    def _reserve_owners(self, count: int) -> None:
        owners, needed = self.arrays.owners, int(self.arrays.state[OWNERS]) + count
        if needed > len(owners):
            self._put(owners=_longer(owners, len(owners), _grown(LEAST, len(owners), needed)))

    def _lengthen_parts(self, needed: int) -> None:
        used = int(self.arrays.state[PARTS_TOP])
        rows = _grown(ADDRESSED, used, needed)
        self._put(heads=_longer(self.arrays.heads, used, rows), links=_longer(self.arrays.links, used, rows))

    def _pack_bodies(self, units: int) -> None:
        """Into an array with room for so many more."""
        used = int(self.arrays.state[BODY_BLOCKS + USED])
        bodies = np.empty(_grown(ADDRESSED * _UNITS_EACH, used, used + units) * BODY_UNIT)
        pack_bodies(self.arrays, bodies)
        self._put(bodies=bodies)

    def _pack_entries(self, room: int) -> None:
        """Into an array with so many rows more."""
        packed = int(packed_entries(self.arrays)[0])
        rows = _grown(ADDRESSED * _ENTRIES_EACH, packed, packed + room)
        entries = np.empty(rows * ENTRY_COLUMNS, dtype=np.int32)
        pack_entries(self.arrays, entries)
        self._put(entries=entries)

    def _widen_bucket(self, entries: int) -> None:
        """So that any one bucket can take so many more."""
        largest = int(packed_entries(self.arrays)[1])
        self._pack_entries(2 * (largest + entries + 4))

    def _rehash(self, needed: int) -> None:
        """For so many cells, at most half full."""
        rows = max(LEAST, 1 << (2 * needed - 1).bit_length())
        cells = np.zeros((rows, CELL_COLUMNS), dtype=np.int64)
        rehash(self.arrays.cells, cells)
        self._put(cells=cells)

    def _shrink(self) -> None:
        """Gives back what lies idle where it is much. Without the memory to do so all stays as it is."""
        state = self.arrays.state
        parts = max(int(state[PARTS]), LEAST)
        with suppress(MemoryError):
            if state[PARTS_TOP] > SLACK * parts:
                self._pack_parts()
            if state[BODY_BLOCKS + TOP] > SLACK * max(state[BODY_BLOCKS + USED], LEAST):
                self._pack_bodies(0)
            if state[ENTRY_BLOCKS + TOP] > SLACK * parts:
                self._pack_entries(0)
            if len(self.arrays.cells) > CELL_SLACK * max(state[CELLS], LEAST):
                self._rehash(int(state[CELLS]))

    def _pack_parts(self) -> None:
        rows = _grown(ADDRESSED, self.parts, self.parts)
        heads, links = np.empty((rows, HEAD_COLUMNS)), np.empty((rows, LINK_COLUMNS), dtype=np.int64)
        pack_parts(self.arrays, heads, links)
        self._put(heads=heads, links=links)

    def _put(self, **arrays: NDArray[Any]) -> None:
        self.arrays = self.arrays._replace(**arrays)
        self.seen = _seen(self.arrays)


def _seen(arrays: Arrays) -> Seen:
    return Seen(arrays.heads, arrays.bodies, arrays.entries, arrays.cells, arrays.classes, arrays.state)


def _grown(least: int, used: int, needed: int) -> int:
    """A large load gets exactly what it needs; small ones, half of what there is at a time."""
    return max(least, needed, int(GROWTH * used))


def _longer(array: NDArray[Any], used: int, rows: int) -> NDArray[Any]:
    longer = np.empty((rows, array.shape[1]), dtype=array.dtype)
    longer[:used] = array[:used]
    return longer


def _units(heads: Floats, boxes: Floats, bodies: Floats) -> int:
    """That the bodies need at most. Raises Invalid "bad-parts"."""
    if not (_is(heads, HEAD_COLUMNS) and _is(boxes, BOX_COLUMNS) and len(heads) == len(boxes)):
        raise Invalid("bad-parts", "heads and boxes are not float64 arrays of as many rows", field="heads")
    if bodies.ndim != 1 or bodies.dtype != np.float64 or not bodies.flags.c_contiguous:
        raise Invalid("bad-parts", "bodies is not a flat float64 array", field="bodies")
    units = int(needs(heads, boxes, bodies))
    if units < 0:
        raise Invalid("bad-parts", "a row holds a figure that is none, or contradicts itself", field="heads")
    return units


def _is(array: Floats, columns: int) -> bool:
    fits = array.ndim == 2 and array.shape[1] == columns
    return fits and array.dtype == np.float64 and array.flags.c_contiguous
