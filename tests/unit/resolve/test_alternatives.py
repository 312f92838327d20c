"""What the resolver answers is free of conflict, cheapest first, and nothing on the grid is missed."""

import random
import uuid

import pytest

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.change import Change, apply
from openline.airspace.geodesy import direct
from openline.airspace.operation import Operation, State
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Position, Volume3D, Volume4D
from openline.conflict import ConflictIndex, Minima, conflict_between
from openline.errors import Invalid, LimitExceeded
from openline.resolve import Limits, alternatives
from openline.resolve.limits import cost_of, heights_of
from openline.resolve.sentence import sentence_of
from openline.units import DMM_PER_FOOT

NOON_MS = 1_533_124_800_000
FEET = DMM_PER_FOOT


def operation(number: int, **parts: object) -> Operation:
    identity = str(uuid.UUID(int=number, version=4))
    return Operation(id=identity, version=1, state=State.ACCEPTED, priority=0, **parts)


def flight(number: int, heading: float, level: int, noon_at_middle_ms: int = NOON_MS) -> Operation:
    """Sixteen minutes straight through 47 N 8 E at 200 m/s."""
    points = []
    for minutes in (-8, 8):
        lat, lon = direct(47.0, 8.0, heading, minutes * 60.0 * 200.0)
        time = noon_at_middle_ms + minutes * 60_000
        points.append(TrajectoryPoint(Position(float(lat), float(lon)), Altitude.flight_level(level), time))
    return operation(number, trajectory=Trajectory(tuple(points), 0, 0, 0))


def block(number: int, low: Altitude, high: Altitude) -> Operation:
    """An hour on either side, 200 km around."""
    body = Volume3D(Circle(Position(47.0, 8.0), 2_000_000_000), low, high)
    return operation(number, volumes=(Volume4D(body, NOON_MS - 3_600_000, NOON_MS + 3_600_000),))


GRID = Limits(
    earliest_ms=-120_000,
    latest_ms=180_000,
    step_ms=60_000,
    floor_dmm=33_000 * FEET,
    ceiling_dmm=38_000 * FEET,
    largest_climb_dmm=2_000 * FEET,
)


def test_the_answers_are_exactly_the_free_changes_of_the_grid_in_the_order_of_their_cost() -> None:
    chance = random.Random("grid")
    several = 0
    for _ in range(6):
        others = [
            flight(
                n,
                chance.uniform(0, 360),
                chance.choice((340, 350, 360, 370)),
                NOON_MS + chance.randrange(-240_000, 240_000),
            )
            for n in range(1, 7)
        ]
        candidate = flight(99, chance.uniform(0, 360), 350)
        index = ConflictIndex(Minima.enroute)
        index.add_many(others)
        found = alternatives(candidate, index, GRID, limit=1_000)
        free = [
            change
            for change in GRID.changes()
            if (
                change.climb_dmm == 0
                or all(
                    33_000 * FEET <= height <= 38_000 * FEET
                    for height in heights_of(apply(candidate, change))
                )
            )
            and not any(conflict_between(apply(candidate, change), other, Minima.enroute) for other in others)
        ]
        assert {one.change for one in found} == set(free)
        assert [one.cost for one in found] == sorted(cost_of(change) for change in free)
        assert all(one.operation == apply(candidate, one.change) for one in found)
        assert found[:3] == alternatives(candidate, index, GRID, limit=3)
        several += 0 < len(free) < len(list(GRID.changes()))
    assert several > 0


def test_nothing_within_the_limits_is_an_answer() -> None:
    index = ConflictIndex(Minima.enroute)
    index.add(block(1, Altitude.flight_level(300), Altitude.flight_level(400)))
    assert alternatives(flight(2, 10.0, 350), index, GRID) == []


def test_an_operation_is_not_in_its_own_way_and_stays_as_filed_where_it_may() -> None:
    index = ConflictIndex(Minima.enroute)
    candidate = flight(1, 10.0, 350)
    index.add(candidate)
    first = alternatives(candidate, index, GRID)[0]
    assert (first.change, first.cost, first.sentence) == (Change(), 0.0, "as filed")


def test_a_change_that_cannot_be_filed_at_all_is_passed_over() -> None:
    index = ConflictIndex(Minima.enroute)
    index.add(flight(1, 100.0, 990))
    limits = Limits(latest_ms=0, earliest_ms=0, ceiling_dmm=110_000 * FEET, largest_climb_dmm=3_000 * FEET)
    found = alternatives(flight(2, 10.0, 990), index, limits)
    assert [one.sentence for one in found] == [
        "descend 1,000 ft (FL990 becomes FL980)",
        "descend 2,000 ft (FL990 becomes FL970)",
        "descend 3,000 ft (FL990 becomes FL960)",
    ]


def test_volumes_are_moved_as_flights_are() -> None:
    index = ConflictIndex(Minima.f3548)
    index.add(block(1, Altitude.feet(1_000, Datum.AMSL), Altitude.feet(3_000, Datum.AMSL)))
    candidate = block(2, Altitude.feet(2_500, Datum.AMSL), Altitude.feet(3_500, Datum.AMSL))
    found = alternatives(candidate, index, Limits(), limit=1)
    assert [one.sentence for one in found] == ["climb 1,000 ft (3,500 ft becomes 4,500 ft)"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (Change(), "as filed"),
        (Change(240_000, 0), "depart 4 min later"),
        (Change(-90_000, 0), "depart 1 min 30 s earlier"),
        (Change(45_500, 0), "depart 45.5 s later"),
        (Change(0, 2_000 * FEET), "climb 2,000 ft (FL350 becomes FL370)"),
        (Change(0, -500 * FEET), "descend 500 ft (FL350 becomes FL345)"),
        (Change(0, 50 * FEET), "climb 50 ft (FL350 becomes 35,050 ft pressure altitude)"),
        (Change(60_000, -1_000 * FEET), "descend 1,000 ft (FL350 becomes FL340) and depart 1 min later"),
    ],
)
def test_a_change_reads_as_people_say_it(change: Change, sentence: str) -> None:
    assert sentence_of(flight(1, 0.0, 350), change) == sentence


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"earliest_ms": 1}, "out-of-range"),
        ({"latest_ms": -1}, "out-of-range"),
        ({"step_ms": 0}, "out-of-range"),
        ({"level_step_dmm": -1}, "out-of-range"),
        ({"floor_dmm": 10, "ceiling_dmm": 0}, "out-of-range"),
        ({"latest_ms": 10**15}, "out-of-range"),
        ({"ceiling_dmm": 10**15}, "out-of-range"),
        ({"step_ms": 60.0}, "wrong-type"),
        ({"step_ms": True}, "wrong-type"),
        ({"step_ms": 1}, "too-many-trials"),
    ],
)
def test_limits_that_make_no_grid_are_refused_by_name(bad: dict[str, object], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        Limits(**bad)
    assert refused.value.code == code
    assert isinstance(refused.value, LimitExceeded) == (code in {"out-of-range", "too-many-trials"})


@pytest.mark.parametrize("limit", [0, -1, 2.0, None])
def test_a_limit_that_is_no_number_of_answers_is_refused(limit: object) -> None:
    with pytest.raises(Invalid, match="bad-limit"):
        alternatives(flight(1, 0.0, 350), ConflictIndex(Minima.enroute), GRID, limit=limit)
