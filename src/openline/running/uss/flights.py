"""Our flights as rows: changed one at a time in this process, and never over another replica's head."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec

from openline.running.uss.given import Given
from openline.utm.uss.intents import Own, Pending
from openline.utm.uss.ports import Kept
from openline.utm.uss.timing import due_ms
from openline.utm.wire.details import OperationalIntentDetails
from openline.utm.wire.references import OperationalIntentState, SubscriberToNotify

NEW = -1
"""The revision of a flight that is not stored yet."""


class Flights:
    """The rows of the store, and the locks of this process."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._locks: dict[str, tuple[asyncio.Lock, list[None]]] = {}

    async def get(self, flight_id: str) -> Kept | None:
        return await self._given.stored(self._given.store.by_flight, flight_id)

    async def remove(self, kept: Kept) -> None:
        await self._given.stored(self._given.store.remove, kept)

    async def put(self, kept: Kept, change: Callable[[Own], Own]) -> Kept:
        """Raises Unavailable ``store-contended`` where another replica was faster."""
        own = change(kept.own)
        seen = None if kept.revision == NEW else kept.revision
        return await self._given.stored(self._given.store.put, own, seen, due_ms(own))

    async def pend(
        self, kept: Kept, state: OperationalIntentState | None, details: OperationalIntentDetails
    ) -> Kept:
        pending = Pending(state=state, details=details, since_ms=self._given.now_ms())
        if kept.own.pending is not None and kept.own.pending.details == details:
            return kept  # the same, once more: it is stored already
        return await self.put(kept, lambda own: msgspec.structs.replace(own, pending=pending))

    async def drop_pending(self, kept: Kept) -> None:
        if kept.own.pending is None:
            return
        if kept.own.reference is None:
            await self.remove(kept)
            return
        await self.put(kept, lambda own: msgspec.structs.replace(own, pending=None))

    @asynccontextmanager
    async def alone(self, flight_id: str) -> AsyncIterator[None]:
        """One at a time a flight, in this process; the store sees to others."""
        lock, waiting = self._locks.setdefault(flight_id, (asyncio.Lock(), []))
        waiting.append(None)
        try:
            async with lock:
                yield
        finally:
            waiting.pop()
            if not waiting:
                self._locks.pop(flight_id, None)


def telling(own: Own, subscribers: tuple[SubscriberToNotify, ...], now_ms: int) -> Own:
    return msgspec.structs.replace(own, to_tell=subscribers, to_tell_ms=now_ms if subscribers else None)
