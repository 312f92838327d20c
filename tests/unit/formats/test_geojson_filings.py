"""What is written is read back to the 0.1 mm, and only Openline's own errors ever leave the reader."""

import copy
import json
import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.operation import Operation, State
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Polygon, Position, Volume3D, Volume4D
from openline.errors import OpenlineError
from openline.formats.geojson import feature_collection, geojson_of, operations_of, read_operations

ID = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"
NOON = 1_533_124_800_000
datums = st.sampled_from(Datum)
heights = st.integers(-6_000_000, 304_000_000)
moments = st.integers(NOON, NOON + 86_400_000)


@st.composite
def volumes(draw: st.DrawFn) -> Volume4D:
    lat, lon = draw(st.floats(-80, 80)), draw(st.floats(-170, 170))
    size = draw(st.floats(0.01, 5.0))
    corners = ((-size, -size), (-size, size), (size, size))
    polygon = Polygon(tuple(Position(lat + a, lon + b) for a, b in corners))
    circle = Circle(Position(lat, lon), draw(st.integers(1, 9_260_000_000)))
    datum = draw(datums)
    lower, upper = sorted(draw(st.lists(heights, min_size=2, max_size=2)))
    start = draw(moments)
    space = Volume3D(draw(st.sampled_from([polygon, circle])), Altitude(lower, datum), Altitude(upper, datum))
    return Volume4D(space, start, start + draw(st.integers(1, 86_400_000)))


@st.composite
def trajectories(draw: st.DrawFn) -> Trajectory:
    datum, start = draw(datums), draw(moments)
    hops = draw(
        st.lists(st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), heights), min_size=2, max_size=6)
    )
    points, lat, lon = [], 10.0, 179.0
    for number, (north, east, height) in enumerate(hops):
        lat, lon = lat + north, (lon + east + 180.0) % 360.0 - 180.0
        points.append(TrajectoryPoint(Position(lat, lon), Altitude(height, datum), start + number * 600_001))
    return Trajectory(tuple(points), *(draw(st.integers(0, most)) for most in (10**9, 2 * 10**8, 21_600_000)))


@st.composite
def operations(draw: st.DrawFn) -> Operation:
    state = draw(st.sampled_from(State))
    off_nominal = state in (State.NONCONFORMING, State.CONTINGENT, State.ENDED)
    return Operation(
        id=str(draw(st.uuids())),
        version=draw(st.integers(1, 2**31 - 1)),
        state=state,
        priority=draw(st.integers(0, 1_000)),
        volumes=tuple(draw(st.lists(volumes(), min_size=1, max_size=3))),
        off_nominal_volumes=tuple(draw(st.lists(volumes(), max_size=2))) if off_nominal else (),
        trajectory=draw(st.none() | trajectories()),
        callsign=draw(st.none() | st.from_regex(r"[A-Z0-9]{1,7}", fullmatch=True)),
        aircraft_type=draw(st.none() | st.from_regex(r"[A-Z][A-Z0-9]{1,3}", fullmatch=True)),
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(operations(), min_size=1, max_size=3, unique_by=lambda one: one.id))
def test_operations_written_are_read_back_the_same(filed: list[Operation]) -> None:
    assert read_operations(feature_collection(filed)) == tuple(filed)
    assert operations_of(json.loads(json.dumps(geojson_of(filed[0])))) == (filed[0],)


FEET = {"value": 5_000, "units": "FT", "reference": "AMSL"}
FEATURE: dict[str, Any] = {
    "type": "Feature",
    "geometry": {"type": "Polygon", "coordinates": [[[8, 46], [9, 46], [9, 47], [8, 47], [8, 46]]]},
    "properties": {
        "altitude_lower": FEET,
        "altitude_upper": {"value": 100, "units": "FL"},
        "start": "2018-08-01T12:00:00Z",
        "end": "2018-08-01T15:00:00.5+02:00",
    },
}
LINE: dict[str, Any] = {
    "type": "Feature",
    "geometry": {"type": "LineString", "coordinates": [[8, 46, 3000], [9, 46, 3000.5]]},
    "properties": {
        "id": ID.upper(),
        "times": ["2018-08-01T12:00:00Z", "2018-08-01T12:10:00Z"],
        "lateral_tolerance_m": 926,
        "vertical_tolerance_ft": 200,
        "time_tolerance_s": 30,
        "callsign": " swr12 ",
        "priority": 3.0,
    },
}


