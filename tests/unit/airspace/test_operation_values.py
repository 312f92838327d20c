"""Trajectories, operations, changes, constraints and tracks hold only what can be flown, filed or seen."""

import math
from typing import Any

import msgspec
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.airspace.altitude import Altitude, Datum
from openline.airspace.change import Change, apply
from openline.airspace.constraint import Constraint
from openline.airspace.operation import TRANSITIONS, Operation, State, check_horizon, transition
from openline.airspace.track import Track
from openline.airspace.trajectory import Trajectory, TrajectoryPoint
from openline.airspace.volume import Circle, Polygon, Position, Volume3D, Volume4D
from openline.errors import Invalid, LimitExceeded, Refused

DAY_MS = 86_400_000
ID = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"
NOON = 1_533_124_800_000


def point(
    lat: float, lon: float, level: int, seconds: float, datum: Datum = Datum.PRESSURE
) -> TrajectoryPoint:
    return TrajectoryPoint(
        Position(lat, lon), Altitude.feet(level * 100, datum), NOON + round(seconds * 1_000)
    )


def way(*points: TrajectoryPoint, lateral: int = 0, vertical: int = 0, early: int = 0) -> Trajectory:
    return Trajectory(points, lateral, vertical, early)


CROSSING = way(point(46.0, 179.5, 300, 0), point(47.0, -179.5, 340, 600), point(47.5, -178.0, 340, 1_200))


def volume(start: int = NOON, end: int = NOON + 3_600_000, radius_m: int = 10_000) -> Volume4D:
    disc = Circle(Position(47.0, 8.0), radius_m * 10_000)
    return Volume4D(Volume3D(disc, Altitude.flight_level(100), Altitude.flight_level(200)), start, end)


def operation(**named: Any) -> Operation:
    facts = {"id": ID, "version": 1, "state": State.ACCEPTED, "priority": 0, "volumes": (volume(),)}
    return Operation(**(facts | named))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 1_200_000))
def test_at_any_time_it_is_where_a_uniform_geodesic_flight_is(gone_ms: int) -> None:
    leg, into_ms = (0, gone_ms) if gone_ms < 600_000 else (1, gone_ms - 600_000)
    start, end = CROSSING.points[leg], CROSSING.points[leg + 1]
    a, b = start.position, end.position
    line = Geodesic.WGS84.Inverse(a.latitude_deg, a.longitude_deg, b.latitude_deg, b.longitude_deg)
    there = Geodesic.WGS84.Direct(
        a.latitude_deg, a.longitude_deg, line["azi1"], line["s12"] * into_ms / 600_000
    )
    found = CROSSING.point_at(NOON + gone_ms)
    aside = Geodesic.WGS84.Inverse(
        found.position.latitude_deg, found.position.longitude_deg, there["lat2"], there["lon2"]
    )
    assert aside["s12"] < 1e-5
    climb = end.altitude.height_dmm - start.altitude.height_dmm
    assert abs(found.altitude.height_dmm - start.altitude.height_dmm - climb * into_ms / 600_000) <= 0.5


@pytest.mark.parametrize("time_ms", [NOON - 1, NOON + 1_200_001])
def test_a_trajectory_says_nothing_of_other_times(time_ms: int) -> None:
    with pytest.raises(Invalid) as caught:
        CROSSING.position_at(time_ms)
    assert caught.value.code == "time-outside-trajectory"


