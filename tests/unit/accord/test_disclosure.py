"""What leaves is what the terms allow, on the grid, layers and steps that they state, and no other field."""

import json
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.accord.clauses import DISCLOSABLE
from openline.accord.disclosure import covers, disclose
from openline.accord.finer import finer_operation, finer_parts
from openline.accord.notice import Notice, as_operation
from openline.accord.shapes import Outline
from openline.accord.terms import Accord, Disclosure
from openline.airspace.altitude import Altitude, Datum
from openline.airspace.operation import Operation, State
from openline.airspace.position import Position
from openline.airspace.volume import Circle, Polygon
from openline.errors import Invalid, NotFound, Refused
from openline.journal.canonical import canonical, decode_canonical
from unit.accord.agreed import (
    BEGIN_MS,
    HOUR_MS,
    NOTICE_ID,
    OPERATION_ID,
    OVN,
    accord,
    operation,
    path,
    square,
    volume,
)
from unit.accord.cover_oracle import ahead, metres_between

FLIGHT = path(
    (47.0123, 8.0456, 30_000_123, 0),
    (47.2345, 8.4567, 32_000_456, 601_234),
    (47.3456, 8.9876, 36_576_000, 1_234_567),
    lateral_dmm=9_260_000,
    vertical_dmm=304_800,
    time_ms=30_000,
)


def tell(flown: Operation, agreed: Accord, version: int = 1) -> Notice:
    return disclose(flown, agreed, "east", notice_id=NOTICE_ID, version=version, state=flown.state)


SUBSETS = [names for size in range(4) for names in combinations(DISCLOSABLE, size)]


@pytest.mark.parametrize("fields", SUBSETS, ids=lambda names: "+".join(names) or "nothing")
def test_no_undisclosed_field_leaves(fields):
    agreed = accord(Disclosure(fields=fields, grid_e9=10_000_000, layer_dmm=3_048_000, step_ms=60_000))
    sent = canonical(tell(operation(volume(square()), trajectory=FLIGHT), agreed))
    always = {"notice_id", "state", "trajectory", "version", "volumes"}
    assert set(json.loads(sent)) == always | set(fields)
    for name, secret in (("callsign", b"SECRET1"), ("aircraft_type", b"A320")):
        assert (secret in sent) is (name in fields)
    assert OPERATION_ID.encode() not in sent
    assert OVN.encode() not in sent


@given(
    st.sampled_from([10_000_000, 50_000_000, 1_000_000_000]),
    st.sampled_from([3_048_000, 10_000_000]),
    st.sampled_from([60_000, 900_000]),
    st.booleans(),
)
@settings(max_examples=20, deadline=None)
def test_every_number_that_leaves_lies_on_grid_layer_and_step(grid_e9, layer_dmm, step_ms, trajectories):
    terms = Disclosure(grid_e9=grid_e9, layer_dmm=layer_dmm, step_ms=step_ms, trajectories=trajectories)
    notice = tell(operation(volume(square()), trajectory=FLIGHT), accord(terms))
    coarseness = {
        "lat_e9": grid_e9,
        "lon_e9": grid_e9,
        "time_ms": step_ms,
        "start_ms": step_ms,
        "end_ms": step_ms,
    }
    coarseness |= {"time_tolerance_ms": step_ms, "vertical_tolerance_dmm": layer_dmm}
    coarseness |= dict.fromkeys(("lower_dmm", "upper_dmm", "height_dmm"), layer_dmm)
    found = list(_numbers(json.loads(canonical(notice))))
    assert {name for name, _ in found} >= {"lat_e9", "lower_dmm", "start_ms"}
    assert not [(name, value) for name, value in found if name in coarseness and value % coarseness[name]]


def _numbers(node):
    if isinstance(node, list):
        for child in node:
            yield from _numbers(child)
    elif isinstance(node, dict):
        for name, child in node.items():
            if isinstance(child, int):
                yield name, child
            yield from _numbers(child)


