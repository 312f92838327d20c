"""An outline that is taken is a simple ring on the ellipsoid, wherever it lies; others are errors by name."""

import math

import numpy as np
import pytest
import s2geometry as s2
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.geodesy import direct
from openline.airspace.limits import MAX_RADIUS_DMM, MAX_VERTICES
from openline.airspace.volume import Circle, Polygon, Position, Volume3D, Volume4D
from openline.errors import Invalid, LimitExceeded

DAY_MS = 86_400_000
SQUARE = ((46.0, 8.0), (46.0, 9.0), (47.0, 9.0), (47.0, 8.0))


def ring(*places: tuple[float, float]) -> Polygon:
    return Polygon(tuple(Position(float(lat), float(lon)) for lat, lon in places))


def around(
    latitude: float, longitude: float, radius_m: float, azimuths: np.ndarray
) -> list[tuple[float, float]]:
    lat, lon = direct(latitude, longitude, azimuths, radius_m)
    return list(zip(lat.tolist(), lon.tolist(), strict=True))


def code_of(*places: tuple[float, float]) -> str:
    with pytest.raises(Invalid) as caught:
        ring(*places)
    return caught.value.code


def test_a_repeated_closing_vertex_is_dropped() -> None:
    assert ring(*SQUARE, SQUARE[0]) == ring(*SQUARE)
    assert ring((0, 180), (0, 179), (1, 179), (0, -180)) == ring((0, 180), (0, 179), (1, 179))


@pytest.mark.parametrize(
    ("places", "code"),
    [
        ([], "too-few-vertices"),
        ([(46, 8), (47, 9)], "too-few-vertices"),
        ([(46, 8), (47, 9), (46, 8)], "too-few-vertices"),
        ([(46, 8), (47, 9), (46, 9), (47, 8)], "self-intersection"),
        ([(46, 8), (46, 9), (46, 9), (47, 9)], "vertex-repeated"),
        ([(46, 8), (46, 10), (48, 10), (47, 9), (48, 8), (47, 9)], "vertex-repeated"),
        ([(0, 0), (0, 5), (0, 10)], "no-area"),
        ([(46, 8), (47, 8), (48, 8)], "no-area"),
        ([(46, 8), (48, 8), (47, 8), (47, 9)], "self-intersection"),
        ([(90, 0), (90, 90), (80, 0), (80, 90)], "vertex-repeated"),
        ([(0, 180), (1, 179), (0, -180), (-1, 179)], "vertex-repeated"),
        ([(0, 0), (0, 120), (0, -120)], "outline-too-large"),
        ([(-50, -60), (-50, 60), (50, 60), (50, -60)], "outline-too-large"),
    ],
)
def test_a_ring_that_is_none_is_refused_by_name(places: list, code: str) -> None:
    assert code_of(*places) == code


def test_a_crossing_is_told_with_its_place() -> None:
    with pytest.raises(Invalid) as caught:
        ring((46, 8), (47, 9), (46, 9), (47, 8))
    assert "46.5" in caught.value.text
    assert "8.5" in caught.value.text
    assert caught.value.remedy


@pytest.mark.parametrize(
    "places",
    [
        [(-10, 175), (-10, -175), (10, -175), (10, 175)],
        [(80, 0), (80, 90), (80, 180), (80, -90)],
        [(-85, 0), (-85, 120), (-85, -120)],
        [(90, 0), (85, 10), (85, 80)],
        [(66, lon) for lon in range(-180, 180, 15)],
    ],
)
def test_a_ring_over_the_antimeridian_or_a_pole_is_taken_both_ways_round_with_one_area(places: list) -> None:
    area = ring(*places).area_m2
    assert ring(*places[::-1]).area_m2 == pytest.approx(area, rel=1e-9)
    assert 1e9 < area < 2.5e13


