"""Changes to one operation that are proved free of conflict, the cheapest first.

Complete on its grid: every change is tried in the order of its cost, and each that is answered has been asked
of the index as it would be filed. That nothing is found means that there is nothing within these limits.
"""

from collections.abc import Iterator

import msgspec

from openline.airspace.change import Change, apply
from openline.airspace.operation import Operation
from openline.conflict.index import ConflictIndex
from openline.errors import Invalid
from openline.resolve.limits import Limits, cost_of
from openline.resolve.sentence import sentence_of


class Alternative(msgspec.Struct, frozen=True):
    """change: what is done; operation: as it would be filed; cost: in seconds of delay (`limits.cost_of`);
    sentence: in words.
    """

    change: Change
    operation: Operation
    cost: float
    sentence: str


def alternatives(
    operation: Operation, index: ConflictIndex, limits: Limits, limit: int = 5
) -> list[Alternative]:
    """At most ``limit`` changes without a conflict in the index, cheapest first; [] where there is none
    within the limits.

    The operation itself (its id) is not in its own way. Where it has no conflict as filed, the first answer
    is "as filed".
    Raises Invalid "bad-limit", "ended".
    """
    if type(limit) is not int or limit < 1:
        raise Invalid("bad-limit", f"limit is {limit!r:.40}", field="limit", remedy="one or more")
    found: list[Alternative] = []
    for change, changed in _changed(operation, limits):
        if index.is_clear(changed):
            found.append(Alternative(change, changed, cost_of(change), sentence_of(operation, change)))
        if len(found) == limit:
            break
    return found


def _changed(operation: Operation, limits: Limits) -> Iterator[tuple[Change, Operation]]:
    for change in sorted(limits.changes(), key=_order):
        try:
            changed = apply(operation, change)
        except Invalid:
            # No such height or time can be filed at all, so it is no alternative.
            continue
        if change.climb_dmm == 0 or limits.allow(changed):
            yield change, changed


def _order(change: Change) -> tuple[float, int, int, int]:
    """By cost; of equals the smaller climb, up before down, later before earlier: the same everywhere."""
    return (cost_of(change), abs(change.climb_dmm), -change.climb_dmm, -change.delay_ms)
