"""The boxes of all parts of all operations in one array, with free rows to be used again."""

import numpy as np

from openline.conflict.broad import Ints
from openline.conflict.frame import Floats
from openline.conflict.prepared import BOX_COLUMNS

_FIRST_CAPACITY = 1_024


class Table:
    """boxes: (capacity, columns of Box), column by column in memory, as it is scanned. owner: the operation's
    number.

    part: which part of it the row is. Owner -1 marks a free row.
    """

    def __init__(self) -> None:
        self.boxes: Floats = np.full((_FIRST_CAPACITY, BOX_COLUMNS), np.nan, order="F")
        self.owner: Ints = np.full(_FIRST_CAPACITY, -1, dtype=np.int64)
        self.part: Ints = np.zeros(_FIRST_CAPACITY, dtype=np.int64)
        self._number: dict[str, int] = {}
        self._id: dict[int, str] = {}
        self._rows: dict[int, Ints] = {}
        self._free: list[int] = list(range(_FIRST_CAPACITY - 1, -1, -1))
        self._next = 0
        self._live: Ints | None = None

    def id_of(self, number: int) -> str:
        return self._id[number]

    def add(self, operation_id: str, boxes: Floats) -> None:
        """Numbers only ever grow, so that their order is the order in which operations came."""
        while len(self._free) < len(boxes):
            self._grow()
        rows = np.array([self._free.pop() for _ in range(len(boxes))], dtype=np.int64)
        number, self._next = self._next, self._next + 1
        self.boxes[rows], self.owner[rows], self.part[rows] = boxes, number, np.arange(len(boxes))
        self._number[operation_id], self._id[number], self._rows[number] = number, operation_id, rows
        self._live = None

    def remove(self, operation_id: str) -> None:
        number = self._number.pop(operation_id)
        rows = self._rows.pop(number)
        del self._id[number]
        self.boxes[rows], self.owner[rows] = np.nan, -1
        self._free += rows[::-1].tolist()
        self._live = None

    def live_rows(self) -> Ints:
        if self._live is None:
            self._live = np.flatnonzero(self.owner >= 0)
        return self._live

    def rows_after(self, operation_id: str) -> Ints:
        """Rows of operations that came later than this one: each pair is met once."""
        live = self.live_rows()
        return live[self.owner[live] > self._number[operation_id]]

    def _grow(self) -> None:
        capacity = len(self.owner)
        boxes = np.full((2 * capacity, BOX_COLUMNS), np.nan, order="F")
        boxes[:capacity] = self.boxes
        self.boxes = boxes
        self.owner = np.concatenate([self.owner, np.full(capacity, -1, dtype=np.int64)])
        self.part = np.concatenate([self.part, np.zeros(capacity, dtype=np.int64)])
        self._free = list(range(2 * capacity - 1, capacity - 1, -1)) + self._free
