"""Operational intent references (F3548-21 A4): what is asked for, refused, answered and told."""

from collections.abc import Callable
from typing import Any

import pytest

from openline.errors import OpenlineError
from openline.utm.dss.conflict import AirspaceConflict
from openline.utm.dss.limits import (
    MAX_DEPENDENTS,
    MAX_KEY,
    MAX_URL,
    MAX_VOLUMES,
    OI_MAX_VERTICES,
    OVER_KEPT_MS,
    VICINITY_M,
)
from openline.utm.dss.requests import DeleteOperationalIntent, Sweep
from openline.utm.dss.values import NO_SUBSCRIPTION
from openline.utm.wire.references import OperationalIntentState as State
from openline.utm.wire.references import UssAvailabilityState
from openline.utm.wire.volumes import Time
from unit.utm.dss.dss_room import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    NOW_MS,
    Room,
    at,
    caller,
    circle,
    delete_intent,
    delete_subscription,
    find_intents,
    find_subscriptions,
    get_intent,
    get_subscription,
    ids,
    notified,
    polygon,
    put_constraint,
    put_intent,
    put_subscription,
    set_availability,
    uuid4,
    volume,
)

A, B, C = uuid4(1), uuid4(2), uuid4(3)
S, S2 = uuid4(11), uuid4(12)
NO_SCOPES: frozenset[str] = frozenset()
FAR = circle(9.0)


def code_of(ask: Callable[[], Any]) -> str:
    with pytest.raises(OpenlineError) as refused:
        ask()
    return refused.value.code


def ovn_of(answer: Any) -> str:
    return str(answer.operational_intent_reference.ovn)


def filed(room: Room, id: str = A, manager: str = "uss1", **more: Any) -> str:
    return ovn_of(room(put_intent(id, manager, **more)))


def test_a_new_one_is_shown_as_it_was_filed() -> None:
    extents = volume()
    late = volume(start_ms=HOUR_MS, end_ms=2 * HOUR_MS)
    precise = type(extents)(extents.volume, Time("2026-11-18T11:06:40.123456Z", "RFC3339"), extents.time_end)
    shown = Room()(put_intent(A, "uss1", late, precise)).operational_intent_reference
    assert (shown.id, shown.manager, shown.version, shown.state) == (A, "uss1", 1, State.ACCEPTED)
    assert shown.uss_availability is UssAvailabilityState.UNKNOWN
    assert shown.time_start.value == "2026-11-18T11:06:40.123456Z"
    assert shown.time_end == late.time_end
    assert shown.subscription_id == NO_SUBSCRIPTION
    assert 16 <= len(shown.ovn) <= 128


@pytest.mark.parametrize("state", State)
def test_it_may_be_in_the_air_when_it_is_filed_first(state: State) -> None:
    """Nobody who flies already is refused for not having said so before."""
    room = Room()
    assert filed(room, state=state, implicit=True)


