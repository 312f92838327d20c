"""What happens next? Events in the order of simulated time; no thread, no clock.

Two events of one moment happen in the order in which they were put in, so one seed has one course of events.
"""

import heapq
from collections.abc import Callable

Work = Callable[[], bool]
"""Does what is due. False where it turned out that there was nothing to do: then it was no step."""


class Scheduler:
    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self._due: list[tuple[int, int, Work]] = []
        self._order = 0

    def after(self, delay_ms: int, work: Work) -> None:
        self._order += 1
        heapq.heappush(self._due, (self.now_ms + max(0, delay_ms), self._order, work))

    def run_next(self) -> None:
        """Do the next thing that turns out to be one. There is always one: ticks and heartbeats never end."""
        done = False
        while not done:
            self.now_ms, _, work = heapq.heappop(self._due)
            done = work()
