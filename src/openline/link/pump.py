"""What to send next on one line, and when: pure, so that every course of events can be tried in a test.

A session opens with an exchange of HEADS. Then whatever the partner lacks goes out until it is
acknowledged; HEADS go again at every heartbeat, and once when traffic has come to rest, so that both
sides compare their pictures. Failures are answered with patience that grows to a cap. All times are
seconds of a monotonic clock, given as arguments.
"""

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

FIRST_RETRY_S: Final = 0.25
LONGEST_RETRY_S: Final = 15.0
RETRY_GROWTH: Final = 2.0
REST_S: Final = 0.5
"""So long after the last traffic HEADS go, for both sides to see that they hold the same."""

FIRST_REPEAT_S: Final = 1.0
LONGEST_REPEAT_S: Final = 30.0
"""A batch that was delivered and yet not acknowledged goes again after this; a partner that cannot take
it is not flooded.
"""

MAX_FOLLOW_UPS: Final = 256
"""Answers to answers in one exchange; after that the heartbeat goes on with it."""


class Want(Enum):
    HEADS = auto()
    OUTBOUND = auto()
    WAIT = auto()


class Pump:
    """One line's rhythm. Call ``want``; after an exchange ``delivered``, after a failed one ``failed``."""

    def __init__(self, heartbeat_s: float) -> None:
        self.heartbeat_s = heartbeat_s
        self.failures = 0
        self.open = False
        self._next_try_s = 0.0
        self._next_heartbeat_s = 0.0
        self._rest_at_s: float | None = None
        self._has_news = True
        self._last_batch: tuple[int, int] = (0, 0)
        self._repeats = 0
        self._repeat_at_s = 0.0

    # What happened

    def news(self) -> None:
        """There may be something new to say."""
        self._has_news = True

    def heard(self, now_s: float, *, messages: bool) -> None:
        """The partner has spoken to us: it is there, so patience is not needed any more.

        messages: whether new ones were in it. HEADS alone call for no HEADS of ours, or both sides would
        never rest.
        """
        if self.failures:
            self.failures, self._next_try_s = 0, now_s
        self._has_news = True
        if messages:
            self._rest_at_s = now_s + REST_S

    def heads_delivered(self, now_s: float) -> None:
        self._success()
        self.open = True
        self._has_news = True
        self._rest_at_s = None
        self._next_heartbeat_s = now_s + self.heartbeat_s

    def batch_delivered(self, now_s: float) -> None:
        self._success()
        self._has_news = True  # there may be more than one batch holds
        self._rest_at_s = now_s + REST_S

    def nothing_to_say(self) -> None:
        self._has_news = False
        self._repeats, self._repeat_at_s, self._last_batch = 0, 0.0, (0, 0)

    def failed(self, now_s: float) -> None:
        """The partner was not reached. The next exchange opens the session anew."""
        wait_s = min(FIRST_RETRY_S * RETRY_GROWTH ** min(self.failures, 32), LONGEST_RETRY_S)
        self.failures += 1
        self.open = False
        self._next_try_s = now_s + wait_s

    def reopen(self) -> None:
        """Compare heads again as soon as possible: a recovery goes on."""
        self.open = False

    def _success(self) -> None:
        self.failures = 0
        self._next_try_s = 0.0

    # What follows

    def want(self, now_s: float) -> Want:
        if now_s < self._next_try_s:
            return Want.WAIT
        if not self.open or now_s >= self._next_heartbeat_s:
            return Want.HEADS
        if self._has_news or (self._repeat_at_s and now_s >= self._repeat_at_s):
            return Want.OUTBOUND
        if self._rest_at_s is not None and now_s >= self._rest_at_s:
            return Want.HEADS
        return Want.WAIT

    def may_send(self, batch: Sequence[bytes], now_s: float) -> bool:
        """False where this very batch was delivered just now and the partner did not acknowledge it."""
        mark = (len(batch), hash(tuple(batch)))
        if mark != self._last_batch:
            self._last_batch, self._repeats = mark, 0
            self._repeat_at_s = now_s + FIRST_REPEAT_S
            return True
        if now_s < self._repeat_at_s:
            self._has_news = False
            return False
        self._repeats += 1
        wait_s = min(FIRST_REPEAT_S * RETRY_GROWTH ** min(self._repeats, 32), LONGEST_REPEAT_S)
        self._repeat_at_s = now_s + wait_s
        return True

    def wait_s(self, now_s: float) -> float:
        """How long nothing will be due, if nothing happens."""
        if now_s < self._next_try_s:
            return self._next_try_s - now_s
        if self.want(now_s) is not Want.WAIT:
            return 0.0
        due = [self._next_heartbeat_s]
        due += [self._rest_at_s] if self._rest_at_s is not None else []
        due += [self._repeat_at_s] if self._repeat_at_s else []
        return max(0.0, min(due) - now_s)
