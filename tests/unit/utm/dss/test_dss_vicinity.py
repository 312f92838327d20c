"""What is near in plan is relevant: it is found, its OVN is asked for, its subscribers are told."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from openline.airspace import geodesy
from openline.utm.dss.conflict import AirspaceConflict
from openline.utm.dss.keys import space_keys
from openline.utm.dss.limits import VICINITY_M
from openline.utm.space import judged_zones_of
from openline.utm.wire.volumes import Volume4D
from unit.utm.dss.dss_room import (
    HOUR_MS,
    Room,
    circle,
    find_intents,
    find_subscriptions,
    ids,
    notified,
    put_intent,
    put_subscription,
    uuid4,
    volume,
)

A, B, S = uuid4(1), uuid4(2), uuid4(11)
UNSURE_M = 0.01


def beside(lat: float, lng: float, gap_m: float, azimuth: float = 90.0) -> tuple[Volume4D, Volume4D]:
    """Two circles with so much between them."""
    there_lat, there_lng = geodesy.direct(lat, lng, azimuth, 200.0 + gap_m + 300.0)
    there = circle((float(there_lng) + 180.0) % 360.0 - 180.0, float(there_lat), 300.0)
    return volume(circle(lng, lat, 200.0)), volume(there)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(st.floats(-90, 90), st.sampled_from([90.0, -89.999, 0.0])),
    st.one_of(st.floats(-180, 180), st.sampled_from([179.999, -180.0])),
    st.floats(0, 2 * VICINITY_M).filter(lambda gap: abs(gap - VICINITY_M) > UNSURE_M),
    st.floats(0, 360),
)
def test_it_is_found_just_where_it_is_nearer_than_the_vicinity(
    lat: float, lng: float, gap_m: float, azimuth: float
) -> None:
    here, there = beside(lat, lng, gap_m, azimuth)
    room = Room()
    room(put_intent(A, "uss1", here))
    assert ids(room(find_intents(there))) == ([A] if gap_m < VICINITY_M else [])
    if gap_m < VICINITY_M:
        keys = [set(space_keys(judged_zones_of((one,)).boxes)) for one in (here, there)]
        assert keys[0] & keys[1]


def test_whoever_plans_beside_another_shows_that_he_knows_him_and_tells_his_subscribers() -> None:
    here, there = beside(47.0, 8.0, 81.0)
    room = Room()
    room(put_subscription(S, "uss3", there))
    ovn = room(put_intent(A, "uss1", here, implicit=True)).operational_intent_reference.ovn
    with pytest.raises(AirspaceConflict) as refused:
        room(put_intent(B, "uss2", there))
    assert [one.id for one in refused.value.answer.missing_operational_intents] == [A]
    told = notified(room(put_intent(B, "uss2", there, key=(ovn,))))
    assert set(told) == {"https://uss1.example/implicit", "https://uss3.example/notified"}
    assert ids(room(find_subscriptions(here, "uss3"))) == [S]


@pytest.mark.parametrize(
    "there",
    [
        volume(circle(8.004), low=120.01, high=200.0),
        volume(circle(8.004), start_ms=HOUR_MS + 1, end_ms=2 * HOUR_MS),
    ],
    ids=["a centimetre above", "a millisecond later"],
)
def test_heights_and_times_have_no_vicinity(there: Volume4D) -> None:
    room = Room()
    room(put_intent(A, "uss1", volume()))
    assert ids(room(find_intents(there))) == []
    room(put_intent(B, "uss2", there))