@pytest.mark.parametrize(
    ("points", "tolerances", "code"),
    [
        ([(46, 8, 300, 0)], (0, 0, 0), "too-few-points"),
        ([(46, 8, 300, 0), (46, 9, 300, 0)], (0, 0, 0), "times-not-increasing"),
        ([(46, 8, 300, 9), (46, 9, 300, 0)], (0, 0, 0), "times-not-increasing"),
        ([(46, 8, 300, 0), (46, 9, 300, 600, Datum.AMSL)], (0, 0, 0), "datums-mixed"),
        ([(46, 8, 300, 0), (46, 9, 300, 10)], (0, 0, 0), "impossible-speed"),
        ([(0, 0, 300, 0), (0, 60, 300, 36_000)], (0, 0, 0), "leg-too-long"),
        ([(46, 8, 300, 0), (46, 9, 300, 31 * 86_400)], (0, 0, 0), "too-long"),
        ([(46, 8, 300, 0), (46, 9, 300, 600)], (-1, 0, 0), "out-of-range"),
        ([(46, 8, 300, 0), (46, 9, 300, 600)], (0, 10**10, 0), "out-of-range"),
        ([(46, 8, 300, 0), (46, 9, 300, 600)], (0, 0, 1.5), "wrong-type"),
        ([(0, n / 1_000, 300, n) for n in range(5_001)], (0, 0, 0), "too-many-points"),
    ],
)
def test_a_trajectory_that_cannot_be_flown_is_refused_by_name(
    points: list, tolerances: tuple, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        Trajectory(tuple(point(*one) for one in points), *tolerances)
    assert caught.value.code == code


def test_a_fast_jet_and_a_noisy_position_are_no_impossible_speed() -> None:
    assert way(point(46, 8, 300, 0), point(46, 8 + 0.0128, 300, 1)).points
    assert way(point(46, 8, 300, 0), point(46, 8.001, 300, 0.01)).points


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"id": "not-a-uuid"}, "bad-id"),
        ({"id": ID.upper()}, "bad-id"),
        ({"id": ID + "\n"}, "bad-id"),
        ({"id": 7}, "wrong-type"),
        ({"version": 0}, "out-of-range"),
        ({"version": True}, "wrong-type"),
        ({"state": "Accepted"}, "wrong-type"),
        ({"priority": -1}, "out-of-range"),
        ({"priority": 1_001}, "out-of-range"),
        ({"volumes": ()}, "nothing-filed"),
        ({"volumes": (1,)}, "wrong-type"),
        ({"volumes": (volume(),) * 1_001}, "too-many-volumes"),
        ({"off_nominal_volumes": (volume(),)}, "off-nominal-volumes"),
        ({"callsign": "swr12"}, "bad-callsign"),
        ({"callsign": "ABCDEFGH"}, "bad-callsign"),
        ({"callsign": ""}, "bad-callsign"),
        ({"aircraft_type": "3XYZ"}, "bad-aircraft-type"),
        ({"ovn": "short"}, "bad-ovn"),
        ({"ovn": "a" * 15 + " b"}, "bad-ovn"),
        ({"trajectory": "north"}, "wrong-type"),
        ({"volumes": (volume(), volume(NOON + 30 * DAY_MS, NOON + 31 * DAY_MS))}, "too-long"),
    ],
)
def test_an_operation_that_cannot_be_filed_is_refused(named: dict, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        operation(**named)
    assert caught.value.code == code


def test_an_operation_lasts_as_long_as_anything_of_it_may_be_anywhere() -> None:
    trajectory = msgspec.structs.replace(CROSSING, time_tolerance_ms=60_000)
    both = operation(trajectory=trajectory, volumes=[volume(NOON + 1, NOON + 2)])
    assert (both.start_ms, both.end_ms) == (NOON - 60_000, NOON + 1_260_000)
    assert isinstance(both.volumes, tuple)


def test_the_state_table_is_that_of_f3548_with_proposed_before_it() -> None:
    """Written out again, from the standard's figure and 4.4.4.4, so that a slip in the table shows."""
    allowed = {
        "Proposed Accepted", "Proposed Nonconforming", "Proposed Contingent", "Proposed Ended",
        "Accepted Activated", "Accepted Nonconforming", "Accepted Contingent", "Accepted Ended",
        "Activated Nonconforming", "Activated Contingent", "Activated Ended",
        "Nonconforming Activated", "Nonconforming Contingent", "Nonconforming Ended",
        "Contingent Ended",
    }  # fmt: skip
    assert {f"{before} {after}" for before in State for after in TRANSITIONS[before]} == allowed


@pytest.mark.parametrize("before", list(State))
@pytest.mark.parametrize("after", list(State))
def test_a_transition_is_made_if_and_only_if_the_table_has_it(before: State, after: State) -> None:
    standing = operation(state=before)
    if after is before or after in TRANSITIONS[before]:
        assert transition(standing, after) == operation(state=after)
        return
    with pytest.raises(Refused) as caught:
        transition(standing, after)
    assert (caught.value.code, caught.value.field) == ("transition-forbidden", "state")


def test_back_in_activated_the_off_nominal_volumes_are_gone_and_ended_keeps_them() -> None:
    lost = operation(state=State.NONCONFORMING, off_nominal_volumes=(volume(),))
    assert transition(lost, State.ACTIVATED) == operation(state=State.ACTIVATED)
    assert transition(lost, State.ENDED).off_nominal_volumes == lost.off_nominal_volumes
    with pytest.raises(Invalid):
        transition(msgspec.structs.replace(lost, volumes=()), State.ACTIVATED)


def test_the_horizon_is_thirty_days_and_an_aircraft_off_nominal_has_none() -> None:
    check_horizon(operation(), NOON - 30 * DAY_MS)
    with pytest.raises(LimitExceeded) as caught:
        check_horizon(operation(), NOON - 30 * DAY_MS - 1)
    assert caught.value.code == "beyond-horizon"
    with pytest.raises(Invalid) as over:
        check_horizon(operation(), NOON + 3_600_000)
    assert over.value.code == "already-over"
    check_horizon(operation(state=State.NONCONFORMING), NOON + DAY_MS)


@settings(max_examples=60, deadline=None)
@given(st.integers(-DAY_MS, DAY_MS), st.integers(-20_000_000, 20_000_000))
def test_a_change_moves_times_and_heights_alone_and_is_undone(delay_ms: int, climb_dmm: int) -> None:
    filed = operation(trajectory=CROSSING, state=State.CONTINGENT, off_nominal_volumes=(volume(),), version=3)
    moved = apply(filed, Change(delay_ms, climb_dmm))
    assert apply(moved, Change(-delay_ms, -climb_dmm)) == filed
    assert (moved.id, moved.version, moved.start_ms) == (ID, 3, filed.start_ms + delay_ms)
    for before, after in zip(filed.trajectory.points, moved.trajectory.points, strict=True):
        assert after.position == before.position
        assert after.time_ms - before.time_ms == delay_ms
        assert after.altitude == before.altitude.climbed(climb_dmm)
    assert moved.volumes[0].volume.outline is filed.volumes[0].volume.outline
    assert moved.off_nominal_volumes[0].volume.upper.height_dmm == 60_960_000 + climb_dmm


def test_as_filed_is_the_operation_itself_and_a_climb_into_space_is_refused() -> None:
    filed = operation()
    assert apply(filed, Change()) is filed
    with pytest.raises(LimitExceeded):
        apply(filed, Change(climb_dmm=999 * 304_800))


def straight(heading: float, minutes: int = 20) -> Trajectory:
    """120 km from 47 N 8 E."""
    line = Geodesic.WGS84.Direct(47.0, 8.0, heading, 120_000.0)
    return way(point(47.0, 8.0, 300, 0), point(line["lat2"], line["lon2"], 330, minutes * 60))


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 360), st.integers(1, 20), st.sampled_from([1, -1]))
def test_a_flight_beside_its_way_is_as_far_to_that_side_as_was_said(
    heading: float, kilometres: int, side: int
) -> None:
    """Its middle third at least; where and when it begins and ends it does as filed, and as high."""
    filed = operation(volumes=(), trajectory=straight(heading))
    path, offset_m = filed.trajectory, side * kilometres * 1_000.0
    beside = apply(filed, Change(offset_dmm=round(offset_m * 10_000))).trajectory
    assert (beside.points[0], beside.points[-1]) == (path.points[0], path.points[-1])
    for share in (0.34, 0.5, 0.66):
        time_ms = NOON + round(share * 1_200_000)
        on, off = path.position_at(time_ms), beside.position_at(time_ms)
        line = Geodesic.WGS84.Inverse(on.latitude_deg, on.longitude_deg, off.latitude_deg, off.longitude_deg)
        assert line["s12"] == pytest.approx(abs(offset_m), rel=1e-3)
        ahead = path.points[1].position
        track = Geodesic.WGS84.Inverse(
            on.latitude_deg, on.longitude_deg, ahead.latitude_deg, ahead.longitude_deg
        )
        turn = math.remainder(line["azi1"] - track["azi1"] - 90.0 * side, 360.0)
        assert abs(turn) < 0.5
        assert beside.altitude_at(time_ms).height_dmm == pytest.approx(
            path.altitude_at(time_ms).height_dmm, abs=2
        )


