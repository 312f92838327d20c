"""Whoever may meet shares a key, and no key is asked for without need."""

import hypothesis.strategies as st
import numpy as np
import s2geometry as s2
from hypothesis import given, settings

from openline.airspace import geodesy
from openline.utm.dss.keys import ALL_SPACE, AVAILABILITIES, NAME_KEYS, SPACE_KEYS, name_key, space_keys
from openline.utm.dss.records import Kind, Ref
from openline.utm.space import judged_zones_of
from openline.utm.wire.volumes import Volume3D
from unit.utm.dss.dss_room import circle, polygon, uuid4, volume

LATITUDES = st.one_of(st.floats(-90, 90), st.sampled_from([90.0, -90.0, 89.999, 0.0]), st.floats(89, 90))
LONGITUDES = st.one_of(st.floats(-180, 180), st.sampled_from([180.0, -180.0, 179.999, 0.0]))
RADII = st.one_of(st.floats(1, 500), st.floats(500, 28_000))


def wrapped(longitude: float) -> float:
    return (longitude + 180.0) % 360.0 - 180.0


def around(lat: float, lng: float, radius_m: float, corners: int) -> Volume3D:
    """A polygon with its corners on a circle."""
    azimuths = np.linspace(0.0, 360.0, corners, endpoint=False) + 7.0
    lats, lngs = geodesy.direct(lat, lng, azimuths, radius_m)
    return polygon(*((wrapped(float(x)), float(y)) for x, y in zip(lngs, lats, strict=True)))


@st.composite
def shapes(draw: st.DrawFn, lat: float, lng: float, radius_m: float) -> Volume3D:
    corners = draw(st.sampled_from([0, 3, 4, 9]))
    return around(lat, lng, radius_m, corners) if corners else circle(lng, lat, radius_m)


def keys(shape: Volume3D) -> set[int]:
    return set(space_keys(judged_zones_of((volume(shape),)).boxes))


def region(shape: Volume3D) -> s2.S2Loop | s2.S2Cap:
    """On S2's sphere, which is not ours by half a percent: only clear cases are asked of it."""
    if shape.outline_circle is not None:
        one = shape.outline_circle
        assert one.center is not None
        assert one.radius is not None
        centre = s2.S2LatLng.FromDegrees(one.center.lat, one.center.lng).ToPoint()
        return s2.S2Cap(centre, s2.S1Angle.Degrees(one.radius.value * 0.99 / 111_195.0))
    assert shape.outline_polygon is not None
    loop = s2.S2Loop(
        [s2.S2LatLng.FromDegrees(it.lat, it.lng).ToPoint() for it in shape.outline_polygon.vertices]
    )
    loop.Normalize()
    return loop


def touch(one: Volume3D, other: Volume3D) -> bool:
    coverer = s2.S2RegionCoverer()
    coverer.set_max_cells(40)
    cells = [s2.S2CellUnion(list(coverer.GetInteriorCovering(region(it)))) for it in (one, other)]
    return bool(cells[0].Intersects(cells[1]))


@settings(max_examples=150, deadline=None)
@given(st.data(), LATITUDES, LONGITUDES, RADII, RADII, st.floats(0, 360), st.floats(0, 1.2))
def test_two_that_share_a_place_share_a_key(
    data: st.DataObject, lat: float, lng: float, radius_m: float, other_m: float, azimuth: float, away: float
) -> None:
    to_lat, to_lng = geodesy.direct(lat, lng, azimuth, (radius_m + other_m) * away)
    one = data.draw(shapes(lat, lng, radius_m))
    other = data.draw(shapes(float(to_lat), wrapped(float(to_lng)), other_m))
    circles = one.outline_circle is not None and other.outline_circle is not None
    if touch(one, other) or (circles and away <= 1.0):
        assert keys(one) & keys(other)


@settings(max_examples=50, deadline=None)
@given(LATITUDES, LONGITUDES)
def test_what_is_small_has_few_keys_wherever_it_is(lat: float, lng: float) -> None:
    assert 1 <= len(keys(circle(lng, lat, 500.0))) <= 8


def test_the_largest_that_may_be_filed_has_a_bounded_number() -> None:
    assert len(keys(circle(8.0, 47.0, 28_000.0))) < 128
    assert tuple(sorted(keys(circle(8.0, 47.0, 900_000.0)))) == ALL_SPACE
    scattered = [volume(circle(-170.0 + number, 10.0)) for number in range(300)]
    assert space_keys(judged_zones_of(scattered).boxes) == ALL_SPACE


def test_keys_are_what_they_were_in_every_process() -> None:
    assert sorted(keys(circle(8.0, 47.0, 100.0))) == [492]
    assert name_key(Ref(Kind.SUBSCRIPTION, uuid4(1))) == 1473
    assert name_key(Ref(Kind.OPERATIONAL_INTENT, uuid4(1))) != name_key(Ref(Kind.SUBSCRIPTION, uuid4(1)))


def test_neighbouring_cells_spread_over_the_keys() -> None:
    places = [circle(5 + 0.2 * x, 45 + 0.2 * y, 10.0) for x in range(30) for y in range(30)]
    found = set().union(*(keys(place) for place in places))
    assert len(found) > 500


def test_names_have_keys_of_their_own() -> None:
    found = {name_key(Ref(Kind.CONSTRAINT, uuid4(number))) for number in range(500)}
    assert all(SPACE_KEYS <= key < SPACE_KEYS + NAME_KEYS == AVAILABILITIES for key in found)
    assert len(found) > 300
