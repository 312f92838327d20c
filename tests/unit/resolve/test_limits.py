"""How far an operation may be moved: never into the past, never beyond what was agreed or can be filed."""

import msgspec
import pytest

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.change import Change
from openline.airspace.operation import Operation
from openline.errors import Invalid, LimitExceeded
from openline.resolve import Limits
from openline.resolve.cost import cost_of
from openline.resolve.limits import Range, climbs, delays
from openline.resolve.sentence import sentence_of
from openline.resolve.sides import sides_of
from unit.resolve.traffic import FEET, NOON_MS, block, flight

MINUTE_MS = 60_000
START_MS = NOON_MS - 8 * MINUTE_MS
MINUTES = Limits(earliest_ms=-5 * MINUTE_MS, latest_ms=15 * MINUTE_MS, step_ms=MINUTE_MS)


class Caps(msgspec.Struct, frozen=True):
    horizon_ms: int = 10**12


class Terms(msgspec.Struct, frozen=True):
    minimum_notice_ms: int = 0
    valid_until_ms: int = 4 * 10**12
    caps: Caps = Caps()


@pytest.mark.parametrize(
    ("before_start_ms", "terms", "first", "last"),
    [
        (60 * MINUTE_MS, None, -5, 15),
        (3 * MINUTE_MS, None, -3, 15),
        (150_000, None, -2, 15),
        (0, None, 0, 15),
        (-1, None, 0, 0),
        (18 * MINUTE_MS, Terms(minimum_notice_ms=15 * MINUTE_MS), -3, 15),
        (9 * MINUTE_MS, Terms(minimum_notice_ms=15 * MINUTE_MS), 0, 15),
        (60 * MINUTE_MS, Terms(caps=Caps(70 * MINUTE_MS)), -5, 10),
        (60 * MINUTE_MS, Terms(caps=Caps(50 * MINUTE_MS)), -5, 0),
        (60 * MINUTE_MS, Terms(valid_until_ms=START_MS + 4 * MINUTE_MS), -5, 3),
    ],
)
def test_nothing_is_moved_into_the_past_nor_beyond_notice_horizon_and_validity(
    before_start_ms: int, terms: Terms | None, first: int, last: int
) -> None:
    found = delays(flight(1, 0.0, 350), MINUTES, terms, START_MS - before_start_ms)
    assert (found.first, found.last) == (first, last)


@pytest.mark.parametrize(
    ("level", "limits", "first", "last"),
    [
        (350, Limits.levels, -6, 6),
        (350, msgspec.structs.replace(Limits.levels, floor_dmm=33_500 * FEET), -1, 6),
        (350, msgspec.structs.replace(Limits.levels, ceiling_dmm=36_000 * FEET), -6, 1),
        (350, msgspec.structs.replace(Limits.levels, ceiling_dmm=30_500 * FEET), -6, -5),
        (350, msgspec.structs.replace(Limits.levels, floor_dmm=38_500 * FEET), 4, 6),
        (980, msgspec.structs.replace(Limits.levels, ceiling_dmm=200_000 * FEET), -6, 1),
    ],
)
def test_a_climb_keeps_to_floor_and_ceiling_and_to_what_can_be_filed(
    level: int, limits: Limits, first: int, last: int
) -> None:
    found = climbs(flight(1, 0.0, level), limits)
    assert (found.first, found.last) == (first, last)


def test_a_volume_keeps_to_them_from_bottom_to_top() -> None:
    low = block(1, Altitude.feet(2_000, Datum.AMSL), Altitude.feet(58_000, Datum.AMSL))
    assert climbs(low, Limits()) == Range(-2_000, 2_000, FEET)


def test_steps_outward_are_counted_from_one() -> None:
    assert Range(-3, 5, 7).side(1) == Range(1, 5, 7)
    assert Range(-3, 5, 7).side(-1) == Range(1, 3, 7)
    assert Range(2, 5, 7).side(1) == Range(2, 5, 7)
    assert Range(2, 5, 7).side(-1).is_empty
    assert Range(-5, -2, 7).side(-1) == Range(2, 5, 7)
    assert Range(0, 0, 7).side(1).is_empty


