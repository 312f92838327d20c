"""The engine behind a ConflictIndex: ids and arrays kept together, questions put to the kernels.

Importing it brings in numba. It does not take turns: `ConflictIndex` does.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np

from openline.airspace import checks
from openline.airspace.altitude import STEEPEST_MARGIN
from openline.airspace.constraint import Constraint
from openline.airspace.operation import Operation
from openline.conflict import volumes as arrays_in
from openline.conflict.found import Conflict
from openline.conflict.ids import Answer, Id, Ids, checked_ids
from openline.conflict.joining import Piece, pieces
from openline.conflict.kernels import ask, bulk
from openline.conflict.kernels.around import copied, touching
from openline.conflict.kernels.contact import conflicts_of, zones_met
from openline.conflict.kernels.handed import header_of
from openline.conflict.kernels.layout import (
    CONTACT_COLUMNS,
    ELLIPSOID_HIGH,
    ELLIPSOID_LOW,
    END,
    HIGH,
    LOW,
    OF,
    OWNER,
    START,
    WITH,
    Floats,
    Ints,
)
from openline.conflict.kernels.rows import Seen
from openline.conflict.minima import Minima
from openline.conflict.obstacles import Obstacles
from openline.conflict.parts import Parts, parts_of, together
from openline.conflict.reach import reach_of
from openline.conflict.tables import Tables
from openline.conflict.telling import Named, Row, conflict, told, told_of_all
from openline.conflict.volumes import Volumes
from openline.errors import Invalid

SMALLEST_M: Final = 2_000.0
"""The size of the smallest class: that of most flights of drones, so that a question of one visits few cells.
"""
MAX_PAIRS: Final = 4_096
"""Of the parts of two operations: more of them are sifted through an index."""
_MAX_THREADS: Final = 16
_WORTH_THREADS: Final = 2_000
"""Parts: with fewer of them a thread is made more slowly than they are compared."""

_FLOAT64: Final = np.dtype(np.float64)
_NOBODY: Final = np.empty(0, np.int64)


class Engine:
    """Operations, constraints and bulk volumes, by id and in arrays."""

    told = staticmethod(told)

    def __init__(self, minima: Minima) -> None:
        self._reach = reach_of(minima)
        self._tables = Tables(max(SMALLEST_M, minima.lateral_dmm / 10_000))
        self._ids = Ids()
        self._constraints: set[int] = set()
        self._handed: tuple[Seen, Ints] = self._hand_over()
        self._plain = minima.dwell_ms == 0
        """A contact is a conflict, however short."""

    def __len__(self) -> int:
        return len(self._tables)

    def holds(self, identifier: object) -> bool:
        return self._ids.find(identifier) >= 0

    # Changes

    def prepared(self, filed: Iterable[Operation | Constraint | Parts]) -> list[Parts]:
        """Raises as `parts_of`, and Invalid "wrong-type", "duplicate-id" where an id comes twice."""
        ready = [_parts_of(one) for one in filed]
        if len(ready) > 1 and len({one.id for one in ready}) < len(ready):
            seen: set[str] = set()
            for one in ready:
                if one.id in seen:
                    text = f"operation {one.id} comes twice"
                    raise Invalid("duplicate-id", text, field="id", remedy="leave one of them out")
                seen.add(one.id)
        return ready

    def add(self, ready: list[Parts]) -> None:
        for one in ready:
            self._ids.refuse_known(one.id)
        if len(ready) == 1:
            slots = [self._tables.add(ready[0].heads, ready[0].boxes, ready[0].bodies)]
        else:
            slots = self._tables.add_many(*together(ready)).tolist()
        for one, slot in zip(ready, slots, strict=True):
            self._ids.put(one.id, slot)
            self._mark(slot, one.is_constraint)

    def replace(self, ready: Parts) -> None:
        slot = self._ids.slot_of(ready.id)
        self._tables.replace(slot, ready.heads, ready.boxes, ready.bodies)
        self._mark(slot, ready.is_constraint)

    def remove(self, identifier: Id) -> None:
        slot = self._ids.slot_of(identifier)
        self._tables.remove(slot)
        self._ids.drop(identifier)
        self._constraints.discard(slot)

    def _mark(self, slot: int, is_constraint: bool) -> None:
        if is_constraint:
            self._constraints.add(slot)
        else:
            self._constraints.discard(slot)

    # Volumes as arrays

    @staticmethod
    def checked(
        lonlat: Any, offsets: Any, altitude_lower_m: Any, altitude_upper_m: Any, start_s: Any, end_s: Any
    ) -> Volumes:
        """Judged whole, rings included. Raises as `ConflictIndex.add_volumes`."""
        volumes = arrays_in.checked(lonlat, offsets, altitude_lower_m, altitude_upper_m, start_s, end_s)
        row = 0
        while (row := int(bulk.first_doubtful(volumes.lonlat, volumes.offsets, row))) < len(volumes):
            arrays_in.refuse_bad_ring(volumes, row)
            row += 1
        return volumes

    def add_volumes(self, volumes: Volumes, ids: Sequence[Id] | Answer | None) -> None:
        count = len(volumes)
        names = self._row_numbers(count) if ids is None else checked_ids(ids, count)
        owners, each = _owners_of(names)
        if isinstance(each, list):
            for name in each:
                self._ids.refuse_known(name)
        else:
            self._ids.refuse_known_numbers(each)
        heads, boxes, bodies = bulk.parts_of_rings(volumes.lonlat, volumes.offsets, volumes.spans)
        heads[:, OWNER] = owners
        slots = self._tables.add_many(heads, boxes, bodies).astype(np.int64)
        if isinstance(each, list):
            for name, slot in zip(each, slots.tolist(), strict=True):
                self._ids.put(name, slot)
        else:
            self._ids.put_numbers(each, slots)

    def _row_numbers(self, count: int) -> Ints:
        return np.arange(self._ids.next_number, self._ids.next_number + count, dtype=np.int64)

    def query_volume(
        self, lonlat: Any, altitude_lower_m: float, altitude_upper_m: float, start_s: float, end_s: float
    ) -> Answer:
        # The checks are in the kernel: what it does not take goes the long way, and is told what is wrong.
        if self._plain and type(lonlat) is np.ndarray and lonlat.dtype is _FLOAT64 and lonlat.ndim == 2:
            if not lonlat.flags.c_contiguous:
                lonlat = np.ascontiguousarray(lonlat)
            try:
                answered, owners = bulk.query_ring(
                    self._header(),
                    lonlat,
                    float(altitude_lower_m),
                    float(altitude_upper_m),
                    float(start_s),
                    float(end_s),
                )
            except (TypeError, ValueError):
                answered, owners = False, _NOBODY
            if answered:
                return self._ids.answer(owners)
        return self._query_checked(lonlat, altitude_lower_m, altitude_upper_m, start_s, end_s)

    def _header(self) -> Ints:
        """Made anew where arrays were replaced since. The arrays and their header are one value, so that no
        other thread that asks can take an old header for the new arrays.
        """
        seen, header = self._handed
        if seen is not self._tables.seen:
            self._handed = seen, header = self._hand_over()
        return header

    def _hand_over(self) -> tuple[Seen, Ints]:
        return self._tables.seen, header_of(self._tables.seen, self._reach)

    def _query_checked(self, lonlat: Any, low: float, high: float, start: float, end: float) -> Answer:
        """The long way: it says what is wrong, or asks about what the short way does not judge."""
        places = arrays_in.floats(lonlat, "lonlat")
        volumes = self.checked(places, [0, len(places)], [low], [high], [start], [end])
        heads, boxes, bodies = bulk.parts_of_rings(volumes.lonlat, volumes.offsets, volumes.spans)
        rows = self._rows(Parts("", False, heads, boxes, bodies), ask.NOBODY)
        return self._ids.answer(_slots(rows, WITH))

    # Questions

    def conflicts(self, ready: Parts) -> list[Named]:
        """Of a candidate with all others."""
        rows = self._rows(ready, self._ids.find(ready.id))
        return self._named(ready.is_constraint, rows.tolist())

    def conflicts_of(self, identifier: Id) -> list[Named]:
        """Raises NotFound "unknown-operation"."""
        slot = self._ids.slot_of(identifier)
        arrays = self._tables.arrays
        kinds = ask.candidates_within(arrays, ask.parts_of(arrays, slot), self._reach)
        contacts = self._contacts(arrays.heads, arrays.bodies, kinds)
        rows = conflicts_of(contacts, self._reach)
        return self._named(slot in self._constraints, rows.tolist())

    def is_clear(self, ready: Parts) -> bool:
        if not self._plain or (ready.is_constraint and self._constraints):
            return not self.conflicts(ready)
        own = self._ids.find(ready.id)
        if not ready.has_legs:
            plain, contacts = ask.zones_near(
                self._tables.seen, ready.heads, ready.boxes, ready.bodies, own, self._reach, True
            )
            if plain or len(contacts):
                return not len(contacts)
        return not len(self._every_contact(ready, own))

    def _rows(self, ready: Parts, own: int) -> Floats:
        """The conflicts of a candidate, as of `kernels.contact.conflicts_of`."""
        if not ready.has_legs:
            plain, rows = bulk.conflicts_with(self._header(), ready.heads, ready.boxes, ready.bodies, own)
            if plain:
                return rows
        return conflicts_of(self._every_contact(ready, own), self._reach)

    def _every_contact(self, ready: Parts, own: int) -> Floats:
        kinds = ask.candidates_of(self._tables.arrays, ready.heads, ready.boxes, own, self._reach)
        return self._contacts(ready.heads, ready.bodies, kinds)

    def _contacts(self, heads: Floats, bodies: Floats, kinds: ask.ByKind) -> Floats:
        return contacts_of(
            heads, bodies, self._tables.arrays.heads, self._tables.arrays.bodies, kinds, self._reach
        )

    def obstacles(
        self, ready: Parts, earliest_ms: int, latest_ms: int, down_dmm: int, up_dmm: int
    ) -> tuple[Obstacles, list[Id]]:
        """As `ConflictIndex.obstacles`, and whose each of the others' parts is."""
        arrays, reach = self._tables.arrays, self._reach
        moved = ready.heads.copy()
        moved[:, START] += earliest_ms
        moved[:, END] += latest_ms
        margin = STEEPEST_MARGIN * max(down_dmm, up_dmm)
        moved[:, [LOW, ELLIPSOID_LOW]] -= down_dmm + margin
        moved[:, [HIGH, ELLIPSOID_HIGH]] += up_dmm + margin
        zones, mixed, legs = ask.candidates_of(arrays, moved, ready.boxes, self._ids.find(ready.id), reach)
        zones = touching(ready.heads, ready.bodies, arrays.heads, arrays.bodies, zones, reach)
        pairs = np.concatenate((zones, mixed, legs)).astype(np.int64)
        parts, pairs[:, 1] = np.unique(pairs[:, 1], return_inverse=True)
        heads, bodies = copied(arrays.heads, arrays.bodies, parts.astype(np.int32))
        owners = [self._ids.of(slot) for slot in _slots(heads, OWNER).tolist()]
        around = Obstacles(
            ready.heads, ready.bodies, heads, bodies, pairs[: len(zones)], pairs[len(zones) :], reach
        )
        return around, owners

    # All against all

    def all_conflicts(self) -> Iterator[Conflict]:
        """All are found, and their ids known, before the first is given."""
        rows = conflicts_of(self._every_contact_of_all(), self._reach)
        owners, others = self._ids.answer(_slots(rows, OF)), self._ids.answer(_slots(rows, WITH))
        return told_of_all(rows, owners, others, frozenset(self._constraints))

    def all_pairs(self) -> tuple[Answer, Answer]:
        if self._plain and self._tables.parts == len(self._tables):
            # A contact is a conflict then, and there is one for each two operations at most.
            found = self._in_parallel(lambda contacts: contacts[:, [OF, WITH]].astype(np.int32))
            pairs = np.concatenate(found) if found else np.empty((0, 2), np.int32)
        else:
            pairs = conflicts_of(self._every_contact_of_all(), self._reach)[:, [OF, WITH]].astype(np.int32)
        if self._constraints:
            both = np.isin(pairs, list(self._constraints)).all(axis=1)
            pairs = pairs[~both]
        return self._ids.answer(pairs[:, 0]), self._ids.answer(pairs[:, 1])

    def _every_contact_of_all(self) -> Floats:
        found = self._in_parallel(lambda contacts: contacts)
        return np.concatenate(found) if found else np.empty((0, CONTACT_COLUMNS))

    def _in_parallel(self, kept: Callable[[Floats], Any]) -> list[Any]:
        """What is kept of the contacts of all parts, piece by piece on as many threads as there are
        processors.
        """
        arrays, reach = self._tables.arrays, self._reach

        def compared(piece: Piece) -> Any:
            return kept(contacts_of(arrays.heads, arrays.bodies, arrays.heads, arrays.bodies, piece(), reach))

        all_pieces = list(pieces(self._tables, reach))
        if self._tables.parts < _WORTH_THREADS:
            return [compared(piece) for piece in all_pieces]
        with ThreadPoolExecutor(min(_MAX_THREADS, os.cpu_count() or 1)) as pool:
            return list(pool.map(compared, all_pieces))

    def _named(self, is_constraint: bool, rows: list[Row]) -> list[Named]:
        """By the others' ids; two constraints have no conflict."""
        slots = [int(row[WITH]) for row in rows]
        return [
            (self._ids.of(slot), row)
            for slot, row in zip(slots, rows, strict=True)
            if not (is_constraint and slot in self._constraints)
        ]


