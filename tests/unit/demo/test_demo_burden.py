"""The burden in the demo's figures: what the moves of each side cost it, and its share of the whole."""

import msgspec
import pytest

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.change import Change, apply
from openline.airspace.operation import Operation, State, transition
from openline.airspace.position import Position
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.demo.outcomes import burdens

FOOT = 3_048


def flight(number: int) -> Operation:
    points = tuple(
        TrajectoryPoint(
            Position(46.5, 7 + 0.1 * minute),
            Altitude(35_000 * FOOT, Datum.PRESSURE),
            10**12 + minute * 60_000,
        )
        for minute in range(3)
    )
    return Operation(
        id=f"00000000-0000-4000-8000-{number:012d}",
        version=1,
        state=State.PROPOSED,
        priority=0,
        trajectory=Trajectory(points, 0, 0, 0),
    )


def test_moves_are_counted_and_cost_by_what_stands_at_the_end() -> None:
    """Two agreements that moved one flight count once, and what was taken back costs nothing."""
    a, b, c, d = (flight(number) for number in range(4))
    standing = {
        "A": [transition(apply(a, Change(60_000, 0)), State.ENDED), msgspec.structs.replace(b, version=3)],
        "B": [apply(c, Change(0, -2_000 * FOOT)), apply(d, Change(-120_000, 1_000 * FOOT))],
    }
    found = burdens({"A": [a, b], "B": [c, d]}, standing)
    assert (found["A"].moved, found["A"].cost_s) == (1, 60.0)
    assert (found["B"].moved, found["B"].cost_s) == (2, 120.0 + 180.0 + 60.0 + 30.0)
    assert found["A"].share == pytest.approx(60 / 450, abs=1e-4)
    assert found["A"].share + found["B"].share == pytest.approx(1.0, abs=2e-4)


def test_where_nothing_moved_nobody_bears_anything() -> None:
    found = burdens({"A": [flight(1)], "B": []}, {"A": [flight(1)], "B": []})
    assert [(one.moved, one.cost_s, one.share) for one in found.values()] == [(0, 0.0, 0.0)] * 2
