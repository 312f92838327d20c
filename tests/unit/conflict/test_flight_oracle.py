"""Flights against the oracle that looks at every moment: the same conflicts, windows, closest approaches."""

import math
import os
import random
import uuid
from collections.abc import Callable

import numpy as np
import pytest

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.operation import Operation, State
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Polygon, Position, Volume3D, Volume4D
from openline.conflict import Conflict, Minima, conflict_between
from openline.units import DMM_PER_FOOT, dmm_from_metres
from unit.conflict import flight_oracle as oracle
from unit.conflict import outline_oracle as outlines

PAIRS = int(os.environ.get("OPENLINE_ORACLE_PAIRS", "200000")) // 160
"""A flight is looked at moment by moment: as slow as a hundred outlines and more."""
NOON_MS = 1_533_124_800_000
CENTIMETRE = 0.01
SAME_DISTANCE_M = 0.05
SAME_TIME_MS = 2.0


def operation(number: int, **parts: object) -> Operation:
    identity = str(uuid.UUID(int=number, version=4))
    return Operation(id=identity, version=1, state=State.ACCEPTED, priority=0, **parts)


def found_between(first: Operation, second: Operation, minima: Minima) -> Conflict | None:
    found = conflict_between(first, second, minima)
    assert found == conflict_between(second, first, minima)
    return found


def flight(
    chance: random.Random, meeting: tuple[float, float], speed: float, tolerances: tuple[int, int, int]
) -> Trajectory:
    """Through (or beside) the meeting place within some minutes of noon, with a turn and perhaps a climb."""
    heading = chance.uniform(0.0, 360.0)
    beside = outlines.there(meeting, chance.uniform(0.0, 360.0), chance.uniform(0.0, 15_000.0))
    at_ms = NOON_MS + chance.randrange(-60_000, 60_000)
    level = chance.choice((0, 0, 1_000, 2_000, 500))
    points = []
    for minutes in sorted({-6.0, chance.uniform(-5.0, -1.0), 0.0, chance.uniform(1.0, 5.0), 6.0}):
        turned = heading + (180.0 if minutes < 0 else chance.uniform(-30.0, 30.0))
        place = outlines.there(beside, turned, abs(minutes) * 60.0 * speed)
        level += chance.choice((0, 0, 0, 1_000, -1_000, 700))
        height = Altitude.feet(30_000 + level, Datum.PRESSURE)
        points.append(TrajectoryPoint(Position(*place), height, at_ms + round(minutes * 60_000)))
    return Trajectory(tuple(points), *tolerances)


def tolerances(chance: random.Random) -> tuple[int, int, int]:
    return (
        chance.choice((0, 0, dmm_from_metres(chance.uniform(10.0, 2_000.0)))),
        chance.choice((0, 100 * DMM_PER_FOOT)),
        0,
    )


def minima(chance: random.Random) -> Minima:
    drawn = Minima.of(lateral_nm=chance.uniform(0.2, 8.0), vertical_ft=chance.choice((500, 1_000, 1_500)))
    return chance.choice((Minima.enroute, Minima.threes, drawn))


def refuse_other_than(
    found: Conflict | None, expected: oracle.Expected, seen: oracle.Seen, reach_m: float, dwell_ms: int
) -> None:
    """The engine's answer against the oracle's, outside the stated precision."""
    if dwell_ms == 0 and abs(expected.closest_m - reach_m) > CENTIMETRE:
        assert (found is not None) == (expected.closest_m < reach_m), expected
    lasting = [window for window in expected.windows if window[1] - window[0] > dwell_ms]
    unsure = any(abs(end - start - dwell_ms) < 50.0 for start, end in expected.windows)
    if unsure or not lasting:
        return
    assert found is not None, expected
    assert_same_edge(found.start_ms, lasting[0][0], seen)
    assert_same_edge(found.end_ms, lasting[-1][1], seen)
    if dwell_ms == 0:
        assert math.isclose(found.closest.lateral_m, expected.closest_m, abs_tol=SAME_DISTANCE_M)


def assert_same_edge(found_ms: float, expected_ms: float, seen: oracle.Seen) -> None:
    """The same moment, or (in near parallel flight) moments at which the distance is the same."""
    if abs(found_ms - expected_ms) <= SAME_TIME_MS:
        return
    away, gap = seen(np.array([found_ms, expected_ms], dtype=float))
    assert abs(away[0] - away[1]) < SAME_DISTANCE_M, (found_ms, expected_ms, away, gap)
    assert abs(gap[0] - gap[1]) < 1.0, (found_ms, expected_ms, away, gap)


