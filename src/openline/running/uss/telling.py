"""Telling subscribers of a change of ours: all at once, again where one does not take it, and recorded."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec
import structlog

from openline.errors import OpenlineError
from openline.running.uss.given import Given
from openline.utm.uss.ports import LogKind
from openline.utm.wire import details as wire
from openline.utm.wire.references import SubscriberToNotify

PAUSES_S: Final = (0.5, 1.5, 5.0, 15.0)
"""Between tries: the second is within UssOiChangeNotificationMax (5 s), the last is to show that we did
try.
"""
WAIT_S: Final = 1.0
"""How long whoever has filed waits for the first tries; they go on without him."""

ToOurselves = Callable[[wire.PutOperationalIntentDetailsParameters], Awaitable[None]]
Done = Callable[[], Awaitable[None]]

_log = structlog.get_logger("openline.uss")


class Untold(msgspec.Struct, frozen=True):
    """A subscriber that took no notification."""

    uss_base_url: str
    entity_id: str
    code: str
    text: str


class Telling:
    """Notifications that are under way in this process."""

    def __init__(self, given: Given, to_ourselves: ToOurselves) -> None:
        self._given = given
        self._to_ourselves = to_ourselves
        self._tasks: set[asyncio.Task[None]] = set()

    async def tell(
        self,
        entity_id: str,
        intent: wire.OperationalIntent | None,
        subscribers: Sequence[SubscriberToNotify],
        done: Done,
    ) -> None:
        """intent None: it has ended. done: called once nobody is left to be told or to be tried again.
        Returns when all have taken it, or after WAIT_S.
        """
        task = asyncio.create_task(self._tell_all(entity_id, intent, subscribers, done))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait((task,), timeout=WAIT_S)

    async def _tell_all(
        self,
        entity_id: str,
        intent: wire.OperationalIntent | None,
        subscribers: Sequence[SubscriberToNotify],
        done: Done,
    ) -> None:
        await asyncio.gather(*(self._tell_one(entity_id, intent, one) for one in subscribers))
        await done()

    async def _tell_one(
        self, entity_id: str, intent: wire.OperationalIntent | None, subscriber: SubscriberToNotify
    ) -> None:
        told = wire.PutOperationalIntentDetailsParameters(entity_id, subscriber.subscriptions, intent)
        base_url = subscriber.uss_base_url.rstrip("/")
        for pause_s in (*PAUSES_S, None):
            try:
                if base_url == self._given.base_url:
                    await self._to_ourselves(told)
                else:
                    await self._given.peers.notify_of_intent(base_url, told)
                return
            except OpenlineError as fault:
                if pause_s is None or fault.word not in ("unavailable", "unverifiable"):
                    await self._record(base_url, entity_id, fault)
                    return
            await asyncio.sleep(pause_s)

    async def _record(self, base_url: str, entity_id: str, fault: OpenlineError) -> None:
        _log.warning("not told", uss=base_url, intent=entity_id, code=fault.code)
        untold = Untold(base_url, entity_id, fault.code, fault.text[:500])
        given, at_ms = self._given, self._given.now_ms()
        await given.stored(
            given.store.log, LogKind.UNTOLD, str(uuid.uuid4()), at_ms, msgspec.json.encode(untold)
        )

    async def close(self) -> None:
        """What is still under way is cut off: it is in the store, and told after the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
