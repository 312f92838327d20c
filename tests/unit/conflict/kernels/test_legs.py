"""Legs against oracles that look at every moment: two legs, a leg and a zone, and the blocked delays."""

import math
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import shapely
from pyproj import Geod, Proj

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Polygon
from openline.conflict.kernels import layout as at
from openline.conflict.kernels.legs import blocked, leg_leg
from openline.conflict.kernels.passages import FULL, blocked_zone, leg_zone
from openline.conflict.kernels.surface import degrees_of
from openline.conflict.kernels.zones import disc_part, polygon_part
from openline.conflict.trajectory import legs_of
from openline.units import dmm_from_metres
from unit.conflict import flight_oracle as oracle
from unit.conflict import outline_oracle as outlines

GEOD = Geod(ellps="WGS84")
PAIRS = int(os.environ.get("OPENLINE_ORACLE_PAIRS", "1200"))
NOON_MS = 1_533_124_800_000
CENTIMETRE = 0.01
SAME_TIME_MS = 2.0
SAME_DISTANCE_M = 0.05
HEIGHT_DMM = 90_000_000
LEVEL = 0.5
TOUCH_M = 0.005

Place = tuple[float, float]


@dataclass
class Leg:
    """One piece: the trajectory that it is, and its arrays."""

    flown: Trajectory
    heads: np.ndarray
    bodies: np.ndarray

    @classmethod
    def of(cls, flown: Trajectory) -> "Leg":
        heads, _, bodies = legs_of(flown)
        assert len(heads) == 1
        return cls(flown, heads, bodies)

    def later(self, delay_ms: float, climb_dmm: float = 0.0) -> "Leg":
        heads, bodies = self.heads.copy(), self.bodies.copy()
        heads[0, [at.START, at.END]] += delay_ms
        bodies[[at.LEG_START, at.LEG_END]] += delay_ms
        heads[0, at.LOW : at.ELLIPSOID_HIGH + 1] += climb_dmm
        bodies[at.LEG_LOW0 : at.LEG_ELLIPSOID_HIGH1 + 1] += climb_dmm
        return Leg(self.flown, heads, bodies)


@dataclass
class Zone:
    heads: np.ndarray
    bodies: np.ndarray

    @classmethod
    def of(cls, outline: Polygon | Circle, start: float, end: float, low: float, high: float) -> "Zone":
        span = np.array([start, end, low, high, low, high, 1.0])
        if isinstance(outline, Circle):
            centre = outline.center
            part = disc_part(centre.longitude_deg, centre.latitude_deg, outline.radius_dmm / 10_000, span)
        else:
            ring = np.array([[place.longitude_deg, place.latitude_deg] for place in outline.vertices])
            part = polygon_part(ring, span)
        return cls(part[0], part[2])

    def later(self, delay_ms: float, climb_dmm: float = 0.0) -> "Zone":
        heads = self.heads.copy()
        heads[0, [at.START, at.END]] += delay_ms
        heads[0, at.LOW : at.ELLIPSOID_HIGH + 1] += climb_dmm
        return Zone(heads, self.bodies)


def reach_of(lateral_m: float, vertical: float = LEVEL) -> np.ndarray:
    return np.array([lateral_m, vertical, vertical - 0.5, 0.0])


def contact_of(one: Leg, other: Leg, reach: np.ndarray) -> np.ndarray | None:
    """Asked both ways, which must agree to the last bit."""
    there, back = np.zeros(at.CONTACT_COLUMNS), np.zeros(at.CONTACT_COLUMNS)
    found = leg_leg(one.heads, 0, one.bodies, other.heads, 0, other.bodies, reach, there)
    assert found == leg_leg(other.heads, 0, other.bodies, one.heads, 0, one.bodies, reach, back)
    assert np.array_equal(there, back)
    return there if found else None


def contacts_of(leg: Leg, zone: Zone, reach: np.ndarray, room: int = 50) -> np.ndarray:
    rows = np.zeros((room, at.CONTACT_COLUMNS))
    count = leg_zone(leg.heads, 0, leg.bodies, zone.heads, 0, zone.bodies, reach, rows, 0)
    assert count != FULL
    return rows[:count]


