"""The day itself: flights are filed as they come due; the line is checked, suspended and broken."""

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import httpx

from openline.airspace.operation import Operation
from openline.coordination.messages import Reason
from openline.demo.centre import Centre
from openline.demo.conductor import Conductor, due_at
from openline.demo.flights import SIDES, Traffic
from openline.demo.founding import TITLES
from openline.demo.officers import Officer, settle
from openline.errors import OpenlineError
from openline.formats.flights import Skipped
from openline.units import datetime_from_ms

CHECKED_AT: Final = 0.2
SUSPENDED_AT: Final = 0.4
KILLED_AT: Final = 0.6
"""Where in the day things happen on purpose, as a part of all filings."""
LONGEST_BEFORE_KILL_S: Final = 0.25

Tell = Callable[[str], None]
"""What has happened, for whoever watches: one sentence."""


class Exercise:
    """One day on one line. After ``run``: skipped, restarts, suspensions and line_checks say what came.

    acknowledged: operation ids that a node has confirmed; received: ids of the partner's notices, seen live.
    """

    def __init__(
        self, centres: Mapping[str, Centre], conductor: Conductor, traffic: Traffic, seed: int, tell: Tell
    ) -> None:
        self.skipped: list[Skipped] = list(traffic.skipped)
        self.acknowledged: dict[str, set[str]] = {side: set() for side in SIDES}
        self.received: dict[str, set[str]] = {side: set() for side in SIDES}
        self.restarts = self.suspensions = self.line_checks = 0
        self._centres = centres
        self._conductor = conductor
        self._traffic = traffic
        self._tell = tell
        self._chance = random.Random(f"exercise {seed}")
        self.officers = {side: Officer(centres[side], conductor, seed) for side in SIDES}

    def run(self, advance: Callable[[int], None]) -> None:
        """Everything, in order. ``advance`` is told how many flights each step has brought."""
        schedule = due_at(self._traffic.operations)
        places = _places(len(schedule))
        for number, (moment_ms, due) in enumerate(schedule.items()):
            self._conductor.step_to(moment_ms)
            if number == places[CHECKED_AT]:
                self._check_line()
            if number == places[SUSPENDED_AT]:
                self._suspend()
            if number == places[KILLED_AT]:
                self._file_and_kill(self._by_side(due))
            else:
                self._file(self._by_side(due))
            if number == places[SUSPENDED_AT]:
                self._resume()
            self._conductor.rest()
            self._note_notices()
            settle(self.officers, self._conductor)
            advance(len(due))

    def _by_side(self, due: Sequence[Operation]) -> dict[str, list[Operation]]:
        """In the order in which they file; chance decides who is first."""
        sides = self._chance.sample(SIDES, len(SIDES))
        return {side: [one for one in due if self._traffic.side_of[one.id] == side] for side in sides}

    def _file(self, due: Mapping[str, Sequence[Operation]]) -> None:
        """The second files what it has when it holds what the first has told: it is plain who stood first."""
        first, second = due
        self._file_at(first, due[first])
        self._conductor.rest()
        self._file_at(second, due[second])

    def _file_at(self, side: str, operations: Sequence[Operation]) -> None:
        for operation, filed in zip(operations, self._centres[side].file(operations), strict=True):
            if "error" in filed:
                self.skipped.append(Skipped(operation.callsign or operation.id, filed["text"]))
            else:
                self.acknowledged[side].add(operation.id)

    def _note_notices(self) -> None:
        for side, live in self._conductor.both(Centre.notices_of_partner).items():
            self.received[side] |= live

    # A line check: asked by one, answered by the other

    def _check_line(self) -> None:
        for side in SIDES:
            self.officers[side].check_line()
            self._conductor.rest()  # the answer is to a check that has come
        self.line_checks += 1
        self._say(f"line check: {TITLES['A']} asks, {TITLES['B']} answers")

    # A suspension: what is filed meanwhile rests, and is told when the line runs again

    def _suspend(self) -> None:
        self._centres["A"].suspend(Reason.TECHNICAL.value)
        self._conductor.rest()
        self.suspensions += 1
        self._say(f"{TITLES['A']} suspends the accord; what is filed now is not told")

    def _resume(self) -> None:
        self._centres["A"].resume()
        self._say(f"{TITLES['A']} resumes; what has rested is told")

    # A node dies in the middle of its filing, and comes back

    def _file_and_kill(self, due: Mapping[str, Sequence[Operation]]) -> None:
        """SIGKILL while both file. What it has acknowledged must be there; what it has not is filed again."""
        victim = max(SIDES, key=lambda side: len(due[side]))
        survivor = next(side for side in SIDES if side != victim)
        filing = threading.Thread(target=self._file_in_vain, args=(victim, due[victim]))
        filing.start()
        self._file_at(survivor, due[survivor])
        time.sleep(self._chance.uniform(0, LONGEST_BEFORE_KILL_S))
        self._centres[victim].kill()
        filing.join()
        self._centres[victim].start()
        self.restarts += 1
        self._file_what_is_missing(victim, due[victim])
        self._say(f"{TITLES[victim]} is killed in the middle of its filing and restarted; nothing is lost")

    def _file_in_vain(self, side: str, operations: Sequence[Operation]) -> None:
        """Without an answer it may be stored or not, and nobody was told that it is."""
        with suppress(httpx.TransportError, OpenlineError):
            self._file_at(side, operations)

    def _file_what_is_missing(self, side: str, operations: Sequence[Operation]) -> None:
        kept = self._centres[side].operation_ids()
        lost = self.acknowledged[side] - kept
        if lost:
            raise OpenlineError("acknowledged-and-lost", f"{len(lost)} operations are gone", party=side)
        self.acknowledged[side] |= {one.id for one in operations} & kept
        self._file_at(side, [one for one in operations if one.id not in kept])

    def _say(self, sentence: str) -> None:
        self._tell(f"{datetime_from_ms(self._conductor.now_ms):%H:%M}  {sentence}")


def _places(steps: int) -> dict[float, int]:
    """At which step each of them happens; on a short day several happen at the same."""
    return {part: min(int(part * steps), steps - 1) for part in (CHECKED_AT, SUSPENDED_AT, KILLED_AT)}