def test_two_flights_conflict_when_the_oracle_says_so() -> None:
    chance = random.Random("two flights")
    met = 0
    for _ in range(PAIRS // 6):
        meeting = chance.choice(outlines.PLACES)(chance)
        first = flight(chance, meeting, chance.uniform(60.0, 300.0), tolerances(chance))
        second = flight(chance, meeting, chance.uniform(60.0, 300.0), tolerances(chance))
        rule = minima(chance)
        seen = oracle.of_two_flights(first, second)
        start, end = max(first.start_ms, second.start_ms), min(first.end_ms, second.end_ms)
        tolerance_m = (first.lateral_tolerance_dmm + second.lateral_tolerance_dmm) / 10_000
        reach_m = rule.lateral_dmm / 10_000 + tolerance_m
        vertical = rule.vertical_dmm - 0.5
        expected = oracle.looked_at(seen, start, end, reach_m, vertical)
        pair = operation(1, trajectory=first), operation(2, trajectory=second)
        found = found_between(*pair, rule)
        refuse_other_than(found, expected, seen, reach_m, rule.dwell_ms)
        met += found is not None
        if tolerance_m + 1.0 < expected.closest_m < 40_000.0:
            for side in (1.5 * CENTIMETRE, -1.5 * CENTIMETRE):
                tight = Minima(dmm_from_metres(expected.closest_m - tolerance_m + side), rule.vertical_dmm, 0)
                assert (found_between(*pair, tight) is not None) == (side > 0), (first, second)
    assert met > PAIRS // 60


def outline_near(chance: random.Random, place: tuple[float, float]) -> Polygon | Circle:
    size = chance.uniform(200.0, 15_000.0)
    if chance.random() < 0.4:
        return Circle(Position(*place), dmm_from_metres(size))
    return outlines.polygon_of(outlines.star(chance, place, size))


def test_a_flight_and_a_volume_conflict_when_the_oracle_says_so() -> None:
    chance = random.Random("flight and volume")
    met = 0
    for _ in range(PAIRS // 8):
        place = chance.choice(outlines.PLACES)(chance)
        path = flight(chance, place, chance.uniform(60.0, 300.0), (*tolerances(chance)[:1], 0, 0))
        outline = outline_near(chance, place)
        low = Altitude.feet(30_000 + chance.choice((-1_000, 0, 500, 2_000)), Datum.PRESSURE)
        body = Volume3D(outline, low, low.climbed(700 * DMM_PER_FOOT))
        begin = NOON_MS + chance.randrange(-400_000, 300_000)
        volume = Volume4D(body, begin, begin + chance.randrange(10_000, 500_000))
        rule = chance.choice((Minima.f3548, Minima.enroute, Minima.of(lateral_nm=1.0, dwell_s=60)))
        seen = oracle.of_flight_and_outline(path, outline, low.height_dmm, body.upper.height_dmm)
        reach_m = (rule.lateral_dmm + path.lateral_tolerance_dmm) / 10_000 + (
            0 if rule.lateral_dmm else 0.005
        )
        start, end = max(path.start_ms, volume.start_ms), min(path.end_ms, volume.end_ms)
        if start > end:
            continue
        vertical = rule.vertical_dmm - 0.5 if rule.vertical_dmm else 0.5
        expected = oracle.looked_at(seen, start, end, reach_m, vertical)
        found = found_between(operation(1, trajectory=path), operation(2, volumes=(volume,)), rule)
        refuse_other_than(found, expected, seen, reach_m, rule.dwell_ms)
        met += found is not None
    assert met > PAIRS // 80


@pytest.mark.parametrize("sides", [(30_000, 0), (20_000, 45_000), (60_000, 60_000)])
def test_time_tolerance_reaches_every_place_that_it_allows_and_no_other(sides: tuple[int, int]) -> None:
    chance = random.Random(f"time tolerance {sides}")
    met = 0
    for _ in range(PAIRS // 200):
        meeting = chance.choice(outlines.PLACES)(chance)
        first = flight(chance, meeting, chance.uniform(60.0, 300.0), (0, 0, sides[0]))
        second = flight(chance, meeting, chance.uniform(60.0, 300.0), (0, 0, sides[1]))
        rule = Minima.of(lateral_nm=chance.uniform(0.3, 4.0), vertical_ft=1_000)
        found = found_between(operation(1, trajectory=first), operation(2, trajectory=second), rule)
        own_times = OwnTimes(first, second, rule)
        closest = own_times.least(*own_times.whole, turns=200)
        reach_m = rule.lateral_dmm / 10_000
        if abs(closest - reach_m) > CENTIMETRE:
            assert (found is not None) == (closest < reach_m)
        if found is None:
            continue
        met += 1
        assert found.closest.vertical_dmm < rule.vertical_dmm
        assert math.isclose(found.closest.lateral_m, closest, abs_tol=SAME_DISTANCE_M)
        for edge, outward in ((found.start_ms, -1), (found.end_ms, 1)):
            assert own_times.least_at(edge - 5 * outward) < reach_m + 0.5
            assert own_times.least_at(edge + 500 * outward) > reach_m - SAME_DISTANCE_M
    assert met > 0


Edge = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


class OwnTimes:
    """Both aircraft at all pairs of own times that the tolerances allow: on a grid, then at random."""

    def __init__(self, first: Trajectory, second: Trajectory, rule: Minima) -> None:
        self.one, self.other = oracle.Flown(first), oracle.Flown(second)
        self.early, self.late = first.time_tolerance_ms, second.time_tolerance_ms
        self.whole = (first.start_ms, first.end_ms, second.start_ms, second.end_ms)
        self.vertical = rule.vertical_dmm - 0.5
        self.chance = np.random.default_rng(1)

    def near(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        here, there = self.one.at(a), self.other.at(b)
        allowed = (np.abs(a - b) <= self.early + self.late + 1e-6) & (
            np.abs(here[2] - there[2]) <= self.vertical + 1e-3
        )
        return np.where(allowed, oracle.apart(here, there), np.inf)

    def least_at(self, time: float) -> float:
        """At one moment of the clock; inf where they cannot both be under way then."""
        low_a, high_a, low_b, high_b = self.whole
        box = (
            max(low_a, time - self.early),
            min(high_a, time + self.early),
            max(low_b, time - self.late),
            min(high_b, time + self.late),
        )
        return self.least(*box) if box[0] <= box[1] and box[2] <= box[3] else math.inf

    def least(self, low_a: float, high_a: float, low_b: float, high_b: float, turns: int = 40) -> float:
        """Inside the set of allowed pairs, and along its edges, where a search at random seldom comes."""
        box = (low_a, high_a, low_b, high_b)
        return min(self._inside(*box, turns=turns), *(self._along(edge, *box) for edge in self._edges(*box)))

    def _edges(self, low_a: float, high_a: float, low_b: float, high_b: float) -> list[Edge]:
        """From times of the first (a) to the pairs on one edge: of height, of lag, and of the box."""
        most_lag = float(self.early + self.late)

        def lag(by: float) -> Edge:
            return lambda a: (a, a + by)

        def level(by: float) -> Edge:
            return lambda a: self._at_level(a, by)

        def whole(b: float) -> Edge:
            return lambda a: (a, np.full_like(a, b))

        return [
            level(self.vertical),
            level(-self.vertical),
            lag(most_lag),
            lag(-most_lag),
            whole(low_b),
            whole(high_b),
        ]

    def _at_level(self, a: np.ndarray, above: float) -> tuple[np.ndarray, np.ndarray]:
        """Where the second is exactly so much above the first: solved on each of its legs."""
        wanted = self.one.at(a)[2] + above
        time, height = self.other.time, self.other.height
        pairs_a, pairs_b = [a[:0]], [a[:0]]
        for leg in np.flatnonzero(np.diff(height)):
            share = (wanted - height[leg]) / (height[leg + 1] - height[leg])
            on_it = (share >= 0) & (share <= 1)
            pairs_a.append(a[on_it])
            pairs_b.append(time[leg] + share[on_it] * (time[leg + 1] - time[leg]))
        return np.concatenate(pairs_a), np.concatenate(pairs_b)

    def _along(self, edge: Edge, low_a: float, high_a: float, low_b: float, high_b: float) -> float:
        """The least on one edge: a grid, and then ever finer ones about the best."""
        closest, at, width = math.inf, (low_a + high_a) / 2, (high_a - low_a) / 2
        for step in range(30):
            times = np.linspace(max(low_a, at - width), min(high_a, at + width), 2_001 if step == 0 else 41)
            a, b = edge(times)
            kept = (b >= low_b) & (b <= high_b)
            away = self.near(a[kept], b[kept]) if kept.any() else np.array([math.inf])
            best = int(np.argmin(away))
            if not math.isfinite(away[best]) and math.isinf(closest):
                return math.inf
            if away[best] < closest:
                closest, at = float(away[best]), float(a[kept][best])
            width = width / 500 if step == 0 else width * 0.5
        return closest

    def _inside(self, low_a: float, high_a: float, low_b: float, high_b: float, turns: int = 40) -> float:
        a, b = self._grid(low_a, high_a, low_b, high_b)
        away = self.near(a, b)
        best = int(np.argmin(away))
        closest, at_a, at_b = float(away[best]), a[best], b[best]
        for _ in range(turns if math.isfinite(closest) else 0):
            reach = 10 ** self.chance.uniform(-2.0, 4.0, 200)
            turn = self.chance.uniform(0.0, 2 * math.pi, 200)
            fine_a = np.clip(at_a + reach * np.cos(turn), low_a, high_a)
            fine_b = np.clip(at_b + reach * np.sin(turn), low_b, high_b)
            fine = self.near(fine_a, fine_b)
            best = int(np.argmin(fine))
            if fine[best] < closest:
                closest, at_a, at_b = float(fine[best]), fine_a[best], fine_b[best]
        return closest

    def _grid(
        self, low_a: float, high_a: float, low_b: float, high_b: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Own times of the first, and with each of them lags of the second within the tolerances."""
        lags = np.linspace(-self.early - self.late, self.early + self.late, 41)
        a = np.repeat(np.linspace(low_a, high_a, 161), len(lags))
        b = a + np.tile(lags, 161)
        inside = (b >= low_b) & (b <= high_b)
        a, b = a[inside], b[inside]
        return (a, b) if len(a) else (np.array([low_a]), np.array([low_b]))