def test_flights_go_right_or_left_and_areas_to_four_winds_the_nearest_first() -> None:
    limits = Limits(largest_offset_dmm=2 * 9_260_000)
    area = block(1, Altitude.feet(0, Datum.AMSL), Altitude.feet(500, Datum.AMSL))
    aside = [one.offset_dmm // 9_260_000 for one in sides_of(flight(1, 0.0, 350), limits, 0)]
    assert aside == [1, -1, 2, -2]
    shifts = [(one.offset_dmm // 9_260_000, one.bearing_deg) for one in sides_of(area, limits, 0)]
    assert shifts == [(far, bearing) for far in (1, 2) for bearing in (0, 90, 180, 270)]


def test_what_has_started_and_what_is_both_path_and_area_is_not_moved_aside() -> None:
    started = flight(1, 0.0, 350)
    both = msgspec.structs.replace(
        started, volumes=block(1, Altitude.flight_level(0), Altitude.flight_level(1)).volumes
    )
    assert sides_of(started, Limits(), START_MS + 1) == []
    assert sides_of(both, Limits(), 0) == []


@pytest.mark.parametrize(
    ("change", "cost"),
    [
        (Change(), 0.0),
        (Change(60_000), 60.0),
        (Change(-60_000), 90.0),
        (Change(0, 1_000 * FEET), 60.0),
        (Change(0, -1_000 * FEET), 60.0),
        (Change(0, 0, -10_000_000), 30.0),
        (Change(60_000, -1_000 * FEET), 150.0),
        (Change(60_000, -1_000 * FEET, 10_000_000, 90), 210.0),
    ],
)
def test_a_change_costs_what_the_documentation_says(change: Change, cost: float) -> None:
    assert cost_of(change) == pytest.approx(cost, abs=1e-9)


AREA = block(2, Altitude.feet(1_000, Datum.AMSL), Altitude.feet(3_000, Datum.AMSL))


@pytest.mark.parametrize(
    ("operation", "change", "sentence"),
    [
        (flight(1, 0.0, 350), Change(), "as filed"),
        (flight(1, 0.0, 350), Change(240_000, 0), "depart 4 min later"),
        (flight(1, 0.0, 350), Change(-90_000, 0), "depart 1 min 30 s earlier"),
        (flight(1, 0.0, 350), Change(45_500, 0), "depart 45.5 s later"),
        (flight(1, 0.0, 350), Change(0, 2_000 * FEET), "climb 2,000 ft (FL350 becomes FL370)"),
        (flight(1, 0.0, 350), Change(0, -500 * FEET), "descend 500 ft (FL350 becomes FL345)"),
        (
            flight(1, 0.0, 350),
            Change(0, 50 * FEET),
            "climb 50 ft (FL350 becomes 35,050 ft pressure altitude)",
        ),
        (
            flight(1, 0.0, 350),
            Change(60_000, -1_000 * FEET),
            "descend 1,000 ft (FL350 becomes FL340) and depart 1 min later",
        ),
        (flight(1, 0.0, 350), Change(0, 0, 2 * 18_520_000), "fly 2 NM right of track"),
        (
            flight(1, 0.0, 350),
            Change(60_000, -1_000 * FEET, -9_260_000),
            "descend 1,000 ft (FL350 becomes FL340), depart 1 min later and fly 0.5 NM left of track",
        ),
        (AREA, Change(60_000, 0), "start 1 min later"),
        (AREA, Change(0, 0, 5_000_000, 45), "shift 500 m to the north-east"),
        (AREA, Change(0, 0, 12_345, 203), "shift 1.2 m towards 203 degrees"),
    ],
)
def test_a_change_reads_as_people_say_it(operation: Operation, change: Change, sentence: str) -> None:
    assert sentence_of(operation, change) == sentence


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
        ({"largest_offset_dmm": -1}, "out-of-range"),
        ({"largest_offset_dmm": 10**12}, "out-of-range"),
        ({"offset_step_dmm": 0}, "out-of-range"),
        ({"offset_step_dmm": 10_000}, "too-many-offsets"),
        ({"step_ms": 60.0}, "wrong-type"),
        ({"step_ms": True}, "wrong-type"),
    ],
)
def test_limits_that_make_no_grid_are_refused_by_name(bad: dict[str, object], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        Limits(**bad)
    assert refused.value.code == code
    assert isinstance(refused.value, LimitExceeded) == (code in {"out-of-range", "too-many-offsets"})
