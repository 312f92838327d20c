"""Recorded flights are read whole, put right in the open, and covered by what they are simplified to."""

from contextlib import suppress

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.airspace.trajectory import Trajectory
from openline.errors import OpenlineError
from openline.formats.flights import read_flights
from openline.formats.simplify import Bounds, simplify
from openline.units import rfc3339_from_ms

HEADER = "callsign,time,latitude,longitude,altitude_ft"
NOON = 1_533_124_800_000
FINE = Bounds(lateral_dmm=500 * 10_000, vertical_dmm=100 * 3_048)


def row(seconds: float, lat: float, lon: float, feet: object = 30_000, callsign: str = "SWR1") -> str:
    return f"{callsign},{rfc3339_from_ms(NOON + round(seconds * 1000))},{lat},{lon},{feet}"


def file_of(*rows: str) -> bytes:
    return "\n".join((HEADER, *rows)).encode()


def feet_of(trajectory: Trajectory) -> list[float]:
    return [point.altitude.height_ft for point in trajectory.points]


def wandering(seed: int, count: int = 300, step_s: int = 5) -> list[str]:
    """A flight that turns, climbs and changes its speed, from near the antimeridian."""
    chance = np.random.default_rng(seed)
    course = np.cumsum(chance.normal(0, 0.05, count))
    speed = 200 + np.cumsum(chance.normal(0, 1.0, count)).clip(-100, 100)
    feet = 20_000 + np.cumsum(chance.normal(0, 60, count))
    lat, lon, rows = 45.0, 179.5, []
    for number in range(count):
        rows.append(row(number * step_s, lat, lon, round(float(feet[number]))))
        there = Geodesic.WGS84.Direct(lat, lon, 70 + np.degrees(course[number]), speed[number] * step_s)
        lat, lon = there["lat2"], there["lon2"]
    return rows


def test_a_flight_is_read_as_recorded_in_any_order_of_rows_and_columns() -> None:
    rows = [
        row(0, 46, 8),
        row(60, 46.1, 8.1, 31_000),
        row(0, 47, 9, callsign="d-eabc"),
        row(60, 47.1, 9, callsign="D-EABC"),
    ]
    found = read_flights(file_of(*rows))
    assert [flight.callsign for flight in found.flights] == ["DEABC", "SWR1"]
    assert found == read_flights(file_of(*rows[::-1]))
    turned = (
        b"\xef\xbb\xbf"
        + "\r\n".join(
            ["note,altitude_ft,longitude,latitude,time,CALLSIGN"]
            + ["x," + ",".join(line.split(",")[::-1]) for line in rows]
            + ["", ""]
        ).encode()
    )
    assert read_flights(turned) == found
    assert feet_of(found.flights[1].trajectory) == [30_000, 31_000]
    assert found.flights[1].notes == ()


def test_missing_altitudes_are_interpolated_in_time_carried_at_the_ends_and_noted() -> None:
    rows = [
        row(0, 46, 8, ""),
        row(60, 46.1, 8, 10_000),
        row(90, 46.15, 8, " "),
        row(180, 46.3, 8, 14_000),
        row(240, 46.4, 8, ""),
    ]
    (flight,) = read_flights(file_of(*rows)).flights
    assert feet_of(flight.trajectory) == [10_000, 10_000, 11_000, 14_000, 14_000]
    assert flight.notes == ("3 of 5 altitudes interpolated",)


def test_an_altitude_that_no_pressure_altitude_can_have_is_taken_as_unknown() -> None:
    (flight,) = read_flights(file_of(row(0, 46, 8), row(60, 46.1, 8, 126_700), row(120, 46.2, 8))).flights
    assert feet_of(flight.trajectory) == [30_000, 30_000, 30_000]
    assert len(flight.notes) == 2


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([row(0, 46, 8, ""), row(60, 46.1, 8, "")], "no altitude"),
        ([row(0, 46, 8)], "one position"),
        ([row(0, 46, 8), row(0, 46.1, 8)], "one position"),
        ([row(0, 46, 8, callsign="TOOLONG99"), row(60, 46.1, 8, callsign="TOOLONG99")], "callsign"),
        ([row(0, 46, 8, callsign=""), row(60, 46.1, 8, callsign="")], "callsign"),
    ],
)
def test_a_flight_that_cannot_be_used_is_named_with_its_reason(rows: list[str], reason: str) -> None:
    found = read_flights(file_of(*rows, row(0, 47, 9, callsign="OK1"), row(60, 47.1, 9, callsign="OK1")))
    assert [flight.callsign for flight in found.flights] == ["OK1"]
    assert [reason in skipped.reason for skipped in found.skipped] == [True]


def test_a_callsign_silent_for_more_than_an_hour_is_another_flight() -> None:
    rows = [row(0, 46, 8), row(3_600, 47, 8), row(7_201, 47, 8), row(7_300, 47.1, 8)]
    first, second = read_flights(file_of(*rows)).flights
    assert (first.callsign, second.callsign) == ("SWR1", "SWR1")
    assert (first.trajectory.end_ms, second.trajectory.start_ms) == (NOON + 3_600_000, NOON + 7_201_000)
    assert "leg 1 of 2" in first.notes[0]