def test_the_same_judgement_as_s2_on_random_rings_all_over_the_earth() -> None:
    chance = np.random.default_rng(11)
    verdicts = []
    for _ in range(400):
        count = int(chance.integers(3, 8))
        latitude, longitude = float(chance.uniform(-90, 90)), float(chance.uniform(-180, 180))
        away = chance.uniform(10_000, 400_000, count)
        lat, lon = direct(latitude, longitude, chance.uniform(0, 360, count), away)
        loop = s2.S2Loop()
        loop.Init(
            [s2.S2LatLng.FromDegrees(a, b).ToPoint() for a, b in zip(lat.tolist(), lon.tolist(), strict=True)]
        )
        places = zip(lat.tolist(), lon.tolist(), strict=True)
        verdicts.append(loop.IsValid())
        if loop.IsValid():
            assert len(ring(*places).vertices) == count
        else:
            assert code_of(*places) == "self-intersection"
    assert 50 < sum(verdicts) < 350


@settings(max_examples=60, deadline=None)
@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(100, 2_000_000), st.integers(3, 40), st.data())
def test_vertices_in_their_order_around_a_place_make_a_ring_and_two_exchanged_do_not(
    latitude: float, longitude: float, radius_m: float, count: int, data: st.DataObject
) -> None:
    places = around(latitude, longitude, radius_m, np.arange(count) * 360.0 / count)
    area = ring(*places).area_m2
    assert 0 < area < math.pi * radius_m**2 * 1.01
    if count >= 5:
        first = data.draw(st.integers(0, count - 3))
        places[first], places[first + 2] = places[first + 2], places[first]
        assert code_of(*places) == "self-intersection"


def test_ten_thousand_vertices_are_taken_and_one_more_is_not() -> None:
    places = around(47.0, 8.0, 100_000.0, np.arange(MAX_VERTICES + 1) * 360.0 / (MAX_VERTICES + 1))
    assert len(ring(*places[:-1]).vertices) == MAX_VERTICES
    with pytest.raises(LimitExceeded) as caught:
        ring(*places)
    assert (caught.value.code, caught.value.clause) == ("too-many-vertices", "MAX_VERTICES")


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        (90.1, 0),
        (-91, 0),
        (0, 180.5),
        (math.nan, 0),
        (0, math.inf),
        (True, 0),
        ("47", 8),
        (None, 8),
        (10**400, 0),
    ],
)
def test_a_position_off_the_earth_is_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(Invalid):
        Position(latitude, longitude)


@pytest.mark.parametrize("radius_dmm", [0, -1, MAX_RADIUS_DMM + 1, 1.5, True])
def test_a_circle_needs_a_radius_within_its_limit(radius_dmm: int) -> None:
    with pytest.raises(Invalid):
        Circle(Position(47.0, 8.0), radius_dmm)


def test_a_volume_of_contradictory_limits_is_refused() -> None:
    outline = ring(*SQUARE)
    with pytest.raises(Invalid) as caught:
        Volume3D(outline, Altitude.flight_level(100), Altitude.flight_level(99))
    assert (caught.value.code, caught.value.field) == ("altitudes-inverted", "lower")
    with pytest.raises(Invalid) as caught:
        Volume3D(outline, Altitude.flight_level(300), Altitude.feet(5_000, Datum.AMSL))
    assert caught.value.code == "altitude-limits-contradict"
    flat = Volume3D(outline, Altitude.flight_level(100), Altitude.flight_level(100))
    assert flat.spans().native == (30_480_000, 30_480_000)


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "code"),
    [
        (5, 5, "times-inverted"),
        (6, 5, "times-inverted"),
        (0, 30 * DAY_MS + 1, "too-long"),
        (-1, 5, "out-of-range"),
        (0, 4_102_444_800_001, "out-of-range"),
        (0.0, 5, "wrong-type"),
    ],
)
def test_a_volume_has_its_times_the_right_way_round_and_within_limits(
    start_ms: int, end_ms: int, code: str
) -> None:
    space = Volume3D(ring(*SQUARE), Altitude.flight_level(100), Altitude.flight_level(110))
    with pytest.raises(Invalid) as caught:
        Volume4D(space, start_ms, end_ms)
    assert caught.value.code == code
    assert Volume4D(space, 0, 30 * DAY_MS).end_ms == 30 * DAY_MS