def test_beside_a_way_with_turns_every_point_is_aside_and_none_is_lost() -> None:
    filed = operation(volumes=(), trajectory=CROSSING)
    beside = apply(filed, Change(offset_dmm=-50_000_000)).trajectory
    assert {one.time_ms for one in CROSSING.points} <= {one.time_ms for one in beside.points}
    off, on = beside.position_at(NOON + 600_000), CROSSING.position_at(NOON + 600_000)
    line = Geodesic.WGS84.Inverse(on.latitude_deg, on.longitude_deg, off.latitude_deg, off.longitude_deg)
    assert line["s12"] == pytest.approx(5_000.0, abs=1e-3)
    assert 270.0 < line["azi1"] % 360.0 < 360.0  # it flies north-east, and then more to the east


def ring(*corners: tuple[float, float]) -> Volume4D:
    outline = Polygon(tuple(Position(lat, lon) for lat, lon in corners))
    return Volume4D(
        Volume3D(outline, Altitude.flight_level(100), Altitude.flight_level(200)), NOON, NOON + 1_000
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 359), st.integers(1, 50), st.sampled_from([(47.0, 8.0), (0.0, 180.0), (-85.0, 20.0)]))
def test_shifted_volumes_keep_their_shapes_and_how_they_lie_to_one_another(
    bearing: int, kilometres: int, about: tuple[float, float]
) -> None:
    lat, lon = about

    def near(metres: float, azimuth: float) -> tuple[float, float]:
        line = Geodesic.WGS84.Direct(lat, lon, azimuth, metres)
        return line["lat2"], line["lon2"]

    triangle = ring(near(9_000, 10), near(7_000, 130), near(4_000, 250))
    beside = msgspec.structs.replace(triangle.volume, outline=Circle(Position(*near(3_000, 200)), 20_000_000))
    filed = operation(volumes=(triangle, msgspec.structs.replace(triangle, volume=beside)))
    moved = apply(filed, Change(offset_dmm=kilometres * 10_000_000, bearing_deg=bearing))
    before, after = places_of(filed), places_of(moved)
    for first in range(len(before)):
        assert apart(before[first], after[first]) == pytest.approx(kilometres * 1_000, rel=2e-3)
        for second in range(first):
            same = apart(before[first], before[second])
            assert apart(after[first], after[second]) == pytest.approx(same, abs=0.2)
    assert moved.volumes[1].volume.outline.radius_dmm == 20_000_000
    line = Geodesic.WGS84.Inverse(*before[-1], *after[-1])
    assert abs(math.remainder(line["azi1"] - bearing, 360.0)) < 5.0


