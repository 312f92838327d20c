"""What the demo files: flights read, made plans of, and divided between the two sides."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.operation import Operation, State
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.demo.flights import SIDES, Traffic, as_planned, divide, load
from openline.errors import Invalid

MINUTE_MS = 60_000
BEGIN_MS = 1_533_103_200_000
FOOT = 3_048


def path(altitudes_ft: list[int], time_tolerance_ms: int = 0) -> Trajectory:
    points = tuple(
        TrajectoryPoint(
            Position(46.5, 7 + 0.1 * minute),
            Altitude.feet(feet, Datum.PRESSURE),
            BEGIN_MS + minute * MINUTE_MS,
        )
        for minute, feet in enumerate(altitudes_ft)
    )
    return Trajectory(points, 0, 0, time_tolerance_ms)


def flight(number: int, callsign: str) -> Operation:
    identifier = f"00000000-0000-4000-8000-{number:012d}"
    return Operation(
        id=identifier,
        version=1,
        state=State.PROPOSED,
        priority=0,
        callsign=callsign,
        trajectory=path([35000, 35000]),
    )


def test_a_level_read_in_steps_of_25_ft_is_held_and_has_no_vertical_tolerance() -> None:
    plan = as_planned(path([34925, 34950, 35000, 35025, 35075]))
    assert {point.altitude.height_dmm for point in plan.points} == {35000 * FOOT}
    assert plan.vertical_tolerance_dmm == 0


def test_a_climb_is_covered_by_its_plan() -> None:
    recorded = path([31000, 32500, 33300, 34600, 36000])
    plan = as_planned(recorded)
    for point in recorded.points:
        planned = plan.altitude_at(point.time_ms).height_dmm
        assert abs(planned - point.altitude.height_dmm) <= plan.vertical_tolerance_dmm


def test_a_plan_may_be_early_or_late_unless_its_filer_says_how_much() -> None:
    assert as_planned(path([35000] * 3)).time_tolerance_ms > 0
    assert as_planned(path([35000] * 3, time_tolerance_ms=5_000)).time_tolerance_ms == 5_000


@given(st.lists(st.sampled_from(["AAA1", "BBB2", "CCC3", "DDD4", "EEE5"]), min_size=1, max_size=60))
def test_no_operator_is_divided_and_no_side_is_ahead_by_more_than_an_operator(callsigns: list[str]) -> None:
    operations = [flight(number, callsign) for number, callsign in enumerate(callsigns)]
    side_of = divide(operations)
    sides_of_operator = {(one.callsign, side_of[one.id]) for one in operations}
    assert len(sides_of_operator) == len(set(callsigns))
    load_of = Counter(side_of.values())
    assert abs(load_of["A"] - load_of["B"]) <= max(Counter(callsigns).values())


@pytest.fixture(scope="module")
def twenty() -> Traffic:
    return load(None, 20, 1)


def test_one_seed_gives_the_same_filings_and_another_other_ids(twenty: Traffic) -> None:
    other = load(None, 30, 2).operations[:20]
    assert load(None, 20, 1) == twenty
    assert not {one.id for one in twenty.operations} & {one.id for one in other}
    assert [one.trajectory for one in twenty.operations] == [one.trajectory for one in other]


def test_every_flight_belongs_to_one_side(twenty: Traffic) -> None:
    of_a, of_b = (twenty.of(side) for side in SIDES)
    assert sorted(one.id for one in of_a + of_b) == sorted(one.id for one in twenty.operations)


def feature(callsign: str, geometry: dict, **properties: object) -> dict:
    return {"type": "Feature", "geometry": geometry, "properties": {"callsign": callsign, **properties}}


def test_geojson_is_filed_as_intended_by_start(tmp_path: Path) -> None:
    way = {"type": "LineString", "coordinates": [[7.0, 46.0], [9.0, 46.0]]}
    late = feature(
        "AAA1",
        way,
        times=["2000-01-01T00:10:00Z", "2000-01-01T00:30:00Z"],
        altitude={"value": 350, "units": "FL"},
    )
    area = {"type": "Point", "coordinates": [8.0, 47.0]}
    levels = {
        "altitude_lower": {"value": 100, "units": "FL"},
        "altitude_upper": {"value": 120, "units": "FL"},
    }
    early = feature(
        "BBB2",
        area,
        radius_m=5_000,
        start="1999-12-31T23:50:00Z",
        end="2000-01-01T00:05:00Z",
        state="Activated",
        **levels,
    )
    file = tmp_path / "own"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [late, early]}))
    operations = load(file, 10, 1).operations
    assert [one.callsign for one in operations] == ["BBB2", "AAA1"]
    assert {one.state for one in operations} == {State.PROPOSED}


HEADER = "callsign,time,latitude,longitude,altitude_ft\n"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"callsign,time,latitude,longitude\nAAA1,2018-08-01T05:00:00Z,46,7\n", "missing-column"),
        (HEADER.encode() + b"AAA1,yesterday,46,7,35000\n", "bad-time"),
        (HEADER.encode() + b"AAA1,2018-08-01T05:00:00Z,95,7,35000\n", "out-of-range"),
        (HEADER.encode() + b"AAA1,2018-08-01T05:00:00Z,46,7,\n", "nothing-to-fly"),
        (HEADER.encode(), "nothing-filed"),
        (b"", "body-empty"),
        (b'{"type": "Feature"', "not-json"),
        (b"\xff\xfe\x00", "not-utf-8"),
        (b"\x1f\x8bnot gzip at all", "unreadable"),
        (None, "unreadable"),
    ],
)
def test_bad_input_is_invalid_and_names_the_file(tmp_path: Path, content: bytes | None, code: str) -> None:
    file = tmp_path / "bad"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Invalid) as raised:
        load(file, 10, 1)
    assert (raised.value.code, raised.value.message) == (code, str(file))
