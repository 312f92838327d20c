"""What a USS is asked by other USSs, and what it needs from outside."""

from typing import Protocol

from openline.utm.wire import details as wire
from openline.utm.wire.references import ErrorReport


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