def delays_of(one: Leg, other: Leg, reach: np.ndarray, climb_dmm: float = 0.0) -> list[tuple[float, float]]:
    out = np.zeros(2)
    found = blocked(one.heads, 0, one.bodies, other.heads, 0, other.bodies, reach, climb_dmm, out)
    return [(out[0], out[1])] if found else []


# Legs -------------------------------------------------------------------------------------------------------
def leg_between(
    here: Place,
    there: Place,
    times: tuple[int, int],
    heights: tuple[int, int] = (HEIGHT_DMM, HEIGHT_DMM),
    tolerances: tuple[int, int, int] = (0, 0, 0),
) -> Leg:
    points = tuple(
        TrajectoryPoint(Position(*place), Altitude(height, Datum.WGS84), time)
        for place, height, time in zip((here, there), heights, times, strict=True)
    )
    return Leg.of(Trajectory(points, *tolerances))


def drawn_leg(chance: random.Random, near: Place, spread_m: float, tolerances: tuple[int, int, int]) -> Leg:
    """Of up to 10 km about noon, level or climbing, near a place; one in eight stands still."""
    middle = outlines.there(near, chance.uniform(0.0, 360.0), spread_m * chance.random())
    half, heading = (
        chance.choice((0.0, 1.0, 50.0, 500.0, 2_000.0, 4_999.0, 4_999.0, 4_999.0)),
        chance.uniform(0, 360),
    )
    here, there = outlines.there(middle, heading, half), outlines.there(middle, heading + 180.0, half)
    start = NOON_MS + chance.randrange(-20_000, 20_000)
    heights = [HEIGHT_DMM + chance.choice((0, 0, 0, 1_000_000, -2_000_000)) for _ in range(2)]
    lasting = 1 + round(2.0 * half * chance.uniform(4.0, 20.0)) + chance.randrange(20_000)
    if heights[0] != heights[1]:
        lasting += 20_000  # the oracle looks every half second: it must not climb through in less
    times = start, start + lasting
    return leg_between(here, there, times, (heights[0], heights[1]), tolerances)


def pairs_of_legs(
    name: str, count: int, times: tuple[int, ...] = (0,)
) -> Iterator[tuple[random.Random, Leg, Leg]]:
    """Anywhere on the Earth; among them equal legs, and legs abreast at one speed."""
    chance = random.Random(name)
    for _ in range(count):
        place = chance.choice(outlines.PLACES)(chance)
        one, other = (
            drawn_leg(
                chance,
                place,
                chance.choice((100.0, 3_000.0, 20_000.0)),
                (chance.choice((0, 0, 3_000_000)), chance.choice((0, 500_000)), chance.choice(times)),
            )
            for _ in range(2)
        )
        kind = chance.randrange(10)
        yield chance, one, (one if kind == 0 else abreast(chance, one) if kind == 1 else other)


def abreast(chance: random.Random, leg: Leg) -> Leg:
    """The same flight, some way to the side and perhaps behind."""
    first, last = leg.flown.points
    aside, metres, behind = chance.uniform(0, 360), chance.uniform(1.0, 9_000.0), chance.choice((0, 3_000))
    here, there = (
        outlines.there((point.position.latitude_deg, point.position.longitude_deg), aside, metres)
        for point in (first, last)
    )
    if not outlines.apart(here, there) <= at.LEG_STEP_M:
        return leg
    return leg_between(here, there, (first.time_ms + behind, last.time_ms + behind))


def lateral_tolerance_m(*legs: Leg) -> float:
    return sum(leg.flown.lateral_tolerance_dmm for leg in legs) / 10_000


def assert_window_is(expected: list[tuple[float, float]], found: np.ndarray, seen: oracle.Seen) -> None:
    """Both ends at the same moment, or at moments that are alike."""
    for edge, true in ((found[at.FROM], expected[0][0]), (found[at.TO], expected[-1][1])):
        if abs(edge - true) > SAME_TIME_MS:
            away, gap = seen(np.array([edge, true]))
            assert abs(away[0] - away[1]) < SAME_DISTANCE_M
            assert abs(gap[0] - gap[1]) < 1.0


