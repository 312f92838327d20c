"""What a USS is asked by other USSs, and what it needs from outside."""

from collections.abc import Collection
from enum import StrEnum
from typing import Protocol

import msgspec

from openline.utm.uss.intents import Own, Wanted
from openline.utm.uss.notifying import UserNotification
from openline.utm.wire import details as wire
from openline.utm.wire.references import ErrorReport
from openline.utm.wire.volumes import Volume4D


class Uss(Protocol):
    """The USS as its handlers ask it (`api.f3548`). manager: the `sub` of the caller's token.

    All raise Invalid, Refused, NotFound or Unavailable.
    """

    async def intent_details(self, entity_id: str) -> wire.GetOperationalIntentDetailsResponse:
        """Of our own operational intents, and of those that the bridge answers for; with their OVN."""
        ...

    async def intent_telemetry(self, entity_id: str) -> wire.GetOperationalIntentTelemetryResponse:
        """Refused (409) where it is neither Nonconforming nor Contingent."""
        ...

    async def intent_notified(
        self, manager: str, told: wire.PutOperationalIntentDetailsParameters
    ) -> None: ...

    async def constraint_details(self, entity_id: str) -> wire.GetConstraintDetailsResponse: ...

    async def constraint_notified(self, manager: str, told: wire.PutConstraintDetailsParameters) -> None: ...

    async def report(self, manager: str, report: ErrorReport) -> ErrorReport:
        """Keep it (bounded), and give it back with its id."""
        ...

    async def log_set(self, log_set_id: str) -> wire.USSLogSet: ...


class Answerer(Protocol):
    """Who else may know the details of an intent that bears our base URL: the bridge."""

    async def intent_details(self, entity_id: str) -> wire.GetOperationalIntentDetailsResponse | None: ...


class Peers(Protocol):
    """Other USSs, each by its base URL. All raise NotFound, Refused, Unavailable, Unverifiable, and Invalid
    where the answer is none, each with the party.
    """

    async def intent(self, base_url: str, entity_id: str) -> wire.OperationalIntent: ...

    async def constraint(self, base_url: str, entity_id: str) -> wire.Constraint: ...

    async def notify_of_intent(
        self, base_url: str, told_of: wire.PutOperationalIntentDetailsParameters
    ) -> None: ...


# What our own operators ask -----------------------------------------------------------------------
class Filed(msgspec.Struct, frozen=True):
    """A flight as it stands now, and the ids of those that it conflicts with and may."""

    own: Own
    conflicts: tuple[str, ...] = ()


class Cleared(msgspec.Struct, frozen=True):
    """Flights of ours that were ended, and what stood in the way of ending others, by flight."""

    flights: tuple[str, ...]
    problems: tuple[tuple[str, str], ...] = ()


class Planner(Protocol):
    """What an operator asks of his USS. flight_id: his own name of the flight, 1 to 64 characters."""

    async def file(self, flight_id: str, wanted: Wanted) -> Filed:
        """Plan, activate or change a flight, or declare it off nominal.

        Raises Refused and Invalid where it may not be; with a party where that one stands in the way;
        Unavailable and Unverifiable where somebody whom it takes does not answer.
        """
        ...

    async def end(self, flight_id: str) -> Own:
        """Raises NotFound ``no-such-flight``."""
        ...

    async def standing(self, flight_id: str) -> Own | None:
        """None where there is none, or it is over."""
        ...

    async def position(self, flight_id: str, telemetry: wire.VehicleTelemetry) -> None:
        """Where it is. Raises NotFound ``no-such-flight``, Invalid ``no-position``."""
        ...

    async def clear(self, area: Volume4D) -> Cleared:
        """End all flights of ours that touch the area."""
        ...

    async def notifications(self, after_ms: int, before_ms: int) -> list[UserNotification]: ...


# What is kept -------------------------------------------------------------------------------------
class Kept(msgspec.Struct, frozen=True):
    """One of our flights as it is stored. revision: counts its changes."""

    own: Own
    revision: int


class LogKind(StrEnum):
    NOTIFICATION = "notification"
    """What our operators were told (`notifying.UserNotification`)."""
    REPORT = "report"
    """What other USSs reported to us."""
    PLANNING = "planning"
    """Attempts to plan (`wire.PlanningRecord`)."""
    FLOWN = "flown"
    """Flights that are over (`aggregate.Flown`)."""
    UNTOLD = "untold"
    """Subscribers who took no notification, however often it was tried."""


class Logged(msgspec.Struct, frozen=True):
    id: str
    at_ms: int
    value: bytes


class UssStore(Protocol):
    """Committed where it returns. All raise Unavailable as the store does."""

    @property
    def is_shared(self) -> bool:
        """Whether other processes may be at work on the same flights."""
        ...

    def by_flight(self, flight_id: str) -> Kept | None: ...

    def by_intent(self, intent_id: str) -> Kept | None: ...

    def by_subscriptions(self, subscription_ids: Collection[str]) -> list[Kept]: ...

    def all(self) -> list[Kept]: ...

    def due(self, now_ms: int, most: int) -> list[Kept]: ...

    def put(self, own: Own, seen: int | None, due_ms: int) -> Kept:
        """seen: the revision that it had (None: it is new). Raises Unavailable ``store-contended`` where
        somebody was faster.
        """
        ...

    def remove(self, kept: Kept) -> None:
        """Nothing happens where it is not as it was any more."""
        ...

    def log(self, kind: LogKind, name: str, at_ms: int, value: bytes) -> None:
        """Bounded: the oldest of the kind go."""
        ...

    def logged(self, kind: LogKind, after_ms: int, before_ms: int, most: int = ...) -> list[Logged]:
        """The newest first, both ends included."""
        ...
