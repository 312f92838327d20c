"""How a line stands, from what is known of it: each word, each side of a fault, and the evidence in
sentences.
"""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.journal.entry import Lane
from openline.node.line_state import (
    LEAST_EXCHANGES,
    MAX_SILENCE_MS,
    REST_SCOPE,
    UNHEARD_MS,
    Missing,
    Seen,
    is_silent,
    line_state,
)
from openline.node.reach import READINGS, Failure, Reach, Report, Side, after

NOW_MS = 1_533_103_200_000
BEAT_MS = 20_000
LONG_MS = 10 * 60_000


def seen(**known: Any) -> Seen:
    return Seen(**{"partner": "bravo", "beat_ms": BEAT_MS, "heard_ms": NOW_MS - 1_000, **known})


def failing(failure: Failure, since_ms: int = NOW_MS - LONG_MS, detail: str = "") -> Reach:
    return after(Reach(answered_ms=since_ms - 1), Report(failure=failure, detail=detail), since_ms)


def lost(**known: Any) -> Seen:
    return seen(**{"heard_ms": NOW_MS - LONG_MS, **known})


def test_a_line_without_trouble_is_open_and_says_when_it_heard_and_how_long_the_way_is() -> None:
    state = line_state(seen(reach=Reach(report=Report(round_trip_ms=640, of=20))), NOW_MS)
    assert (state.word, state.link, state.fault, state.scope) == ("open", "open", None, None)
    assert state.evidence == ("last heard 2018-08-01T05:59:59Z", "round trip 640 ms")


def test_a_line_that_was_never_heard_is_connecting_and_says_why() -> None:
    state = line_state(seen(heard_ms=None, reach=failing(Failure.REFUSED)), NOW_MS)
    assert (state.word, state.fault) == ("connecting", Side.THEIRS)
    assert "refuses the connection" in state.evidence[0]
    assert "never heard" in state.evidence
    assert line_state(seen(heard_ms=None), NOW_MS).fault is None


@pytest.mark.parametrize("failure", Failure)
def test_silence_tells_on_whose_side_its_evidence_lies(failure: Failure) -> None:
    state = line_state(lost(reach=failing(failure, detail="in the system's words")), NOW_MS)
    side, text = READINGS[failure]
    assert (state.word, state.fault) == ("silent", side)
    assert state.evidence[0].startswith(f"{text} (in the system's words); 1 exchanges of ours failed since")


def test_time_outs_while_all_our_lines_are_dumb_are_ours_and_while_another_is_heard_nobodys() -> None:
    timed_out = failing(Failure.TIMED_OUT)
    all_dumb = line_state(lost(reach=timed_out, others=(("charlie", False), ("delta", False))), NOW_MS)
    assert all_dumb.fault is Side.OURS
    assert "no other line of this node is heard either" in all_dumb.evidence
    one_heard = line_state(lost(reach=timed_out, others=(("charlie", True), ("delta", False))), NOW_MS)
    assert one_heard.fault is Side.UNKNOWN
    assert "our network works: charlie is heard meanwhile" in one_heard.evidence


def test_a_partner_that_answers_and_says_nothing_new_is_at_fault_itself() -> None:
    state = line_state(lost(reach=Reach(answered_ms=NOW_MS)), NOW_MS)
    assert (state.word, state.fault) == ("silent", Side.THEIRS)
    assert "says nothing new" in state.evidence[0]


@pytest.mark.parametrize("after_ms", [-LONG_MS, 0, BEAT_MS])
def test_answers_no_later_than_a_heartbeat_after_what_was_heard_say_nothing_of_the_partner(
    after_ms: int,
) -> None:
    """It may be our own node that asked no more."""
    state = line_state(lost(reach=Reach(answered_ms=NOW_MS - LONG_MS + after_ms)), NOW_MS)
    assert (state.word, state.fault) == ("silent", Side.UNKNOWN)


def test_silence_without_a_failed_exchange_is_of_unknown_cause() -> None:
    state = line_state(lost(), NOW_MS)
    assert (state.word, state.fault) == ("silent", Side.UNKNOWN)


