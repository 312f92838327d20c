"""A record's value as bytes and back, and the reference that others are shown of it."""

from typing import Final

import msgspec

from openline.utm.dss.records import (
    Availability,
    ConstraintEntry,
    ConstraintHead,
    Intent,
    IntentHead,
    Kind,
    Record,
    SubscriptionEntry,
    SubscriptionHead,
)
from openline.utm.wire import references as wire
from openline.utm.wire.volumes import Time, Volume4D

NO_SUBSCRIPTION: Final = "00000000-0000-4000-8000-000000000000"
"""What an operational intent without a subscription shows: the standard wants an id there (the public DSS
shows the same).
"""


class _Extents(msgspec.Struct, frozen=True):
    extents: tuple[Volume4D, ...]


encoded = msgspec.json.Encoder().encode
_intent_head = msgspec.json.Decoder(IntentHead).decode
_constraint_head = msgspec.json.Decoder(ConstraintHead).decode
_subscription_head = msgspec.json.Decoder(SubscriptionHead).decode
_subscription = msgspec.json.Decoder(SubscriptionEntry).decode
_availability = msgspec.json.Decoder(Availability).decode
_extents = msgspec.json.Decoder(_Extents).decode


def intent_head(record: Record) -> IntentHead:
    return _intent_head(record.value)


def constraint_head(record: Record) -> ConstraintHead:
    return _constraint_head(record.value)


def subscription_head(record: Record) -> SubscriptionHead:
    return _subscription_head(record.value)


def subscription_entry(record: Record) -> SubscriptionEntry:
    return _subscription(record.value)


def availability_of(record: Record) -> Availability:
    return _availability(record.value)


def extents_of(record: Record) -> tuple[Volume4D, ...]:
    """Of an operational intent, a constraint or a subscription."""
    return _extents(record.value).extents


def intent_record(
    id: str, manager: str, version: int, span_ms: tuple[int, int], keys: tuple[int, ...], intent: Intent
) -> Record:
    return Record(Kind.OPERATIONAL_INTENT, id, manager, version, *span_ms, keys, encoded(intent))


def constraint_record(
    id: str,
    manager: str,
    version: int,
    span_ms: tuple[int, int],
    keys: tuple[int, ...],
    entry: ConstraintEntry,
) -> Record:
    return Record(Kind.CONSTRAINT, id, manager, version, *span_ms, keys, encoded(entry))


def subscription_record(
    id: str,
    manager: str,
    version: int,
    span_ms: tuple[int, int],
    keys: tuple[int, ...],
    entry: SubscriptionEntry,
) -> Record:
    return Record(Kind.SUBSCRIPTION, id, manager, version, *span_ms, keys, encoded(entry))


def intent_reference(
    record: Record, availability: wire.UssAvailabilityState, manager: str
) -> wire.OperationalIntentReference:
    """As manager may see it: the OVN is for its own manager alone."""
    head = intent_head(record)
    return wire.OperationalIntentReference(
        id=record.id,
        manager=record.manager,
        uss_availability=availability,
        version=record.version,
        state=head.state,
        time_start=Time(head.time_start, "RFC3339"),
        time_end=Time(head.time_end, "RFC3339"),
        uss_base_url=head.uss_base_url,
        subscription_id=head.subscription_id or NO_SUBSCRIPTION,
        ovn=head.ovn if record.manager == manager else None,
    )


def constraint_reference(
    record: Record, availability: wire.UssAvailabilityState, manager: str
) -> wire.ConstraintReference:
    """As manager may see it: the OVN is for its own manager alone."""
    head = constraint_head(record)
    return wire.ConstraintReference(
        id=record.id,
        manager=record.manager,
        uss_availability=availability,
        version=record.version,
        time_start=Time(head.time_start, "RFC3339"),
        time_end=Time(head.time_end, "RFC3339"),
        uss_base_url=head.uss_base_url,
        ovn=head.ovn if record.manager == manager else None,
    )


def subscription_shown(record: Record, index: int, dependents: tuple[str, ...]) -> wire.Subscription:
    head = subscription_head(record)
    return wire.Subscription(
        id=record.id,
        version=head.version,
        notification_index=index,
        time_start=Time(head.time_start, "RFC3339"),
        time_end=Time(head.time_end, "RFC3339"),
        uss_base_url=head.uss_base_url,
        notify_for_operational_intents=head.notify_for_operational_intents,
        notify_for_constraints=head.notify_for_constraints,
        implicit_subscription=head.implicit,
        dependent_operational_intents=dependents,
    )