def _slots(rows: Floats, column: int) -> Ints:
    return rows[:, column].astype(np.int64)


def contacts_of(
    heads_a: Floats, bodies_a: Floats, heads_b: Floats, bodies_b: Floats, kinds: ask.ByKind, reach: Floats
) -> Floats:
    """The contacts of candidate pairs of all kinds (rows of a, rows of b)."""
    zones, mixed, legs = kinds
    found = [zones_met(heads_a, bodies_a, heads_b, bodies_b, zones, reach)] if len(zones) else []
    if len(mixed) or len(legs):
        from openline.conflict.kernels.flown import legs_met, passages_met

        found.append(passages_met(heads_a, bodies_a, heads_b, bodies_b, mixed, reach))
        found.append(legs_met(heads_a, bodies_a, heads_b, bodies_b, legs, reach))
    if len(found) == 1:
        return found[0]
    return np.concatenate(found) if found else np.empty((0, CONTACT_COLUMNS))


def _parts_of(filed: Operation | Constraint | Parts) -> Parts:
    if isinstance(filed, Parts):
        return filed
    checks.instance(filed, (Operation, Constraint), "operation")
    return parts_of(filed)


def conflict_of_two(
    first: Operation | Constraint, second: Operation | Constraint, minima: Minima
) -> Conflict | None:
    """As `openline.conflict.conflict_between`."""
    one, other = _parts_of(first), _parts_of(second)
    if one.id == other.id or (one.is_constraint and other.is_constraint):
        return None
    reach = reach_of(minima)
    if len(one.heads) * len(other.heads) > MAX_PAIRS:
        engine = Engine(minima)
        engine.add([one])
        found = engine.conflicts(other)
        return conflict(one.id, other.id, found[0][1]) if found else None
    kinds = ask.every_pair(one.heads, other.heads)
    rows = conflicts_of(
        contacts_of(one.heads, one.bodies, other.heads, other.bodies, kinds, reach), reach
    ).tolist()
    return conflict(one.id, other.id, rows[0]) if rows else None


def _owners_of(names: Ints | list[str]) -> tuple[Ints, Ints | list[str]]:
    """For each row the number of its operation, and the operations' ids; in the order in which they come."""
    if isinstance(names, list):
        numbers: dict[str, int] = {}
        owners = np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int64)
        return owners, list(numbers)
    each, first, inverse = np.unique(names, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(each), np.int64)
    rank[order] = np.arange(len(each))
    return rank[inverse], each[order]
