"""The names of what is in the index, texts of operations or numbers of bulk loads, and the slot of each."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from openline.conflict.kernels import numbers
from openline.conflict.kernels.layout import Ints
from openline.errors import Invalid, LimitExceeded, NotFound

Id = str | int
Answer = np.ndarray[Any, np.dtype[Any]]
"""int64 where every id in the index is a number, else object: texts and numbers."""

_FIRST_ROWS = 1_024
_LARGEST = 2**62
"""Of numbers as ids, either way: row numbers can go on after it."""


class Ids:
    """Each id has one slot, each slot one id. Slots are given by the caller."""

    def __init__(self) -> None:
        self._slots: dict[str, int] = {}
        self._texts: list[str | None] = []
        self._numbered: Ints = numbers.empty_map(_FIRST_ROWS)
        self._numbers: Ints = np.zeros(_FIRST_ROWS, np.int64)
        self._count = 0
        self.next_number = 0
        """One more than the largest number ever seen: where row numbers go on."""

    def find(self, identifier: object) -> int:
        """Its slot, -1 where it is not here."""
        if isinstance(identifier, str):
            return self._slots.get(identifier, numbers.MISSING)
        number = whole_number(identifier)
        return numbers.MISSING if number is None else int(numbers.find(self._numbered, number))

    def slot_of(self, identifier: object) -> int:
        """Raises NotFound "unknown-operation"."""
        slot = self.find(identifier)
        if slot < 0:
            text = f"operation {identifier!r:.50} is not in the index"
            raise NotFound("unknown-operation", text, field="id", remedy="add it")
        return slot

    def refuse_known(self, identifier: object) -> None:
        """Raises Invalid "duplicate-id"."""
        if self.find(identifier) >= 0:
            raise _duplicate(identifier)

    def refuse_known_numbers(self, keys: Ints) -> None:
        """Raises as `refuse_known`."""
        known = int(numbers.find_any(self._numbered, keys))
        if known >= 0:
            raise _duplicate(int(keys[known]))

    def put(self, identifier: Id, slot: int) -> None:
        if isinstance(identifier, str):
            self._slots[identifier] = slot
            if slot >= len(self._texts):
                self._texts += [None] * (slot + 1 - len(self._texts))
            self._texts[slot] = identifier
        else:
            self.put_numbers(np.array([identifier], np.int64), np.array([slot], np.int64))

    def put_numbers(self, keys: Ints, slots: Ints) -> None:
        """Many at once, none of them known."""
        if not len(keys):
            return
        self._count += len(keys)
        rows = len(self._numbered)
        while rows < 2 * self._count:
            rows *= 2
        if rows > 2 * len(self._numbered):
            self._numbered = _in_room(self._numbered, rows)
        elif rows > len(self._numbered):
            self._numbered = numbers.grown(self._numbered)
        numbers.put_all(self._numbered, keys, slots)
        most = int(slots.max()) + 1
        if most > len(self._numbers):
            larger = np.zeros(max(most, len(self._numbers) * 3 // 2), np.int64)
            larger[: len(self._numbers)] = self._numbers
            self._numbers = larger
        self._numbers[slots] = keys
        self.next_number = max(self.next_number, int(keys.max()) + 1)

    def drop(self, identifier: Id) -> None:
        """One that is here."""
        if isinstance(identifier, str):
            self._texts[self._slots.pop(identifier)] = None
        else:
            numbers.drop(self._numbered, int(identifier))
            self._count -= 1

    def of(self, slot: int) -> Id:
        text = self._texts[slot] if slot < len(self._texts) else None
        return int(self._numbers[slot]) if text is None else text

    def answer(self, slots: Answer) -> Answer:
        """The ids in the slots' order."""
        if not self._slots:
            return self._numbers.take(slots)
        return np.array([self.of(slot) for slot in slots.tolist()], dtype=object)


def _in_room(table: Ints, rows: int) -> Ints:
    larger = numbers.empty_map(rows)
    live = table[table[:, 1] != numbers.MISSING]
    numbers.put_all(larger, np.ascontiguousarray(live[:, 0]), np.ascontiguousarray(live[:, 1]))
    return larger


def whole_number(identifier: object) -> int | None:
    """As an int of 64 bits; None where it is none (True is none)."""
    if isinstance(identifier, bool | np.bool_) or not isinstance(identifier, int | np.integer):
        return None
    number = int(identifier)
    return number if -_LARGEST <= number <= _LARGEST else None


def checked_ids(ids: Sequence[Any] | Answer, count: int) -> Ints | list[str]:
    """One id a row: whole numbers or texts. Raises Invalid "wrong-shape", "wrong-type"."""
    array = ids if isinstance(ids, np.ndarray) else np.array(ids, dtype=object)
    if array.ndim != 1 or len(array) != count:
        text = f"ids have the shape {array.shape}, and there are {count:,} volumes"
        raise Invalid("wrong-shape", text, field="ids", remedy="one id for each volume")
    if np.issubdtype(array.dtype, np.integer) and array.dtype != np.uint64:
        return _within_bounds(np.ascontiguousarray(array, dtype=np.int64))
    given = array.tolist()
    if all(isinstance(one, str) for one in given):
        return [str(one) for one in given]
    as_numbers = [whole_number(one) for one in given]
    for row, number in enumerate(as_numbers):
        if number is None:
            text = f"the id of row {row} is {given[row]!r:.40}"
            remedy = "all of them whole numbers from -2^62 to 2^62, or all of them texts"
            raise Invalid("wrong-type", text, field=f"ids[{row}]", remedy=remedy)
    return np.array(as_numbers, dtype=np.int64)


def _within_bounds(numbers_given: Ints) -> Ints:
    far = np.flatnonzero((numbers_given > _LARGEST) | (numbers_given < -_LARGEST))
    if len(far):
        text = f"the id of row {far[0]} is {numbers_given[far[0]]}, not from -2^62 to 2^62"
        raise LimitExceeded("out-of-range", text, field=f"ids[{far[0]}]", clause="ids")
    return numbers_given


def _duplicate(identifier: object) -> Invalid:
    text = f"operation {identifier!r:.50} is in the index already"
    return Invalid("duplicate-id", text, field="id", remedy="replace it, or remove it first")
