"""The vectorised oracle against two witnesses: the plain one (geographiclib, PROJ, shapely), and S2."""

import numpy as np
import pytest
import s2geometry as s2

from openline.airspace.volume import Circle, Position
from openline.units import dmm_from_metres
from unit.conflict import many_oracle, outline_oracle
from unit.conflict.outline_pairs import (
    KINDS,
    Kind,
    anywhere,
    at_a_distance,
    gaps,
    needle_at_edge,
    needles,
    sizes,
    stars,
    strips_side_by_side,
    turns,
)
from unit.conflict.rings import Rings, ahead, ecef, walked

HAIR_M = 1e-3
"""What the plain oracle may be off within PLAIN_M: it takes eight steps an edge."""
PLAIN_M = 50_000.0


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_its_interval_holds_the_distance_that_the_plain_oracle_measures(kind: Kind) -> None:
    refuse_other_distances(*kind.make(np.random.default_rng(1), 60))


@pytest.mark.parametrize("metres", [1_852.0, 18_520.0])
def test_its_interval_holds_far_distances(metres: float) -> None:
    refuse_other_distances(*at_a_distance(np.random.default_rng(1), 60, metres))


def refuse_other_distances(first: Rings, second: Rings) -> None:
    verdicts = many_oracle.of_rings(first, second)
    small = np.flatnonzero(np.maximum(widths(first), widths(second)) < PLAIN_M)
    for k in small.tolist():
        plain = outline_oracle.judged(first.polygon(k), second.polygon(k))
        assert verdicts.low_m[k] - HAIR_M <= plain.distance_m <= verdicts.high_m[k] + HAIR_M
        if plain.deep:
            assert verdicts.low_m[k] == 0.0


def widths(rings: Rings) -> np.ndarray:
    places = ecef(rings.lat, rings.lon)
    away = np.linalg.norm(places - places[rings.offsets[:-1]][rings.owner], axis=1)
    return np.maximum.reduceat(away, rings.offsets[:-1])


def test_its_interval_holds_the_distance_of_a_disc_and_a_ring() -> None:
    chance, count = np.random.default_rng(2), 80
    (lat, lon), radius = anywhere(chance, count), np.round(sizes(chance, count, 1.0, 30_000.0), 4)
    foot = ahead(lat, lon, turns(chance, count), radius)
    pointed = needles(chance, foot[:2], foot[2], gaps(chance, count), sizes(chance, count, 5.0, 8_000.0))
    around = stars(chance, foot[:2], sizes(chance, count))
    for rings in (pointed, around):
        verdicts = many_oracle.of_discs_and_rings(lat, lon, radius, rings)
        for k in range(count):
            circle = Circle(Position(float(lat[k]), float(lon[k])), dmm_from_metres(float(radius[k])))
            plain = outline_oracle.judged(circle, rings.polygon(k))
            assert verdicts.low_m[k] - HAIR_M <= plain.distance_m <= verdicts.high_m[k] + HAIR_M


S2_IS_OFF_M = 0.015
"""Its edges are great circles: laid through geocentric directions, 7 mm beside the geodesics of 10 km."""


@pytest.mark.parametrize("make", [needle_at_edge, strips_side_by_side])
def test_s2_sees_the_same_rings_meet(make: object) -> None:
    first, second = make(np.random.default_rng(3), 500)
    verdicts = many_oracle.of_rings(first, second)
    longest = [np.maximum.reduceat(walked(one, 1e9).metres, one.offsets[:-1]) for one in (first, second)]
    short = np.flatnonzero(np.maximum(*longest) <= 10_000.0)
    meets = np.array([s2_polygon(first, k).Intersects(s2_polygon(second, k)) for k in short.tolist()])
    assert np.all(verdicts.low_m[short[meets]] < S2_IS_OFF_M)
    for k in short[~meets].tolist():
        assert not meet_though_shrunk(first, second, k)
    assert 0.2 < meets.mean() < 0.8


def s2_polygon(rings: Rings, k: int) -> s2.S2Polygon:
    x, y, z = ecef(*rings.ring(k).T[::-1]).T
    lat, lon = np.degrees(np.arctan2(z, np.hypot(x, y))), np.degrees(np.arctan2(y, x))
    loop = s2.S2Loop()
    loop.Init(
        [s2.S2LatLng.FromDegrees(*place).ToPoint() for place in zip(lat.tolist(), lon.tolist(), strict=True)]
    )
    loop.Normalize()
    return s2.S2Polygon(loop)


def meet_though_shrunk(first: Rings, second: Rings, k: int) -> bool:
    shapes = [outline_oracle.Shape(rings.polygon(k)) for rings in (first, second)]
    plane = outline_oracle.plane_at(shapes[1].places[0])
    one, other = (shape.on(plane).buffer(-S2_IS_OFF_M) for shape in shapes)
    return bool(one.intersects(other))
