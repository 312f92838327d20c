"""Distances, areas and frames are those of the WGS84 ellipsoid, as an independent library computes them."""

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from openline.airspace import geodesy
from openline.airspace.geodesy import LocalFrame
from openline.airspace.position import Position
from openline.errors import Invalid

WGS84 = Geodesic.WGS84
latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
quick = settings(max_examples=100, deadline=None)


def test_inverse_and_direct_are_those_of_geographiclib() -> None:
    chance = np.random.default_rng(7)
    lat1, lat2 = chance.uniform(-90, 90, (2, 300))
    lon1, lon2 = chance.uniform(-180, 180, (2, 300))
    distance, azimuth = geodesy.inverse(lat1, lon1, lat2, lon2)
    lat, lon = geodesy.direct(lat1, lon1, azimuth, distance / 3)
    for n in range(300):
        theirs = WGS84.Inverse(lat1[n], lon1[n], lat2[n], lon2[n])
        assert distance[n] == pytest.approx(theirs["s12"], abs=1e-6)
        third = WGS84.Direct(lat1[n], lon1[n], theirs["azi1"], theirs["s12"] / 3)
        aside = WGS84.Inverse(lat[n], lon[n], third["lat2"], third["lon2"])["s12"]
        assert aside < 1e-6


@quick
@given(latitudes, longitudes, st.floats(0, 6_000_000), st.floats(-180, 180))
def test_a_frame_is_exact_from_its_centre_and_undone(
    latitude: float, longitude: float, distance_m: float, azimuth: float
) -> None:
    there = WGS84.Direct(latitude, longitude, azimuth, distance_m)
    frame = LocalFrame(latitude, longitude)
    x, y = frame.project(there["lat2"], there["lon2"])
    assert np.hypot(x, y) == pytest.approx(distance_m, abs=1e-5)
    back_lat, back_lon = frame.unproject(x, y)
    assert WGS84.Inverse(float(back_lat), float(back_lon), there["lat2"], there["lon2"])["s12"] < 1e-5


@quick
@given(latitudes, longitudes, st.floats(1_000, 3_000_000), st.integers(0, 2**32 - 1))
def test_a_frame_stretches_by_no_more_than_it_states_and_never_shrinks(
    latitude: float, longitude: float, radius_m: float, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    frame = LocalFrame(latitude, longitude)
    turn = chance.uniform(0, 2 * np.pi, 50)
    away = radius_m * np.sqrt(chance.uniform(0, 1, 50)) * 0.999
    x, y = away * np.sin(turn), away * np.cos(turn)
    dx, dy = chance.normal(size=(2, 50))
    short = 50.0 / np.hypot(dx, dy)
    lat1, lon1 = frame.unproject(x, y)
    lat2, lon2 = frame.unproject(x + dx * short, y + dy * short)
    true, _ = geodesy.inverse(lat1, lon1, lat2, lon2)
    stretch = 50.0 / true - 1
    assert stretch.max() <= LocalFrame.distortion(radius_m) + 1e-6
    assert stretch.min() >= -1e-6


@quick
@given(latitudes, longitudes, latitudes, longitudes, st.floats(10_000, 2_000_000))
def test_densified_points_lie_on_the_geodesic_no_more_than_a_step_apart(
    lat1: float, lon1: float, lat2: float, lon2: float, step_m: float
) -> None:
    theirs = WGS84.Inverse(lat1, lon1, lat2, lon2)
    assume(1.0 < theirs["s12"] < 15_000_000)
    lat, lon = geodesy.densify([lat1, lat2], [lon1, lon2], step_m, closed=False)
    assert (lat[0], lon[0], lat[-1], lon[-1]) == (lat1, lon1, lat2, lon2)
    steps, _ = geodesy.inverse(lat[:-1], lon[:-1], lat[1:], lon[1:])
    assert steps.max() <= step_m + 1e-3
    assert steps.sum() == pytest.approx(theirs["s12"], abs=1e-3)


def test_a_densified_ring_follows_its_closing_edge_too() -> None:
    lat, lon = geodesy.densify([0.0, 0.0, 10.0], [0.0, 10.0, 10.0], 100_000)
    closing, _ = geodesy.inverse(lat[-1], lon[-1], lat[0], lon[0])
    assert closing <= 100_000
    assert np.isin([0.0, 10.0], lat).all()


def test_a_step_too_fine_is_refused_before_memory_is_gone() -> None:
    with pytest.raises(Invalid) as caught:
        geodesy.densify([0.0, 0.0], [0.0, 90.0], 0.01, closed=False)
    assert caught.value.code == "densify-too-fine"


@pytest.mark.parametrize(
    ("ring", "centre"),
    [
        ([(-10, 170), (-10, -170), (10, -170), (10, 170)], (0.0, 180.0)),
        ([(80, 0), (80, 90), (80, 180), (80, -90)], (90.0, None)),
        ([(-70, 45), (-70, 135), (-70, -135), (-70, -45)], (-90.0, None)),
        ([(46, 8), (48, 8), (48, 10), (46, 10)], (47.0, 9.0)),
    ],
)
def test_the_centre_is_amid_the_ring_over_antimeridian_and_pole(ring: list, centre: tuple) -> None:
    found = geodesy.ring_centre(*zip(*ring, strict=True))
    assert found.latitude_deg == pytest.approx(centre[0], abs=0.3)
    if centre[1] is not None:
        assert abs(found.longitude_deg) == pytest.approx(centre[1], abs=0.3)


@quick
@given(
    st.floats(-85, 85),
    longitudes,
    st.lists(st.floats(0, 359), min_size=3, max_size=8, unique_by=round),
    st.floats(1_000, 4_000_000),
)
def test_the_area_is_the_smaller_side_as_geographiclib_has_it_either_way_round(
    latitude: float, longitude: float, azimuths: list[float], radius_m: float
) -> None:
    places = [WGS84.Direct(latitude, longitude, a, radius_m) for a in sorted(azimuths)]
    lat, lon = [p["lat2"] for p in places], [p["lon2"] for p in places]
    ring = WGS84.Polygon()
    for place in zip(lat, lon, strict=True):
        ring.AddPoint(*place)
    theirs = abs(ring.Compute(False, True)[2])
    theirs = min(theirs, geodesy.EARTH_AREA_M2 - theirs)
    assert geodesy.ring_area_m2(lat, lon) == pytest.approx(theirs, rel=1e-6, abs=1.0)
    assert geodesy.ring_area_m2(lat[::-1], lon[::-1]) == pytest.approx(theirs, rel=1e-6, abs=1.0)


def test_along_goes_from_end_to_end_over_the_antimeridian() -> None:
    start, end = Position(10.0, 179.0), Position(12.0, -179.0)
    assert geodesy.along(start, end, 0.0) == start
    assert geodesy.along(start, end, 1.0) == end
    middle = geodesy.along(start, end, 0.5)
    half = geodesy.distance_m(start, end) / 2
    assert geodesy.distance_m(start, middle) == pytest.approx(half, abs=1e-5)
    assert geodesy.distance_m(middle, end) == pytest.approx(half, abs=1e-5)
