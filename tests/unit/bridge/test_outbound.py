"""What suppliers filed, as operations: from details or extents, and looked at when there is a need."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from openline.accord.shapes import Outline, Point
from openline.accord.terms import Accord
from openline.airspace.operation import State
from openline.airspace.position import Position
from openline.bridge.outbound import Due, concerns, due, is_far, operation_of
from openline.bridge.standing import Standing, standing_of
from openline.errors import LimitExceeded, OpenlineError
from openline.utm.wire import volumes as wire
from openline.utm.wire.details import OperationalIntentDetails
from openline.utm.wire.references import OperationalIntentState as S
from simulation.war_room import HOUR_MS, NOW_MS, WarRoom
from unit.bridge.stand_in import record_of, square

ENTITY = "7E2B7D6C-0C7F-4F1E-9A62-3A1D6C1B2F00"
HOUR = {"start_ms": NOW_MS + HOUR_MS, "end_ms": NOW_MS + 2 * HOUR_MS}
OVN, NEXT = "an-ovn-of-16-or-more", "another-ovn-of-16-or"


def standing(*extents: wire.Volume4D, state: S = S.ACCEPTED, ovn: str = OVN, told: bool = False) -> Standing:
    return standing_of(record_of(ENTITY, "wings", ovn, extents or (square(**HOUR),), state, told=told))


def test_details_are_what_is_flown_and_without_them_the_extents_stand_at_the_priority_known_before() -> None:
    volume = square(side=0.002, **HOUR)
    known = operation_of(standing(), OperationalIntentDetails((volume,), (), 5), None)
    assert (known.id, known.supplier, known.ovn, known.priority) == (ENTITY.lower(), "wings", OVN, 5)
    assert known.volumes[0].volume.outline.outer_positions()[2] == Position(46.002, 7.002)
    unanswered = operation_of(standing(ovn=NEXT), None, known)
    assert (unanswered.ovn, unanswered.priority) == (None, 5)
    assert unanswered.volumes[0].volume.outline.outer_positions()[2] == Position(46.01, 7.01)


@pytest.mark.parametrize("state", [S.NONCONFORMING, S.CONTINGENT])
def test_an_off_nominal_intent_keeps_its_two_kinds_of_volumes_apart(state: S) -> None:
    details = OperationalIntentDetails((), (square(**HOUR),), 0)
    operation = operation_of(standing(state=state), details, None)
    assert operation.state is State(state.value)
    assert (operation.volumes, len(operation.off_nominal_volumes)) == ((), 1)
    assert len(operation_of(standing(state=state), None, None).off_nominal_volumes) == 1
    mistaken = operation_of(standing(), details, None)  # accepted: whatever it names it claims
    assert (len(mistaken.volumes), mistaken.off_nominal_volumes) == (1, ())


def test_a_volume_without_heights_claims_all_of_them() -> None:
    open_ended = square(**HOUR)
    shape = msgspec.structs.replace(open_ended.volume, altitude_lower=None, altitude_upper=None)
    claimed = standing(msgspec.structs.replace(open_ended, volume=shape))
    (volume,) = operation_of(claimed, None, None).volumes
    assert volume.volume.spans().ellipsoid == (-8_000 * 10_000, 100_000 * 10_000)


@pytest.mark.parametrize(
    "extents",
    [
        (square(start_ms=NOW_MS, end_ms=NOW_MS + 31 * 24 * HOUR_MS),),
        tuple(square(**HOUR) for _ in range(1_001)),
    ],
    ids=["31 days", "1,001 volumes"],
)
def test_what_no_operation_can_be_says_by_which_limit(extents: tuple[wire.Volume4D, ...]) -> None:
    with pytest.raises(LimitExceeded):
        operation_of(standing(*extents), None, None)


def test_a_priority_of_any_number_is_told_within_ours() -> None:
    priorities = [
        operation_of(standing(), OperationalIntentDetails((square(**HOUR),), (), wanted), None).priority
        for wanted in (-3, 0, 999, 2**31)
    ]
    assert priorities == [0, 0, 999, 1_000]


def test_an_intent_is_looked_at_until_its_details_are_here_and_ended_when_it_is_gone() -> None:
    now = standing()
    known = operation_of(now, OperationalIntentDetails((square(**HOUR),), (), 0), None)
    unanswered = operation_of(now, None, None)
    ended = msgspec.structs.replace(known, state=State.ENDED)
    ours = msgspec.structs.replace(known, supplier=None)
    assert due(now, None, NOW_MS) is Due.LOOK
    assert due(now, unanswered, NOW_MS) is Due.LOOK
    assert due(now, known, NOW_MS) is Due.NOTHING
    assert due(standing(ovn=NEXT), known, NOW_MS) is Due.LOOK
    assert due(now, ended, NOW_MS) is Due.LOOK  # it has come back
    assert due(None, known, NOW_MS) is Due.END
    assert due(None, ended, NOW_MS) is Due.NOTHING
    assert due(None, ours, NOW_MS) is Due.NOTHING
    assert due(now, known, NOW_MS + 3 * HOUR_MS) is Due.NOTHING  # the node ends it by itself
    assert due(standing(told=True), None, NOW_MS) is Due.NOTHING  # what a partner told never goes back to it


def test_only_what_meets_an_area_concerns_a_partner() -> None:
    corners = ((45, 6), (45, 8), (47, 8), (47, 6))
    area = Outline(tuple(Point(lat * 10**9, lon * 10**9) for lat, lon in corners))
    accords = [_accord(area=area)]
    assert concerns(operation_of(standing(), None, None), accords)
    away = standing(square(10.0, 7.0, **HOUR))
    assert not concerns(operation_of(away, None, None), accords)
    assert concerns(operation_of(away, None, None), [*accords, _accord()])


@settings(max_examples=300, deadline=None)
@given(
    st.tuples(st.floats(-75, 75), st.floats(-179, 179), st.floats(0.01, 18)),
    st.tuples(st.floats(-75, 75), st.floats(-179, 179), st.floats(0.001, 15)),
)
def test_what_is_taken_for_far_without_reckoning_meets_no_area(
    area: tuple[float, float, float], intent: tuple[float, float, float]
) -> None:
    (lat, lon, side), (south, west, width) = area, intent
    accord = replace(NOWHERE, area=Outline(tuple(Point(*it) for it in _corners(lat, lon, side))))
    volume = square(south, west, side=width, **HOUR)
    ring = tuple(wire.LatLngPoint(lng=b / 1e9, lat=a / 1e9) for a, b in _corners(south, west, width))
    shape = replace(volume.volume, outline_polygon=wire.Polygon(ring))
    found = standing(replace(volume, volume=shape))
    try:
        operation = operation_of(found, None, None)
    except OpenlineError:
        return
    if is_far(found, [accord]):
        assert not concerns(operation, [accord])


def _corners(lat: float, lon: float, side: float) -> list[tuple[int, int]]:
    """A square of degrees that may go over the antimeridian."""
    places = ((lat, lon), (lat, lon + side), (lat + side, lon + side), (lat + side, lon))
    return [(round(min(a, 89.0) * 1e9), round(((b + 180) % 360 - 180) * 1e9)) for a, b in places]


def test_a_small_intent_in_another_country_is_far() -> None:
    accord = replace(NOWHERE, area=Outline(tuple(Point(*it) for it in _corners(45, 6, 2))))
    assert is_far(standing(square(10.0, 7.0, **HOUR)), [accord])
    assert is_far(standing(square(46.0, 12.0, **HOUR)), [accord])
    assert not is_far(standing(square(46.0, 7.0, **HOUR)), [accord])
    assert not is_far(standing(square(10.0, 7.0, **HOUR)), [accord, NOWHERE])


def _accord(**terms: object) -> Accord:
    room = WarRoom(**terms)
    with room["alpha"].looking() as (_, desks, _own):
        return desks[room.accord_id].line.accord


NOWHERE = _accord()
"""An accord without an area: everything concerns it."""
