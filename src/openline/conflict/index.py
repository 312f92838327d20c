"""The space-time index: everything that flies, ready to be asked what a new filing would meet.

Each operation is kept prepared, and its parts as rows of one table of boxes; a question scans the table with
numpy, compares what is left exactly, and touches nothing. A change is made whole or not at all: everything
that can fail, fails before the first row is written.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from openline.airspace.operation import Operation
from openline.conflict.between import conflict_of
from openline.conflict.broad import Ints, Pairs, candidates
from openline.conflict.found import Conflict
from openline.conflict.minima import Minima
from openline.conflict.prepared import Prepared, prepare
from openline.conflict.reach import Reach
from openline.conflict.table import Table
from openline.errors import Invalid, NotFound

Among = Callable[[str], bool]


class ConflictIndex:
    """Operations by id, under one Minima. Not for concurrent changes; the caller takes turns."""

    def __init__(self, minima: Minima) -> None:
        self.minima = minima
        self._reach = Reach.of(minima)
        self._prepared: dict[str, Prepared] = {}
        self._table = Table()

    def __len__(self) -> int:
        return len(self._prepared)

    def __contains__(self, operation_id: object) -> bool:
        return operation_id in self._prepared

    def add(self, operation: Operation) -> None:
        """Raises Invalid "duplicate-id" where it is here already, "ended" where it is over; LimitExceeded."""
        self.add_many((operation,))

    def add_many(self, operations: Iterable[Operation]) -> None:
        """All of them or, where one is refused, none. Raises as add."""
        ready: dict[str, Prepared] = {}
        for operation in operations:
            if operation.id in self._prepared or operation.id in ready:
                text = f"operation {operation.id} is in the index already"
                raise Invalid("duplicate-id", text, field="id", remedy="replace it")
            ready[operation.id] = prepare(operation)
        for prepared in ready.values():
            self._put(prepared)

    def replace(self, operation: Operation) -> None:
        """The operation of the same id gives way to this one. Raises NotFound "unknown-operation", else as
        add.
        """
        self._refuse_unknown(operation.id)
        prepared = prepare(operation)
        self._table.remove(operation.id)
        self._put(prepared)

    def remove(self, operation_id: str) -> None:
        """Raises NotFound "unknown-operation"."""
        self._refuse_unknown(operation_id)
        self._table.remove(operation_id)
        del self._prepared[operation_id]

    def conflicts(self, operation: Operation, *, among: Among | None = None) -> list[Conflict]:
        """Of a candidate (in the index or not) with all others, in the order of the other's id; itself is
        excluded.

        among: only with those whose id it answers True for. Raises Invalid "ended", LimitExceeded.
        """
        prepared = prepare(operation)
        found = self._conflicts(prepared, self._table.live_rows(), among)
        return sorted(found, key=lambda conflict: conflict.other(operation.id))

    def conflicts_of(self, operation_id: str, *, among: Among | None = None) -> list[Conflict]:
        """As ``conflicts`` for an operation that is in the index. Raises NotFound "unknown-operation"."""
        self._refuse_unknown(operation_id)
        found = self._conflicts(self._prepared[operation_id], self._table.live_rows(), among)
        return sorted(found, key=lambda conflict: conflict.other(operation_id))

    def is_clear(self, operation: Operation, *, among: Among | None = None) -> bool:
        """Whether ``conflicts`` would be empty; answered as soon as one is found."""
        prepared = prepare(operation)
        return next(self._conflicts(prepared, self._table.live_rows(), among), None) is None

    def all_conflicts(self) -> Iterator[Conflict]:
        """Each conflicting pair once. The index must not change meanwhile."""
        for operation_id, prepared in self._prepared.items():
            yield from self._conflicts(prepared, self._table.rows_after(operation_id), None)

    def _put(self, prepared: Prepared) -> None:
        self._prepared[prepared.id] = prepared
        self._table.add(prepared.id, prepared.boxes)

    def _refuse_unknown(self, operation_id: str) -> None:
        if operation_id not in self._prepared:
            text = f"operation {operation_id} is not in the index"
            raise NotFound("unknown-operation", text, field="id", remedy="add it")

    def _conflicts(self, prepared: Prepared, rows: Ints, among: Among | None) -> Iterator[Conflict]:
        boxes = self._table.boxes
        pairs = candidates(prepared.boxes, len(prepared.legs), boxes, rows, self._reach)
        for other_id, parts in self._by_owner(pairs):
            if other_id == prepared.id or (among is not None and not among(other_id)):
                continue
            conflict = conflict_of(prepared, self._prepared[other_id], parts, self._reach)
            if conflict is not None:
                yield conflict

    def _by_owner(self, pairs: Pairs) -> Iterator[tuple[str, list[tuple[int, int]]]]:
        """The candidate pairs of parts, operation by operation."""
        mine, rows = pairs
        owners, parts = self._table.owner[rows], self._table.part[rows]
        order = np.argsort(owners, kind="stable")
        ends = np.flatnonzero(np.diff(owners[order], append=-1)) + 1
        begin = 0
        for end in ends.tolist():
            chosen = order[begin:end]
            own, theirs = mine[chosen].tolist(), parts[chosen].tolist()
            yield self._table.id_of(int(owners[chosen[0]])), list(zip(own, theirs, strict=True))
            begin = end
