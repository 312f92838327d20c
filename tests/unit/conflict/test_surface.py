"""The compiled ellipsoid against geographiclib's and PROJ's: its stated bounds hold anywhere on the Earth."""

import math
import random

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from pyproj import Transformer

from openline.conflict.kernels import surface
from openline.conflict.kernels.linear import unsure_m

WGS84 = Geodesic.WGS84
TO_ECEF = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)

Place = tuple[float, float]


def places(chance: random.Random, count: int) -> list[Place]:
    """Uniform over the sphere, with the poles and near them, the equator and the antimeridian among them."""
    latitudes = (
        lambda: math.degrees(math.asin(chance.uniform(-1, 1))),
        lambda: chance.choice((0.0, 90.0, -90.0, 89.999_999, -89.99, 45.0)),
    )
    longitudes = (
        lambda: chance.uniform(-180, 180),
        lambda: chance.choice((180.0, -180.0, 179.999_999, 0.0, 90.0)),
    )
    return [(chance.choice(latitudes)(), chance.choice(longitudes)()) for _ in range(count)]


def away(place: Place, azimuth: float, metres: float) -> Place:
    found = WGS84.Direct(*place, azimuth, metres)
    return found["lat2"], found["lon2"]


def apart(a: Place, b: Place) -> float:
    return float(WGS84.Inverse(*a, *b)["s12"])


def ecef(place: Place) -> np.ndarray:
    return np.array(surface.ecef(*place))


# Places -----------------------------------------------------------------------------------------------------
def test_earth_centred_places_are_those_of_proj_and_lead_back() -> None:
    for latitude, longitude in places(random.Random("ecef"), 1_000):
        found = ecef((latitude, longitude))
        assert np.allclose(found, TO_ECEF.transform(longitude, latitude, 0.0), rtol=0.0, atol=1e-6)
        back = surface.degrees_of(*found)
        assert apart((latitude, longitude), back) < 1e-7


@pytest.mark.parametrize(("off_m", "aside_m"), [(3.0, 1e-7), (1_000.0, 1e-3), (30_000.0, 1.0)])
def test_a_place_off_the_surface_is_led_back_to_the_surface_by_its_foot(off_m: float, aside_m: float) -> None:
    """To rounding onto the surface; beside the foot by up to 6e-10 / m of the height's square."""
    chance = random.Random(off_m)
    for place in places(chance, 300):
        foot, height = ecef(place), chance.uniform(-off_m, off_m)
        normal = np.array(surface.normal_at(*foot))
        assert math.isclose(np.linalg.norm(normal), 1.0)
        led = np.array(surface.on_surface(*(foot + height * normal)))
        assert np.linalg.norm(led - ecef(surface.degrees_of(*led))) < 1e-6
        assert np.linalg.norm(led - foot) < aside_m


def test_a_normal_points_to_where_the_latitude_says() -> None:
    for place in places(random.Random("normal"), 300):
        latitude, longitude = (math.radians(one) for one in place)
        level = math.cos(latitude)
        expected = level * math.cos(longitude), level * math.sin(longitude), math.sin(latitude)
        assert np.allclose(surface.normal_at(*ecef(place)), expected, rtol=0.0, atol=1e-12)


@pytest.mark.parametrize(("length_m", "along_m"), [(0.1, 1e-7), (1_000.0, 1e-6), (10_000.0, 5e-4)])
def test_a_place_along_a_chord_is_on_the_geodesic(length_m: float, along_m: float) -> None:
    """Beside it by some micrometres; along it by up to 0.4 mm of 10 km."""
    chance = random.Random(length_m)
    for start in places(chance, 300):
        azimuth, share = chance.uniform(0, 360), chance.random()
        here, there = ecef(start), ecef(away(start, azimuth, length_m))
        off = surface.along_chord(*here, *there, share) - ecef(away(start, azimuth, share * length_m))
        along = (there - here) / np.linalg.norm(there - here)
        assert abs(off @ along) < along_m
        assert np.linalg.norm(off - (off @ along) * along) < 5e-6


# Lengths ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("length_m", "error_m"), [(1e-3, 1e-6), (20_000.0, 1e-4), (200_000.0, 1e-3)])
def test_an_arc_is_as_long_as_the_geodesic(length_m: float, error_m: float) -> None:
    chance = random.Random(length_m)
    for start in places(chance, 500):
        metres = length_m * chance.uniform(0.5, 1.0)
        end = ecef(away(start, chance.uniform(0, 360), metres))
        found = surface.arc_m(*ecef(start), *end)
        assert abs(found - metres) < error_m
        assert found == surface.arc_m(*end, *ecef(start))


def test_an_arc_of_no_length_is_none() -> None:
    assert surface.arc_m(*ecef((90.0, 0.0)), *ecef((90.0, 0.0))) == 0.0


@pytest.mark.parametrize("furthest_m", [1.0, 10_000.0, 1_000_000.0, 15_000_000.0])
def test_inverse_and_direct_are_karneys(furthest_m: float) -> None:
    chance = random.Random(furthest_m)
    for start in places(chance, 500):
        azimuth, metres = chance.uniform(-180, 180), furthest_m * chance.random()
        end = away(start, azimuth, metres)
        latitude, longitude, onward = surface.direct(*start, azimuth, metres)
        assert apart((latitude, longitude), end) < 1e-4
        assert -180.0 <= longitude <= 180.0
        length, heading, arrival = surface.inverse(*start, *end)
        assert abs(length - metres) < 1e-4
        # Azimuths are told by where they lead: at a pole, or over no distance, any will do.
        assert apart(away(start, heading, length), end) < 1e-3
        assert apart(away(end, arrival + 180.0, length), start) < 1e-3
        assert apart(away((latitude, longitude), onward + 180.0, metres), start) < 1e-3


