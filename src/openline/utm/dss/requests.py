"""What may be asked of the DSS: one frozen value an operation of F3548-21 Annex A4, with who asks.

A caller's scopes are judged before (`api.f3548.auth`), so they are not here but where a decision needs them.
"""

import msgspec

from openline.utm.wire import references as wire


class Caller(msgspec.Struct, frozen=True):
    """manager: the `sub` of the token, by which the DSS knows a USS."""

    manager: str
    scopes: frozenset[str] = frozenset()


# Operational intents ------------------------------------------------------------------------------
class PutOperationalIntent(msgspec.Struct, frozen=True):
    """Create (ovn None) or update. told: said over a line and brought in by the bridge; no key is asked for,
    and it conflicts with nobody's subscription rules.
    """

    caller: Caller
    id: str
    ovn: str | None
    parameters: wire.PutOperationalIntentReferenceParameters
    told: bool = False


class DeleteOperationalIntent(msgspec.Struct, frozen=True):
    caller: Caller
    id: str
    ovn: str
    told: bool = False


class GetOperationalIntent(msgspec.Struct, frozen=True):
    caller: Caller
    id: str


class QueryOperationalIntents(msgspec.Struct, frozen=True):
    caller: Caller
    parameters: wire.QueryOperationalIntentReferenceParameters


# Constraints --------------------------------------------------------------------------------------
class PutConstraint(msgspec.Struct, frozen=True):
    caller: Caller
    id: str
    ovn: str | None
    parameters: wire.PutConstraintReferenceParameters


class DeleteConstraint(msgspec.Struct, frozen=True):
    caller: Caller
    id: str
    ovn: str


class GetConstraint(msgspec.Struct, frozen=True):
    caller: Caller
    id: str


class QueryConstraints(msgspec.Struct, frozen=True):
    caller: Caller
    parameters: wire.QueryConstraintReferenceParameters


# Subscriptions ------------------------------------------------------------------------------------
class PutSubscription(msgspec.Struct, frozen=True):
    """Create (version None) or update."""

    caller: Caller
    id: str
    version: str | None
    parameters: wire.PutSubscriptionParameters


class DeleteSubscription(msgspec.Struct, frozen=True):
    caller: Caller
    id: str
    version: str


class GetSubscription(msgspec.Struct, frozen=True):
    caller: Caller
    id: str


class QuerySubscriptions(msgspec.Struct, frozen=True):
    """The caller's own only."""

    caller: Caller
    parameters: wire.QuerySubscriptionParameters


# USS availability ---------------------------------------------------------------------------------
class SetAvailability(msgspec.Struct, frozen=True):
    caller: Caller
    uss_id: str
    parameters: wire.SetUssAvailabilityStatusParameters


class GetAvailability(msgspec.Struct, frozen=True):
    caller: Caller
    uss_id: str


# By itself ----------------------------------------------------------------------------------------
class Sweep(msgspec.Struct, frozen=True):
    """Remove what is over; asked by the clock."""


Question = (
    GetOperationalIntent
    | QueryOperationalIntents
    | GetConstraint
    | QueryConstraints
    | GetSubscription
    | QuerySubscriptions
    | GetAvailability
)
Change = (
    PutOperationalIntent
    | DeleteOperationalIntent
    | PutConstraint
    | DeleteConstraint
    | PutSubscription
    | DeleteSubscription
    | SetAvailability
    | Sweep
)
Request = Question | Change