@pytest.mark.parametrize("place", [0, 1, 5, 9])
def test_a_position_that_no_aircraft_could_fly_to_is_left_out_wherever_it_stands(place: int) -> None:
    rows = [row(n * 10, 46 + n * 0.02, 8) for n in range(10)]
    good = [line for number, line in enumerate(rows) if number != place]
    rows[place] = row(place * 10, 52.0, 8)
    (flight,) = read_flights(file_of(*rows)).flights
    assert flight.trajectory == read_flights(file_of(*good)).flights[0].trajectory
    assert flight.notes == ("1 position that no aircraft could have flown to left out",)


def test_of_two_rows_of_one_time_the_first_counts() -> None:
    (flight,) = read_flights(
        file_of(row(0, 46, 8), row(10, 46.01, 8), row(10, 46.02, 8), row(20, 46.03, 8))
    ).flights
    assert [point.position.latitude_deg for point in flight.trajectory.points] == [46, 46.01, 46.03]
    assert "already given" in flight.notes[0]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([50, 500, 5_000]), st.sampled_from([30, 300]))
def test_the_simplified_flight_covers_the_recorded_one_at_every_moment(
    seed: int, metres: int, feet: int
) -> None:
    (flight,) = read_flights(file_of(*wandering(seed))).flights
    recorded, bounds = (
        flight.trajectory,
        Bounds(lateral_dmm=metres * 10_000, vertical_dmm=feet * 3_048, time_ms=5_000),
    )
    plan = simplify(recorded, bounds)
    assert len(plan.points) < len(recorded.points)
    assert set(plan.points) <= set(recorded.points)
    assert plan.lateral_tolerance_dmm <= bounds.lateral_dmm * 1.001
    assert plan.vertical_tolerance_dmm <= bounds.vertical_dmm + 2
    assert plan.time_tolerance_ms == 5_000
    for time_ms in range(recorded.start_ms, recorded.end_ms + 1, 3_700):
        true, planned = recorded.point_at(time_ms), plan.point_at(time_ms)
        aside = Geodesic.WGS84.Inverse(
            true.position.latitude_deg,
            true.position.longitude_deg,
            planned.position.latitude_deg,
            planned.position.longitude_deg,
        )["s12"]
        assert aside * 10_000 <= plan.lateral_tolerance_dmm + 1
        assert abs(true.altitude.height_dmm - planned.altitude.height_dmm) <= plan.vertical_tolerance_dmm + 1


def test_tighter_bounds_keep_more_points_and_a_straight_flight_two() -> None:
    (flight,) = read_flights(file_of(*wandering(3))).flights
    counts = [
        len(simplify(flight.trajectory, Bounds(lateral_dmm=metres * 10_000, vertical_dmm=10**7)).points)
        for metres in (20, 200, 2_000)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[2]
    line = Geodesic.WGS84.InverseLine(46.0, 8.0, 47.0, 10.0)
    straight = [line.Position(line.s13 * n / 100) for n in range(101)]
    rows = [row(n * 10, p["lat2"], p["lon2"], 30_000 + n) for n, p in enumerate(straight)]
    (level,) = read_flights(file_of(*rows), FINE).flights
    assert len(level.trajectory.points) == 2


def test_reading_within_bounds_is_reading_and_then_simplifying() -> None:
    body = file_of(*wandering(5), *(line.replace("SWR1", "AFR2") for line in wandering(6)))
    whole, plans = read_flights(body), read_flights(body, FINE)
    assert [simplify(flight.trajectory, FINE) for flight in whole.flights] == [
        plan.trajectory for plan in plans.flights
    ]


def test_a_recording_longer_than_a_trajectory_may_be_is_thinned_and_says_so() -> None:
    rows = [row(n, 46 + n * 0.0015, 8 + 0.01 * np.sin(n / 300)) for n in range(5_200)]
    (flight,) = read_flights(file_of(*rows)).flights
    assert len(flight.trajectory.points) < 1_000
    assert 0 < flight.trajectory.lateral_tolerance_dmm <= 501_000
    assert "5,200 positions" in flight.notes[0]


def test_a_simplified_leg_is_never_longer_than_a_trajectory_allows() -> None:
    line = Geodesic.WGS84.InverseLine(10.0, -120.0, -20.0, 150.0)
    hours = line.s13 / 250 / 3_600
    places = [line.Position(line.s13 * n / 60) for n in range(61)]
    rows = [row(hours * 3_600 * n / 60, p["lat2"], p["lon2"]) for n, p in enumerate(places)]
    (flight,) = read_flights(file_of(*rows), FINE).flights
    assert 3 <= len(flight.trajectory.points) <= 20


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode), st.integers(0, 160))
def test_only_openlines_own_errors_leave_the_reader_of_flights(noise: bytes, place: int) -> None:
    good = file_of(row(0, 46, 8), row(60, 46.1, 8.1))
    body = good[:place] + noise + good[place + len(noise) :]
    with suppress(OpenlineError):
        assert isinstance(read_flights(body).flights, tuple)