def test_a_way_along_a_meridian_leads_over_the_pole() -> None:
    latitude, longitude, onward = surface.direct(89.0, 30.0, 0.0, 2.0 * apart((89.0, 30.0), (90.0, 0.0)))
    assert apart((latitude, longitude), (89.0, -150.0)) < 1e-4
    assert math.isclose(abs(onward), 180.0)
    length, heading, _ = surface.inverse(89.0, 30.0, 89.0, -150.0)
    assert math.isclose(length, apart((89.0, 30.0), (89.0, -150.0)), abs_tol=1e-4)
    assert math.isclose(heading, 0.0, abs_tol=1e-9)


@pytest.mark.parametrize("furthest_m", [1_000.0, 100_000.0, 2_000_000.0])
def test_the_distance_of_two_places_is_karneys_at_any_length(furthest_m: float) -> None:
    chance = random.Random(furthest_m)
    for start in places(chance, 500):
        metres = furthest_m * chance.random()
        end = away(start, chance.uniform(0, 360), metres)
        assert abs(surface.geodesic_m(*ecef(start), *ecef(end)) - metres) < 1e-3


# Frames -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("reach_m", "error_m"), [(5_000.0, 2e-5), (20_000.0, 2e-4), (200_000.0, 0.2)])
def test_flattened_a_place_is_where_the_geodesic_from_the_origin_leads(
    reach_m: float, error_m: float
) -> None:
    chance = random.Random(reach_m)
    for here in places(chance, 300):
        frame = surface.frame_at(*ecef(here))
        turns = [chance.uniform(0, 360) for _ in range(2)]
        lengths = [reach_m * chance.uniform(0.2, 1.0) for _ in range(2)]
        a, b = (
            surface.flatten(frame, *ecef(away(here, turn, length)))
            for turn, length in zip(turns, lengths, strict=True)
        )
        # In the plane of geodesic azimuth and distance the law of cosines is exact.
        between = math.radians(turns[1] - turns[0])
        flat = math.sqrt(lengths[0] ** 2 + lengths[1] ** 2 - 2 * lengths[0] * lengths[1] * math.cos(between))
        assert abs(math.hypot(*a) - lengths[0]) < error_m
        assert abs(math.dist(a, b) - flat) < 2 * error_m


def test_the_origin_of_a_frame_lies_at_its_middle() -> None:
    chance = random.Random("origin")
    for place in places(chance, 100):
        frame = surface.frame_at(*ecef(place))
        assert math.hypot(*surface.flatten(frame, *ecef(place))) < 1e-6
        assert math.hypot(*surface.project(frame, *ecef(place))) < 1e-6


@pytest.mark.parametrize("apart_m", [0.0, 20_000.0, 90_000.0])
def test_projected_a_geodesic_is_a_straight_line(apart_m: float) -> None:
    """10 km of it within 100 km of the origin: its middle is off the chord by less than 0.1 mm."""
    chance = random.Random(f"straight {apart_m}")
    for origin in places(chance, 300):
        frame = surface.frame_at(*ecef(origin))
        start, azimuth = away(origin, chance.uniform(0, 360), apart_m), chance.uniform(0, 360)
        p, middle, q = (
            np.array(surface.project(frame, *ecef(away(start, azimuth, metres))))
            for metres in (0.0, 5_000.0, 10_000.0)
        )
        along = (q - p) / np.linalg.norm(q - p)
        aside = (middle - p)[0] * along[1] - (middle - p)[1] * along[0]
        assert abs(aside) < 1e-4


def test_projected_lengths_grow_with_the_square_of_the_distance() -> None:
    chance = random.Random("grow")
    for origin in places(chance, 300):
        frame = surface.frame_at(*ecef(origin))
        start = away(origin, chance.uniform(0, 360), 10_000.0)
        end = away(start, chance.uniform(0, 360), 1_000.0)
        p, q = (surface.project(frame, *ecef(place)) for place in (start, end))
        assert 0.999_999 < math.dist(p, q) / 1_000.0 < 1.000_005


@pytest.mark.parametrize("apart_m", [0.0, 1_000.0, 9_260.0, 18_520.0, 92_600.0])
def test_two_legs_of_ten_kilometres_are_as_far_apart_as_the_geodesic_within_half_of_what_is_unsure(
    apart_m: float,
) -> None:
    """As the kernels use it: the frame amid the ends of two legs of 10 km."""
    chance = random.Random(apart_m)
    for first in places(chance, 300):
        second = away(first, chance.uniform(0, 360), apart_m)
        line, other = leg_about(chance, first), leg_about(chance, second)
        points = [ecef(place) for place in (*line, *other)]
        flat = np.array([surface.flatten(surface.frame_at(*sum(points)), *point) for point in points])
        s, t = chance.random(), chance.random()
        u, v = flat[0] + s * (flat[1] - flat[0]), flat[2] + t * (flat[3] - flat[2])
        true = apart(on_line(line, s), on_line(other, t))
        assert abs(math.dist(u, v) - true) < 0.5 * unsure_m(apart_m)


def leg_about(chance: random.Random, middle: Place) -> list[Place]:
    heading = chance.uniform(0, 360)
    return [away(middle, heading, 5_000.0), away(middle, heading + 180.0, 5_000.0)]


def on_line(ends: list[Place], share: float) -> Place:
    line = WGS84.InverseLine(*ends[0], *ends[1])
    found = line.Position(share * line.s13)
    return found["lat2"], found["lon2"]
