"""Reading rows of which some may have been tampered with: what cannot be read is a finding, not an end."""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from openline.errors import OpenlineError
from openline.journal.verify import Finding
from openline.node.desk import FOLD_BATCH


class Numbered(Protocol):
    @property
    def number(self) -> int: ...


Record = TypeVar("Record", bound=Numbered)


def readable(
    read: Callable[[int, int], list[Record]], where: str, findings: list[Finding]
) -> Iterator[Record]:
    """All records that can be read, in order; each that cannot is a finding. A store that fails is an
    error.
    """
    after = 0
    while True:
        try:
            batch = read(after, FOLD_BATCH)
        except OpenlineError:
            yield from _one_by_one(read, after, where, findings)
            after += FOLD_BATCH
            continue
        if not batch:
            return
        yield from batch
        after = batch[-1].number


def _one_by_one(
    read: Callable[[int, int], list[Record]], after: int, where: str, findings: list[Finding]
) -> Iterator[Record]:
    """A batch in which some row cannot be read. Where none can, it is the store that fails, and not a row."""
    faults = 0
    for number in range(after + 1, after + FOLD_BATCH + 1):
        try:
            one = read(number - 1, 1)
        except OpenlineError as fault:
            faults += 1
            if faults == FOLD_BATCH:
                raise
            findings.append(Finding("row-unreadable", where, number, fault.text))
            continue
        if not one:
            return
        if one[0].number == number:
            yield one[0]
