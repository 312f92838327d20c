"""Who has to be told of a change, and under which number."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from openline.utm.dss.airspace import Airspace
from openline.utm.dss.records import Kind, Record, SubscriptionHead
from openline.utm.dss.values import subscription_head
from openline.utm.space import Zones
from openline.utm.wire import references as wire

_CLOCK_BEGINS_MS: Final = 1_735_689_600_000
"""2025-01-01T00:00:00Z, from where time-based indices count tenths of a second: they fit an int32 until 2031,
and go round after it.
"""
_TENTH_MS: Final = 100
_INT32: Final = 2**31
_OF_ONE: Final = wire.GetSubscriptionResponse | wire.PutSubscriptionResponse | wire.DeleteSubscriptionResponse


def for_intents(head: SubscriptionHead) -> bool:
    return head.notify_for_operational_intents


def for_constraints(head: SubscriptionHead) -> bool:
    return head.notify_for_constraints


def meeting(airspace: Airspace, places: Sequence[Zones], now_ms: int) -> dict[str, Record]:
    """The subscriptions that are in force and meet any of the places: where it was, where it is."""
    found = {one.id: one for zones in places for one in airspace.near(Kind.SUBSCRIPTION, zones)}
    return {id: record for id, record in found.items() if record.end_ms >= now_ms}


def subscribers(
    airspace: Airspace, records: Iterable[Record], wants: Any
) -> tuple[tuple[wire.SubscriberToNotify, ...], tuple[str, ...]]:
    """Those that want it, by base URL, and the ids of their subscriptions."""
    by_url: dict[str, list[wire.SubscriptionState]] = {}
    for record in sorted(records, key=lambda one: one.id):
        head = subscription_head(record)
        if wants(head):
            index = airspace.indices.get(record.id, 0)
            by_url.setdefault(head.uss_base_url, []).append(wire.SubscriptionState(record.id, index))
    told = tuple(wire.SubscriberToNotify(tuple(by_url[url]), url) for url in sorted(by_url))
    return told, tuple(state.subscription_id for one in told for state in one.subscriptions)


def clock_index(now_ms: int) -> int:
    """Rises with time, for all replicas alike, and nobody waits for it."""
    return (now_ms - _CLOCK_BEGINS_MS) // _TENTH_MS % _INT32


# The final numbers --------------------------------------------------------------------------------
def subscriptions_in(answer: Any) -> tuple[str, ...]:
    """The ids of the subscriptions whose indices an answer shows."""
    if isinstance(
        answer, wire.ChangeOperationalIntentReferenceResponse | wire.ChangeConstraintReferenceResponse
    ):
        return tuple(state.subscription_id for one in answer.subscribers for state in one.subscriptions)
    if isinstance(answer, wire.QuerySubscriptionsResponse):
        return tuple(one.id for one in answer.subscriptions)
    if isinstance(answer, _OF_ONE):
        return (answer.subscription.id,)
    return ()


def numbered(answer: Any, indices: Mapping[str, int]) -> Any:
    """The answer with these notification indices; one that is not among them stays as it is."""
    if isinstance(
        answer, wire.ChangeOperationalIntentReferenceResponse | wire.ChangeConstraintReferenceResponse
    ):
        told = tuple(_told(one, indices) for one in answer.subscribers)
        return msgspec.structs.replace(answer, subscribers=told)
    if isinstance(answer, wire.QuerySubscriptionsResponse):
        shown = tuple(_shown(one, indices) for one in answer.subscriptions)
        return msgspec.structs.replace(answer, subscriptions=shown)
    if isinstance(answer, _OF_ONE):
        return msgspec.structs.replace(answer, subscription=_shown(answer.subscription, indices))
    return answer


def _told(one: wire.SubscriberToNotify, indices: Mapping[str, int]) -> wire.SubscriberToNotify:
    states = tuple(
        wire.SubscriptionState(
            state.subscription_id, indices.get(state.subscription_id, state.notification_index)
        )
        for state in one.subscriptions
    )
    return wire.SubscriberToNotify(states, one.uss_base_url)


def _shown(one: wire.Subscription, indices: Mapping[str, int]) -> wire.Subscription:
    index = indices.get(one.id, one.notification_index)
    return one if index == one.notification_index else msgspec.structs.replace(one, notification_index=index)
