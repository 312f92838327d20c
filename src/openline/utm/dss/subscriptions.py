"""Subscriptions: create, change, remove, look up and search (F3548-21 A4, DSS0005,5 and DSS0015).

One that is over, and serves no operational intent, is as good as gone, whether or not it is removed yet.
"""

from typing import Final

import msgspec

from openline.errors import Invalid, LimitExceeded
from openline.utm.dss import errors
from openline.utm.dss.airspace import Airspace
from openline.utm.dss.checks import refuse_bad_id, refuse_bad_url
from openline.utm.dss.decision import Decision, Put, Ready
from openline.utm.dss.keys import name_key, rising, space_keys
from openline.utm.dss.limits import (
    MAX_AREA_KM2,
    MAX_CLOCK_SKEW_MS,
    MAX_SUBSCRIPTION_DURATION_MS,
    MAX_SUBSCRIPTIONS_IN_AREA,
    OI_MAX_VERTICES,
)
from openline.utm.dss.records import Kind, Record, Ref, SubscriptionEntry
from openline.utm.dss.requests import (
    Caller,
    DeleteSubscription,
    GetSubscription,
    PutSubscription,
    QuerySubscriptions,
)
from openline.utm.dss.serving import Chance, refuse_uncovered, standing
from openline.utm.dss.settings import Settings
from openline.utm.dss.values import (
    constraint_reference,
    extents_of,
    intent_reference,
    subscription_head,
    subscription_record,
    subscription_shown,
)
from openline.utm.space import Rules, Zones, judged_zones_of, start_ms_of, time_of, zones_of
from openline.utm.wire import references as wire
from openline.utm.wire.volumes import Time, Volume4D

RULES: Final = Rules(
    max_volumes=1,
    max_vertices=OI_MAX_VERTICES,
    vertices_limit="F3548-21 OiMaxVertices",
    max_area_km2=MAX_AREA_KM2,
    area_limit="MAX_AREA_KM2",
)
_KIND: Final = Kind.SUBSCRIPTION


def _ref(id: str) -> Ref:
    return Ref(_KIND, id)


# Put ----------------------------------------------------------------------------------------------
def ready_put(request: PutSubscription, now_ms: int, chance: Chance, settings: Settings) -> Ready:
    """Raises Invalid, LimitExceeded."""
    asked = request.parameters
    refuse_bad_id(request.id)
    refuse_bad_url(asked.uss_base_url, "uss_base_url", allow_http=settings.allow_http)
    if not asked.notify_for_operational_intents and not asked.notify_for_constraints:
        raise Invalid(
            "nothing-to-notify",
            "a subscription is for operational intents, for constraints or for both",
            field="notify_for_operational_intents",
            clause="F3548-21 A4 PutSubscriptionParameters",
        )
    zones = zones_of((asked.extents,), RULES)
    return Ready(request, zones, space_keys(zones.boxes))


def keys_change(airspace: Airspace, ready: Ready) -> frozenset[int]:
    """Of where it is and was, and of its id: whoever depends on it holds that one."""
    request = ready.request
    assert isinstance(request, PutSubscription | DeleteSubscription)
    old = airspace.find(_KIND, request.id)
    return frozenset({name_key(_ref(request.id)), *ready.space, *(old.keys if old is not None else ())})


def put(airspace: Airspace, ready: Ready, now_ms: int, chance: Chance, settings: Settings) -> Decision:
    """An implicit one that is changed becomes an explicit one.

    Raises NotFound, Refused ``already-exists``, ``not-the-manager``, ``version-mismatch``; Invalid
    ``already-over``, ``times-inverted``, ``starts-in-the-past``, ``subscription-too-small``; LimitExceeded
    ``too-long``, ``too-many-subscriptions``.
    """
    request, asked_zones = ready.request, ready.zones
    assert isinstance(request, PutSubscription)
    assert asked_zones is not None
    old = standing(airspace, request.id, now_ms)
    _refuse_mismatch(request, old)
    extents = _timed(request.parameters.extents, old, now_ms)
    zones = judged_zones_of((extents,))
    _refuse_bad_times(zones, old, now_ms)
    _refuse_many(airspace, request, zones, now_ms)
    dependents = airspace.dependents(request.id)
    _refuse_uncovering(airspace, dependents, extents, zones)
    record = _record(request, ready, old, extents, zones, chance)
    expired = airspace.find(_KIND, request.id) if old is None else None
    return Decision(
        _put_answer(airspace, request, record, zones, dependents, now_ms),
        (Put(record, zones),),
        (expired,) if expired is not None else (),
    )


