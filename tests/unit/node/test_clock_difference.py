"""The difference of two clocks, read from messages that take their time."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.node.clock_difference import (
    DRIFT_MS,
    MAX_DIFFERENCE_MS,
    MAX_SAMPLES,
    Sample,
    difference,
    sample,
    with_sample,
)

TRUE_MS = st.integers(-100_000, 100_000)
DELAY_MS = st.integers(0, 20_000)


def answer(true_ms: int, there_ms: int, back_ms: int, now_ms: int = 10**9) -> Sample:
    """HEADS that answer ours, over a way that takes so long in each direction."""
    said_ms = now_ms - back_ms + true_ms
    return sample(said_ms, now_ms, asked_ms=now_ms - back_ms - there_ms)


@given(TRUE_MS, st.lists(st.tuples(DELAY_MS, DELAY_MS), min_size=1, max_size=MAX_SAMPLES))
def test_the_difference_is_right_within_the_quickest_round_trip_and_of_a_quick_one_within_half_of_it(
    true_ms: int, ways: list[tuple[int, int]]
) -> None:
    samples: tuple[Sample, ...] = ()
    for there_ms, back_ms in ways:
        samples = with_sample(samples, answer(true_ms, there_ms, back_ms))
    found_ms = difference(samples)
    assert found_ms is not None
    quickest_ms = min(map(sum, ways))
    assert (
        abs(found_ms - true_ms) <= (quickest_ms / 2 if quickest_ms <= MAX_DIFFERENCE_MS else quickest_ms) + 1
    )


def test_no_delay_alone_makes_a_right_clock_look_wrong() -> None:
    chance = random.Random(7)
    for _ in range(1_000):
        samples: tuple[Sample, ...] = ()
        for _ in range(chance.randrange(1, 12)):
            late = answer(0, chance.randrange(9_000), chance.randrange(9_000))
            alone = sample(10**9 - chance.randrange(200_000), 10**9, None)
            samples = with_sample(with_sample(samples, late), alone)
        assert abs(difference(samples) or 0) <= MAX_DIFFERENCE_MS


@given(TRUE_MS, st.lists(st.tuples(DELAY_MS, DELAY_MS), min_size=1, max_size=20))
def test_delays_alone_never_look_like_a_clock_that_was_set(true_ms: int, ways: list[tuple[int, int]]) -> None:
    samples: tuple[Sample, ...] = ()
    for number, (there_ms, back_ms) in enumerate(ways, start=1):
        samples = with_sample(samples, answer(true_ms, there_ms, back_ms))
        assert len(samples) == min(number, MAX_SAMPLES)


def test_a_clock_that_was_set_is_seen_with_the_next_quick_answer() -> None:
    samples: tuple[Sample, ...] = ()
    for _ in range(5):
        samples = with_sample(samples, answer(0, 10, 10))
    samples = with_sample(samples, answer(5_000, 300, 300))
    assert samples == (answer(5_000, 300, 300),)
    assert difference(samples) == pytest.approx(5_000, abs=300)


def test_heads_that_come_by_themselves_are_taken_as_quick_ones_and_the_quickest_counts() -> None:
    chance, samples = random.Random(1), ()
    for _ in range(3):
        samples = with_sample(samples, sample(10**9 + 2_000 - chance.randrange(9_000), 10**9, None))
    assert difference(samples) == max(it.low_ms for it in samples)


def test_a_late_one_that_came_by_itself_takes_nothing_from_what_an_answer_showed() -> None:
    samples = with_sample((answer(0, 10, 10),), sample(10**9 - 8_000, 10**9, None))
    assert difference(samples) == 0


def test_nothing_heard_is_nothing_known() -> None:
    assert difference(()) is None


def test_clocks_may_drift_a_little_between_two_samples() -> None:
    samples = with_sample((answer(0, 0, 0),), answer(DRIFT_MS, 0, 0))
    assert len(samples) == 2
