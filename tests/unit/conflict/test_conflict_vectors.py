"""The language-neutral cases of tests/vectors/conflicts.json, reckoned without the engine."""

import json
import math
import uuid
from pathlib import Path
from typing import Any

import pytest

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.operation import Operation, State
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Polygon, Position, Volume3D, Volume4D
from openline.conflict import Minima, conflict_between

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "conflicts.json").read_text("utf-8"))
FIRST, SECOND = (str(uuid.UUID(int=n, version=4)) for n in (1, 2))


def altitude_of(given: dict[str, Any]) -> Altitude:
    return Altitude(given["height_dmm"], Datum(given["datum"]))


def volume_of(given: dict[str, Any]) -> Volume4D:
    if "circle" in given:
        circle = given["circle"]
        outline: Polygon | Circle = Circle(Position(*circle["center"]), circle["radius_dmm"])
    else:
        outline = Polygon(tuple(Position(*vertex) for vertex in given["polygon"]))
    body = Volume3D(outline, altitude_of(given["lower"]), altitude_of(given["upper"]))
    return Volume4D(body, given["start_ms"], given["end_ms"])


def trajectory_of(given: dict[str, Any]) -> Trajectory:
    points = tuple(
        TrajectoryPoint(Position(*point["position"]), altitude_of(point["altitude"]), point["time_ms"])
        for point in given["points"]
    )
    return Trajectory(
        points,
        given["lateral_tolerance_dmm"],
        given["vertical_tolerance_dmm"],
        given["time_tolerance_ms"],
    )


def operation_of(given: dict[str, Any], identity: str) -> Operation:
    off_nominal = tuple(volume_of(one) for one in given.get("off_nominal_volumes", ()))
    return Operation(
        id=identity,
        version=1,
        state=State.CONTINGENT if off_nominal else State.ACCEPTED,
        priority=0,
        volumes=tuple(volume_of(one) for one in given.get("volumes", ())),
        off_nominal_volumes=off_nominal,
        trajectory=trajectory_of(given["trajectory"]) if "trajectory" in given else None,
    )


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_a_pair_conflicts_as_its_vector_says(case: dict[str, Any]) -> None:
    minima = Minima(**case["minima"])
    first, second = operation_of(case["first"], FIRST), operation_of(case["second"], SECOND)
    found = conflict_between(first, second, minima)
    assert found == conflict_between(second, first, minima)
    expected = case["conflict"]
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert found.ids == (FIRST, SECOND)
    assert abs(found.start_ms - expected["start_ms"]) <= 1
    assert abs(found.end_ms - expected["end_ms"]) <= 1
    assert found.start_ms <= found.closest.time_ms <= found.end_ms
    assert math.isclose(found.closest.lateral_m, expected["lateral_m"], abs_tol=0.01)
    if expected["vertical_dmm"] is not None:
        assert found.closest.vertical_dmm == expected["vertical_dmm"]


def test_every_figure_of_a_whole_number_is_met_to_the_millisecond() -> None:
    """Volumes carry integer times: nothing may be rounded away."""
    case = next(case for case in VECTORS["cases"] if case["name"] == "f3548: nested")
    found = conflict_between(
        operation_of(case["first"], FIRST), operation_of(case["second"], SECOND), Minima.f3548
    )
    assert found is not None
    assert (found.start_ms, found.end_ms) == (case["conflict"]["start_ms"], case["conflict"]["end_ms"])