def _refuse_mismatch(request: PutSubscription | DeleteSubscription, old: Record | None) -> None:
    ref = _ref(request.id)
    if old is None:
        if request.version is not None:
            raise errors.unknown(ref)
        return
    if old.manager != request.caller.manager:
        raise errors.foreign(ref)
    if request.version is None:
        raise errors.exists(ref)
    if subscription_head(old).version != request.version:
        raise errors.outdated(ref)


def _timed(extents: Volume4D, old: Record | None, now_ms: int) -> Volume4D:
    """Times that are left out stay as they are; those of a new one are from now on, and a day."""
    start, end = extents.time_start, extents.time_end
    head = subscription_head(old) if old is not None else None
    if start is None:
        start = time_of(now_ms) if head is None else Time(head.time_start, "RFC3339")
    if end is None:
        longest = time_of(start_ms_of(start) + MAX_SUBSCRIPTION_DURATION_MS)
        end = longest if head is None else Time(head.time_end, "RFC3339")
    return msgspec.structs.replace(extents, time_start=start, time_end=end)


def _refuse_bad_times(zones: Zones, old: Record | None, now_ms: int) -> None:
    if zones.end_ms < now_ms:
        raise Invalid("already-over", "its end lies in the past", field="extents.time_end")
    earliest_ms = now_ms - MAX_CLOCK_SKEW_MS
    if zones.start_ms < (earliest_ms if old is None else min(earliest_ms, old.start_ms)):
        text = "it starts more than five minutes in the past"
        raise Invalid("starts-in-the-past", text, field="extents.time_start")
    if zones.end_ms - zones.start_ms > MAX_SUBSCRIPTION_DURATION_MS + 1:  # the ms that rounding may add
        text = "a subscription lasts 24 hours at most"
        clause = "F3548-21 DSSMaxSubscriptionDurationHours"
        raise LimitExceeded("too-long", text, field="extents.time_end", clause=clause)


def _refuse_many(airspace: Airspace, request: PutSubscription, zones: Zones, now_ms: int) -> None:
    met = [
        one
        for one in airspace.near(_KIND, zones, request.id)
        if one.manager == request.caller.manager and one.end_ms >= now_ms
    ]
    if len(met) < MAX_SUBSCRIPTIONS_IN_AREA:
        return
    if sum(not subscription_head(one).implicit for one in met) >= MAX_SUBSCRIPTIONS_IN_AREA:
        raise LimitExceeded(
            "too-many-subscriptions",
            f"{MAX_SUBSCRIPTIONS_IN_AREA:,} subscriptions of yours are in this area already",
            field="extents",
            clause="MAX_SUBSCRIPTIONS_IN_AREA",
            remedy="remove what you need no more, or make one larger",
        )


def _refuse_uncovering(
    airspace: Airspace, dependents: tuple[str, ...], extents: Volume4D, zones: Zones
) -> None:
    for id in dependents:
        intent = airspace.find(Kind.OPERATIONAL_INTENT, id)
        if intent is not None:
            refuse_uncovered(extents, zones, extents_of(intent), "extents")


def _record(
    request: PutSubscription,
    ready: Ready,
    old: Record | None,
    extents: Volume4D,
    zones: Zones,
    chance: Chance,
) -> Record:
    asked = request.parameters
    entry = SubscriptionEntry(
        version=chance(),
        uss_base_url=asked.uss_base_url,
        notify_for_operational_intents=asked.notify_for_operational_intents,
        notify_for_constraints=asked.notify_for_constraints,
        implicit=False,
        time_start=zones.start or "",
        time_end=zones.end or "",
        extents=(extents,),
    )
    return subscription_record(
        request.id,
        request.caller.manager,
        old.version + 1 if old is not None else 1,
        (zones.start_ms, zones.end_ms),
        rising(ready.space, (name_key(_ref(request.id)),)),
        entry,
    )


