"""Positions against volumes, by oracles of other kinds; and what follows, by the standard's numbers."""

import math
from itertools import pairwise

import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.position import Position
from openline.airspace.volume import Circle, Polygon, Volume3D, Volume4D
from openline.utm.uss.aggregate import Flown, assess
from openline.utm.uss.conformance import Conformity, due, entered, watched
from openline.utm.uss.inside import Sample, is_inside, is_within
from openline.utm.uss.limits import AGG_CONF_MON_EVALUATION_PERIOD_MS, HOUR_MS, SECOND_MS
from openline.utm.wire.references import OperationalIntentState as State

EARTH = Geodesic.WGS84


def walked(centre: Position, azimuth: float, metres: float) -> Position:
    at = EARTH.Direct(centre.latitude_deg, centre.longitude_deg, azimuth, metres)
    return Position(at["lat2"], at["lon2"])


@st.composite
def rings(draw: st.DrawFn) -> tuple[Position, Polygon, float]:
    """A star about a centre anywhere but at the poles, some 10 m to 50 km wide."""
    centre = Position(draw(st.floats(-80, 80)), draw(st.floats(-180, 180)))
    size = 10 ** draw(st.floats(1, 4.7))
    corners = draw(st.integers(3, 12))
    turns = [360.0 * (i + draw(st.floats(0.1, 0.9))) / corners for i in range(corners)]
    reach = [size * draw(st.floats(0.3, 1.0)) for _ in range(corners)]
    ring = Polygon(tuple(walked(centre, turn, far) for turn, far in zip(turns, reach, strict=True)))
    return centre, ring, size


def plane(about: Position, place: Position) -> tuple[float, float]:
    """Azimuthal equidistant, by GeographicLib."""
    line = EARTH.Inverse(about.latitude_deg, about.longitude_deg, place.latitude_deg, place.longitude_deg)
    angle = math.radians(line["azi1"])
    return line["s12"] * math.sin(angle), line["s12"] * math.cos(angle)


def densified(ring: Polygon) -> list[Position]:
    """Geodesic edges as points, 64 an edge, by GeographicLib."""
    found = []
    for one, two in zip(ring.vertices, (*ring.vertices[1:], ring.vertices[0]), strict=True):
        line = EARTH.InverseLine(one.latitude_deg, one.longitude_deg, two.latitude_deg, two.longitude_deg)
        for step in range(64):
            at = line.Position(line.s13 * step / 64)
            found.append(Position(at["lat2"], at["lon2"]))
    return found


@settings(max_examples=60, deadline=None)
@given(rings(), st.floats(0, 360), st.floats(0, 1.5))
def test_a_place_is_within_a_ring_where_a_plane_about_it_says_so(
    drawn: tuple[Position, Polygon, float], turn: float, part: float
) -> None:
    centre, ring, size = drawn
    place = walked(centre, turn, part * size)
    flat = shapely.Polygon([plane(place, corner) for corner in densified(ring)])
    assume(flat.is_valid)
    edge_m = flat.exterior.distance(shapely.Point(0, 0))
    assume(edge_m > 0.02 + size * 2e-4)  # chords of 1/64 of an edge cut corners by less
    assert is_within(place, ring) is flat.contains(shapely.Point(0, 0))


@settings(max_examples=100, deadline=None)
@given(rings(), st.floats(0.05, 0.95), st.integers(0, 11))
def test_an_edge_is_within_and_what_is_plainly_beside_it_is_on_one_side_only(
    drawn: tuple[Position, Polygon, float], part: float, which: int
) -> None:
    _, ring, _ = drawn
    one = ring.vertices[which % len(ring.vertices)]
    two = ring.vertices[(which + 1) % len(ring.vertices)]
    line = EARTH.InverseLine(one.latitude_deg, one.longitude_deg, two.latitude_deg, two.longitude_deg)
    assume(line.s13 > 5)
    at = line.Position(line.s13 * part)
    on = Position(at["lat2"], at["lon2"])
    assert is_within(on, ring)
    assert is_within(one, ring)
    beside_m = 0.03
    assume(all(EARTH.Inverse(*_ll(on), *_ll(corner))["s12"] > 1 for corner in ring.vertices))
    sides = [is_within(walked(on, at["azi2"] + turn, beside_m), ring) for turn in (90, -90)]
    others = [corner for corner in ring.vertices if corner not in (one, two)]
    assume(all(_far_from_line(on, at["azi2"], corner) for corner in others))
    assert sorted(sides) == [False, True]


def _ll(place: Position) -> tuple[float, float]:
    return place.latitude_deg, place.longitude_deg


def _far_from_line(on: Position, azimuth: float, corner: Position) -> bool:
    """A ring folded back upon this very edge has it on both sides."""
    line = EARTH.Inverse(*_ll(on), *_ll(corner))
    return line["s12"] * abs(math.sin(math.radians(line["azi1"] - azimuth))) > 1


@settings(max_examples=100, deadline=None)
@given(st.floats(-89, 89), st.floats(-180, 180), st.floats(1, 50_000), st.floats(0, 360), st.floats(-1, 1))
def test_a_place_is_within_a_circle_by_its_distance(
    latitude: float, longitude: float, radius: float, turn: float, off: float
) -> None:
    centre = Position(latitude, longitude)
    assume(abs(off) > 0.02)
    place = walked(centre, turn, max(0.0, radius + off))
    assert is_within(place, Circle(centre, round(radius * 10_000))) is (off < 0)


