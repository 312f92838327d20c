"""What the USS is given by the wiring, and what its parts share."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from openline.errors import NotFound
from openline.utm.dss.ports import Dss
from openline.utm.dss.requests import Caller
from openline.utm.uss.notifying import Event, UserNotification
from openline.utm.uss.ports import Answerer, LogKind, Peers, UssStore
from openline.utm.wire.details import OperationalIntent

T = TypeVar("T")

SCOPES: Final = frozenset({"utm.strategic_coordination", "utm.conformance_monitoring_sa"})
"""What a USS has to do with operational intents."""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """dss: the one that we file with; manager: the `sub` of our tokens; base_url: ours, without a slash at
    its end. now_ms: the node's clock. answerers: who else knows of intents under our base URL (the bridge).
    """

    dss: Dss
    peers: Peers
    store: UssStore
    manager: str
    base_url: str
    now_ms: Callable[[], int]
    answerers: list[Answerer] = msgspec.field(default_factory=list)

    @property
    def caller(self) -> Caller:
        """As our own DSS knows us; another one reads it off our tokens."""
        return Caller(self.manager, SCOPES)

    async def stored(self, work: Callable[..., T], *arguments: Any) -> T:
        """Work on the store, beside the loop."""
        return await asyncio.to_thread(work, *arguments)

    async def answer(self, entity_id: str) -> OperationalIntent:
        """Of our own, and of the bridge's. Raises NotFound ``no-such-intent``."""
        kept = await self.stored(self.store.by_intent, entity_id)
        if kept is not None and kept.own.intent is not None and kept.own.ended_ms is None:
            return kept.own.intent
        for one in self.answerers:
            answered = await one.intent_details(entity_id)
            if answered is not None:
                return answered.operational_intent
        text = f"this USS manages no operational intent {entity_id}"
        raise NotFound("no-such-intent", text, field="entityid")

    async def tell_user(
        self,
        event: Event,
        flight_id: str,
        intent_id: str,
        event_ms: int,
        conflicts: tuple[str, ...] = (),
        text: str = "",
    ) -> None:
        """Into the log, where the operator's display reads it."""
        at_ms = self.now_ms()
        told = UserNotification(event, flight_id, intent_id, event_ms, at_ms, conflicts, text)
        await self.stored(
            self.store.log, LogKind.NOTIFICATION, str(uuid.uuid4()), at_ms, msgspec.json.encode(told)
        )