def _put_answer(
    airspace: Airspace,
    request: PutSubscription,
    record: Record,
    zones: Zones,
    dependents: tuple[str, ...],
    now_ms: int,
) -> wire.PutSubscriptionResponse:
    """With what is in its area, of the kinds that it is for."""
    manager, asked = request.caller.manager, request.parameters
    intents = constraints = None
    if asked.notify_for_operational_intents:
        intents = tuple(
            intent_reference(one, airspace.availability(one.manager), manager)
            for one in airspace.near(Kind.OPERATIONAL_INTENT, zones)
            if one.end_ms >= now_ms
        )
    if asked.notify_for_constraints:
        constraints = tuple(
            constraint_reference(one, airspace.availability(one.manager), manager)
            for one in airspace.near(Kind.CONSTRAINT, zones)
            if one.end_ms >= now_ms
        )
    is_new = request.version is None
    index = 0 if is_new else airspace.indices.get(request.id, 0)
    return wire.PutSubscriptionResponse(subscription_shown(record, index, dependents), intents, constraints)


# Delete -------------------------------------------------------------------------------------------
def ready_delete(request: DeleteSubscription, now_ms: int, chance: Chance, settings: Settings) -> Ready:
    refuse_bad_id(request.id)
    return Ready(request)


def delete(airspace: Airspace, ready: Ready, now_ms: int, chance: Chance, settings: Settings) -> Decision:
    """Raises NotFound, Refused ``not-the-manager``, ``version-mismatch``; Invalid ``has-dependents``."""
    request = ready.request
    assert isinstance(request, DeleteSubscription)
    old = standing(airspace, request.id, now_ms)
    if old is None:
        raise errors.unknown(_ref(request.id))
    _refuse_mismatch(request, old)
    if airspace.dependents(old.id):
        raise Invalid(
            "has-dependents",
            "operational intents depend on this subscription",
            field="subscriptionid",
            remedy="end them, or have another subscription serve them",
        )
    answer = wire.DeleteSubscriptionResponse(_shown(airspace, old))
    return Decision(answer, removals=(old,))


# Questions ----------------------------------------------------------------------------------------
def get(airspace: Airspace, ready: Ready, now_ms: int, chance: Chance, settings: Settings) -> Decision:
    """Raises NotFound, Refused ``not-the-manager``."""
    request = ready.request
    assert isinstance(request, GetSubscription)
    record = standing(airspace, request.id, now_ms)
    if record is None:
        raise errors.unknown(_ref(request.id))
    if record.manager != request.caller.manager:
        raise errors.foreign(_ref(request.id))
    return Decision(wire.GetSubscriptionResponse(_shown(airspace, record)))


def keys_query(airspace: Airspace, ready: Ready) -> frozenset[int]:
    """Who depends on what is found is known by their names."""
    request, zones = ready.request, ready.zones
    assert isinstance(request, QuerySubscriptions)
    assert zones is not None
    found = _own(airspace, zones, request.caller)
    return frozenset({*ready.space, *(name_key(one.ref) for one in found)})


def query(airspace: Airspace, ready: Ready, now_ms: int, chance: Chance, settings: Settings) -> Decision:
    request, zones = ready.request, ready.zones
    assert isinstance(request, QuerySubscriptions)
    assert zones is not None
    found = (one for one in _own(airspace, zones, request.caller) if one.end_ms >= now_ms)
    return Decision(wire.QuerySubscriptionsResponse(tuple(_shown(airspace, one) for one in found)))


def _own(airspace: Airspace, zones: Zones, caller: Caller) -> list[Record]:
    return [one for one in airspace.near(_KIND, zones) if one.manager == caller.manager]


def _shown(airspace: Airspace, record: Record) -> wire.Subscription:
    index = airspace.indices.get(record.id, 0)
    return subscription_shown(record, index, airspace.dependents(record.id))
