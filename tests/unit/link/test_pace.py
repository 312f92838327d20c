"""How long an answer may take, and how much one exchange carries, learned from what was seen of the way."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.link.pace import (
    GIVE_UP_S,
    LARGEST_BUDGET_BYTES,
    LEAST_BUDGET_BYTES,
    LEAST_PATIENCE_S,
    LONGEST_GIVE_UP_S,
    OVERDUE,
    SMALL_BYTES,
    Pace,
    fitting,
    give_up_s,
)


def test_the_usual_round_trip_is_found_under_stragglers() -> None:
    """A third of all answers come seconds late, for TCP sent them again: the way takes 600 ms."""
    chance, pace = random.Random(3), Pace()
    for _ in range(200):
        pace.answered(900, 0.6 if chance.random() < 0.64 else chance.uniform(1.2, 8.0))
    assert pace.round_trip_s == pytest.approx(0.6, rel=0.6)
    assert pace.patience_s(0) <= 1.0 * OVERDUE


def test_a_way_that_has_become_slow_is_believed_within_a_few_answers() -> None:
    pace = Pace()
    for _ in range(100):
        pace.answered(900, 0.005)
    for _ in range(10):
        pace.answered(900, 0.6)
    assert pace.patience_s(0) >= OVERDUE * 0.5


def test_a_large_exchange_says_nothing_of_the_way() -> None:
    pace = Pace()
    pace.answered(SMALL_BYTES + 1, 30.0)
    assert pace.round_trip_s is None


def test_on_a_quick_way_no_answer_is_overdue_before_a_disk_had_its_time() -> None:
    pace = Pace()
    pace.answered(900, 0.001)
    assert pace.patience_s(0) == LEAST_PATIENCE_S
    assert pace.patience_s(8_000_000) > 30.0
    assert pace.patience_s(0, sent_before=3) > pace.patience_s(0, sent_before=2)


def test_batches_begin_small_and_grow_as_long_as_they_need_no_repetition() -> None:
    pace = Pace()
    first = pace.budget_bytes
    pace.settled(repeated=False)
    assert pace.budget_bytes == 2 * first
    pace.settled(repeated=True)
    assert pace.budget_bytes == first
    for _ in range(40):
        pace.settled(repeated=False)
    assert pace.budget_bytes == LARGEST_BUDGET_BYTES
    for _ in range(40):
        pace.settled(repeated=True)
    assert pace.budget_bytes == LEAST_BUDGET_BYTES
    assert (pace.repeated, pace.of) == (20, 20)


@given(st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=40), st.integers(1, 500))
def test_what_fits_is_a_beginning_of_what_waits_and_never_nothing(items: list[bytes], budget: int) -> None:
    taken = fitting(items, budget)
    assert taken == items[: len(taken)]
    assert taken
    assert len(taken) == 1 or sum(len(it) + 1 for it in taken) <= budget
    if len(taken) < len(items):
        assert sum(len(it) + 1 for it in items[: len(taken) + 1]) > budget


@given(st.integers(0, 2**30))
def test_every_exchange_is_given_up_some_time(size: int) -> None:
    assert GIVE_UP_S <= give_up_s(size) <= LONGEST_GIVE_UP_S
