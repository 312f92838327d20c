"""What the DSS is asked covers the flight, in few questions, wherever it is."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.airspace.geodesy import distance_m
from openline.airspace.position import Position
from openline.utm.space import time_of
from openline.utm.uss.area import MAX_AREAS, areas_of, pieces_of
from openline.utm.uss.shapes import ms_of, shape_of
from openline.utm.wire import volumes as wire

ID = "11111111-1111-4111-8111-111111111111"
NOW_MS = 1_770_000_000_000
DAY_MS = 86_400_000


def circle(lat: float, lng: float, radius_m: float, start_ms: int = NOW_MS) -> wire.Volume4D:
    return wire.Volume4D(
        wire.Volume3D(
            outline_circle=wire.Circle(wire.LatLngPoint(lng=lng, lat=lat), wire.Radius(radius_m, "M")),
            altitude_lower=wire.Altitude(radius_m, "W84", "M"),
            altitude_upper=wire.Altitude(radius_m + 10, "W84", "M"),
        ),
        time_of(start_ms),
        time_of(start_ms + 60_000),
    )


@settings(max_examples=40, deadline=None)
@given(
    st.floats(-85, 85),
    st.floats(-180, 180),
    st.integers(1, 60),
    st.floats(1, 5_000),
)
def test_every_volume_lies_in_what_is_asked(lat: float, lng: float, count: int, radius_m: float) -> None:
    way = [(lat, (lng + 0.01 * number + 180) % 360 - 180) for number in range(count)]
    flown = tuple(circle(*at, radius_m, NOW_MS + 1_000 * number) for number, at in enumerate(way))
    asked = areas_of(flown, shape_of(ID, flown))
    assert len(asked) <= MAX_AREAS
    for volume in flown:
        assert any(covers(area, volume) for area in asked)


def covers(area: wire.Volume4D, volume: wire.Volume4D) -> bool:
    if area == volume:
        return True
    outer, inner = area.volume.outline_circle, volume.volume.outline_circle
    assert outer is not None
    assert inner is not None
    if outer.center is None or inner.center is None or outer.radius is None or inner.radius is None:
        return False
    apart = distance_m(
        Position(outer.center.lat, outer.center.lng), Position(inner.center.lat, inner.center.lng)
    )
    heights = [(one.volume.altitude_lower, one.volume.altitude_upper) for one in (area, volume)]
    (low, high), (lower, upper) = [(a.value, b.value) for a, b in heights if a and b]
    times = [(one.time_start, one.time_end) for one in (area, volume)]
    (start, end), (begins, ends) = [(ms_of(a), ms_of(b)) for a, b in times if a and b]
    fits = apart + inner.radius.value <= outer.radius.value + 1e-3
    return fits and low <= lower and upper <= high and start <= begins and ends <= end


@pytest.mark.parametrize(("days", "pieces"), [(1, 1), (30, 1), (31, 2), (90, 3), (1_000, 4)])
def test_a_long_time_is_cut_into_pieces_that_follow_on_one_another(days: int, pieces: int) -> None:
    base = circle(47.0, 8.0, 100.0)
    found = pieces_of(wire.Volume4D(base.volume, time_of(NOW_MS), time_of(NOW_MS + days * DAY_MS)))
    assert len(found) == pieces
    assert found[0].time_start == time_of(NOW_MS)
    assert all(one.time_end == two.time_start for one, two in pairwise(found))
    for one in found:
        shape_of(ID, (one,))
