"""What to send next on one line, and when: pure, so that every course of events can be tried in a test.

A session opens with an exchange of HEADS. Then whatever the partner lacks goes out until it is
acknowledged, each lane by exchanges of its own, so that nothing urgent waits for a large routine one; HEADS
go again at every heartbeat, and once when traffic has come to rest, so that both sides compare their
pictures. An exchange whose answer is overdue is sent once more, beside the first. Failures are answered
with patience that grows to a cap. All times are seconds of a monotonic clock, given as arguments.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from typing import Final

from openline.link.pace import SMALL_BYTES, Pace

FIRST_RETRY_S: Final = 0.25
LONGEST_RETRY_S: Final = 5.0
RETRY_GROWTH: Final = 2.0
REST_S: Final = 0.5
"""So long after the last traffic HEADS go, for both sides to see that they hold the same."""

FIRST_REPEAT_S: Final = 1.0
LONGEST_REPEAT_S: Final = 30.0
"""A batch that was delivered and yet not acknowledged goes again after this; a partner that cannot take
it is not flooded.
"""

MAX_AT_ONCE: Final = 10
"""Sendings of one lane (or of HEADS) that may wait for an answer at a time."""
MAX_WHILE_FAILING: Final = 2
"""The same while the partner is not reached at all."""
NEWS_SHARE: Final = 0.25
"""Of the patience for an answer: after it what is new does not wait for that answer, but goes with what
waits. Only beside small exchanges: what is large would go over and over.
"""

URGENT_FIRST_S: Final = 10.0
"""When a session opens, the routine lane stands back until the urgent one has gone, or for so long."""

MAX_FOLLOW_UPS: Final = 256
"""Answers to answers in one exchange; after that the heartbeat goes on with it."""


class Want(Enum):
    HEADS = auto()
    URGENT = auto()
    ROUTINE = auto()
    WAIT = auto()


LANES: Final = (Want.URGENT, Want.ROUTINE)

Marks = Mapping[Want, object]
"""Of each lane something that is equal to an earlier one where the node knows of nothing new to send; None
where it cannot tell (``Node.lane_mark``).
"""


class Sending:
    """One sending on its way: of what, since when, how large (0: it has not left yet), and until when its
    answer is not overdue.
    """

    def __init__(self, want: Want, began_s: float, sent_before: int, patience_s: float) -> None:
        self.want = want
        self.began_s = began_s
        self.sent_before = sent_before
        self.patience_s = patience_s
        self.size = 0
        self.mark: object = None

    def is_overdue(self, now_s: float) -> bool:
        return now_s >= self.began_s + self.patience_s


class _Lane:
    """What one lane has to say, and what became of its last batch."""

    def __init__(self) -> None:
        self.has_news = True
        self.rested: object = None  # its mark, when nothing was found to send
        self.delivered: object = None
        self.repeats = 0
        self.repeat_at_s = 0.0

    def may_send(self, mark: object, now_s: float) -> bool:
        if mark == self.delivered and now_s < self.repeat_at_s:
            self.has_news = False
            return False
        return True

    def was_delivered(self, mark: object, now_s: float) -> None:
        self.repeats = self.repeats + 1 if mark == self.delivered else 0
        self.delivered = mark
        wait_s = min(FIRST_REPEAT_S * RETRY_GROWTH ** min(self.repeats, 32), LONGEST_REPEAT_S)
        self.repeat_at_s = now_s + wait_s
        self.has_news = True  # there may be more than one batch holds

    def nothing_to_say(self, mark: object) -> None:
        self.has_news, self.rested = False, mark
        self.delivered, self.repeats, self.repeat_at_s = None, 0, 0.0

    def is_due(self, now_s: float) -> bool:
        return self.has_news or bool(self.repeat_at_s and now_s >= self.repeat_at_s)


class Pump:
    """One line's rhythm. Ask ``want``; ``begin`` what it wants, then say how that ended: ``heads_delivered``,
    ``batch_delivered``, ``nothing_to_say`` or ``failed``.
    """

    def __init__(self, heartbeat_s: float) -> None:
        self.heartbeat_s = heartbeat_s
        self.pace = Pace()
        self.failures = 0
        self.open = False
        self._lanes = {want: _Lane() for want in LANES}
        self._on_the_way: dict[Want, list[Sending]] = {want: [] for want in (Want.HEADS, *LANES)}
        self._next_try_s = 0.0
        self._next_heartbeat_s = 0.0
        self._rest_at_s: float | None = None
        self._counted_s = 0.0  # the last success or failure: what began before it says nothing new
        self._urgent_first_until_s = 0.0
        self._closed = 0  # how often in a row the node had no session although HEADS had been answered

    # What happened

    def news(self, marks: Marks | None = None) -> None:
        """There may be something new to say; not on a lane that is marked as when it came to rest."""
        for want, lane in self._lanes.items():
            if not (marks and self.rests(want, marks[want])):
                lane.has_news = True

    def rests(self, want: Want, mark: object) -> bool:
        """Whether the lane was marked so when nothing was found to send."""
        return mark is not None and mark == self._lanes[want].rested

    def heard(self, now_s: float, *, messages: bool, marks: Marks | None = None) -> None:
        """The partner has spoken to us: it is there, so patience is not needed any more.

        messages: whether new ones were in it. HEADS alone call for no HEADS of ours, or both sides would
        never rest.
        """
        if self.failures:
            self.failures, self._next_try_s = 0, now_s
        for sendings in self._on_the_way.values():
            sendings[:] = [it for it in sendings if not it.is_overdue(now_s)]
        self.news(marks)
        if messages:
            self._rest_at_s = now_s + REST_S

    def begin(self, want: Want, now_s: float) -> Sending:
        """What is wanted is being sent from now on."""
        before = self._on_the_way[want]
        is_repetition = bool(before) and before[-1].is_overdue(now_s)
        sent_before = before[-1].sent_before + 1 if is_repetition else 0
        sending = Sending(want, now_s, sent_before, self.pace.patience_s(0, sent_before))
        before.append(sending)
        if want in self._lanes:
            self._lanes[want].has_news = False
        return sending

    def may_send(self, sending: Sending, batch: Sequence[bytes], now_s: float) -> bool:
        """False where this very batch was delivered just now and the partner did not acknowledge it."""
        self._closed = 0
        sending.mark = (len(batch), hash(tuple(batch)))
        self.leaves(sending, sum(map(len, batch)), now_s)
        if self._lanes[sending.want].may_send(sending.mark, now_s):
            return True
        self._has_gone(sending)
        return False

    def leaves(self, sending: Sending, size: int, now_s: float) -> None:
        """It goes out now, with so many bytes: the more, the more patience."""
        sending.size, sending.began_s = size, now_s
        sending.patience_s = self.pace.patience_s(size, sending.sent_before)

    def answered(self, sending: Sending, now_s: float) -> None:
        """The first answer to it has come. One that was not waited for any more tells nothing of the way."""
        if sending in self._on_the_way[sending.want]:
            self.pace.answered(sending.size, now_s - sending.began_s)

    def heads_delivered(self, sending: Sending, now_s: float) -> None:
        self._success(sending, now_s)
        if not self.open:
            self.open = True
            self._urgent_first_until_s = now_s + URGENT_FIRST_S
        self.news()
        self._rest_at_s = None
        self._next_heartbeat_s = now_s + self.heartbeat_s

    def batch_delivered(self, sending: Sending, now_s: float) -> None:
        if self._success(sending, now_s):
            self._lanes[sending.want].was_delivered(sending.mark, now_s)
        self._rest_at_s = now_s + REST_S

    def nothing_to_say(self, sending: Sending, mark: object = None) -> None:
        """mark: of the lane, as of the moment when nothing was found."""
        self._closed = 0
        self._has_gone(sending)
        self._lanes[sending.want].nothing_to_say(mark)

    def no_session(self, sending: Sending, now_s: float) -> None:
        """The node has none (any more): what it has to say waits for HEADS. Where those bring none either,
        they go ever more slowly.
        """
        self.abandon(sending)
        self.open = False
        if self._closed:
            wait_s = min(FIRST_RETRY_S * RETRY_GROWTH ** min(self._closed, 32), self.heartbeat_s)
            self._next_try_s = now_s + wait_s
        self._closed += 1

    def failed(self, sending: Sending, now_s: float) -> bool:
        """It broke off. True where the partner was not reached, and not only one of several connections to
        it: then the next exchange opens the session anew.
        """
        self.abandon(sending)
        if sending.began_s < self._counted_s:
            return False
        wait_s = min(FIRST_RETRY_S * RETRY_GROWTH ** min(self.failures, 32), LONGEST_RETRY_S)
        self.failures += 1
        self.open = False
        self._counted_s = now_s
        self._next_try_s = now_s + wait_s
        return True

    def reopen(self) -> None:
        """Compare heads again as soon as possible: a recovery goes on."""
        self.open = False

    def anew(self) -> "Pump":
        """A pump that begins from the start with the same rhythm, and with nothing on the way."""
        fresh = Pump(self.heartbeat_s)
        fresh.pace = self.pace
        return fresh

    def abandon(self, sending: Sending) -> None:
        """It was cut short, and what it carried has to go again."""
        self._forget(sending)
        if sending.want in self._lanes and not self._on_the_way[sending.want]:
            self._lanes[sending.want].has_news = True

    def _success(self, sending: Sending, now_s: float) -> bool:
        """Of what was sent before it nothing more is waited for: it was in this one too. False where this
        one itself was in a later one that has arrived.
        """
        self.failures = 0
        self._next_try_s = 0.0
        self._counted_s = now_s
        on_the_way = self._on_the_way[sending.want]
        was_waited_for = sending in on_the_way
        if was_waited_for:
            self.pace.settled(repeated=sending.sent_before > 0)
            on_the_way[:] = on_the_way[on_the_way.index(sending) + 1 :]
        return was_waited_for

    def _has_gone(self, sending: Sending) -> None:
        """All of the lane has; where it was the urgent one, the routine lane need not stand back any more."""
        self._forget(sending)
        if sending.want is Want.URGENT:
            self._urgent_first_until_s = 0.0

    def _forget(self, sending: Sending) -> None:
        if sending in self._on_the_way[sending.want]:
            self._on_the_way[sending.want].remove(sending)

    # What follows

    def want(self, now_s: float) -> Want:
        if now_s < self._next_try_s:
            return Want.WAIT
        if self._heads_are_due(now_s) and self._may_begin(Want.HEADS, now_s, has_news=False):
            return Want.HEADS
        if self.open:
            for want in LANES:
                if self._lane_wants(want, now_s):
                    return want
        return Want.WAIT

    def _heads_are_due(self, now_s: float) -> bool:
        if not self.open or now_s >= self._next_heartbeat_s:
            return True
        return self._rest_at_s is not None and now_s >= self._rest_at_s and not self._is_speaking()

    def _is_speaking(self) -> bool:
        return any(self._on_the_way[want] or self._lanes[want].has_news for want in LANES)

    def _lane_wants(self, want: Want, now_s: float) -> bool:
        if want is Want.ROUTINE and now_s < self._urgent_first_until_s:
            return (
                False  # after an outage the urgent lane has gone, or has had its time, before this one begins
            )
        lane = self._lanes[want]
        if not self._on_the_way[want]:
            return lane.is_due(now_s)
        return self._may_begin(want, now_s, has_news=lane.has_news)

    def _may_begin(self, want: Want, now_s: float, *, has_news: bool) -> bool:
        """The first at once; another when the last is overdue, or has been on its way for a while and there
        is more to say.
        """
        on_the_way = self._on_the_way[want]
        return not on_the_way or now_s >= self._next_at_s(on_the_way, has_news=has_news)

    def _next_at_s(self, on_the_way: list[Sending], *, has_news: bool) -> float:
        """When another sending may go beside these."""
        if len(on_the_way) >= (MAX_WHILE_FAILING if self.failures else MAX_AT_ONCE):
            return math.inf
        last = on_the_way[-1]
        if not last.size:  # it has not left yet, and will take along what is new by then
            return math.inf
        share = NEWS_SHARE if has_news and last.size <= SMALL_BYTES else 1.0
        return last.began_s + last.patience_s * share

    def wait_s(self, now_s: float) -> float:
        """How long nothing will be due, if nothing happens."""
        if now_s < self._next_try_s:
            return self._next_try_s - now_s
        if self.want(now_s) is not Want.WAIT:
            return 0.0
        due = [now_s + self.heartbeat_s, self._next_heartbeat_s, *self._overdue_at()]
        due += [self._urgent_first_until_s, self._rest_at_s or 0.0]
        due += [lane.repeat_at_s for lane in self._lanes.values()]
        return min(at_s for at_s in due if at_s > now_s) - now_s

    def _overdue_at(self) -> Iterator[float]:
        """When what is on its way will be overdue, or what is new need not wait for it any more."""
        for sendings in self._on_the_way.values():
            if sendings:
                yield from (self._next_at_s(sendings, has_news=has_news) for has_news in (True, False))
