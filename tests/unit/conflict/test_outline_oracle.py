"""Outlines against the oracle: precision = recall = 1 outside the documented centimetre, anywhere on the
Earth, and the same answer whichever way one asks.
"""

import os
import uuid
import zlib
from collections.abc import Iterator

import numpy as np
import pytest

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.operation import Operation, State
from openline.airspace.volume import Circle, Polygon, Position, Volume3D, Volume4D
from openline.conflict import Conflict, ConflictIndex, Minima, conflict_between
from openline.units import METRES_PER_NAUTICAL_MILE, dmm_from_metres
from unit.conflict import many_oracle as oracle
from unit.conflict.outline_pairs import (
    KINDS,
    Chance,
    anywhere,
    at_a_distance,
    gaps,
    needles,
    sizes,
    stars,
    turns,
)
from unit.conflict.rings import Rings, ahead

PAIRS = int(os.environ.get("OPENLINE_ORACLE_PAIRS", "200000"))
BATCH = 10_000
"""Pairs in one index."""
ASKED_ALONE = 4
"""One pair in so many is also asked for by itself."""
AS_OPERATIONS = 100
"""One pair in so many is asked with values too: a thousand times slower to make than rows of arrays."""
NOON_S = 1_533_124_800
SLOT_S, LASTING_S = 1_000, 600
"""Each pair has its own time, so that it meets no other."""
LOW_M, HIGH_M = 100.0, 200.0

TOUCH_M, TOUCH_MARGIN_M = 0.005, 0.0005
CENTIMETRE = 0.01


def numbers_of(name: str) -> Chance:
    return np.random.default_rng(zlib.crc32(name.encode()))


def batches(count: int) -> Iterator[int]:
    for begin in range(0, count, BATCH):
        yield min(BATCH, count - begin)


def start_s(pair: int) -> int:
    return NOON_S + SLOT_S * pair


# The ways of asking -----------------------------------------------------------------------------------------
def asked_as_arrays(first: Rings, second: Rings, minima: Minima) -> np.ndarray:
    """Which pairs conflict: all_pairs says, and query_volume says the same of one in ASKED_ALONE. (pairs,)
    bool.
    """
    count = len(first)
    both = first.interleaved(second)
    start = np.repeat(NOON_S + SLOT_S * np.arange(count), 2).astype(float)
    low, high = np.full(2 * count, LOW_M), np.full(2 * count, HIGH_M)
    index = ConflictIndex.from_volumes(
        both.lonlat, both.offsets, low, high, start, start + LASTING_S, minima=minima
    )
    assert len(index) == 2 * count
    found = pairs_of(index, count)
    for k in range(0, count, ASKED_ALONE):
        answer = index.query_volume(second.ring(k), LOW_M, HIGH_M, start_s(k), start_s(k) + LASTING_S)
        assert answer.dtype == np.int64
        assert sorted(answer.tolist()) == [2 * k, 2 * k + 1][1 - found[k] :], (k, found[k])
    return found


