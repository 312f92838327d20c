"""What the kernels found, in values for whoever asked."""

import math
from collections.abc import Callable, Iterator
from typing import Any, Final

from openline.airspace.position import Position
from openline.conflict.found import Approach, Conflict
from openline.conflict.ids import Answer, Id
from openline.conflict.kernels.layout import OF, WITH, Floats

Row = list[float]
"""A row of `kernels.contact.conflicts_of`."""

Named = tuple[Id, Row]
"""The other's id, and what is known of the conflict with it."""

_ROUNDING_DMM: Final = 1e-3
_SLACK_MS: Final = 0.01
"""Rounding outward starts here: a hundredth of a millisecond is the arithmetic's, not the aircraft's."""


def told(identifier: Id, found: list[Named], among: Callable[[str], bool] | None) -> list[Conflict]:
    """The conflicts of one with those that are wanted, in the order of their ids."""
    if among is not None:
        found = [one for one in found if among(str(one[0]))]
    if len(found) > 1:
        found.sort(key=_by_id)
    return [conflict(identifier, other, row) for other, row in found]


def told_of_all(
    rows: Floats, owners: Answer, others: Answer, constraints: frozenset[int]
) -> Iterator[Conflict]:
    """Each row as a Conflict, those of two constraints left out."""
    for row, one, other in zip(rows.tolist(), owners.tolist(), others.tolist(), strict=True):
        if not (row[OF] in constraints and row[WITH] in constraints):
            yield conflict(one, other, row)


def conflict(one: Id, other: Id, row: Row) -> Conflict:
    start, end, lateral, vertical, time, latitude, longitude, _, _, _ = row
    first, second = str(one), str(other)
    if second < first:
        first, second = second, first
    return Conflict(
        first,
        second,
        math.floor(start + _SLACK_MS),
        math.ceil(end - _SLACK_MS),
        # Downwards: a gap that broke the minimum must not be rounded up to it.
        Approach(Position(latitude, longitude), round(time), lateral, math.floor(vertical + _ROUNDING_DMM)),
    )


def _by_id(found: Named) -> tuple[bool, Any]:
    """Numbers before texts."""
    return isinstance(found[0], str), found[0]
