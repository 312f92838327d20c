"""Subscriptions and constraint references, and whether a USS is Down (F3548-21 A4)."""

from collections.abc import Callable
from typing import Any

import pytest

from openline.errors import OpenlineError
from openline.utm.dss import limits
from openline.utm.dss.limits import CSTR_MAX_VERTICES, MAX_SUBSCRIPTIONS_IN_AREA, MAX_USS_ID
from openline.utm.dss.requests import Sweep
from openline.utm.wire.references import UssAvailabilityState
from unit.utm.dss.dss_room import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    NOW_MS,
    Room,
    at,
    circle,
    delete_constraint,
    delete_subscription,
    find_constraints,
    find_subscriptions,
    get_availability,
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

A, B, C, S = uuid4(1), uuid4(2), uuid4(3), uuid4(11)
FAR = circle(9.0)


def code_of(ask: Callable[[], Any]) -> str:
    with pytest.raises(OpenlineError) as refused:
        ask()
    return refused.value.code


# Subscriptions ------------------------------------------------------------------------------------
def test_a_new_subscription_is_told_what_is_in_its_area_of_the_kinds_it_is_for() -> None:
    room = Room()
    room(put_intent(A, "uss2"))
    room(put_constraint(C))
    for intents, constraints in ((True, False), (False, True), (True, True)):
        answer = room(
            put_subscription(uuid4(20 + intents + 2 * constraints), intents=intents, constraints=constraints)
        )
        found = answer.operational_intent_references
        assert ([one.id for one in found] == [A] and found[0].ovn is None) if intents else found is None
        known = answer.constraint_references
        assert [one.id for one in known] == [C] if constraints else known is None


def test_times_that_are_left_out_are_from_now_on_and_a_day() -> None:
    room = Room()
    shown = room(put_subscription(S, extents=volume(start_ms=None, end_ms=None))).subscription
    assert (shown.time_start, shown.time_end) == (at(NOW_MS), at(NOW_MS + DAY_MS))
    room.now_ms += HOUR_MS
    again = put_subscription(S, extents=volume(start_ms=None, end_ms=None), version=shown.version)
    changed = room(again).subscription
    assert (changed.time_start, changed.time_end) == (shown.time_start, shown.time_end)
    assert changed.version != shown.version