def test_the_far_side_of_the_earth_is_not_within() -> None:
    ring = Polygon((Position(1.0, 1.0), Position(1.0, -1.0), Position(-1.0, -1.0), Position(-1.0, 1.0)))
    assert is_within(Position(0.0, 0.0), ring)
    assert not is_within(Position(0.0, 180.0), ring)


def test_times_and_heights_bound_a_volume_and_an_unknown_height_is_not_held_against_it() -> None:
    low, high = (Altitude.metres(height, Datum.WGS84) for height in (100, 200))
    volume = Volume4D(Volume3D(Circle(Position(47.0, 8.0), 1_000_000), low, high), 1_000, 2_000)
    here = Position(47.0, 8.0)
    assert is_inside(Sample(1_000, here, 100.0), (volume,))
    assert is_inside(Sample(2_000, here, None), (volume,))
    assert not is_inside(Sample(2_001, here, 150.0), (volume,))
    assert not is_inside(Sample(1_500, here, 200.1), (volume,))
    assert not is_inside(Sample(1_500, here, 99.9), (volume,))


# What follows -------------------------------------------------------------------------------------
HERE = Position(47.0, 8.0)


def flown(*moments: tuple[int, bool], start: Conformity | None = None) -> Conformity:
    """Positions as (seconds, inside)."""
    it = start or Conformity()
    for second, inside in moments:
        it = watched(it, Sample(second * SECOND_MS, HERE), inside)
    return it


def after(it: Conformity, second: float, state: State = State.ACTIVATED) -> State | None:
    return due(state, it, round(second * SECOND_MS))


def test_ten_seconds_outside_are_borne_and_more_is_nonconforming() -> None:
    it = flown((0, True), (1, False), (11, False))
    assert after(it, 11) is None
    assert after(it, 11.001) is State.NONCONFORMING


def test_the_nineteenth_excursion_within_an_hour_is_nonconforming() -> None:
    it = flown(*((10 * n + i, i == 5) for n in range(18) for i in (0, 5)))
    assert len(it.excursions) == 18
    assert after(it, 176) is None
    again = flown((200, False), start=it)
    assert after(again, 200) is State.NONCONFORMING
    later = flown((3_700, True), (3_705, False), start=it)
    assert after(later, 3_705) is None


def test_one_that_reported_and_is_silent_is_nonconforming() -> None:
    it = flown((0, True), (1, True))
    assert after(it, 11) is None
    assert after(it, 11.001) is State.NONCONFORMING
    assert after(Conformity(), 10_000) is None


def test_back_inside_is_activated_and_a_minute_outside_is_contingent() -> None:
    out = entered(flown((0, True), (1, False)), State.NONCONFORMING, 12_000)
    assert after(out, 72, State.NONCONFORMING) is None
    assert after(out, 72.001, State.NONCONFORMING) is State.CONTINGENT
    back = flown((20, True), start=out)
    assert after(back, 20, State.NONCONFORMING) is State.ACTIVATED
    assert entered(back, State.ACTIVATED, 20_000).nonconforming_since_ms is None
    assert entered(out, State.NONCONFORMING, 30_000).nonconforming_since_ms == 12_000


@pytest.mark.parametrize("state", [State.ACCEPTED, State.CONTINGENT])
def test_nothing_leads_by_itself_out_of_accepted_and_contingent(state: State) -> None:
    assert after(flown((0, False), (100, False)), 1_000, state) is None


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans()), max_size=40))
def test_what_is_added_up_is_what_was_flown(steps: list[tuple[int, bool]]) -> None:
    moments, second = [], 0
    for step, inside in steps:
        second += step
        moments.append((second, inside))
    it = flown(*moments)
    pairs = list(pairwise(moments))
    assert it.flown_ms == sum(b[0] - a[0] for a, b in pairs) * SECOND_MS
    assert it.inside_ms == sum(b[0] - a[0] for a, b in pairs if a[1]) * SECOND_MS
    out = [not inside for _, inside in moments]
    begun = [now and not before for before, now in zip([False, *out], out, strict=False)]
    assert it.excursions_in_all == sum(begun)
    assert flown((second, False), start=it) == it or not moments


def of(
    hours: float, percent: float = 100.0, excursions: int = 0, longest_s: int = 0, age_ms: int = 0
) -> Flown:
    flown_ms = round(hours * HOUR_MS)
    inside_ms = round(flown_ms * percent / 100)
    return Flown(10**12 - age_ms, flown_ms, inside_ms, excursions, longest_s * SECOND_MS)


@pytest.mark.parametrize(
    ("flights", "shortcomings"),
    [
        ([of(10, 95)], ()),
        ([of(10, 94.9)], ("OiMinConformance",)),
        ([of(9.9, 50)], ()),
        ([of(5, 100), of(5, 89)], ("OiMinConformance",)),
        ([of(10, excursions=180)], ()),
        ([of(10, excursions=181)], ("OiMaxExcursionsPerFlightHour",)),
        ([of(10, longest_s=11)], ("OiMaxDurationPerExcursion",)),
        ([of(10, 50, age_ms=AGG_CONF_MON_EVALUATION_PERIOD_MS)], ()),
        ([of(10, 50, age_ms=AGG_CONF_MON_EVALUATION_PERIOD_MS - 1)], ("OiMinConformance",)),
        ([], ()),
    ],
)
def test_an_operator_is_judged_over_ten_hours_of_seven_days(
    flights: list[Flown], shortcomings: tuple[str, ...]
) -> None:
    assert assess(flights, 10**12).shortcomings == shortcomings
