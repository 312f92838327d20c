"""How long does an answer take, when is it worth asking again, and how much may one exchange carry? Pure.

On a network that loses much, one TCP connection may stand still for seconds. So an exchange whose answer is
overdue goes once more over another connection: receiving twice is harmless, for a duplicate gets the same
LAM. All times are seconds of a monotonic clock, given as arguments.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

OVERDUE: Final = 1.2
"""Of the usual round trip: then an answer is overdue."""
LEAST_PATIENCE_S: Final = 0.3
"""No answer is overdue before that: a partner may have to wait for its disk."""
FIRST_GUESS_S: Final = 1.0
"""The usual round trip, before one was measured."""
GROWTH_OF_PATIENCE: Final = 1.15
"""From one repetition of an exchange to the next."""

SMALL_BYTES: Final = 16 * 1024
"""What fits into the first flight of a TCP connection: its time is that of the way alone."""
BYTES_PER_PATIENCE: Final = 64 * 1024
"""So many bytes more are given as much patience again."""

GIVE_UP_S: Final = 15.0
LONGEST_GIVE_UP_S: Final = 120.0
SLOWEST_BYTES_PER_S: Final = 64 * 1024
"""An exchange without an answer is given up after GIVE_UP_S, and what its bytes take at this rate."""

FIRST_BUDGET_BYTES: Final = 16 * 1024
LEAST_BUDGET_BYTES: Final = FIRST_BUDGET_BYTES
LARGEST_BUDGET_BYTES: Final = 8 * 1024 * 1024
"""What one exchange carries: doubled by one that went well, halved by one that had to be repeated."""

REMEMBERED: Final = 20
"""Exchanges of which it is known whether they had to be repeated."""


class Pace:
    """What the exchanges with one partner have shown of the way to it."""

    def __init__(self) -> None:
        self.budget_bytes = FIRST_BUDGET_BYTES
        self._usual_s: float | None = None
        self._slower = 0
        self._repeated: deque[bool] = deque(maxlen=REMEMBERED)

    def answered(self, size: int, took_s: float) -> None:
        """An exchange of so many bytes took so long. The usual time falls fast and rises slowly, but ever
        faster while answers stay slow: stragglers that TCP has sent again tell little of the way.
        """
        if size > SMALL_BYTES:
            return
        if self._usual_s is None or took_s <= self._usual_s:
            usual_s = took_s if self._usual_s is None else self._usual_s
            self._usual_s, self._slower = usual_s + 0.2 * (took_s - usual_s), 0
            return
        self._slower += 1
        self._usual_s = min(took_s, max(self._usual_s, 0.001) * (1 + 0.1 * 2 ** min(self._slower, 8)))

    def settled(self, *, repeated: bool) -> None:
        """What an exchange was for has arrived, after one sending or after several."""
        self._repeated.append(repeated)
        wanted = self.budget_bytes // 2 if repeated else self.budget_bytes * 2
        self.budget_bytes = min(max(wanted, LEAST_BUDGET_BYTES), LARGEST_BUDGET_BYTES)

    @property
    def round_trip_s(self) -> float | None:
        """The usual one; None before the first answer."""
        return self._usual_s

    @property
    def repeated(self) -> int:
        """How many of the last exchanges (``of``) had to be sent again."""
        return sum(self._repeated)

    @property
    def of(self) -> int:
        return len(self._repeated)

    def patience_s(self, size: int, sent_before: int = 0) -> float:
        """How long to wait for the answer of an exchange of so many bytes before it is sent once more."""
        usual_s = FIRST_GUESS_S if self._usual_s is None else self._usual_s
        patience_s = max(LEAST_PATIENCE_S, OVERDUE * usual_s)
        return patience_s * (1 + size / BYTES_PER_PATIENCE) * GROWTH_OF_PATIENCE**sent_before


def give_up_s(size: int) -> float:
    """How long an exchange of so many bytes may take before its connection is given up."""
    return min(GIVE_UP_S + size / SLOWEST_BYTES_PER_S, LONGEST_GIVE_UP_S)


def fitting(items: Sequence[bytes], budget_bytes: int) -> list[bytes]:
    """As many of them, from the first, as the budget allows; one at the least."""
    size = 0
    for count, item in enumerate(items):
        size += len(item) + 1
        if count and size > budget_bytes:
            return list(items[:count])
    return list(items)
