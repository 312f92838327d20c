"""The flat frame keeps the error bounds that docs/explanation/geometry.md states, anywhere on the Earth."""

import math
import random

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

from openline.conflict.frame import earth_centred, flatten, frame_at
from openline.conflict.reach import unsure_m

WGS84 = Geodesic.WGS84


def ecef(place: tuple[float, float]) -> tuple[float, float, float]:
    x, y, z = earth_centred(np.array(place[0]), np.array(place[1])).tolist()
    return x, y, z


def away(place: tuple[float, float], azimuth: float, metres: float) -> tuple[float, float]:
    found = WGS84.Direct(*place, azimuth, metres)
    return found["lat2"], found["lon2"]


def centre(chance: random.Random) -> tuple[float, float]:
    """Uniform over the sphere, with the poles, the equator and the antimeridian among them."""
    latitude = math.degrees(math.asin(chance.uniform(-1, 1)))
    return chance.choice((latitude, latitude, 0.0, 90.0, -90.0)), chance.choice(
        (chance.uniform(-180, 180), 180.0)
    )


@pytest.mark.parametrize(("reach_m", "error_m"), [(5_000.0, 2e-5), (20_000.0, 2e-4), (200_000.0, 0.2)])
def test_a_place_is_where_the_geodesic_from_the_centre_leads(reach_m: float, error_m: float) -> None:
    chance = random.Random(reach_m)
    for _ in range(300):
        here = centre(chance)
        frame = frame_at(*ecef(here))
        turns = sorted(chance.uniform(0, 360) for _ in range(2))
        lengths = [reach_m * chance.uniform(0.2, 1.0) for _ in range(2)]
        a, b = (
            flatten(frame, *ecef(away(here, turn, length)))
            for turn, length in zip(turns, lengths, strict=True)
        )
        # In the plane of geodesic azimuth and distance the law of cosines is exact.
        between = math.radians(turns[1] - turns[0])
        flat = math.sqrt(lengths[0] ** 2 + lengths[1] ** 2 - 2 * lengths[0] * lengths[1] * math.cos(between))
        assert math.hypot(*a) == pytest.approx(lengths[0], abs=error_m)
        assert math.hypot(a[0] - b[0], a[1] - b[1]) == pytest.approx(flat, abs=2 * error_m)


@pytest.mark.parametrize("apart_m", [0.0, 1_000.0, 9_260.0, 18_520.0, 92_600.0])
def test_two_legs_of_ten_kilometres_are_as_far_apart_as_the_geodesic_within_half_of_what_is_unsure(
    apart_m: float,
) -> None:
    """As the kernel uses it: the frame amid the ends of two legs of 10 km."""
    chance = random.Random(apart_m)
    for _ in range(300):
        first = centre(chance)
        second = away(first, chance.uniform(0, 360), apart_m)
        line, other = leg_about(chance, first), leg_about(chance, second)
        points = [ecef(place) for place in (*line, *other)]
        frame = frame_at(*(sum(point[axis] for point in points) for axis in range(3)))
        flat = [flatten(frame, *point) for point in points]
        s, t = chance.random(), chance.random()
        u = [flat[0][k] + s * (flat[1][k] - flat[0][k]) for k in (0, 1)]
        v = [flat[2][k] + t * (flat[3][k] - flat[2][k]) for k in (0, 1)]
        here, there = on_line(line, s), on_line(other, t)
        true = WGS84.Inverse(*here, *there)["s12"]
        assert abs(math.dist(u, v) - true) < 0.5 * unsure_m(apart_m)


def leg_about(chance: random.Random, middle: tuple[float, float]) -> list[tuple[float, float]]:
    heading = chance.uniform(0, 360)
    return [away(middle, heading, 5_000.0), away(middle, heading + 180.0, 5_000.0)]


def on_line(ends: list[tuple[float, float]], share: float) -> tuple[float, float]:
    line = WGS84.InverseLine(*ends[0], *ends[1])
    found = line.Position(share * line.s13)
    return found["lat2"], found["lon2"]
