"""Who must move. Decided from what each side had received when it filed, never from clocks, and never by
chance.
"""

from collections.abc import Callable, Iterable

import msgspec

from openline.accord.terms import Accord
from openline.coordination.stamp import Stamp, knew
from openline.coordination.told import Told


class Yielding(msgspec.Struct, frozen=True):
    """One time that a party gave way: it carried out an agreement by moving, or accepted the other's
    operation as filed.
    """

    party: str
    cause: str  # hash of the agreement: one agreement counts once
    stamp: Stamp


def mover(first: Told, second: Told, accord: Accord, yieldings: Callable[[], Iterable[Yielding]]) -> str:
    """The party whose operation must move, of two operations of different parties.

    In order: an off-nominal operation never moves; priority where the accord says so; the one that stood
    first stays (X stood first if Y's filing had seen it); and if neither had seen the other, the party that
    has given way less often in the past common to both filings gives way, on a tie the one that the accord
    names first. ``yieldings`` is asked only for that last rule.
    """
    if first.off_nominal != second.off_nominal:
        return second.party if first.off_nominal else first.party
    if accord.precedence == "priority-then-standing":
        one, other = first.priority or 0, second.priority or 0
        if one != other:
            return first.party if one < other else second.party
    if knew(second.place, first.place):
        return second.party
    if knew(first.place, second.place):
        return first.party
    return _less_burdened(first, second, accord, yieldings())


def _less_burdened(first: Told, second: Told, accord: Accord, yieldings: Iterable[Yielding]) -> str:
    common = [it for it in yieldings if knew(first.place, it.stamp) and knew(second.place, it.stamp)]
    burden = {name: len({it.cause for it in common if it.party == name}) for name in accord.names}
    return min(accord.names, key=lambda name: burden[name])