REFUSED = {
    "for nothing": ("nothing-to-notify", {"intents": False}),
    "over": ("already-over", {"extents": volume(start_ms=-HOUR_MS, end_ms=-1_000)}),
    "long begun": ("starts-in-the-past", {"extents": volume(start_ms=-6 * MINUTE_MS)}),
    "longer than a day": ("too-long", {"extents": volume(end_ms=DAY_MS + MINUTE_MS)}),
    "too large": ("area-too-large", {"extents": volume(circle(radius_m=29_000.0))}),
    "without TLS": ("no-tls", {"url": "http://uss1.example"}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_no_subscription_is(case: str) -> None:
    code, more = REFUSED[case]
    assert code_of(lambda: Room()(put_subscription(S, **more))) == code


def test_only_its_manager_with_its_present_version_may_change_see_or_remove_it() -> None:
    room = Room()
    version = room(put_subscription(S)).subscription.version
    assert code_of(lambda: room(put_subscription(S))) == "already-exists"
    assert code_of(lambda: room(put_subscription(S, "uss2", version=version))) == "not-the-manager"
    assert code_of(lambda: room(put_subscription(S, version="old"))) == "version-mismatch"
    assert code_of(lambda: room(get_subscription(S, "uss2"))) == "not-the-manager"
    assert code_of(lambda: room(delete_subscription(S, version, "uss2"))) == "not-the-manager"
    assert code_of(lambda: room(delete_subscription(S, "old"))) == "version-mismatch"
    assert ids(room(find_subscriptions(volume(), "uss2"))) == []
    assert room(delete_subscription(S, version)).subscription.id == S
    assert code_of(lambda: room(get_subscription(S))) == "unknown-entity"


def test_a_subscription_that_serves_stays_and_stays_large_enough() -> None:
    room = Room()
    version = room(put_subscription(S)).subscription.version
    room(put_intent(A, subscription_id=S))
    assert code_of(lambda: room(delete_subscription(S, version))) == "has-dependents"
    for small in (volume(end_ms=HOUR_MS - 1), volume(high=100.0), volume(circle(radius_m=50.0)), volume(FAR)):
        ask = put_subscription(S, extents=small, version=version)
        assert code_of(lambda ask=ask: room(ask)) == "subscription-too-small"  # type: ignore[misc]
    later = put_subscription(S, extents=volume(start_ms=4 * MINUTE_MS), version=version)
    assert room(later).subscription.dependent_operational_intents == (A,)


def test_one_that_is_over_is_gone_at_once_and_its_id_is_free() -> None:
    room = Room()
    room(put_subscription(S))
    room(put_intent(A))
    room.now_ms += HOUR_MS + 1
    assert ids(room(find_subscriptions(volume()))) == []
    assert code_of(lambda: room(get_subscription(S))) == "unknown-entity"
    anew = room(put_subscription(S, "uss2", volume(start_ms=HOUR_MS, end_ms=2 * HOUR_MS))).subscription
    assert anew.notification_index == 0
    assert notified(room(put_intent(B, "uss1", volume(start_ms=HOUR_MS, end_ms=2 * HOUR_MS)))) == {
        "https://uss2.example/notified": {S: 1}
    }
    room.now_ms += DAY_MS
    room(Sweep())
    assert not room.database.records


def test_one_manager_has_a_bounded_number_in_an_area(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_SUBSCRIPTIONS_IN_AREA == limits.MAX_SUBSCRIPTIONS_IN_AREA
    monkeypatch.setattr("openline.utm.dss.subscriptions.MAX_SUBSCRIPTIONS_IN_AREA", 3)
    room = Room()
    for number in range(3):
        room(put_subscription(uuid4(number, 4)))
    assert code_of(lambda: room(put_subscription(S))) == "too-many-subscriptions"
    room(put_subscription(S, "uss2"))
    room(put_subscription(uuid4(9, 4), extents=volume(FAR)))


# Constraints --------------------------------------------------------------------------------------
def test_a_constraint_is_shown_changed_and_removed() -> None:
    room = Room()
    room(put_subscription(S, "uss2", intents=False, constraints=True))
    room(put_subscription(uuid4(12), "uss3"))
    first = room(put_constraint(C, "authority", volume(low=None, high=None)))
    assert notified(first) == {"https://uss2.example/notified": {S: 1}}
    ovn = first.constraint_reference.ovn
    assert ids(room(find_constraints(volume(low=50_000.0, high=None)))) == [C]
    (seen,) = room(find_constraints(volume())).constraint_references
    assert (seen.id, seen.ovn, seen.version) == (C, None, 1)
    assert code_of(lambda: room(put_constraint(C))) == "already-exists"
    assert code_of(lambda: room(put_constraint(C, "other", ovn=ovn))) == "not-the-manager"
    assert code_of(lambda: room(put_constraint(C, ovn="old"))) == "version-mismatch"
    moved = room(put_constraint(C, "authority", volume(FAR), ovn=ovn))
    assert notified(moved) == {"https://uss2.example/notified": {S: 2}}
    assert moved.constraint_reference.version == 2
    ovn = moved.constraint_reference.ovn
    assert code_of(lambda: room(delete_constraint(C, "old"))) == "version-mismatch"
    assert notified(room(delete_constraint(C, ovn))) == {}
    assert code_of(lambda: room(delete_constraint(C, ovn))) == "unknown-entity"


RING = tuple(
    (8 + 0.01 * n / CSTR_MAX_VERTICES, 47 + (0.01 if n % 2 else 0)) for n in range(CSTR_MAX_VERTICES)
)
CONSTRAINTS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "without a start": ("missing-field", (volume(start_ms=None),)),
    "over": ("already-over", (volume(start_ms=-HOUR_MS, end_ms=-1_000),)),
    "longer than a day in parts": ("too-long", (volume(), volume(start_ms=DAY_MS, end_ms=DAY_MS + HOUR_MS))),
    "in 57 days": ("beyond-horizon", (volume(start_ms=57 * DAY_MS, end_ms=57 * DAY_MS + HOUR_MS),)),
    "a circle too large": ("area-too-large", (volume(circle(radius_m=57_000.0)),)),
    "circles too large": (
        "area-too-large",
        tuple(volume(circle(8 + n, radius_m=30_000.0)) for n in range(4)),
    ),
    "of too many vertices": ("too-many-vertices", (volume(polygon(*RING)), volume())),
}


@pytest.mark.parametrize("case", CONSTRAINTS)
def test_no_constraint_is(case: str) -> None:
    code, extents = CONSTRAINTS[case]
    assert code_of(lambda: Room()(put_constraint(C, "authority", *extents))) == code


def test_a_constraint_in_55_days_of_9_000_km2_is_taken() -> None:
    room = Room()
    extents = volume(circle(radius_m=53_000.0), start_ms=55 * DAY_MS, end_ms=56 * DAY_MS)
    room(put_constraint(C, "authority", extents))
    assert ids(room(find_constraints(volume(start_ms=None, end_ms=None)))) == [C]


# Availability -------------------------------------------------------------------------------------
def test_an_availability_has_versions_and_states_in_any_case() -> None:
    room = Room()
    unknown = room(get_availability("uss9"))
    assert (unknown.version, unknown.status.availability) == ("", UssAvailabilityState.UNKNOWN)
    first = room(set_availability("uss9", "nOrMaL"))
    assert first.status.availability is UssAvailabilityState.NORMAL
    assert code_of(lambda: room(set_availability("uss9", "Down"))) == "version-mismatch"
    second = room(set_availability("uss9", "down", first.version))
    assert room(get_availability("uss9")) == second
    assert second.version != first.version


def test_no_availability_is_other_than_the_standards() -> None:
    room = Room()
    assert code_of(lambda: room(set_availability("uss9", "pUrPlE"))) == "bad-availability"
    assert code_of(lambda: room(set_availability("", "Down"))) == "missing-field"
    assert code_of(lambda: room(set_availability("u" * (MAX_USS_ID + 1), "Down"))) == "name-too-long"
    assert code_of(lambda: room(set_availability("uss9", "Down", "never"))) == "version-mismatch"
