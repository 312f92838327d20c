"""Our own operational intents: what is kept of each, and what is on its way to the DSS."""

import msgspec

from openline.utm.uss.conformance import Conformity
from openline.utm.wire.details import OperationalIntent, OperationalIntentDetails, VehicleTelemetry
from openline.utm.wire.references import (
    OperationalIntentReference,
    OperationalIntentState,
    SubscriberToNotify,
)
from openline.utm.wire.volumes import Volume4D

OFF_NOMINAL = frozenset({OperationalIntentState.NONCONFORMING, OperationalIntentState.CONTINGENT})


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A flight as its operator wants it, or as it is found to be. area: all of where it is or may be.

    Nominal: area becomes the volumes. Nonconforming and Contingent: area becomes the off-nominal volumes.
    operator: whose it is, for the aggregate of his flights and for the logs.
    """

    state: OperationalIntentState
    area: tuple[Volume4D, ...]
    priority: int = 0
    operator: str = ""


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of the DSS and not yet heard back: stored before it is said. state None: its end."""

    state: OperationalIntentState | None
    details: OperationalIntentDetails
    since_ms: int


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """One operational intent of ours. flight_id: by which its operator names it; intent_id: a UUIDv4.

    reference, details: as the DSS took them last (None: it never did); the reference has its OVN.
    pending: see Pending. telemetry: the newest. to_tell: subscribers who were not told yet of what stands,
    and since when. ended_ms: when it was taken out of the DSS; it is kept until all were told.
    """

    flight_id: str
    intent_id: str
    operator: str = ""
    reference: OperationalIntentReference | None = None
    details: OperationalIntentDetails = OperationalIntentDetails()
    pending: Pending | None = None
    conformity: Conformity = Conformity()
    telemetry: VehicleTelemetry | None = None
    to_tell: tuple[SubscriberToNotify, ...] = ()
    to_tell_ms: int | None = None
    ended_ms: int | None = None

    @property
    def subscription_id(self) -> str:
        """Because of which we are told of others; empty where there is none."""
        return "" if self.reference is None else self.reference.subscription_id

    @property
    def state(self) -> OperationalIntentState | None:
        return None if self.reference is None else self.reference.state

    @property
    def intent(self) -> OperationalIntent | None:
        """What others are told; while something is pending, what the DSS accepted last (F3548-21 Annex
        A4).
        """
        if self.reference is None:
            return None
        return OperationalIntent(self.reference, self.details)


def details_of(wanted: Wanted, before: OperationalIntentDetails | None) -> OperationalIntentDetails:
    """The details by which the wanted is told. Nonconforming keeps the volumes in which it ought to be, and
    Contingent has none (F3548-21 Annex A4 OperationalIntentDetails).
    """
    if wanted.state not in OFF_NOMINAL:
        return OperationalIntentDetails(wanted.area, (), wanted.priority)
    if wanted.state is OperationalIntentState.CONTINGENT:
        return OperationalIntentDetails((), wanted.area, wanted.priority)
    nominal = before.volumes if before is not None and before.volumes else wanted.area
    return OperationalIntentDetails(nominal, wanted.area, wanted.priority)


def extents_of(details: OperationalIntentDetails) -> tuple[Volume4D, ...]:
    """What the DSS is told of its extent."""
    return details.volumes + details.off_nominal_volumes
