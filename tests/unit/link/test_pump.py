"""The pump's rhythm, played through without a network and without waiting."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.link.pace import GIVE_UP_S
from openline.link.pump import (
    FIRST_RETRY_S,
    LONGEST_REPEAT_S,
    LONGEST_RETRY_S,
    MAX_AT_ONCE,
    MAX_WHILE_FAILING,
    REST_S,
    URGENT_FIRST_S,
    Marks,
    Pump,
    Sending,
    Want,
)

BEAT_S = 20.0
LANES = (Want.URGENT, Want.ROUTINE)


def deliver(pump: Pump, want: Want, now_s: float, batch: tuple[bytes, ...] = (b"it",)) -> None:
    sending = pump.begin(want, now_s)
    if want is Want.HEADS:
        pump.heads_delivered(sending, now_s)
    elif pump.may_send(sending, batch, now_s):
        pump.batch_delivered(sending, now_s)


def say_nothing(pump: Pump, now_s: float) -> None:
    """Both lanes look, and have nothing to say."""
    for want in LANES:
        pump.nothing_to_say(pump.begin(want, now_s))


def opened(now_s: float = 0.0) -> Pump:
    pump = Pump(BEAT_S)
    deliver(pump, Want.HEADS, now_s)
    say_nothing(pump, now_s)
    return pump


def fail(pump: Pump, now_s: float, want: Want = Want.HEADS) -> None:
    assert pump.failed(pump.begin(want, now_s), now_s)


def test_nothing_is_said_before_the_heads() -> None:
    pump = Pump(BEAT_S)
    pump.news()
    assert pump.want(0.0) is Want.HEADS
    deliver(pump, Want.HEADS, 0.0)
    assert pump.want(0.0) is Want.URGENT


def test_patience_grows_with_each_failure_to_its_cap_and_ends_with_the_first_success() -> None:
    pump, now_s, waits = Pump(BEAT_S), 0.0, []
    for _ in range(40):
        fail(pump, now_s)
        waits.append(pump.wait_s(now_s))
        now_s += waits[-1]
        assert pump.want(now_s) is Want.HEADS
    assert waits[0] == FIRST_RETRY_S
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(LONGEST_RETRY_S)
    deliver(pump, Want.HEADS, now_s)
    fail(pump, now_s)
    assert pump.wait_s(now_s) == pytest.approx(FIRST_RETRY_S)


def test_a_failure_in_mid_session_opens_it_anew() -> None:
    pump = opened()
    pump.news()
    fail(pump, 1.0, Want.ROUTINE)
    assert pump.want(1.0) is Want.WAIT
    assert pump.want(1.0 + FIRST_RETRY_S) is Want.HEADS


def test_one_connection_that_breaks_while_another_answers_is_no_failure() -> None:
    pump = opened()
    pump.news()
    broken, answered = pump.begin(Want.ROUTINE, 1.0), pump.begin(Want.URGENT, 1.0)
    pump.may_send(answered, [b"urgent"], 1.0)
    pump.batch_delivered(answered, 1.5)
    assert not pump.failed(broken, 2.0)
    assert pump.open
    assert pump.want(2.0) is Want.URGENT
    assert pump.want(2.0) is not Want.HEADS


def test_what_broke_off_goes_again() -> None:
    pump = opened()
    broken = pump.begin(Want.ROUTINE, 1.0)
    deliver(pump, Want.HEADS, 1.5)
    say_nothing(pump, 1.6)
    pump.failed(broken, 2.0)
    assert pump.want(2.0) is Want.ROUTINE


def test_several_that_fail_together_are_one_failure() -> None:
    pump = Pump(BEAT_S)
    first, second = pump.begin(Want.HEADS, 0.0), pump.begin(Want.HEADS, 1.0)
    assert pump.failed(first, 5.0)
    assert not pump.failed(second, 5.1)
    assert pump.failures == 1


def test_a_partner_that_speaks_again_is_answered_at_once() -> None:
    pump, now_s = opened(), 0.0
    for _ in range(10):
        fail(pump, now_s)
        now_s += pump.wait_s(now_s)
    fail(pump, now_s)
    assert pump.want(now_s + 1.0) is Want.WAIT
    pump.heard(now_s + 1.0, messages=False)
    assert pump.want(now_s + 1.0) is Want.HEADS


def test_a_partner_that_speaks_makes_an_end_of_waiting_for_what_is_overdue() -> None:
    pump, now_s = opened(), 1.0
    pump.news()
    for _ in range(MAX_AT_ONCE):
        pump.begin(Want.URGENT, now_s)
        now_s += 100.0
    assert pump.want(now_s) is not Want.URGENT
    deliver(pump, Want.HEADS, now_s)
    pump.heard(now_s, messages=False)
    assert pump.want(now_s) is Want.URGENT


def test_heads_go_at_every_heartbeat_and_once_when_traffic_has_come_to_rest() -> None:
    pump = opened()
    assert pump.want(BEAT_S - 0.1) is Want.WAIT
    assert pump.want(BEAT_S) is Want.HEADS
    deliver(pump, Want.ROUTINE, 1.0)
    say_nothing(pump, 1.0)
    assert pump.want(1.0 + REST_S) is Want.HEADS
    deliver(pump, Want.HEADS, 1.0 + REST_S)
    say_nothing(pump, 1.0 + REST_S)
    assert pump.wait_s(1.0 + REST_S) == BEAT_S


def test_two_idle_sides_do_not_keep_each_other_awake() -> None:
    """HEADS of the one are no reason for HEADS of the other: in a minute there are as many as heartbeats."""
    sides, sent = (opened(), opened()), 0
    for tenth in range(600):
        now_s = tenth / 10
        for me, other in (sides, sides[::-1]):
            wanted = me.want(now_s)
            if wanted is Want.HEADS:
                sent += 1
                deliver(me, Want.HEADS, now_s)
                other.heard(now_s, messages=False)
            elif wanted is not Want.WAIT:
                me.nothing_to_say(me.begin(wanted, now_s))
    assert sent <= 2 * 60 / BEAT_S


def test_a_batch_that_the_partner_cannot_take_goes_again_ever_more_rarely() -> None:
    pump, sent_at = opened(), []
    for tenth in range(3_000):
        now_s = tenth / 10
        pump.news()
        if pump.want(now_s) is Want.HEADS:
            deliver(pump, Want.HEADS, now_s)
        sending = pump.begin(Want.ROUTINE, now_s)
        if pump.may_send(sending, [b"one", b"two"], now_s):
            sent_at.append(now_s)
            pump.batch_delivered(sending, now_s)
    gaps = [later - earlier for earlier, later in itertools.pairwise(sent_at)]
    assert 10 <= len(sent_at) <= 20
    assert gaps[-1] >= LONGEST_REPEAT_S


def test_what_is_new_goes_at_once_however_often_the_old_was_repeated() -> None:
    pump = opened()
    for second in range(9):
        deliver(pump, Want.ROUTINE, float(second), (b"old",))
    assert not pump.may_send(pump.begin(Want.ROUTINE, 8.1), [b"old"], 8.1)
    assert pump.may_send(pump.begin(Want.ROUTINE, 8.1), [b"old", b"new"], 8.1)


# On a way that loses


def test_what_a_node_without_a_session_has_to_say_is_not_taken_for_nothing() -> None:
    """It was: then the routine lane did not stand back for the urgent one, that nobody had looked into."""
    pump = opened()
    pump.news()
    pump.no_session(pump.begin(Want.URGENT, 1.0), 1.0)
    assert pump.want(1.0) is Want.HEADS
    deliver(pump, Want.HEADS, 1.0)
    assert pump.want(1.0) is Want.URGENT


def test_heads_that_bring_no_session_go_ever_more_rarely() -> None:
    """The partner answers, and nothing that it says is believed."""
    pump = opened()
    now_s, gaps = 1.0, []
    for _ in range(12):
        pump.no_session(pump.begin(Want.URGENT, now_s), now_s)
        began_s, now_s = now_s, now_s + pump.wait_s(now_s)
        assert pump.want(now_s) is Want.HEADS
        deliver(pump, Want.HEADS, now_s)
        gaps.append(now_s - began_s)
    assert gaps[0] == 0.0
    assert gaps == sorted(gaps)
    assert gaps[-1] == BEAT_S
    assert pump.want(now_s) is Want.URGENT
    deliver(pump, Want.URGENT, now_s)
    pump.no_session(pump.begin(Want.URGENT, now_s), now_s)
    assert pump.want(now_s) is Want.HEADS


def test_an_overdue_exchange_is_sent_once_more_beside_the_first_and_not_without_end() -> None:
    pump, now_s, began = opened(), 1.0, []
    pump.news()
    while now_s < 1.0 + GIVE_UP_S:
        if pump.want(now_s) is Want.URGENT:
            began.append(now_s)
            pump.leaves(pump.begin(Want.URGENT, now_s), 1_000, now_s)
        now_s += 0.01
    assert 4 <= len(began) <= MAX_AT_ONCE
    gaps = [later - earlier for earlier, later in itertools.pairwise(began)]
    assert gaps == sorted(gaps)


def test_while_nobody_is_reached_few_are_tried_at_once() -> None:
    pump = Pump(BEAT_S)
    fail(pump, 0.0)
    now_s, tried = 1.0, 0
    while now_s < 1.0 + GIVE_UP_S:
        if pump.want(now_s) is Want.HEADS:
            tried += 1
            pump.leaves(pump.begin(Want.HEADS, now_s), 1_000, now_s)
        now_s += 0.01
    assert tried == MAX_WHILE_FAILING


def test_a_lane_that_rests_is_not_looked_at_again_until_the_node_knows_of_more() -> None:
    pump = Pump(BEAT_S)
    deliver(pump, Want.HEADS, 0.0)
    marks = {Want.URGENT: ("nothing", 0), Want.ROUTINE: ("nothing", 7)}
    for want in LANES:
        pump.nothing_to_say(pump.begin(want, 0.0), marks[want])
    pump.news(marks)
    pump.heard(0.0, messages=False, marks=marks)
    assert pump.want(0.1) is Want.WAIT
    pump.news(marks | {Want.ROUTINE: ("nothing", 8)})
    assert pump.want(0.1) is Want.ROUTINE
    pump.begin(Want.ROUTINE, 0.1)
    assert pump.want(0.1) is Want.WAIT
    pump.heard(0.1, messages=True, marks=marks | {Want.URGENT: ("more", 0)})
    assert pump.want(0.1) is Want.URGENT


@pytest.mark.parametrize("marks", [None, {Want.URGENT: None, Want.ROUTINE: None}])
def test_where_the_node_cannot_tell_both_lanes_are_looked_at(marks: Marks | None) -> None:
    """None was also the mark when nothing was found: that says nothing."""
    pump = opened()
    pump.news(marks)
    for want in LANES:
        assert pump.want(0.1) is want
        pump.nothing_to_say(pump.begin(want, 0.1))
    assert pump.want(0.1) is Want.WAIT


def test_after_the_heads_both_lanes_are_looked_at_whatever_their_marks_were() -> None:
    """The partner may hold less than it did."""
    pump = Pump(BEAT_S)
    deliver(pump, Want.HEADS, 0.0)
    for want in LANES:
        pump.nothing_to_say(pump.begin(want, 0.0), "nothing")
    deliver(pump, Want.HEADS, BEAT_S)
    assert pump.want(BEAT_S) is Want.URGENT


def test_nothing_urgent_waits_for_a_routine_exchange_that_is_under_way() -> None:
    pump = opened()
    pump.news()
    pump.nothing_to_say(pump.begin(Want.URGENT, 1.0))
    large = pump.begin(Want.ROUTINE, 1.0)
    pump.leaves(large, 8_000_000, 1.0)
    pump.news()
    assert pump.want(1.001) is Want.URGENT


def test_what_is_new_does_not_wait_for_the_answer_of_what_was_said_before() -> None:
    pump = opened()
    pump.news()
    first = pump.begin(Want.URGENT, 1.0)
    pump.leaves(first, 1_000, 1.0)
    pump.nothing_to_say(pump.begin(Want.ROUTINE, 1.0))
    pump.news()
    assert first.patience_s / 2 < first.patience_s
    assert pump.want(1.0 + first.patience_s / 2) is Want.URGENT


def test_what_has_not_left_yet_takes_along_what_is_new() -> None:
    pump = opened()
    pump.news()
    waiting = pump.begin(Want.URGENT, 1.0)
    pump.nothing_to_say(pump.begin(Want.ROUTINE, 1.0))
    pump.news()
    assert pump.want(5.0) is not Want.URGENT
    pump.leaves(waiting, 1_000, 5.0)
    assert pump.want(5.0 + waiting.patience_s) is Want.URGENT


def test_a_large_exchange_is_not_sent_over_and_over_for_what_is_new() -> None:
    pump = opened()
    pump.news()
    pump.nothing_to_say(pump.begin(Want.URGENT, 1.0))
    large = pump.begin(Want.ROUTINE, 1.0)
    pump.leaves(large, 500_000, 1.0)
    pump.news()
    pump.nothing_to_say(pump.begin(Want.URGENT, 1.0))
    assert pump.want(1.0 + 0.99 * large.patience_s) is not Want.ROUTINE
    pump.batch_delivered(large, 2.0)
    assert pump.want(2.0) is Want.ROUTINE


def test_of_what_was_sent_before_an_answered_one_nothing_is_waited_for() -> None:
    pump = opened()
    pump.news()
    sendings = [pump.begin(Want.URGENT, second) for second in (1.0, 5.0, 9.0)]
    pump.may_send(sendings[1], [b"it"], 5.0)
    pump.batch_delivered(sendings[1], 9.5)
    pump.answered(sendings[0], 20.0)
    assert pump.pace.round_trip_s is None  # a straggler is no measure
    assert not pump.failed(sendings[0], 9.6)


def test_after_an_outage_the_routine_lane_stands_back_until_what_is_urgent_has_gone() -> None:
    pump = Pump(BEAT_S)
    deliver(pump, Want.HEADS, 0.0)
    urgent = pump.begin(Want.URGENT, 0.0)
    pump.may_send(urgent, [b"urgent"], 0.0)
    assert pump.want(0.1) is Want.WAIT
    pump.batch_delivered(urgent, 0.2)
    assert pump.want(0.2) is Want.URGENT
    pump.nothing_to_say(pump.begin(Want.URGENT, 0.2))
    assert pump.want(0.2) is Want.ROUTINE


def test_the_routine_lane_does_not_stand_back_for_ever() -> None:
    pump = Pump(BEAT_S)
    deliver(pump, Want.HEADS, 0.0)
    for _ in range(MAX_AT_ONCE):
        pump.begin(Want.URGENT, 0.0)
    assert pump.want(URGENT_FIRST_S - 0.1) is Want.WAIT
    assert pump.want(URGENT_FIRST_S) is Want.ROUTINE


def test_over_a_way_that_loses_a_fifth_each_way_messages_arrive_within_the_figures() -> None:
    """The pump alone against a way of 600 ms on which a sending or its answer is lost with 36 %, and nothing
    is ever sent again by the network itself (a real TCP does).
    """
    chance, pump, begin_s = random.Random(11), opened(), 1.0
    took_s = []
    for _ in range(2_000):
        took_s.append(_play(pump, chance, begin_s))
        begin_s += took_s[-1] + 1.0
    took_s.sort()
    assert took_s[int(len(took_s) * 0.9)] <= 4.0
    assert took_s[int(len(took_s) * 0.998)] <= 10.0


def _play(pump: Pump, chance: random.Random, begin_s: float) -> float:
    """One urgent message, until its answer; gives how long that took."""
    now_s = begin_s
    answers: list[tuple[float, Sending]] = []
    lost: list[Sending] = []
    pump.news()
    pump.nothing_to_say(pump.begin(Want.ROUTINE, now_s))
    while True:
        wanted = pump.want(now_s)
        if wanted is Want.URGENT:
            sending = pump.begin(Want.URGENT, now_s)
            pump.leaves(sending, 900, now_s)
            if chance.random() < 0.64:
                answers.append((now_s + 0.6, sending))
            else:
                lost.append(sending)
        elif wanted is Want.HEADS:
            deliver(pump, Want.HEADS, now_s)
        for at_s, sending in answers:
            if at_s <= now_s:
                pump.answered(sending, now_s)
                pump.batch_delivered(sending, now_s)
                pump.nothing_to_say(pump.begin(Want.URGENT, now_s))
                return now_s - begin_s
        while lost and now_s - lost[0].began_s > GIVE_UP_S:
            pump.failed(lost.pop(0), now_s)
        now_s += 0.01


EVENTS = (
    *("news", "heard", "heads", "urgent", "routine", "begin"),
    *("nothing", "failed", "overdue", "abandon", "closed"),
)


@given(st.lists(st.sampled_from(EVENTS), max_size=60))
def test_after_any_course_of_events_the_pump_wants_something_within_a_heartbeat(events: list[str]) -> None:
    pump, now_s = Pump(BEAT_S), 0.0
    on_the_way: list[Sending] = []
    for event in events:
        now_s += 40.0 if event == "overdue" else 0.3
        _happen(pump, event, now_s, on_the_way)
    wait_s = pump.wait_s(now_s)
    assert 0 <= wait_s <= BEAT_S + 1e-9
    if pump.want(now_s) is Want.WAIT:
        assert wait_s > 0
    for sending in on_the_way:
        pump.abandon(sending)
    until_s = now_s + BEAT_S + URGENT_FIRST_S
    while pump.want(now_s) is Want.WAIT:
        assert now_s < until_s
        now_s += pump.wait_s(now_s) + 1e-9


def _happen(pump: Pump, event: str, now_s: float, on_the_way: list[Sending]) -> None:
    if event == "news":
        pump.news()
    elif event == "heard":
        pump.heard(now_s, messages=True)
    elif event == "nothing":
        say_nothing(pump, now_s)
    elif event == "begin" and (wanted := pump.want(now_s)) is not Want.WAIT:
        on_the_way.append(pump.begin(wanted, now_s))
    elif event == "closed":
        pump.no_session(pump.begin(Want.URGENT, now_s), now_s)
    elif event in ("failed", "abandon") and on_the_way:
        sending = on_the_way.pop()
        pump.failed(sending, now_s) if event == "failed" else pump.abandon(sending)
    elif event in ("heads", "urgent", "routine"):
        deliver(pump, Want[event.upper()], now_s)
