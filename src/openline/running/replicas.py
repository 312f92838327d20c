"""What only one replica of a node does at a time: each duty runs where its lease is held.

A store that nobody shares (SQLite) has one serving process, which has every duty.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

import structlog

from openline.errors import OpenlineError
from openline.store.leases import Leases
from openline.store.store import SqlStore
from openline.units import MS_PER_SECOND

T = TypeVar("T")

NODE: Final = "node"
"""The duty of whatever time brings about once for the whole node."""
LEASE_S: Final = 6.0
"""A lease that has stood still for so long is another replica's."""
LET_GO_S: Final = 4.0
"""A holder that could not renew for so long stops: well before anybody may take over."""
RENEW_S: Final = 2.0
LOOK_S: Final = 1.0

_log = structlog.get_logger("openline.replicas")

Duty = Callable[[], Coroutine[Any, Any, Any]]


class Replica:
    """This process among the replicas of its node. Duties are begun and ended as leases come and go."""

    def __init__(self, store: SqlStore) -> None:
        self._leases = Leases(store) if store.is_shared else None
        self._holder = str(uuid.uuid4())
        self._duties: dict[str, Duty | None] = {NODE: None}
        self._held_until_s: dict[str, float] = {}
        self._renew_at_s: dict[str, float] = {}
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="leases")

    def add(self, name: str, duty: Duty) -> None:
        """A duty runs for ever, until it is cancelled; it may be begun again. It may be added at any time."""
        self._duties[name] = duty

    async def remove(self, name: str) -> None:
        """The duty is no more: it ends, and its lease is another's to take."""
        del self._duties[name]
        keeper = self._keepers.pop(name, None)
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        await self._stop(name)
        with suppress(OpenlineError, TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await self._give_back(name)

    def holds(self, name: str = NODE) -> bool:
        """Whether this process has that duty now."""
        return self._leases is None or time.monotonic() < self._held_until_s.get(name, 0.0)

    async def run(self) -> None:
        """Take, renew and let go until it is cancelled; then everything is given back."""
        try:
            while True:
                for name in self._duties.keys() - self._keepers.keys():
                    self._keepers[name] = asyncio.create_task(self._keep(name))
                await asyncio.sleep(LOOK_S)
        finally:
            await self._end()

    async def _keep(self, name: str) -> None:
        while True:
            try:
                await self._look(name)
            except Exception:
                _log.exception("lease not kept", lease=name)
            await asyncio.sleep(LOOK_S)

    async def _look(self, name: str) -> None:
        now_s = time.monotonic()
        if self._leases is not None and now_s >= self._renew_at_s.get(name, 0.0):
            await self._take(self._leases, name, now_s)
        if self.holds(name):
            self._begin(name)
        else:
            await self._stop(name)

    async def _take(self, leases: Leases, name: str, now_s: float) -> None:
        """A database that does not answer takes nothing away before the time is over."""
        now_ms, for_ms = int(now_s * MS_PER_SECOND), int(LEASE_S * MS_PER_SECOND)
        take = partial(leases.take, name, self._holder, now_ms, for_ms)
        try:
            async with asyncio.timeout(LOOK_S):
                has_it = await self._in_thread(take)
        except (OpenlineError, TimeoutError) as fault:
            _log.warning("lease unknown", lease=name, reason=getattr(fault, "code", "slow"))
            return
        self._held_until_s[name] = now_s + LET_GO_S if has_it else 0.0
        self._renew_at_s[name] = now_s + RENEW_S if has_it else 0.0

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _begin(self, name: str) -> None:
        """Begin it, also again where it broke off."""
        duty, task = self._duties[name], self._tasks.get(name)
        if duty is None or (task is not None and not task.done()):
            return
        if task is not None and not task.cancelled():
            _log.error("duty broke off", duty=name, reason=repr(task.exception()))
        _log.info("duty begun", duty=name)
        self._tasks[name] = asyncio.create_task(duty())

    async def _stop(self, name: str) -> None:
        task = self._tasks.pop(name, None)
        if task is not None:
            _log.info("duty ended", duty=name)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _end(self) -> None:
        for keeper in self._keepers.values():
            keeper.cancel()
        await asyncio.gather(*self._keepers.values(), return_exceptions=True)
        for name in list(self._tasks):
            await self._stop(name)
        with suppress(OpenlineError, TimeoutError):  # whoever waits takes it a little later
            async with asyncio.timeout(LOOK_S):
                for name in self._duties:
                    await self._give_back(name)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _give_back(self, name: str) -> None:
        if self._leases is not None and self.holds(name):
            await self._in_thread(partial(self._leases.give_back, name, self._holder))
            self._held_until_s.pop(name, None)
