"""The accord's life is one table: what may follow, what may be said, and the diagram in the docs."""

from itertools import product
from pathlib import Path

import pytest

from openline.accord.states import (
    MAY_BE_SAID,
    TRANSITIONS,
    AccordEvent,
    AccordState,
    Traffic,
    advance,
    check_may_be_said,
    diagram,
)
from openline.errors import Refused

SPEC = (Path(__file__).parents[3] / "docs/spec/accord.md").read_text()


def test_the_diagram_in_the_docs_is_the_table():
    begin, end = "<!-- states: generated -->\n```mermaid\n", "\n```\n<!-- states: end -->"
    assert SPEC.split(begin)[1].split(end)[0] == diagram()


@pytest.mark.parametrize(("state", "event"), list(product([None, *AccordState], AccordEvent)), ids=str)
def test_an_event_advances_as_the_table_says_or_is_refused(state, event):
    if (state, event) in TRANSITIONS:
        assert advance(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(Refused) as caught:
            advance(state, event)
        assert caught.value.code == "transition-forbidden"


def test_every_life_can_end_and_nothing_returns_from_the_end():
    for state in AccordState:
        assert advance(state, AccordEvent.EXPIRE) is AccordState.ENDED
    assert {after for (before, _), after in TRANSITIONS.items() if before is AccordState.ENDED} == {
        AccordState.ENDED
    }


def test_the_same_event_twice_changes_nothing():
    """What crosses on the wire comes twice; taking effect, suspending, resuming and ending are idempotent."""
    for (_, event), after in TRANSITIONS.items():
        assert TRANSITIONS.get((after, event), after) is after


@pytest.mark.parametrize("state", AccordState)
def test_safety_of_life_is_said_in_every_state(state):
    check_may_be_said(state, Traffic.SAFETY_OF_LIFE)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (AccordState.PROPOSED, "accord-not-in-force"),
        (AccordState.COUNTERSIGNED, "accord-not-in-force"),
        (AccordState.SUSPENDED, "accord-suspended"),
        (AccordState.ENDED, "accord-ended"),
    ],
)
def test_coordination_waits_with_the_word_of_the_state(state, code):
    with pytest.raises(Refused) as caught:
        check_may_be_said(state, Traffic.COORDINATION)
    assert caught.value.code == code


def test_in_force_everything_may_be_said():
    assert MAY_BE_SAID[AccordState.IN_FORCE] == set(Traffic)