MALFORMED: dict[str, tuple[str, dict[str, Any]]] = {
    "an id that is no UUIDv4": ("bad-id", {"id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}),
    "no base URL": ("missing-field", {"uss_base_url": ""}),
    "a base URL without TLS": ("no-tls", {"uss_base_url": "http://uss1.example"}),
    "no URL at all": ("bad-url", {"uss_base_url": "uss1.example"}),
    "an endless base URL": ("url-too-long", {"uss_base_url": "https://e.xample/" + "a" * MAX_URL}),
    "an endless key": ("key-too-long", {"key": ("k" * 16,) * (MAX_KEY + 1)}),
    "two subscriptions": ("two-subscriptions", {"implicit": True, "subscription_id": S}),
    "a subscription that nobody has": ("unknown-subscription", {"subscription_id": S}),
    "no suffix of an OVN": ("bad-ovn-suffix", {"requested_ovn_suffix": ""}),
    "off nominal without the scope": ("scope-missing", {"state": State.CONTINGENT, "scopes": NO_SCOPES}),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_refused_is(case: str) -> None:
    code, more = MALFORMED[case]
    assert code_of(lambda: filed(Room(), **more)) == code


SPACE: dict[str, tuple[str, tuple[Any, ...]]] = {
    "no volume's heights": ("missing-field", (volume(low=None),)),
    "no start": ("missing-field", (volume(start_ms=None),)),
    "no end": ("missing-field", (volume(end_ms=None),)),
    "an end in the past": ("already-over", (volume(start_ms=-HOUR_MS, end_ms=-1_000),)),
    "an end before its start": ("times-inverted", (volume(start_ms=HOUR_MS, end_ms=HOUR_MS - 1),)),
    "heights upside down": ("altitudes-inverted", (volume(low=2.0, high=1.0),)),
    "a start in 31 days": ("beyond-horizon", (volume(start_ms=31 * DAY_MS, end_ms=32 * DAY_MS),)),
    "a country": ("area-too-large", (volume(circle(radius_m=29_000.0)),)),
    "a country in parts": (
        "area-too-large",
        tuple(volume(circle(8 + n, radius_m=17_000.0)) for n in range(3)),
    ),
    "too many volumes": ("too-many-volumes", (volume(),) * (MAX_VOLUMES + 1)),
}


@pytest.mark.parametrize("case", SPACE)
def test_in_space_and_time_refused_is(case: str) -> None:
    code, extents = SPACE[case]
    assert code_of(lambda: Room()(put_intent(A, "uss1", *extents))) == code


def test_the_vertices_of_all_volumes_are_counted_together() -> None:
    ring = tuple(
        (8 + 0.01 * n / OI_MAX_VERTICES, 47 + (0.01 if n % 2 else 0)) for n in range(OI_MAX_VERTICES // 2)
    )
    ring_and = (volume(polygon(*ring)), volume(polygon(*ring)), volume())
    assert code_of(lambda: Room()(put_intent(A, "uss1", *ring_and))) == "too-many-vertices"


def test_volumes_on_top_of_one_another_count_once_for_the_area() -> None:
    stacked = [volume(circle(radius_m=20_000.0), low=100.0 * n, high=100.0 * n + 50) for n in range(10)]
    Room()(put_intent(A, "uss1", *stacked))


def test_one_of_ten_years_with_a_past_before_1970_is_taken() -> None:
    old = volume(start_ms=-NOW_MS - HOUR_MS, end_ms=-NOW_MS - MINUTE_MS)
    long = volume(start_ms=-2_000 * DAY_MS, end_ms=2_000 * DAY_MS)
    room = Room()
    shown = room(put_intent(A, "uss1", old, long)).operational_intent_reference
    assert (shown.time_start, shown.time_end) == (old.time_start, long.time_end)
    assert ids(room(find_intents(volume(start_ms=HOUR_MS, end_ms=2 * HOUR_MS)))) == [A]


# Changing -----------------------------------------------------------------------------------------
def test_a_change_counts_and_has_an_ovn_of_its_own() -> None:
    room = Room()
    first = filed(room)
    changed = room(put_intent(A, ovn=first)).operational_intent_reference
    assert changed.version == 2
    assert changed.ovn != first
    assert room(get_intent(A)).operational_intent_reference == changed


def test_only_its_manager_with_its_present_ovn_may_change_or_end_it() -> None:
    room = Room()
    ovn = filed(room)
    assert code_of(lambda: room(put_intent(A))) == "already-exists"
    assert code_of(lambda: room(put_intent(A, "uss2", ovn=ovn))) == "not-the-manager"
    assert code_of(lambda: room(put_intent(A, ovn="x" * 16))) == "version-mismatch"
    assert code_of(lambda: room(put_intent(B, ovn=ovn))) == "unknown-entity"
    assert code_of(lambda: room(delete_intent(A, ovn, "uss2"))) == "not-the-manager"
    assert code_of(lambda: room(delete_intent(A, "x" * 16))) == "version-mismatch"
    assert code_of(lambda: room(delete_intent(B, ovn))) == "unknown-entity"
    assert ovn_of(room(delete_intent(A, ovn))) == ovn
    assert code_of(lambda: room(get_intent(A))) == "unknown-entity"


FORBIDDEN = [
    (State.ACTIVATED, State.ACCEPTED),
    (State.NONCONFORMING, State.ACCEPTED),
    (State.CONTINGENT, State.ACTIVATED),
    (State.CONTINGENT, State.NONCONFORMING),
]


@pytest.mark.parametrize(("before", "after"), FORBIDDEN)
def test_no_way_leads_back(before: State, after: State) -> None:
    room = Room()
    ovn = filed(room, implicit=True)
    ovn = filed(room, ovn=ovn, state=before, implicit=True)
    assert code_of(lambda: filed(room, ovn=ovn, state=after, implicit=True)) == "transition-forbidden"


@pytest.mark.parametrize("state", [State.ACTIVATED, State.NONCONFORMING, State.CONTINGENT])
def test_only_an_accepted_one_does_without_a_subscription(state: State) -> None:
    room = Room()
    ovn = filed(room)
    for none in (None, "", NO_SUBSCRIPTION):
        ask = put_intent(A, ovn=ovn, state=state, subscription_id=none)
        assert code_of(lambda ask=ask: room(ask)) == "subscription-missing"  # type: ignore[misc]
    filed(room, ovn=ovn, state=state, implicit=True)


def suffix_at(moment_ms: int, version: int = 7) -> str:
    stamp = f"{moment_ms:012x}"
    return f"{stamp[:8]}-{stamp[8:]}-{version}000-8000-000000000001"


def test_a_requested_suffix_makes_the_ovn() -> None:
    room = Room()
    suffix = suffix_at(NOW_MS + 4 * MINUTE_MS)
    ovn = filed(room, requested_ovn_suffix=suffix)
    assert ovn == f"{A}_{suffix}"
    assert code_of(lambda: filed(room, ovn=ovn, requested_ovn_suffix=suffix)) == "bad-ovn-suffix"
    for bad in (suffix_at(NOW_MS, 4), suffix_at(NOW_MS - 6 * MINUTE_MS), "7" * 36):
        assert code_of(lambda bad=bad: filed(room, B, requested_ovn_suffix=bad)) == "bad-ovn-suffix"  # type: ignore[misc]


# The key ------------------------------------------------------------------------------------------
def test_a_key_lacks_what_meets_it_and_the_ovn_stays_hidden() -> None:
    room = Room()
    ovn = filed(room)
    with pytest.raises(AirspaceConflict) as refused:
        filed(room, B, "uss2")
    (missing,) = refused.value.answer.missing_operational_intents
    assert (missing.id, missing.manager, missing.ovn) == (A, "uss1", None)
    filed(room, B, "uss2", key=(ovn,))


APART = {
    "in plan": volume(FAR),
    "in height": volume(low=120.1, high=200.0),
    "in time": volume(start_ms=HOUR_MS + 1, end_ms=2 * HOUR_MS),
}


@pytest.mark.parametrize("case", APART)
def test_no_ovn_is_asked_of_what_is_apart(case: str) -> None:
    room = Room()
    filed(room)
    room(put_intent(B, "uss2", APART[case]))


TOUCHING = {
    "in height": volume(low=120.0, high=200.0),
    "in time": volume(start_ms=HOUR_MS, end_ms=2 * HOUR_MS),
    "over the whole column": volume(low=-8_000.0, high=100_000.0),
}


@pytest.mark.parametrize("case", TOUCHING)
def test_what_touches_meets(case: str) -> None:
    room = Room()
    filed(room)
    assert code_of(lambda: room(put_intent(B, "uss2", TOUCHING[case]))) == "key-incomplete"


def test_what_is_nearly_met_is_relevant_and_what_is_further_away_is_not() -> None:
    def metres_east(metres: float) -> float:
        return 8.0 + metres / 76_056.0  # of longitude at 47 N

    room = Room()
    filed(room)
    beyond = put_intent(B, "uss2", volume(circle(metres_east(400.0 + VICINITY_M + 1.0))))
    nearer = put_intent(B, "uss2", volume(circle(metres_east(400.0 + VICINITY_M - 1.0))))
    assert code_of(lambda: room(nearer)) == "key-incomplete"
    room(beyond)


@pytest.mark.parametrize("state", [State.NONCONFORMING, State.CONTINGENT])
def test_who_is_outside_its_intent_needs_no_key(state: State) -> None:
    room = Room()
    filed(room)
    ovn = ovn_of(room(put_intent(B, "uss2", volume(FAR))))
    assert code_of(lambda: filed(room, B, "uss2", ovn=ovn)) == "key-incomplete"
    filed(room, B, "uss2", ovn=ovn, state=state, implicit=True)


def test_a_change_needs_no_ovn_of_its_own_earlier_version() -> None:
    room = Room()
    filed(room, ovn=filed(room))


def test_what_a_partner_tells_needs_no_key_and_is_the_partners() -> None:
    room = Room()
    filed(room)
    answer = room(put_intent(B, "partner", told=True, state=State.NONCONFORMING))
    assert answer.operational_intent_reference.manager == "partner"
    assert room(get_intent(B, "uss1")).operational_intent_reference.state is State.NONCONFORMING
    gone = DeleteOperationalIntent(caller("partner"), B, ovn_of(answer), told=True)
    assert ovn_of(room(gone)) == ovn_of(answer)


def test_constraints_are_asked_for_where_the_subscription_hears_of_them() -> None:
    room = Room()
    ovn = room(put_constraint(C)).constraint_reference.ovn
    filed(room, A)
    with pytest.raises(AirspaceConflict) as refused:
        filed(room, B, key=(ovn_of(room(get_intent(A))),), implicit=True, for_constraints=True)
    assert [one.id for one in refused.value.answer.missing_constraints] == [C]
    filed(room, B, key=(ovn_of(room(get_intent(A))), ovn), implicit=True, for_constraints=True)


# A USS that is Down -------------------------------------------------------------------------------
def test_nobody_waits_for_the_ovn_of_a_plan_whose_uss_is_down() -> None:
    room = Room()
    plan = filed(room, implicit=True)
    room(set_availability("uss1", "Down"))
    filed(room, B, "uss2")
    version = room.registry.answer_all([set_availability("uss1", "normal", "?")], NOW_MS)
    assert version[0].code == "version-mismatch"
    assert plan


def test_the_ovn_of_a_flight_whose_uss_is_down_is_still_asked_for() -> None:
    room = Room()
    flying = filed(room, ovn=filed(room, implicit=True), state=State.ACTIVATED, implicit=True)
    room(set_availability("uss1", "Down"))
    assert code_of(lambda: filed(room, B, "uss2")) == "key-incomplete"
    filed(room, B, "uss2", key=(flying,))


def test_a_uss_that_is_down_may_only_say_that_an_aircraft_is_outside_its_intent() -> None:
    room = Room()
    ovn = filed(room, implicit=True)
    room(set_availability("uss1", "Down"))
    assert code_of(lambda: room(put_intent(B, "uss1", volume(FAR)))) == "uss-down"
    assert code_of(lambda: filed(room, ovn=ovn, implicit=True)) == "uss-down"
    assert code_of(lambda: room(delete_intent(A, ovn))) == "uss-down"
    filed(room, ovn=ovn, state=State.NONCONFORMING, implicit=True)


# Who is told --------------------------------------------------------------------------------------
def test_all_are_told_whose_subscriptions_it_meets_or_met_and_the_indices_count() -> None:
    room = Room()
    room(put_subscription(S, "uss2", volume(FAR)))
    room(put_subscription(S2, "uss3", url="https://uss3.example"))
    created = room(put_intent(A))
    assert notified(created) == {"https://uss3.example": {S2: 1}}
    moved = room(put_intent(A, "uss1", volume(FAR), ovn=ovn_of(created)))
    assert notified(moved) == {"https://uss3.example": {S2: 2}, "https://uss2.example/notified": {S: 1}}
    ended = room(delete_intent(A, ovn_of(moved)))
    assert notified(ended) == {"https://uss2.example/notified": {S: 2}}
    assert room(get_subscription(S2, "uss3")).subscription.notification_index == 2


def test_subscriptions_of_one_base_url_are_told_together() -> None:
    room = Room()
    room(put_subscription(S, "uss2"))
    room(put_subscription(S2, "uss2"))
    assert notified(room(put_intent(A))) == {"https://uss2.example/notified": {S: 1, S2: 1}}


def test_indices_of_the_clock_fit_an_int32_and_rise() -> None:
    room = Room(time_based_notification_index=True)
    room(put_subscription(S, "uss2"))
    first = notified(answer := room(put_intent(A)))["https://uss2.example/notified"][S]
    room.now_ms += 1_000
    second = notified(room(delete_intent(A, ovn_of(answer))))["https://uss2.example/notified"][S]
    assert 0 < first < second < 2**31
    assert room.database.indices[S] == 0


# Implicit subscriptions ---------------------------------------------------------------------------
def subscription_of(room: Room, id: str = A, manager: str = "uss1") -> Any:
    served_by = room(get_intent(id, manager)).operational_intent_reference.subscription_id
    return room(get_subscription(served_by, manager)).subscription


def test_an_implicit_subscription_is_as_large_as_its_intent_and_goes_with_it() -> None:
    room = Room()
    ovn = filed(room, implicit=True)
    served_by = subscription_of(room)
    assert served_by.implicit_subscription
    assert served_by.dependent_operational_intents == (A,)
    assert (served_by.time_start, served_by.time_end) == (at(NOW_MS), at(NOW_MS + HOUR_MS))
    assert notified(room(delete_intent(A, ovn))) == {}
    assert code_of(lambda: room(get_subscription(served_by.id))) == "unknown-entity"
    assert not room.database.records


def test_an_implicit_subscription_goes_when_another_serves_or_none() -> None:
    room = Room()
    room(put_subscription(S, "uss1", volume(end_ms=2 * HOUR_MS)))
    ovn = filed(room, implicit=True)
    for more in ({"implicit": True}, {"subscription_id": S}, {"implicit": True}, {}):
        before = subscription_of(room).id
        ovn = filed(room, ovn=ovn, **more)
        if before != S:
            assert code_of(lambda before=before: room(get_subscription(before))) == "unknown-entity"  # type: ignore[misc]
    assert {ref.id for ref in room.database.records} == {A, S}


def test_an_implicit_subscription_grows_with_who_joins_and_shrinks_when_they_leave() -> None:
    room = Room()
    first = filed(room, implicit=True)
    shared = subscription_of(room).id
    joining = put_intent(B, "uss1", volume(FAR, end_ms=3 * HOUR_MS), subscription_id=shared)
    second = ovn_of(room(joining))
    grown = subscription_of(room, B)
    assert grown.dependent_operational_intents == (A, B)
    assert grown.time_end == at(NOW_MS + 3 * HOUR_MS)
    assert [one.id for one in room(find_subscriptions(volume(FAR))).subscriptions] == [shared]
    room(delete_intent(B, second))
    assert ids(room(find_subscriptions(volume(FAR)))) == []
    assert subscription_of(room).time_end == at(NOW_MS + HOUR_MS)
    room(delete_intent(A, first))
    assert not room.database.records


def test_an_implicit_subscription_serves_a_bounded_number() -> None:
    room = Room()
    served_by = room(put_intent(A, implicit=True)).operational_intent_reference.subscription_id
    apart = [volume(circle(8 + 0.01 * n)) for n in range(1, MAX_DEPENDENTS + 1)]
    ask = [put_intent(uuid4(n, 5), "uss1", one, subscription_id=served_by) for n, one in enumerate(apart)]
    *taken, last = room.registry.answer_all(ask, NOW_MS)
    assert not [one for one in taken if isinstance(one, OpenlineError)]
    assert last.code == "too-many-dependents"


SMALL = {
    "in time": volume(end_ms=HOUR_MS - 1),
    "too late": volume(start_ms=1_000),
    "in area": volume(circle(radius_m=190.0)),
    "beside it": volume(polygon((8.01, 47), (8.02, 47), (8.02, 47.01))),
}


@pytest.mark.parametrize("case", SMALL)
def test_an_explicit_subscription_covers_what_it_serves(case: str) -> None:
    room = Room()
    room(put_subscription(S, "uss1", SMALL[case]))
    assert code_of(lambda: filed(room, subscription_id=S)) == "subscription-too-small"


def test_it_covers_the_area_and_need_not_cover_the_heights() -> None:
    """F3548-21 A4: it "must cover at least the area"."""
    room = Room()
    room(put_subscription(S, "uss1", volume(high=100.0)))
    assert filed(room, subscription_id=S)


def test_a_subscription_serves_its_own_manager_and_hears_of_operational_intents() -> None:
    room = Room()
    room(put_subscription(S, "uss2"))
    room(put_subscription(S2, "uss1", intents=False, constraints=True))
    assert code_of(lambda: filed(room, subscription_id=S)) == "not-the-owner"
    assert code_of(lambda: filed(room, subscription_id=S2)) == "subscription-mute"


def test_a_subscription_that_is_made_explicit_outlives_its_intent() -> None:
    room = Room()
    ovn = filed(room, implicit=True)
    served_by = subscription_of(room)
    answer = room(put_subscription(served_by.id, "uss1", volume(), version=served_by.version))
    assert not answer.subscription.implicit_subscription
    room(delete_intent(A, ovn))
    room(delete_subscription(served_by.id, answer.subscription.version))
    assert not room.database.records


# Searching, and what is over ----------------------------------------------------------------------
def test_a_question_may_leave_out_heights_and_times() -> None:
    room = Room()
    filed(room)
    assert ids(room(find_intents(volume(low=None, high=None, start_ms=None, end_ms=None)))) == [A]
    assert ids(room(find_intents(volume(low=200.0, high=None)))) == []
    assert ids(room(find_intents(volume(start_ms=2 * HOUR_MS, end_ms=None)))) == []
    assert ids(room(find_intents(volume(FAR)))) == []


def test_only_the_manager_is_shown_the_ovn() -> None:
    room = Room()
    ovn = filed(room)
    for manager, shown in (("uss1", ovn), ("uss2", None)):
        (found,) = room(find_intents(volume(), manager)).operational_intent_references
        assert found.ovn == shown
        assert room(get_intent(A, manager)).operational_intent_reference.ovn == shown


def test_one_that_is_over_may_be_asked_for_and_prolonged_and_needs_no_key() -> None:
    room = Room()
    ovn = filed(room, implicit=True)
    room.now_ms += HOUR_MS + MINUTE_MS
    room(put_intent(B, "uss2", volume(end_ms=3 * HOUR_MS)))
    assert ids(room(find_intents(volume()))) == [A, B]
    longer = volume(end_ms=4 * HOUR_MS)
    served_by = subscription_of(room).id
    room(put_intent(A, "uss1", longer, ovn=ovn, state=State.NONCONFORMING, subscription_id=served_by))


def test_a_sweep_removes_what_is_over_with_its_implicit_subscription_and_no_more() -> None:
    room = Room()
    filed(room, implicit=True)
    served_by = subscription_of(room).id
    room(put_intent(B, "uss1", volume(FAR, end_ms=9 * HOUR_MS), subscription_id=served_by))
    room(put_subscription(S, "uss2"))
    room.now_ms += HOUR_MS + OVER_KEPT_MS
    room(Sweep())
    assert len(room.database.records) == 4
    room.now_ms += 1
    room(Sweep())
    assert {ref.id for ref in room.database.records} == {B, served_by}
    assert subscription_of(room, B).dependent_operational_intents == (B,)
    room.now_ms += 9 * HOUR_MS
    room(Sweep())
    assert not room.database.records
    assert not room.database.indices
