"""Where the line runs in height and in time: closed sets that touch conflict, to the unit, however asked."""

import itertools
import uuid
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.constraint import Constraint
from openline.airspace.operation import Operation, State
from openline.airspace.volume import Polygon, Position, Volume3D, Volume4D
from openline.conflict import ConflictIndex, Minima, conflict_between
from openline.units import DMM_PER_FOOT, DMM_PER_METRE, MS_PER_SECOND

RING = ((8.0, 47.0), (8.01, 47.0), (8.01, 47.01), (8.0, 47.01))
BASE_MS = 1_533_124_800_123
"""Has no exact float in seconds."""
DAY_MS = 86_400_000


@dataclass(frozen=True)
class Span:
    """From when to when (ms), from where to where (0.1 mm)."""

    start_ms: int
    end_ms: int
    low_dmm: int
    high_dmm: int


FIRST = Span(BASE_MS, BASE_MS + 600_007, 1_000_003, 2_000_007)


def operation(number: int, *spans: Span) -> Operation:
    outline = Polygon(tuple(Position(lat, lon) for lon, lat in RING))
    volumes = tuple(
        Volume4D(
            Volume3D(outline, Altitude(one.low_dmm, Datum.WGS84), Altitude(one.high_dmm, Datum.WGS84)),
            one.start_ms,
            one.end_ms,
        )
        for one in spans
    )
    identity = str(uuid.UUID(int=number, version=4))
    return Operation(id=identity, version=1, state=State.ACCEPTED, priority=0, volumes=volumes)


def arrays(*spans: Span) -> dict[str, np.ndarray]:
    return {
        "lonlat": np.array(RING * len(spans)),
        "offsets": np.arange(len(spans) + 1) * len(RING),
        "altitude_lower_m": np.array([one.low_dmm / DMM_PER_METRE for one in spans]),
        "altitude_upper_m": np.array([one.high_dmm / DMM_PER_METRE for one in spans]),
        "start_s": np.array([one.start_ms / MS_PER_SECOND for one in spans]),
        "end_s": np.array([one.end_ms / MS_PER_SECOND for one in spans]),
    }


def refuse_other_answer(first: list[Span], second: list[Span], minima: Minima, conflict: bool) -> None:
    """Asked in every way, either one first."""
    for mine, theirs in ((first, second), (second, first)):
        one, other = operation(1, *mine), operation(2, *theirs)
        assert (conflict_between(one, other, minima) is not None) == conflict
        index = ConflictIndex(minima)
        index.add(one)
        assert bool(index.conflicts(other)) == conflict
        assert index.is_clear(other) == (not conflict)
        ids = [1] * len(mine) + [2] * len(theirs)
        loaded = ConflictIndex.from_volumes(**arrays(*mine, *theirs), ids=ids, minima=minima)
        pairs = {
            frozenset(pair) for pair in zip(*(side.tolist() for side in loaded.all_pairs()), strict=True)
        }
        assert pairs == ({frozenset((1, 2))} if conflict else set())
        if len(theirs) == 1:
            loaded.remove(2)
            assert loaded.query_volume(**question(theirs[0])).tolist() == [1] * conflict


def question(span: Span) -> dict[str, Any]:
    one = arrays(span)
    return {
        "lonlat": one.pop("lonlat"),
        **{name: value[0] for name, value in one.items() if name != "offsets"},
    }


HEIGHTS = {
    # From the top of the first to the bottom of the second, 0.1 mm, and whether zero minima are met.
    "through one another": (-500_000, True),
    "0.1 mm deep": (-1, True),
    "touching": (0, True),
    "0.1 mm above": (1, False),
    "a metre above": (10_000, False),
}
TIMES = {
    "at once": (-300_000, True),
    "a millisecond together": (-1, True),
    "one ends as the other begins": (0, True),
    "a millisecond later": (1, False),
    "a day later": (DAY_MS, False),
}


