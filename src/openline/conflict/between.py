"""The exact test of two operations by themselves."""

from openline.conflict.found import Conflict
from openline.conflict.index import Filed
from openline.conflict.minima import Minima


def conflict_between(first: Filed, second: Filed, minima: Minima) -> Conflict | None:
    """The conflict of two operations or constraints, or None; the same whichever is named first.

    None has one with itself (the same id), and two constraints have none. Raises Invalid "ended" where one is
    over, LimitExceeded "path-too-long".
    """
    # numba comes in here: who only reads what was found need not wait for it.
    from openline.conflict.engine import conflict_of_two

    return conflict_of_two(first, second, minima)
