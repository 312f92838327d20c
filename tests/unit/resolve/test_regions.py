"""What is surely blocked is blocked, and next to nothing that is blocked is left in doubt."""

import random
from itertools import product

import pytest

from openline.airspace.change import Change, apply
from openline.conflict import ConflictIndex, Minima, conflict_between
from openline.resolve.lasting import boxes_of
from openline.resolve.limits import Range
from openline.resolve.regions import regions_of
from unit.resolve.traffic import FEET, any_operation

MINIMA = (Minima.enroute, Minima.f3548, Minima.of(lateral_nm=1, vertical_ft=500))
EARLIEST_MS, LATEST_MS, FURTHEST = -900_000, 1_200_000, 4_000
TRIALS = 60


@pytest.mark.parametrize("minima", MINIMA)
def test_the_regions_say_blocked_only_where_there_is_a_conflict_and_nearly_wherever(minima: Minima) -> None:
    blocked = doubtful = 0
    for case in range(60):
        chance = random.Random(f"regions {case}")
        own, other = any_operation(1, chance), any_operation(2, chance)
        index = ConflictIndex(minima)
        index.add(other)
        obstacles = index.obstacles(own, EARLIEST_MS, LATEST_MS, FURTHEST * FEET, FURTHEST * FEET)
        regions = regions_of([obstacles], Range(-FURTHEST, FURTHEST, FEET))
        for _ in range(TRIALS):
            delay = chance.randrange(EARLIEST_MS, LATEST_MS)
            climb = chance.choice((0, chance.randrange(-FURTHEST, FURTHEST))) * FEET
            low, high = regions.at(climb)
            is_sure = bool(((low <= delay) & (delay <= high)).any())
            conflict = conflict_between(apply(own, Change(delay, climb)), other, minima)
            assert conflict is not None or not is_sure, (case, delay, climb)
            blocked += conflict is not None
            doubtful += conflict is not None and not is_sure
    assert blocked >= 100 * (minima.lateral_dmm > 0) + 20
    # Of flights without tolerance that must not but touch nothing is sure: they meet for no time.
    assert doubtful <= (0.02 if minima.lateral_dmm else 0.2) * blocked


def test_volumes_are_in_no_doubt_to_the_millisecond_and_the_tenth_of_a_millimetre() -> None:
    """From the moment that the one ends as the other begins; a gap of the vertical minimum is enough."""
    chance = random.Random("volumes")
    found = 0
    while found < 10:
        own, other = any_operation(1, chance), any_operation(2, chance)
        if own.trajectory or other.trajectory or len(own.volumes) + len(other.volumes) > 2:
            continue
        (mine,), (theirs,) = own.volumes, other.volumes
        if mine.volume.lower.datum is not theirs.volume.lower.datum:
            continue
        minima = chance.choice(MINIMA)
        index = ConflictIndex(minima)
        index.add(other)
        obstacles = index.obstacles(own, -(10**8), 10**8, 10**8, 10**8)
        low, high = regions_of([obstacles], Range(-1, 1, 10**8)).at(0)
        touching = theirs.volume.upper.height_dmm - mine.volume.lower.height_dmm + minima.vertical_dmm
        if not len(low):
            continue
        found += 1
        regions = regions_of([obstacles], Range(-1, 1, 10**8))
        least, most = theirs.start_ms - mine.end_ms, theirs.end_ms - mine.start_ms
        strict = minima.vertical_dmm > 0
        assert [side.tolist() for side in regions.at(touching - strict)] == [[least], [most]]
        low, high = regions.at(touching - strict + 1)
        assert not (low <= high).any()


@pytest.mark.parametrize("minima", [Minima.threes, Minima.of(lateral_nm=5, vertical_ft=1_000, dwell_s=20)])
def test_where_a_box_is_surely_blocked_every_step_in_it_is(minima: Minima) -> None:
    """Of minima that tolerate a short contact."""
    covered = 0
    for case in range(120):
        chance = random.Random(f"boxes {case}")
        own, other = any_operation(1, chance), any_operation(2, chance)
        index = ConflictIndex(minima)
        index.add(other)
        boxes = boxes_of([index.obstacles(own, EARLIEST_MS, LATEST_MS, FURTHEST * FEET, FURTHEST * FEET)])
        for _ in range(15 if boxes else 0):
            delays = _span(chance, EARLIEST_MS, LATEST_MS, 40_000)
            climbs = _span(chance, -FURTHEST * FEET, FURTHEST * FEET, 1_500 * FEET)
            if not boxes.covers(delays, climbs):
                continue
            covered += 1
            for delay, climb in ((chance.randint(*delays), chance.randint(*climbs)) for _ in range(6)):
                assert conflict_between(apply(own, Change(delay, climb)), other, minima) is not None
            for delay, climb in product(delays, climbs):
                assert conflict_between(apply(own, Change(delay, climb)), other, minima) is not None
    assert covered >= 10


def _span(chance: random.Random, least: int, most: int, longest: int) -> tuple[int, int]:
    begin = chance.randrange(least, most)
    return begin, min(most, begin + chance.randrange(longest))