@pytest.mark.parametrize(("height", "time"), list(itertools.product(HEIGHTS, TIMES)))
def test_volumes_that_touch_in_height_or_time_conflict_and_no_others(height: str, time: str) -> None:
    (above_dmm, meets), (later_ms, together) = HEIGHTS[height], TIMES[time]
    low, start = FIRST.high_dmm + above_dmm, FIRST.end_ms + later_ms
    second = Span(start, start + 400_000, low, low + 700_000)
    refuse_other_answer([FIRST], [second], Minima.f3548, meets and together)


@pytest.mark.parametrize("height", [1, DMM_PER_FOOT, 1_000 * DMM_PER_FOOT, 5 * DMM_PER_METRE + 7])
@pytest.mark.parametrize(("off_dmm", "conflict"), [(-1, True), (0, False), (1, False)])
def test_a_vertical_minimum_is_broken_by_a_tenth_of_a_millimetre_less(
    height: int, off_dmm: int, conflict: bool
) -> None:
    low = FIRST.high_dmm + height + off_dmm
    second = Span(FIRST.start_ms, FIRST.end_ms, low, low + 700_000)
    refuse_other_answer([FIRST], [second], Minima(0, height, 0), conflict)


@pytest.mark.parametrize("dwell_ms", [1, 1_000, 180_000])
@pytest.mark.parametrize(("off_ms", "conflict"), [(-1, False), (0, False), (1, True)])
def test_a_dwell_is_broken_by_a_millisecond_more(dwell_ms: int, off_ms: int, conflict: bool) -> None:
    start = FIRST.end_ms - dwell_ms - off_ms
    second = Span(start, start + 400_000, FIRST.low_dmm, FIRST.high_dmm)
    refuse_other_answer([FIRST], [second], Minima(0, 0, dwell_ms), conflict)


@pytest.mark.parametrize(("gap_ms", "conflict"), [(-1_000, True), (0, True), (1, False)])
def test_a_dwell_goes_on_from_one_volume_of_an_operation_to_the_next(gap_ms: int, conflict: bool) -> None:
    """Each lasts 100 s with the other operation; only both together last longer than the dwell of 150 s."""
    middle = BASE_MS + 100_000
    one = Span(BASE_MS, middle, FIRST.low_dmm, FIRST.high_dmm)
    next_one = Span(middle + gap_ms, middle + 100_000, FIRST.low_dmm, FIRST.high_dmm)
    refuse_other_answer([one, next_one], [FIRST], Minima(0, 0, 150_000), conflict)


def test_volumes_of_one_operation_do_not_conflict_with_one_another() -> None:
    index = ConflictIndex.from_volumes(**arrays(FIRST, FIRST, FIRST), ids=[4, 4, 4])
    assert len(index) == 1
    assert [side.tolist() for side in index.all_pairs()] == [[], []]
    assert index.query_volume(**question(FIRST)).tolist() == [4]


def test_two_constraints_do_not_conflict_and_one_does_with_an_operation() -> None:
    filed = [operation(number, FIRST) for number in (1, 2, 3)]
    closed = [Constraint(id=one.id, version=1, volumes=one.volumes) for one in filed[:2]]
    index = ConflictIndex(Minima.f3548)
    index.add_many([*closed, filed[2]])
    assert [one.other(filed[0].id) for one in index.conflicts(closed[0])] == [filed[2].id]
    assert len(index.conflicts_of(filed[2].id)) == 2
    assert not index.is_clear(closed[1])
    assert {one.ids for one in index.all_conflicts()} == {(one.id, filed[2].id) for one in closed}
    assert sorted(map(sorted, zip(*index.all_pairs(), strict=True))) == [
        [one.id, filed[2].id] for one in closed
    ]
    index.remove(filed[2].id)
    assert index.is_clear(closed[1])
    assert conflict_between(*closed, Minima.f3548) is None