def test_a_partner_that_is_heard_and_not_reached_makes_a_degraded_line() -> None:
    reach = failing(Failure.REFUSED, since_ms=NOW_MS - UNHEARD_MS)
    state = line_state(seen(reach=reach), NOW_MS)
    assert (state.word, state.fault) == ("degraded", Side.THEIRS)
    assert state.troubles == state.evidence[:1]
    assert line_state(seen(reach=reach), NOW_MS - 1).word == "open"


def test_a_partner_that_is_heard_and_does_not_hold_what_we_said_does_not_hear_us() -> None:
    missing = (Missing(Lane.URGENT, 7, "CHECK", NOW_MS - 60_000),)
    state = line_state(seen(missing=missing), NOW_MS)
    assert state.word == "degraded"
    assert "it does not hear us" in state.evidence[0]
    assert state.troubles == ()  # LAM MISSING is the alarm for it


def test_a_clock_that_is_off_degrades_the_line_and_has_an_alarm_of_its_own() -> None:
    state = line_state(seen(clock_difference_ms=-1_500), NOW_MS)
    assert state.word == "degraded"
    assert "the clock of bravo is 1.5 s behind ours" in state.evidence
    assert state.troubles == ()
    assert line_state(seen(clock_difference_ms=1_000), NOW_MS).word == "open"


def test_a_way_that_loses_much_or_is_slow_degrades_the_line() -> None:
    lossy = Reach(report=Report(repeated=1, of=LEAST_EXCHANGES))
    assert "the way loses much" in line_state(seen(reach=lossy), NOW_MS).troubles[0]
    few = Reach(report=Report(repeated=1, of=LEAST_EXCHANGES - 1))
    assert line_state(seen(reach=few), NOW_MS).word == "open"
    slow = Reach(report=Report(round_trip_ms=4_001, of=20))
    assert "the way is slow" in line_state(seen(reach=slow), NOW_MS).troubles[0]


@pytest.mark.parametrize("standing", ["ended", "expired", "not yet in force", "suspended"])
def test_what_was_agreed_is_the_word_and_its_scope_and_the_connection_stays_to_be_seen(standing: str) -> None:
    state = line_state(lost(standing=standing, reach=failing(Failure.TIMED_OUT)), NOW_MS)
    assert (state.word, state.link, state.fault) == (standing, "silent", Side.UNKNOWN)
    assert state.scope == REST_SCOPE == "everything but safety of life"


def test_a_recovering_line_is_called_so_unless_it_is_silent() -> None:
    assert line_state(seen(recovering=True), NOW_MS).word == "recovering"
    assert line_state(lost(recovering=True), NOW_MS).word == "silent"


@given(st.integers(1_000, 3_600_000), st.sampled_from([None, *Failure]), st.booleans())
def test_the_loss_of_a_line_is_shown_within_60_s_in_every_state_of_evidence(
    beat_ms: int, failure: Failure | None, known: bool
) -> None:
    """A heartbeat of more than 20 s is for simulated time alone: the link beats every 20 s at the least, so
    that a lost line has failing exchanges.
    """
    reach = failing(failure) if failure else Reach()
    others = (("charlie", known),)
    it = seen(beat_ms=beat_ms, heard_ms=NOW_MS, reach=reach, others=others)
    at_ms = NOW_MS + 60_000
    if failure is not None or beat_ms <= MAX_SILENCE_MS:
        assert line_state(it, at_ms).link == "silent"
    assert not is_silent(it, NOW_MS + min(beat_ms, MAX_SILENCE_MS))
    assert not is_silent(msgspec.structs.replace(it, heard_ms=None), at_ms)


def test_failures_are_counted_from_the_first_and_forgotten_with_the_first_answer() -> None:
    reach = Reach()
    for second in range(3):
        reach = after(reach, Report(failure=Failure.TIMED_OUT), NOW_MS + second * 1_000)
    assert (reach.failing_since_ms, reach.tries) == (NOW_MS, 3)
    reach = after(reach, Report(round_trip_ms=5), NOW_MS + 9_000)
    assert (reach.failing_since_ms, reach.tries, reach.answered_ms) == (None, 0, NOW_MS + 9_000)