def pairs_of(index: ConflictIndex, count: int) -> np.ndarray:
    one, other = index.all_pairs()
    assert one.dtype == other.dtype == np.int64
    one, other = np.minimum(one, other), np.maximum(one, other)
    # Rows 2k and 2k + 1 are pair k: none meets another pair, and none is told twice.
    assert np.array_equal(one % 2, np.zeros(len(one)))
    assert np.array_equal(other, one + 1)
    assert len(np.unique(one)) == len(one)
    found = np.zeros(count, dtype=bool)
    found[one // 2] = True
    return found


def asked_as_operations(
    pairs: list[tuple[int, Operation, Operation]], minima: Minima
) -> dict[int, Conflict | None]:
    """By pair: conflict_between, the index asked with an operation, and all of its conflicts say the same."""
    index = ConflictIndex(minima)
    index.add_many(one for _, first, second in pairs for one in (first, second))
    answers = {}
    for k, first, second in pairs:
        found = conflict_between(first, second, minima)
        assert conflict_between(second, first, minima) == found
        expected = [] if found is None else [found]
        assert index.conflicts(first) == expected
        assert index.conflicts_of(second.id) == expected
        assert index.is_clear(second) == (found is None)
        answers[k] = found
    told = {conflict.ids: conflict for conflict in index.all_conflicts()}
    assert told == {one.ids: one for one in answers.values() if one is not None}
    return answers


def operation(outline: Polygon | Circle, pair: int, side: int) -> Operation:
    low, high = Altitude.metres(LOW_M, Datum.WGS84), Altitude.metres(HIGH_M, Datum.WGS84)
    start_ms = start_s(pair) * 1_000
    body = Volume4D(Volume3D(outline, low, high), start_ms, start_ms + LASTING_S * 1_000)
    identity = str(uuid.UUID(int=2 * pair + side, version=4))
    return Operation(id=identity, version=1, state=State.ACCEPTED, priority=0, volumes=(body,))


def operations(first: Rings, second: Rings, every: int) -> list[tuple[int, Operation, Operation]]:
    return [
        (k, operation(first.polygon(k), k, 0), operation(second.polygon(k), k, 1))
        for k in range(0, len(first), every)
    ]


# What the oracle says ---------------------------------------------------------------------------------------
def refuse_wrong(
    found: np.ndarray, verdicts: oracle.Verdicts, minima: Minima, most_undecided: float
) -> np.ndarray:
    """Which pairs must conflict, the others that are decided must not; (pairs,) bool."""
    if minima.lateral_dmm == 0:
        must, must_not = verdicts.must(TOUCH_M, TOUCH_MARGIN_M), verdicts.must_not(0.0, CENTIMETRE)
    else:
        lateral_m = minima.lateral_dmm / 10_000
        must, must_not = verdicts.must(lateral_m, CENTIMETRE), verdicts.must_not(lateral_m, CENTIMETRE)
    missed, invented = np.flatnonzero(must & ~found), np.flatnonzero(must_not & found)
    assert not len(missed), (missed[:9], verdicts[missed[:9]])
    assert not len(invented), (invented[:9], verdicts[invented[:9]])
    assert np.sum(~must & ~must_not) <= most_undecided * len(found) + 2
    return must


def refuse_wrong_figures(
    answers: dict[int, Conflict | None], verdicts: oracle.Verdicts, found: np.ndarray
) -> None:
    for k, conflict in answers.items():
        assert (conflict is not None) == found[k]
        if conflict is not None:
            lateral_m = conflict.closest.lateral_m
            assert verdicts.low_m[k] - CENTIMETRE <= lateral_m <= verdicts.high_m[k] + CENTIMETRE, k
            assert (conflict.start_ms, conflict.end_ms) == (
                start_s(k) * 1_000,
                (start_s(k) + LASTING_S) * 1_000,
            )


@pytest.mark.parametrize("name", KINDS)
def test_outlines_conflict_where_the_oracle_says_so_and_nowhere_else(name: str) -> None:
    kind, chance = KINDS[name], numbers_of(name)
    for count in batches(max(20, round(PAIRS * kind.share))):
        first, second = kind.make(chance, count)
        verdicts = oracle.of_rings(first, second)
        found = asked_as_arrays(first, second, Minima.f3548)
        must = refuse_wrong(found, verdicts, Minima.f3548, kind.undecided)
        assert must.mean() > 0.2
        assert (must.mean() < 0.9) == kind.some_clear
        sample = operations(first, second, AS_OPERATIONS)
        refuse_wrong_figures(asked_as_operations(sample, Minima.f3548), verdicts, found)


@pytest.mark.parametrize("lateral_nm", [0.01, 1.0, 5.0, 10.0])
def test_a_lateral_minimum_is_kept_to_the_centimetre(lateral_nm: float) -> None:
    minima, chance = Minima.of(lateral_nm=lateral_nm), numbers_of(f"minimum {lateral_nm}")
    for count in batches(max(20, round(PAIRS * 0.015))):
        first, second = at_a_distance(chance, count, lateral_nm * METRES_PER_NAUTICAL_MILE)
        verdicts = oracle.of_rings(first, second)
        found = asked_as_arrays(first, second, minima)
        must = refuse_wrong(found, verdicts, minima, 0.05)
        assert 0.3 < must.mean() < 0.7
        sample = operations(first, second, AS_OPERATIONS)
        refuse_wrong_figures(asked_as_operations(sample, minima), verdicts, found)


# Discs (operations alone can have them) ---------------------------------------------------------------------
MOST_RADIUS_M = 500 * METRES_PER_NAUTICAL_MILE


def radii(chance: Chance, count: int) -> np.ndarray:
    """To 0.1 mm; some as large as is allowed."""
    drawn = np.where(chance.random(count) < 0.1, MOST_RADIUS_M, sizes(chance, count, 0.5, MOST_RADIUS_M))
    return np.round(drawn, 4)


def circle(lat: float, lon: float, radius_m: float) -> Circle:
    return Circle(Position(float(lat), float(lon)), dmm_from_metres(float(radius_m)))


@pytest.mark.parametrize("lateral_nm", [0.0, 10.0])
def test_discs_conflict_where_the_distance_of_their_centres_says_so(lateral_nm: float) -> None:
    chance, count = numbers_of(f"discs {lateral_nm}"), max(20, round(PAIRS * 0.005))
    minima, reach_m = Minima.of(lateral_nm=lateral_nm), lateral_nm * METRES_PER_NAUTICAL_MILE
    (lat, lon), one, other = anywhere(chance, count), radii(chance, count), radii(chance, count)
    apart = np.maximum(one + other + reach_m + gaps(chance, count), 0.0)
    to_lat, to_lon, _ = ahead(lat, lon, turns(chance, count), apart)
    verdicts = oracle.of_discs(lat, lon, one, to_lat, to_lon, other)
    pairs = [
        (
            k,
            operation(circle(lat[k], lon[k], one[k]), k, 0),
            operation(circle(to_lat[k], to_lon[k], other[k]), k, 1),
        )
        for k in range(count)
    ]
    refuse_wrong_discs(pairs, verdicts, minima)


@pytest.mark.parametrize("lateral_nm", [0.0, 10.0])
def test_a_disc_and_a_ring_conflict_where_the_oracle_says_so(lateral_nm: float) -> None:
    """Needles that point at the rim, and stars at random about it."""
    chance, count = numbers_of(f"disc and ring {lateral_nm}"), max(20, round(PAIRS * 0.005))
    minima, reach_m = Minima.of(lateral_nm=lateral_nm), lateral_nm * METRES_PER_NAUTICAL_MILE
    (lat, lon), radius = anywhere(chance, count), radii(chance, count)
    foot = ahead(lat, lon, turns(chance, count), radius + reach_m)
    pointed = needles(chance, foot[:2], foot[2], gaps(chance, count), sizes(chance, count, 5.0, 8_000.0))
    around = stars(chance, foot[:2], sizes(chance, count), spikes=0.3)
    rings = Rings.joined((pointed, around)).taken(np.arange(count) + count * (np.arange(count) % 5 == 0))
    verdicts = oracle.of_discs_and_rings(lat, lon, radius, rings)
    pairs = [
        (k, operation(circle(lat[k], lon[k], radius[k]), k, 0), operation(rings.polygon(k), k, 1))
        for k in range(count)
    ]
    refuse_wrong_discs(pairs, verdicts, minima)


def refuse_wrong_discs(
    pairs: list[tuple[int, Operation, Operation]], verdicts: oracle.Verdicts, minima: Minima
) -> None:
    answers = asked_as_operations(pairs, minima)
    found = np.array([answers[k] is not None for k, _, _ in pairs])
    must = refuse_wrong(found, verdicts, minima, 0.35 if minima.lateral_dmm else 0.02)
    assert 0.1 < must.mean() < 0.9
    refuse_wrong_figures(answers, verdicts, found)