# Two legs ---------------------------------------------------------------------------------------------------
def test_two_legs_are_in_contact_when_the_oracle_says_so() -> None:
    met = tight = 0
    for chance, one, other in pairs_of_legs("two legs", PAIRS // 5):
        start = max(one.flown.start_ms, other.flown.start_ms)
        end = min(one.flown.end_ms, other.flown.end_ms)
        if start > end:
            assert contact_of(one, other, reach_of(1e6, 1e9)) is None
            continue
        vertical = chance.choice((300_000.5, 3_047_999.5))
        seen = oracle.of_two_flights(one.flown, other.flown)
        tolerance = lateral_tolerance_m(one, other)
        own_reach = chance.choice((TOUCH_M, 500.0, 9_259.99995))
        expected = oracle.looked_at(seen, start, end, own_reach + tolerance, vertical)
        found = contact_of(one, other, reach_of(own_reach, vertical))
        if abs(expected.closest_m - own_reach - tolerance) > CENTIMETRE:
            assert (found is not None) == (expected.closest_m < own_reach + tolerance)
        if found is not None and expected.windows:
            met += 1
            assert math.isclose(found[at.LATERAL], expected.closest_m, abs_tol=SAME_DISTANCE_M)
            assert_window_is(expected.windows, found, seen)
            away, gap = seen(np.array([found[at.WHEN]]))
            assert math.isclose(away[0], found[at.LATERAL], abs_tol=0.002)
            assert math.isclose(gap[0], found[at.GAP], abs_tol=1.0)
            assert found[at.FROM] <= found[at.WHEN] <= found[at.TO]
        if tolerance + 1.0 < expected.closest_m < 30_000.0:
            tight += 1
            for side in (0.9 * CENTIMETRE, -0.9 * CENTIMETRE):
                reach = reach_of(expected.closest_m - tolerance + side, vertical)
                assert (contact_of(one, other, reach) is not None) == (side > 0)
    assert met > PAIRS // 50
    assert tight > PAIRS // 25


def test_the_place_of_a_contact_lies_midway_between_the_two() -> None:
    met = 0
    for _, one, other in pairs_of_legs("midway", 200):
        found = contact_of(one, other, reach_of(30_000.0, 1e7))
        if found is not None:
            met += 1
            place = degrees_of(*found[at.AT_X : at.AT_Z + 1])
            for leg in (one, other):
                lat, lon, _ = oracle.Flown(leg.flown).at(np.array([found[at.WHEN]]))
                away = outlines.apart(place, (float(lat[0]), float(lon[0])))
                assert math.isclose(away, found[at.LATERAL] / 2, abs_tol=0.01)
    assert met > 50


def test_legs_that_meet_for_one_instant_are_in_contact() -> None:
    """One ends where and when the other begins, be it on the antimeridian or at a pole."""
    for place in ((46.5, 8.0), (10.0, 180.0), (90.0, 0.0)):
        before = leg_between(outlines.there(place, 200.0, 5_000.0), place, (NOON_MS - 50_000, NOON_MS))
        after = leg_between(place, outlines.there(place, 100.0, 5_000.0), (NOON_MS, NOON_MS + 50_000))
        found = contact_of(before, after, reach_of(TOUCH_M))
        assert found is not None
        assert found[at.FROM] == found[at.TO] == NOON_MS
        assert contact_of(before, after.later(1.0), reach_of(TOUCH_M)) is None


def test_level_flight_at_the_vertical_minimum_is_separated_and_a_tenth_of_a_millimetre_less_is_not() -> None:
    here, there = (46.5, 8.0), (46.5, 8.1)
    times = NOON_MS, NOON_MS + 60_000
    low = leg_between(here, there, times)
    for apart, met in ((3_048_000, False), (3_047_999, True)):
        high = leg_between(there, here, times, (HEIGHT_DMM + apart,) * 2)
        assert (contact_of(low, high, reach_of(9_260.0, 3_047_999.5)) is not None) == met


CELLS = 120


def steps(one: Leg, other: Leg) -> tuple[float, float]:
    """Of the grid of own times: in ms, and how much the distance may change in one, in m."""
    flown = one.flown, other.flown
    lasting = sum(path.end_ms - path.start_ms for path in flown)
    return lasting / CELLS, sum(float(oracle.Flown(path).length[0]) for path in flown) / CELLS


def spread_over_own_times(
    one: Leg, other: Leg, vertical: float, more_ms: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of own times that the heights and the tolerances (and so much more time) allow, and how far apart
    the two are at each.
    """
    first, second = oracle.Flown(one.flown), oracle.Flown(other.flown)
    a = np.linspace(first.time[0], first.time[-1], CELLS + 1)
    b = np.linspace(second.time[0], second.time[-1], CELLS + 1)
    slack = one.flown.time_tolerance_ms + other.flown.time_tolerance_ms + more_ms
    a, b = (grid.ravel() for grid in np.meshgrid(a, b))
    here, there = first.at(a), second.at(b)
    tolerance = one.flown.vertical_tolerance_dmm + other.flown.vertical_tolerance_dmm
    kept = (np.abs(a - b) <= slack) & (np.abs(here[2] - there[2]) <= vertical + tolerance)
    return a[kept], b[kept], oracle.apart(here, there)[kept]


def clock(one: Leg, other: Leg, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From when to when the clock may show, as one is at its own time a and the other at b."""
    early, late = one.flown.time_tolerance_ms, other.flown.time_tolerance_ms
    return np.maximum(a - early, b - late), np.minimum(a + early, b + late)


def test_time_tolerance_reaches_every_place_that_it_allows() -> None:
    met = 0
    for chance, one, other in pairs_of_legs("own times", 250, times=(1, 10_000, 45_000)):
        vertical = chance.choice((0.5, 1_500_000.0))
        a, b, away = spread_over_own_times(one, other, vertical)
        reach = chance.choice((300.0, 2_000.0, 9_260.0))
        near = reach + lateral_tolerance_m(one, other)
        found = contact_of(one, other, reach_of(reach, vertical))
        inner = away <= near - 1e-3
        if inner.any():
            assert found is not None
            start, end = clock(one, other, a, b)
            assert found[at.FROM] <= start[inner].min() + 0.01
            assert found[at.TO] >= end[inner].max() - 0.01
            assert found[at.LATERAL] <= away.min() + 1e-3
        if found is not None:
            met += 1
            assert found[at.FROM] <= found[at.WHEN] <= found[at.TO]
    assert met > 50


def climbs(leg: Leg) -> bool:
    first, last = leg.flown.points
    return first.altitude != last.altitude


def test_time_tolerance_reaches_no_other_place() -> None:
    """A grid of own times that is wider by its steps holds the engine's contact."""
    met = 0
    for _, one, other in pairs_of_legs("no other place", 250, times=(1, 10_000, 45_000)):
        if climbs(one) or climbs(other):
            continue
        found = contact_of(one, other, reach_of(2_000.0))
        if found is None:
            continue
        met += 1
        coarse_ms, coarse_m = steps(one, other)
        a, b, away = spread_over_own_times(one, other, 0.5, coarse_ms)
        assert found[at.LATERAL] >= away.min() - coarse_m - 1e-3
        start, end = clock(one, other, a, b)
        near = away <= 2_000.0 + lateral_tolerance_m(one, other) + coarse_m
        assert found[at.FROM] >= start[near].min() - coarse_ms
        assert found[at.TO] <= end[near].max() + coarse_ms
    assert met > 20


# Delays -----------------------------------------------------------------------------------------------------
def refuse_wrong_delays(
    chance: random.Random, intervals: list[tuple[float, float]], meet: Callable[[float], bool]
) -> int:
    """Looked at from an hour before to an hour after, and on both sides of every end. How many were found."""
    around = [end + side for interval in intervals for end in interval for side in (-20.0, -3.0, 3.0, 20.0)]
    inside = [chance.uniform(*interval) for interval in intervals for _ in range(5)]
    for delay in (*around, *inside, *(chance.uniform(-3.6e6, 3.6e6) for _ in range(20))):
        held = any(low <= delay <= high for low, high in intervals)
        if min((abs(delay - end) for interval in intervals for end in interval), default=9.0) > 1.0:
            assert meet(delay) == held, (delay, intervals)
    return len(intervals)


@pytest.mark.parametrize("tolerances", [(0,), (5_000, 30_000)])
def test_the_delays_that_are_blocked_are_those_that_bring_two_legs_into_contact(
    tolerances: tuple[int, ...],
) -> None:
    found = 0
    for chance, one, other in pairs_of_legs(f"blocked {tolerances}", 300, tolerances):
        reach = reach_of(chance.choice((TOUCH_M, 500.0, 9_259.99995)), chance.choice((0.5, 3_047_999.5)))
        climb = chance.choice((0.0, 0.0, 1_000_000.0, -5_000_000.0))
        intervals = delays_of(one, other, reach, climb)

        def meet(
            delay: float, one: Leg = one, other: Leg = other, climb: float = climb, reach: np.ndarray = reach
        ) -> bool:
            return contact_of(one.later(delay, climb), other, reach) is not None

        found += refuse_wrong_delays(
            chance, [(low, high) for low, high in intervals if high - low > 2.0], meet
        )
    assert found > 60


def test_who_stands_still_is_passed_within_reach_for_as_long_as_both_are_there() -> None:
    place = (46.5, 8.0)
    still = leg_between(place, place, (NOON_MS, NOON_MS + 60_000))
    other = leg_between(place, place, (NOON_MS + 100_000, NOON_MS + 110_000))
    ((low, high),) = delays_of(still, other, reach_of(TOUCH_M))
    assert (low, high) == (40_000.0, 110_000.0)


# A leg and a zone -------------------------------------------------------------------------------------------
def outline_near(chance: random.Random, place: Place) -> Polygon | Circle:
    size = math.exp(chance.uniform(math.log(50.0), math.log(15_000.0)))
    centre = outlines.there(place, chance.uniform(0, 360), chance.uniform(0.0, 1.5 * size))
    if chance.random() < 0.3:
        return Circle(Position(*centre), dmm_from_metres(size))
    return outlines.polygon_of(outlines.star(chance, centre, size))


def legs_and_zones(
    name: str, count: int, times: tuple[int, ...] = (0,)
) -> Iterator[tuple[random.Random, Leg, Zone, Polygon | Circle]]:
    chance = random.Random(name)
    for _ in range(count):
        place = chance.choice(outlines.PLACES)(chance)
        tolerances = chance.choice((0, 0, 3_000_000)), 0, chance.choice(times)
        leg = drawn_leg(chance, place, 3_000.0, tolerances)
        outline = outline_near(chance, place)
        start = NOON_MS + chance.randrange(-30_000, 60_000)
        zone = Zone.of(outline, start, start + chance.randrange(100_000), HEIGHT_DMM - 500_000, HEIGHT_DMM)
        yield chance, leg, zone, outline


def test_a_leg_and_a_zone_are_in_contact_when_the_oracle_says_so() -> None:
    met = 0
    for chance, leg, zone, outline in legs_and_zones("leg and zone", PAIRS // 6):
        lateral = chance.choice((TOUCH_M, TOUCH_M, 300.0, 5_000.0))
        near = lateral + lateral_tolerance_m(leg)
        found = contacts_of(leg, zone, reach_of(lateral, 100_000.5))
        start = max(leg.flown.start_ms, zone.heads[0, at.START])
        end = min(leg.flown.end_ms, zone.heads[0, at.END])
        if start > end:
            assert len(found) == 0
            continue
        low, high = int(zone.heads[0, at.LOW]), int(zone.heads[0, at.HIGH])
        seen = oracle.of_flight_and_outline(leg.flown, outline, low, high)
        expected = oracle.looked_at(seen, start, end, near, 100_000.5)
        if abs(expected.closest_m - near) > CENTIMETRE:
            assert (len(found) > 0) == (expected.closest_m < near)
        for contact in found:
            assert start - 1e-3 <= contact[at.FROM] <= contact[at.WHEN] <= contact[at.TO] <= end + 1e-3
            away, gap = seen(contact[at.WHEN : at.WHEN + 1])
            assert math.isclose(away[0], contact[at.LATERAL], abs_tol=CENTIMETRE)
            assert math.isclose(gap[0], contact[at.GAP], abs_tol=1.0)
        if len(found) > 0 and expected.windows:
            met += 1
            assert_window_is(expected.windows, np.array([found[0, at.FROM], found[-1, at.TO]]), seen)
            assert math.isclose(found[:, at.LATERAL].min(), expected.closest_m, abs_tol=SAME_DISTANCE_M)
    assert met > PAIRS // 60


@pytest.mark.parametrize("radius_m", [0.1, 1_000.0, 60_000.0, 190_000.0, 920_000.0])
def test_a_disc_of_any_size_is_touched_to_the_centimetre(radius_m: float) -> None:
    """The leg begins, ends or has its nearest place at the rim."""
    chance = random.Random(radius_m)
    for _ in range(60):
        centre = chance.choice(outlines.PLACES)(chance)
        rim = outlines.there(centre, chance.uniform(0.0, 360.0), radius_m)
        heading, half = chance.uniform(0.0, 360.0), chance.choice((0.5, 100.0, 4_999.0))
        leg = leg_between(
            outlines.there(rim, heading, half),
            outlines.there(rim, heading + 180.0, half),
            (NOON_MS, NOON_MS + 50_000),
        )
        flown = oracle.Flown(leg.flown)

        def away(time: np.ndarray, flown: oracle.Flown = flown, centre: Place = centre) -> np.ndarray:
            lat, lon, _ = flown.at(time)
            return np.asarray(
                GEOD.inv(lon, lat, np.full(len(lat), centre[1]), np.full(len(lat), centre[0]))[2]
            )

        seen: oracle.Seen = lambda time, away=away: (away(time), np.zeros(len(time)))  # noqa: E731
        closest = oracle.looked_at(seen, NOON_MS, NOON_MS + 50_000, radius_m, 1.0).closest_m
        for side in (-CENTIMETRE, CENTIMETRE):
            zone = Zone.of(
                Circle(Position(*centre), max(1, dmm_from_metres(closest + side))), 0, 4e12, 0, HEIGHT_DMM
            )
            found = contacts_of(leg, zone, reach_of(TOUCH_M))
            assert len(found) == (1 if closest + zone.heads[0, at.CAP] - closest > closest - TOUCH_M else 0)
        zone = Zone.of(Circle(Position(*centre), dmm_from_metres(closest + 50.0)), 0, 4e12, 0, HEIGHT_DMM)
        ((contact),) = contacts_of(leg, zone, reach_of(TOUCH_M))
        for edge in (contact[at.FROM], contact[at.TO]):
            if NOON_MS < edge < NOON_MS + 50_000:
                assert math.isclose(away(np.array([edge]))[0], closest + 50.0 + TOUCH_M, abs_tol=0.002)


def aside(place: Place, right: float, ahead: float) -> Place:
    """So many metres from it, as seen looking along azimuth 0 there (at a pole too)."""
    return outlines.there(place, math.degrees(math.atan2(right, ahead)), math.hypot(right, ahead))


def comb(place: Place, teeth: int) -> Polygon:
    """Teeth of 20 m with 20 m between, 200 m long, before a back of 100 m."""
    corners = []
    for n in range(teeth):
        corners += [(40.0 * n, 0.0), (40.0 * n, 200.0), (40.0 * n + 20.0, 200.0), (40.0 * n + 20.0, 0.0)]
    corners += [(40.0 * teeth - 20.0, -100.0), (0.0, -100.0)]
    return outlines.polygon_of([aside(place, *corner) for corner in corners])


def crossed(leg: Leg, outline: Polygon) -> np.ndarray:
    """Metres from the leg's start to where it enters and leaves the outline, (n, 2), by shapely and PROJ."""
    shape = outlines.Shape(outline)
    plane = Proj(proj="aeqd", ellps="WGS84", lat_0=shape.places[0][0], lon_0=shape.places[0][1])
    flown = oracle.Flown(leg.flown)
    lat, lon, _ = flown.at(np.linspace(flown.time[0], flown.time[-1], 9))
    line = shapely.LineString(np.stack(plane(lon, lat), axis=1))
    parts = shapely.get_parts(shapely.intersection(line, shape.on(plane)))
    ends = [[line.project(shapely.Point(place)) for place in shapely.get_coordinates(part)] for part in parts]
    return np.array(sorted((min(part), max(part)) for part in ends)).reshape(-1, 2)


def test_each_part_of_a_leg_inside_a_comb_is_a_passage_of_its_own() -> None:
    chance = random.Random("combs")
    separate = 0
    for _ in range(120):
        place = chance.choice(outlines.PLACES)(chance)
        outline = comb(place, 12)
        right, ahead, turn = chance.uniform(0, 460), chance.uniform(-50, 200), chance.uniform(-0.5, 0.5)
        over, up = 1_000.0 * math.cos(turn), 1_000.0 * math.sin(turn)
        ends = aside(place, right - over, ahead - up), aside(place, right + over, ahead + up)
        leg = leg_between(*ends, (NOON_MS, NOON_MS + 20_000))
        expected = crossed(leg, outline)
        # Parts and gaps of a few centimetres are for neither to tell.
        if np.diff(expected.ravel()).min() < 0.2:
            continue
        found = contacts_of(leg, Zone.of(outline, 0, 4e12, 0, HEIGHT_DMM), reach_of(TOUCH_M))
        assert len(found) == len(expected)
        assert (found[:, at.LATERAL] == 0.0).all()
        metres_per_ms = 2_000.0 / 20_000.0
        found_m = (found[:, [at.FROM, at.TO]] - NOON_MS) * metres_per_ms
        # A grazed edge is within reach for a while before it is crossed.
        assert np.abs(found_m - expected).max() < 0.5
        separate += len(found) > 1
    assert separate > 40


def test_each_tooth_of_a_comb_is_a_passage_of_its_own_and_too_little_room_is_said() -> None:
    place, teeth = (0.0, 179.95), 200
    zone = Zone.of(comb(place, teeth), 0, 4e12, 0, HEIGHT_DMM)
    start, end = aside(place, -50.0, 100.0), aside(place, 40.0 * teeth + 50.0, 100.0)
    for here, there in ((start, end), (end, start)):
        leg = leg_between(here, there, (NOON_MS, NOON_MS + 60_000))
        found = contacts_of(leg, zone, reach_of(TOUCH_M), room=2 * teeth)
        assert len(found) == teeth
        assert (found[:, at.LATERAL] == 0.0).all()
        assert (found[1:, at.FROM] > found[:-1, at.TO]).all()
        rows = np.zeros((teeth - 1, at.CONTACT_COLUMNS))
        assert (
            leg_zone(leg.heads, 0, leg.bodies, zone.heads, 0, zone.bodies, reach_of(TOUCH_M), rows, 0) == FULL
        )
        assert len(contacts_of(leg, zone, reach_of(11.0))) == 1


def test_a_leg_inside_a_zone_is_one_passage_be_it_for_an_instant() -> None:
    place = (46.5, 8.0)
    ring = outlines.polygon_of([outlines.there(place, turn, 20_000.0) for turn in range(0, 360, 45)])
    leg = leg_between(place, outlines.there(place, 30.0, 5_000.0), (NOON_MS, NOON_MS + 60_000))
    for start, end in ((0, 4e12), (NOON_MS + 60_000, 4e12), (0, NOON_MS)):
        for outline in (ring, Circle(Position(*place), dmm_from_metres(20_000.0))):
            (contact,) = contacts_of(leg, Zone.of(outline, start, end, 0, HEIGHT_DMM), reach_of(TOUCH_M))
            assert contact[at.FROM] == max(start, NOON_MS)
            assert contact[at.TO] == min(end, NOON_MS + 60_000)
            assert contact[at.LATERAL] == 0.0


@pytest.mark.parametrize("leg_moves", [True, False])
@pytest.mark.parametrize("tolerances", [(0,), (5_000, 30_000)])
def test_the_delays_that_are_blocked_are_those_that_bring_leg_and_zone_into_contact(
    leg_moves: bool, tolerances: tuple[int, ...]
) -> None:
    found = 0
    for chance, leg, zone, _ in legs_and_zones(f"delays {leg_moves} {tolerances}", 250, tolerances):
        reach = reach_of(chance.choice((TOUCH_M, 300.0, 5_000.0)), 100_000.5)
        climb = chance.choice((0.0, 0.0, 1_000_000.0, -700_000.0))
        rows = np.zeros((50, at.CONTACT_COLUMNS))
        arrays = leg.heads, 0, leg.bodies, zone.heads, 0, zone.bodies
        count = blocked_zone(*arrays, reach, leg_moves, climb, rows, 0)

        def meet(
            delay: float, leg: Leg = leg, zone: Zone = zone, climb: float = climb, reach: np.ndarray = reach
        ) -> bool:
            if leg_moves:
                return len(contacts_of(leg.later(delay, climb), zone, reach)) > 0
            return len(contacts_of(leg, zone.later(delay, climb), reach)) > 0

        found += refuse_wrong_delays(chance, [(row[at.FROM], row[at.TO]) for row in rows[:count]], meet)
    assert found > 60