def places_of(it: Operation) -> list[tuple[float, float]]:
    triangle, disc = (one.volume.outline for one in it.volumes)
    return [(one.latitude_deg, one.longitude_deg) for one in (*triangle.vertices, disc.center)]


def apart(first: tuple[float, float], second: tuple[float, float]) -> float:
    return Geodesic.WGS84.Inverse(*first, *second)["s12"]


def test_an_offset_has_one_meaning_or_is_refused() -> None:
    area, path = operation(), operation(volumes=(), trajectory=CROSSING)
    both = operation(trajectory=CROSSING)
    for filed, change in (
        (area, Change(offset_dmm=10_000)),
        (path, Change(offset_dmm=10_000, bearing_deg=90)),
        (both, Change(offset_dmm=10_000)),
        (both, Change(offset_dmm=10_000, bearing_deg=90)),
    ):
        with pytest.raises(Invalid, match="no-such-side"):
            apply(filed, change)
    for bad in ({"bearing_deg": 90}, {"bearing_deg": 90, "offset_dmm": -1}):
        with pytest.raises(Invalid, match="bearing-without-offset"):
            Change(**bad)
    for bad in (
        {"offset_dmm": 10**12},
        {"bearing_deg": 360, "offset_dmm": 1},
        {"bearing_deg": -1, "offset_dmm": 1},
    ):
        with pytest.raises(LimitExceeded):
            Change(**bad)


@pytest.mark.parametrize(
    ("volumes", "code"),
    [
        ((), "nothing-filed"),
        ((volume(radius_m=57_000),), "too-large"),
        ((volume(end=NOON + DAY_MS + 1),), "too-long"),
    ],
)
def test_a_constraint_keeps_within_the_limits_of_f3548(volumes: tuple, code: str) -> None:
    assert Constraint(id=ID, version=1, volumes=(volume(radius_m=56_000),)).start_ms == NOON
    with pytest.raises(Invalid) as caught:
        Constraint(id=ID, version=1, volumes=volumes)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "named",
    [
        {"id": ""}, {"id": "a" * 65}, {"id": "a\n"}, {"ground_speed_m_s": -1.0}, {"track_deg": 361.0},
        {"ground_speed_m_s": math.nan}, {"altitude": 300}, {"callsign": "lower"}, {"time_ms": 1.0},
    ],
)  # fmt: skip
def test_a_track_is_what_can_be_seen(named: dict) -> None:
    seen = {"id": "4b1805", "position": Position(47.0, 8.0), "time_ms": NOON}
    assert Track(**seen).altitude is None
    with pytest.raises(Invalid):
        Track(**(seen | named))