@given(
    st.lists(
        st.tuples(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6)),
        min_size=3,
        max_size=3,
        unique=True,
    )
)
@settings(max_examples=30, deadline=None)
def test_on_the_exact_grid_vertices_of_nine_decimals_are_told_as_they_are(corners):
    try:
        filed = Polygon(tuple(Position(47 + lat / 1e9, 8 + lon / 1e9) for lat, lon in corners))
    except Invalid:
        return
    notice = tell(operation(volume(filed)), accord(Disclosure()))
    assert as_operation(notice, Datum.PRESSURE).volumes[0].volume.outline == filed


@pytest.mark.parametrize("place", [(47.0, 8.0), (0.0, 180.0), (89.9999, 3.0)])
@pytest.mark.parametrize("size_m", [30.0, 30_000.0, 800_000.0])
def test_the_exact_grid_blurs_no_corner_by_more_than_a_centimetre(place, size_m):
    corners = [ahead(place, azimuth, size_m) for azimuth in (10.1, 100.2, 190.3, 280.4)]
    filed = Polygon(tuple(Position(*corner) for corner in corners))
    told = tell(operation(volume(filed)), accord(Disclosure(grid_e9=1))).volumes[0].shape
    assert isinstance(told, Outline)
    for vertex in told.vertices:
        nearest_m = min(
            metres_between((vertex.lat_e9 / 1e9, vertex.lon_e9 / 1e9), corner) for corner in corners
        )
        assert nearest_m < 0.01


def test_a_path_of_nine_decimals_on_the_exact_grid_is_told_as_it_is():
    notice = tell(operation(trajectory=FLIGHT), accord(Disclosure()))
    assert as_operation(notice, Datum.PRESSURE).trajectory == FLIGHT


def test_straight_flight_in_dense_points_is_blurred_by_little_more_than_the_grid():
    """What is left out lies on the way between what is kept, so tolerances grow by a cell or two, not by
    minutes of flight."""
    points = [(47 + 0.01 * k, 8 + 0.01 * k, 30_000_000, 6_000 * k) for k in range(200)]
    notice = tell(operation(trajectory=path(*points)), accord(Disclosure(grid_e9=10_000_000, step_ms=60_000)))
    assert notice.trajectory is not None
    assert notice.trajectory.lateral_tolerance_dmm <= 2 * 11_169_400
    assert notice.trajectory.time_tolerance_ms <= 60_000


def test_a_flight_too_short_for_the_steps_is_told_as_volumes():
    short = path(
        (47.0, 8.0, 30_000_000, 0), (48.0, 8.0, 30_000_000, 300_000), (47.0, 8.1, 30_000_000, 600_000)
    )
    notice = tell(operation(trajectory=short), accord(Disclosure(step_ms=HOUR_MS)))
    assert notice.trajectory is None or covers(notice, operation(trajectory=short), Datum.PRESSURE)
    assert covers(notice, operation(trajectory=short), Datum.PRESSURE)


@given(st.builds(Disclosure, grid_e9=st.sampled_from([0, 50_000_000]), trajectories=st.booleans()))
@settings(max_examples=8, deadline=None)
def test_a_notice_survives_its_canonical_text(terms):
    notice = tell(
        operation(volume(square()), volume(Circle(Position(47.5, 8.5), 5)), trajectory=FLIGHT), accord(terms)
    )
    assert decode_canonical(canonical(notice), Notice) == notice


def test_a_notice_with_a_field_that_nobody_agreed_is_refused():
    content = json.loads(canonical(tell(operation(volume(square())), accord(Disclosure()))))
    for name in ("target", "weapon", "purpose", "ovn", "operation_id"):
        with pytest.raises(Invalid) as caught:
            decode_canonical(canonical({**content, name: "x"}), Notice)
        assert caught.value.code == "field-unknown"


def test_a_stranger_to_the_accord_can_not_tell_under_it():
    with pytest.raises(NotFound) as caught:
        disclose(
            operation(volume(square())),
            accord(),
            "north",
            notice_id=NOTICE_ID,
            version=1,
            state=State.ACCEPTED,
        )
    assert caught.value.code == "not-a-party"


