"""What USSs tell each other: details, notifications, telemetry, constraints and logs (F3548-21 Annex A4)."""

from typing import Any, Literal

import msgspec

from openline.utm.wire.references import (
    ConstraintReference,
    ExchangeRecord,
    OperationalIntentReference,
    SubscriptionState,
)
from openline.utm.wire.volumes import Altitude, Latitude, Longitude, Time, Volume4D


class OperationalIntentDetails(msgspec.Struct, frozen=True):
    """priority: an ordinal, 0 the least."""

    volumes: tuple[Volume4D, ...] = ()
    off_nominal_volumes: tuple[Volume4D, ...] = ()
    priority: int = 0


class OperationalIntent(msgspec.Struct, frozen=True):
    reference: OperationalIntentReference
    details: OperationalIntentDetails


class PutOperationalIntentDetailsParameters(msgspec.Struct, frozen=True, omit_defaults=True):
    """A notification; operational_intent: None where it has ended."""

    operational_intent_id: str
    subscriptions: tuple[SubscriptionState, ...]
    operational_intent: OperationalIntent | None = None


class GetOperationalIntentDetailsResponse(msgspec.Struct, frozen=True):
    operational_intent: OperationalIntent


# Telemetry ----------------------------------------------------------------------------------------
AccuracyHorizontal = Literal[
    "HAUnknown", "HA10NMPlus", "HA10NM", "HA4NM", "HA2NM", "HA1NM", "HA05NM", "HA03NM", "HA01NM", "HA005NM",
    "HA30m", "HA10m", "HA3m", "HA1m",
]  # fmt: skip
AccuracyVertical = Literal["VAUnknown", "VA150mPlus", "VA150m", "VA45m", "VA25m", "VA10m", "VA3m", "VA1m"]


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    longitude: Longitude | None = None
    latitude: Latitude | None = None
    accuracy_h: AccuracyHorizontal | None = None
    accuracy_v: AccuracyVertical | None = None
    extrapolated: bool = False
    altitude: Altitude | None = None


class Velocity(msgspec.Struct, frozen=True):
    """speed: metres a second over the ground; track: degrees from true north, 360 where unknown."""

    speed: float
    units_speed: Literal["MetersPerSecond"]
    track: float = 0.0


class VehicleTelemetry(msgspec.Struct, frozen=True, omit_defaults=True):
    time_measured: Time
    position: Position | None = None
    velocity: Velocity | None = None


class GetOperationalIntentTelemetryResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    operational_intent_id: str
    telemetry: VehicleTelemetry | None = None
    next_telemetry_opportunity: Time | None = None


# Constraints --------------------------------------------------------------------------------------
class ConstraintDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """geozone: ED-269 particulars, passed on as they came."""

    volumes: tuple[Volume4D, ...]
    type: str | None = None
    geozone: dict[str, Any] | None = None


class Constraint(msgspec.Struct, frozen=True):
    reference: ConstraintReference
    details: ConstraintDetails


class PutConstraintDetailsParameters(msgspec.Struct, frozen=True, omit_defaults=True):
    """A notification; constraint: None where it has ended."""

    constraint_id: str
    subscriptions: tuple[SubscriptionState, ...]
    constraint: Constraint | None = None


class GetConstraintDetailsResponse(msgspec.Struct, frozen=True):
    constraint: Constraint


# Logs (F3548-21 LOG) ------------------------------------------------------------------------------
class UserNotificationRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    triggering_event_time: Time
    notification_time: Time
    notification_triggering_event: str
    notification_details: str | None = None


class UserInputRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    triggering_event_time: Time
    operational_intent_id: str
    input_triggering_event: str
    input_details: str | None = None


class OperatorAssociation(msgspec.Struct, frozen=True):
    operational_intent_id: str
    operator_id: str


class PlanningRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    time: Time
    ovns: tuple[str, ...]
    missing_operational_intents: tuple[str, ...] = ()
    missing_constraints: tuple[str, ...] = ()
    operational_intent_id: str | None = None
    problem: str | None = None


class PositionRecord(msgspec.Struct, frozen=True):
    time_received: Time
    telemetry: VehicleTelemetry


class OperationalIntentPositions(msgspec.Struct, frozen=True):
    operational_intent_id: str
    positions: tuple[PositionRecord, ...] = ()


class ConstraintProviderAssociation(msgspec.Struct, frozen=True):
    constraint_id: str
    constraint_provider_id: str


class USSLogSet(msgspec.Struct, frozen=True):
    messages: tuple[ExchangeRecord, ...] = ()
    operator_notifications: tuple[UserNotificationRecord, ...] = ()
    operator_inputs: tuple[UserInputRecord, ...] = ()
    operator_associations: tuple[OperatorAssociation, ...] = ()
    planning_attempts: tuple[PlanningRecord, ...] = ()
    operational_intent_positions: tuple[OperationalIntentPositions, ...] = ()
    constraint_provider_associations: tuple[ConstraintProviderAssociation, ...] = ()