def with_properties(**named: Any) -> dict[str, Any]:
    return FEATURE | {"properties": FEATURE["properties"] | named}


def test_a_filing_by_hand_is_read_as_it_is_meant() -> None:
    (filed,) = read_operations(b"\xef\xbb\xbf" + json.dumps(FEATURE).encode(), new_id=lambda: ID)
    assert (filed.id, filed.version, filed.state, filed.priority) == (ID, 1, State.PROPOSED, 0)
    space = filed.volumes[0].volume
    assert (space.lower, space.upper) == (Altitude.feet(5_000, Datum.AMSL), Altitude.flight_level(100))
    assert len(space.outline.vertices) == 4
    assert (filed.start_ms, filed.end_ms) == (NOON, NOON + 3_600_500)


def test_a_trajectory_by_hand_has_ellipsoidal_third_coordinates_and_its_tolerances() -> None:
    (filed,) = operations_of({"type": "FeatureCollection", "features": [LINE]})
    assert (filed.id, filed.callsign, filed.priority) == (ID, "SWR12", 3)
    way = filed.trajectory
    assert [point.altitude for point in way.points] == [
        Altitude.metres(3_000, Datum.WGS84),
        Altitude.metres(3_000.5, Datum.WGS84),
    ]
    tolerances = (way.lateral_tolerance_dmm, way.vertical_tolerance_dmm, way.time_tolerance_ms)
    assert tolerances == (9_260_000, 609_600, 30_000)


def test_a_height_over_ground_counts_from_the_ground_that_is_given() -> None:
    ground = {"value": 1_400, "units": "FT", "reference": "AMSL"}
    height = {"value": 400, "units": "FT", "reference": "AGL", "ground_elevation": ground}
    (filed,) = operations_of(with_properties(altitude_lower=height))
    assert filed.volumes[0].volume.lower == Altitude.feet(1_800, Datum.AMSL)


def test_filings_without_ids_get_one_each() -> None:
    first, second = operations_of({"type": "FeatureCollection", "features": [FEATURE, FEATURE]})
    assert first.id != second.id


def test_a_ring_of_ten_thousand_vertices_fits_in_the_body() -> None:
    turn = [2 * math.pi * number / 10_000 for number in range(10_000)]
    ring = [[8 + math.sin(angle), 47 + 0.7 * math.cos(angle)] for angle in turn]
    document = FEATURE | {"geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}}
    (filed,) = read_operations(json.dumps(document).encode())
    assert len(filed.volumes[0].volume.outline.vertices) == 10_000


# Fuzz: nothing but OpenlineError leaves the reader. --------------------------------------------
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars | st.sampled_from([1e400, 10**400, -1, "", "NaN", "2018-08-01T12:00:00Z", "FL", "AGL", [], {}]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def paths(value: Any, path: tuple = ()) -> list[tuple]:
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [path] + [found for key, child in children for found in paths(child, (*path, key))]


def replaced(document: Any, path: tuple, value: Any) -> Any:
    if not path:
        return value
    changed = copy.copy(document)
    changed[path[0]] = replaced(document[path[0]], path[1:], value)
    return changed


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([FEATURE, LINE, with_properties(role="volume", part=1)]), st.data())
def test_only_openlines_own_errors_leave_the_reader_whatever_a_member_holds(
    document: dict[str, Any], data: st.DataObject
) -> None:
    for _ in range(data.draw(st.integers(1, 2))):
        document = replaced(document, data.draw(st.sampled_from(paths(document))), data.draw(anything))
        if not isinstance(document, dict):
            break
    with suppress(OpenlineError):
        assert operations_of(document)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode), st.integers(0, 500), st.booleans())
def test_only_openlines_own_errors_leave_the_reader_whatever_the_bytes(
    noise: bytes, place: int, alone: bool
) -> None:
    good = json.dumps(FEATURE).encode()
    body = noise if alone else good[:place] + noise + good[place + len(noise) :]
    with suppress(OpenlineError):
        assert read_operations(body)


@pytest.mark.parametrize("depth", [33, 5_000, 1_000_000])
def test_brackets_of_any_depth_end_in_an_error(depth: int) -> None:
    with pytest.raises(OpenlineError) as caught:
        read_operations(b'{"a":' * min(depth, 700_000) + b"1" + b"}" * min(depth, 100_000))
    assert caught.value.code == "too-deep"