def test_a_revision_inside_its_notice_is_covered_and_one_outside_is_not():
    agreed = accord(Disclosure(grid_e9=10_000_000))
    notice = tell(operation(volume(square(side_deg=0.2))), agreed)
    assert covers(
        notice,
        as_operation(tell(operation(volume(square(47.05, 8.05, 0.1))), agreed, 2), agreed.datum),
        agreed.datum,
    )
    assert not covers(notice, operation(volume(square(side_deg=0.3))), agreed.datum)
    later = volume(square(side_deg=0.2), end_ms=BEGIN_MS + 3 * HOUR_MS)
    assert not covers(notice, operation(later), agreed.datum)
    higher = volume(square(side_deg=0.2), upper=Altitude.flight_level(121))
    assert not covers(notice, operation(higher), agreed.datum)


# Finer -------------------------------------------------------------------------------------------------
WINDOW = (BEGIN_MS + HOUR_MS + 300_000, BEGIN_MS + HOUR_MS + 700_000)
COARSE = Disclosure(grid_e9=50_000_000, layer_dmm=3_048_000, step_ms=300_000)


def test_a_finer_notice_says_nothing_beyond_its_window():
    agreed = accord(COARSE)
    parts = finer_parts(operation(volume(square()), trajectory=FLIGHT), agreed, "east", *WINDOW)
    assert (parts.volumes[0].start_ms, parts.volumes[0].end_ms) == WINDOW
    assert parts.trajectory is not None
    times = [point.time_ms for point in parts.trajectory.points]
    assert times[0] == WINDOW[0] - FLIGHT.time_tolerance_ms
    assert times[-1] == WINDOW[1] + FLIGHT.time_tolerance_ms


def test_a_finer_notice_covers_what_is_flown_in_its_window_and_is_exact():
    agreed = accord(COARSE)
    flown = operation(trajectory=FLIGHT)
    notice = tell(flown, agreed)
    told = finer_operation(notice, *finer_parts(flown, agreed, "east", *WINDOW), agreed.datum)
    assert told is not None
    assert told.trajectory is not None
    assert told.id == NOTICE_ID
    for moment in range(WINDOW[0], WINDOW[1], 17_000):
        meant, said = FLIGHT.position_at(moment), told.trajectory.position_at(moment)
        apart = metres_between(
            (meant.latitude_deg, meant.longitude_deg), (said.latitude_deg, said.longitude_deg)
        )
        assert apart < 0.01
        assert (
            abs(FLIGHT.altitude_at(moment).height_dmm - told.trajectory.altitude_at(moment).height_dmm) <= 2
        )
    assert told.trajectory.lateral_tolerance_dmm >= FLIGHT.lateral_tolerance_dmm


def test_paths_told_as_volumes_are_told_finer_as_volumes_within_the_window():
    agreed = accord(Disclosure(grid_e9=50_000_000, trajectories=False))
    parts = finer_parts(operation(trajectory=FLIGHT), agreed, "east", *WINDOW)
    assert parts.trajectory is None
    assert min(one.start_ms for one in parts.volumes) == WINDOW[0]
    assert max(one.end_ms for one in parts.volumes) == WINDOW[1]


def test_who_is_not_there_in_the_window_says_nothing_at_all():
    agreed = accord(COARSE)
    flown = operation(volume(square()))
    parts = finer_parts(flown, agreed, "east", BEGIN_MS, BEGIN_MS + 1)
    assert parts == ((), None)
    assert finer_operation(tell(flown, agreed), *parts, agreed.datum) is None


def test_nothing_finer_is_told_where_the_terms_do_not_allow_it():
    agreed = accord(Disclosure(grid_e9=50_000_000, finer=False))
    with pytest.raises(Refused) as caught:
        finer_parts(operation(volume(square())), agreed, "east", *WINDOW)
    assert (caught.value.code, caught.value.clause) == ("finer-not-agreed", "disclosure.finer")
