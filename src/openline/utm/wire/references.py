"""What the DSS is asked about operational intents and constraints, and what it answers (F3548-21 Annex A4).

Ids, versions and URLs are plain texts here: what is wrong with one is said by the decision, with its clause.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from openline.utm.wire.volumes import Time, Volume4D


class OperationalIntentState(StrEnum):
    ACCEPTED = "Accepted"
    ACTIVATED = "Activated"
    NONCONFORMING = "Nonconforming"
    CONTINGENT = "Contingent"


class UssAvailabilityState(StrEnum):
    UNKNOWN = "Unknown"
    NORMAL = "Normal"
    DOWN = "Down"


class ErrorResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    message: str | None = None


class SubscriptionState(msgspec.Struct, frozen=True):
    """One subscription that prompts a notification; notification_index: counts them."""

    subscription_id: str
    notification_index: int


class SubscriberToNotify(msgspec.Struct, frozen=True):
    """Whom the one who changed an entity has to notify, and because of which subscriptions."""

    subscriptions: tuple[SubscriptionState, ...]
    uss_base_url: str


# Operational intents ------------------------------------------------------------------------------
class OperationalIntentReference(msgspec.Struct, frozen=True, omit_defaults=True):
    """ovn: only for its manager, and in what USSs tell each other."""

    id: str
    manager: str
    uss_availability: UssAvailabilityState
    version: int
    state: OperationalIntentState
    time_start: Time
    time_end: Time
    uss_base_url: str
    subscription_id: str
    ovn: str | None = None


class ImplicitSubscriptionParameters(msgspec.Struct, frozen=True):
    uss_base_url: str
    notify_for_constraints: bool = False


class PutOperationalIntentReferenceParameters(msgspec.Struct, frozen=True, omit_defaults=True):
    """key: OVNs of all that is known around. requested_ovn_suffix: a UUIDv7 (an extension of InterUSS)."""

    extents: tuple[Volume4D, ...]
    state: OperationalIntentState
    uss_base_url: str
    key: tuple[str, ...] | None = None
    subscription_id: str | None = None
    new_subscription: ImplicitSubscriptionParameters | None = None
    requested_ovn_suffix: str | None = None


class GetOperationalIntentReferenceResponse(msgspec.Struct, frozen=True):
    operational_intent_reference: OperationalIntentReference


class ChangeOperationalIntentReferenceResponse(msgspec.Struct, frozen=True):
    subscribers: tuple[SubscriberToNotify, ...]
    operational_intent_reference: OperationalIntentReference


class QueryOperationalIntentReferenceParameters(msgspec.Struct, frozen=True, omit_defaults=True):
    area_of_interest: Volume4D | None = None


class QueryOperationalIntentReferenceResponse(msgspec.Struct, frozen=True):
    operational_intent_references: tuple[OperationalIntentReference, ...]


# Constraints --------------------------------------------------------------------------------------
class ConstraintReference(msgspec.Struct, frozen=True, omit_defaults=True):
    """ovn: only for its manager, and in what USSs tell each other."""

    id: str
    manager: str
    uss_availability: UssAvailabilityState
    version: int
    time_start: Time
    time_end: Time
    uss_base_url: str
    ovn: str | None = None


class PutConstraintReferenceParameters(msgspec.Struct, frozen=True):
    extents: tuple[Volume4D, ...]
    uss_base_url: str


class GetConstraintReferenceResponse(msgspec.Struct, frozen=True):
    constraint_reference: ConstraintReference


class ChangeConstraintReferenceResponse(msgspec.Struct, frozen=True):
    subscribers: tuple[SubscriberToNotify, ...]
    constraint_reference: ConstraintReference


class QueryConstraintReferenceParameters(msgspec.Struct, frozen=True, omit_defaults=True):
    area_of_interest: Volume4D | None = None


class QueryConstraintReferencesResponse(msgspec.Struct, frozen=True):
    constraint_references: tuple[ConstraintReference, ...]


# Conflict -----------------------------------------------------------------------------------------
class AirspaceConflictResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    """409: what the caller's key does not prove knowledge of. The OVNs are to be had from their managers."""

    message: str | None = None
    missing_operational_intents: tuple[OperationalIntentReference, ...] = ()
    missing_constraints: tuple[ConstraintReference, ...] = ()


# Subscriptions ------------------------------------------------------------------------------------
class Subscription(msgspec.Struct, frozen=True):
    id: str
    version: str
    notification_index: int
    time_start: Time
    time_end: Time
    uss_base_url: str
    notify_for_operational_intents: bool = False
    notify_for_constraints: bool = False
    implicit_subscription: bool = False
    dependent_operational_intents: tuple[str, ...] = ()


class PutSubscriptionParameters(msgspec.Struct, frozen=True):
    extents: Volume4D
    uss_base_url: str
    notify_for_operational_intents: bool = False
    notify_for_constraints: bool = False


class QuerySubscriptionParameters(msgspec.Struct, frozen=True, omit_defaults=True):
    area_of_interest: Volume4D | None = None


class QuerySubscriptionsResponse(msgspec.Struct, frozen=True):
    subscriptions: tuple[Subscription, ...]


class GetSubscriptionResponse(msgspec.Struct, frozen=True):
    subscription: Subscription


class PutSubscriptionResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is in its area, of the kinds that it asks to be told of; None for a kind that it does not."""

    subscription: Subscription
    operational_intent_references: tuple[OperationalIntentReference, ...] | None = None
    constraint_references: tuple[ConstraintReference, ...] | None = None


class DeleteSubscriptionResponse(msgspec.Struct, frozen=True):
    subscription: Subscription


# USS availability ---------------------------------------------------------------------------------
class UssAvailabilityStatus(msgspec.Struct, frozen=True):
    uss: str
    availability: UssAvailabilityState


class SetUssAvailabilityStatusParameters(msgspec.Struct, frozen=True):
    """availability: in any case (`normal` is Normal)."""

    availability: str
    old_version: str = ""


class UssAvailabilityStatusResponse(msgspec.Struct, frozen=True):
    version: str
    status: UssAvailabilityStatus


# Reports ------------------------------------------------------------------------------------------
class ExchangeRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request and its answer, as one side of it recorded them; bodies in base64."""

    url: str
    method: str
    recorder_role: str
    request_time: Time
    headers: tuple[str, ...] = ()
    request_body: str = ""
    response_time: Time | None = None
    response_body: str = ""
    response_code: int = 0
    problem: str | None = None


class ErrorReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """report_id: given by whoever receives it."""

    exchange: ExchangeRecord
    report_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None
