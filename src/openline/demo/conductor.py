"""The conductor: steps both nodes' persisted time through the day, and waits until the line is at rest."""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from openline.airspace.operation import Operation
from openline.demo.centre import Centre, Standing
from openline.demo.flights import SIDES
from openline.errors import Unavailable

T = TypeVar("T")

STEP_MS: Final = 15 * 60_000
AHEAD_MS: Final = 30 * 60_000
"""Flights are filed at least this long before they begin, and at most a step earlier."""
REST_S: Final = 30.0
FIRST_POLL_S: Final = 0.04
"""About what an exchange takes; to ask earlier only takes time from those who are to answer."""
LAST_POLL_S: Final = 0.1


def due_at(operations: Iterable[Operation]) -> dict[int, list[Operation]]:
    """What is to be filed, by the moment of its filing; moments at which nothing is due are left out."""
    due: dict[int, list[Operation]] = {}
    for operation in operations:
        moment = max(0, (operation.start_ms - AHEAD_MS) // STEP_MS * STEP_MS)
        due.setdefault(moment, []).append(operation)
    return dict(sorted(due.items()))


class Conductor:
    """now_ms: the exercise's time. open_conflicts: how many there were when the line last came to rest.

    In real seconds: rests_s, how long the line took to rest, each time; lams_s, by side, how long until all
    that it had said was acknowledged, where it had said anything (a poll's length too long at worst).
    """

    def __init__(self, centres: Mapping[str, Centre], now_ms: int) -> None:
        self._centres = centres
        self.now_ms = now_ms
        self.open_conflicts = 0
        self.rests_s: list[float] = []
        self.lams_s: dict[str, list[float]] = {side: [] for side in SIDES}
        self._said = dict.fromkeys(SIDES, 0)
        self._pool = ThreadPoolExecutor(len(SIDES), thread_name_prefix="side")

    def step_to(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self.both(lambda centre: centre.step_clock(now_ms))

    def both(self, work: Callable[[Centre], T]) -> dict[str, T]:
        """The same for both centres at once, as two rooms of people work; what came of it, by side."""
        done = self._pool.map(work, (self._centres[side] for side in SIDES))
        return dict(zip(SIDES, done, strict=True))

    def close(self) -> None:
        self._pool.shutdown()

    def rest(self) -> None:
        """Wait until both nodes hold the same, and each knows that the other does.

        Sound although the two do not answer at one instant: a node is quiet when the partner has
        acknowledged all that it said, the partner says what follows from a message in the commit that
        acknowledges it, and equal roots are equal heads of all four lanes. Raises Unavailable ``no-rest``
        after half a minute.
        """
        begun = time.monotonic()
        pause_s = FIRST_POLL_S
        while True:
            time.sleep(pause_s)
            standing = self.both(Centre.standing)
            waited_s = time.monotonic() - begun
            self._note_lams(standing, waited_s)
            if _at_rest(standing):
                self.rests_s.append(waited_s)
                self.open_conflicts = standing["A"].conflicts["open"]
                return
            if waited_s > REST_S:
                raise _no_rest(standing)
            pause_s = min(2 * pause_s, LAST_POLL_S)

    def _note_lams(self, standing: Mapping[str, Standing], waited_s: float) -> None:
        for side, one in standing.items():
            if one.quiet and one.said > self._said[side]:
                self.lams_s[side].append(waited_s)
                self._said[side] = one.said


def _at_rest(standing: Mapping[str, Standing]) -> bool:
    first, second = (standing[side] for side in SIDES)
    is_quiet = all(one.quiet and one.session_open for one in standing.values())
    return is_quiet and first.root == second.root and first.digest == second.digest


def _no_rest(standing: Mapping[str, Standing]) -> Unavailable:
    words = [
        f"{side}: session open {one.session_open}, quiet {one.quiet}, root {one.root[:12]}, "
        f"picture {one.digest[:12]}"
        for side, one in standing.items()
    ]
    return Unavailable("no-rest", f"the line has not come to rest in {REST_S:.0f} s ({'; '.join(words)})")
