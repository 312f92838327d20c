"""The pump's rhythm, played through without a network and without waiting."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from openline.link.pump import FIRST_RETRY_S, LONGEST_REPEAT_S, LONGEST_RETRY_S, REST_S, Pump, Want

BEAT_S = 20.0


def opened(now_s: float = 0.0) -> Pump:
    pump = Pump(BEAT_S)
    pump.heads_delivered(now_s)
    pump.nothing_to_say()
    return pump


def test_nothing_is_said_before_the_heads() -> None:
    pump = Pump(BEAT_S)
    pump.news()
    assert pump.want(0.0) is Want.HEADS
    pump.heads_delivered(0.0)
    assert pump.want(0.0) is Want.OUTBOUND


def test_patience_grows_with_each_failure_to_its_cap_and_ends_with_the_first_success() -> None:
    pump, now_s, waits = Pump(BEAT_S), 0.0, []
    for _ in range(40):
        pump.failed(now_s)
        waits.append(pump.wait_s(now_s))
        now_s += waits[-1]
        assert pump.want(now_s) is Want.HEADS
    assert waits[0] == FIRST_RETRY_S
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_RETRY_S
    pump.heads_delivered(now_s)
    pump.failed(now_s)
    assert pump.wait_s(now_s) == FIRST_RETRY_S


def test_a_failure_in_mid_session_opens_it_anew() -> None:
    pump = opened()
    pump.news()
    pump.failed(1.0)
    assert pump.want(1.0) is Want.WAIT
    assert pump.want(1.0 + FIRST_RETRY_S) is Want.HEADS


def test_a_partner_that_speaks_again_is_answered_at_once() -> None:
    pump = opened()
    for _ in range(10):
        pump.failed(0.0)
    pump.heard(1.0, messages=False)
    assert pump.want(1.0) is Want.HEADS


def test_heads_go_at_every_heartbeat_and_once_when_traffic_has_come_to_rest() -> None:
    pump = opened()
    assert pump.want(BEAT_S - 0.1) is Want.WAIT
    assert pump.want(BEAT_S) is Want.HEADS
    pump.batch_delivered(1.0)
    pump.nothing_to_say()
    assert pump.want(1.0 + REST_S) is Want.HEADS
    pump.heads_delivered(1.0 + REST_S)
    pump.nothing_to_say()
    assert pump.wait_s(1.0 + REST_S) == BEAT_S


def test_two_idle_sides_do_not_keep_each_other_awake() -> None:
    """HEADS of the one are no reason for HEADS of the other: in a minute there are as many as heartbeats."""
    sides, sent = (opened(), opened()), 0
    for tenth in range(600):
        now_s = tenth / 10
        for me, other in (sides, sides[::-1]):
            if me.want(now_s) is Want.HEADS:
                sent += 1
                me.heads_delivered(now_s)
                other.heard(now_s, messages=False)
            elif me.want(now_s) is Want.OUTBOUND:
                me.nothing_to_say()
    assert sent <= 2 * 60 / BEAT_S


def test_a_batch_that_the_partner_cannot_take_goes_again_ever_more_rarely() -> None:
    pump, sent_at = opened(), []
    for tenth in range(3_000):
        now_s = tenth / 10
        pump.news()
        if pump.want(now_s) is Want.HEADS:
            pump.heads_delivered(now_s)
        elif pump.may_send([b"one", b"two"], now_s):
            sent_at.append(now_s)
            pump.batch_delivered(now_s)
    gaps = [later - earlier for earlier, later in itertools.pairwise(sent_at)]
    assert 10 <= len(sent_at) <= 20
    assert gaps[-1] >= LONGEST_REPEAT_S


def test_what_is_new_goes_at_once_however_often_the_old_was_repeated() -> None:
    pump = opened()
    for _ in range(9):
        pump.may_send([b"old"], 0.0)
    assert not pump.may_send([b"old"], 0.1)
    assert pump.may_send([b"old", b"new"], 0.1)


@given(
    st.lists(st.sampled_from(["news", "heard", "heads", "batch", "nothing", "failed", "send"]), max_size=60)
)
def test_after_any_course_of_events_the_pump_wants_something_within_a_heartbeat(events: list[str]) -> None:
    pump, now_s = Pump(BEAT_S), 0.0
    for event in events:
        now_s += 0.3
        act = {
            "news": pump.news,
            "heard": lambda at=now_s: pump.heard(at, messages=True),
            "heads": lambda at=now_s: pump.heads_delivered(at),
            "batch": lambda at=now_s: pump.batch_delivered(at),
            "nothing": pump.nothing_to_say,
            "failed": lambda at=now_s: pump.failed(at),
            "send": lambda at=now_s: pump.may_send([b"it"], at),
        }[event]
        act()
    wait_s = pump.wait_s(now_s)
    assert 0 <= wait_s <= max(BEAT_S, LONGEST_RETRY_S)
    assert pump.want(now_s + wait_s + 1e-9) is not Want.WAIT
