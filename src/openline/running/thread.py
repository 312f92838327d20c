"""The node's own thread: whatever touches the node goes through it, one at a time.

Works that may be committed together and wait while another is at it share one transaction: under load the
disk is synced once for many of them. Each is answered only after the commit.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

from openline.bootstrap import Clock
from openline.node.node import Node
from openline.node.together import Joint, Outcome

T = TypeVar("T")

LONGEST_TOGETHER_S: Final = 0.05
"""No further work joins a transaction that has lasted so long: what waits is not kept waiting for many."""

Waiting = tuple[Callable[[Node, int], Any], "asyncio.Future[Any]"]


class NodeThread:
    """Runs work on the node, one at a time and in the order asked for."""

    def __init__(self, node: Node, clock: Clock) -> None:
        self._node = node
        self._clock = clock
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="node")
        self._joint: deque[Waiting] = deque()

    async def __call__(self, work: Callable[[Node, int], T], /) -> T:
        loop = asyncio.get_running_loop()
        if not isinstance(work, Joint):
            return await loop.run_in_executor(self._threads, self._do, work)
        answered: asyncio.Future[T] = loop.create_future()
        self._joint.append((work, answered))
        if len(self._joint) == 1:
            loop.run_in_executor(self._threads, self._do_joint, loop)
        return await answered

    def _do(self, work: Callable[[Node, int], T]) -> T:
        return work(self._node, self._clock.now_ms())

    def _do_joint(self, loop: asyncio.AbstractEventLoop) -> None:
        """All that wait, in as many transactions as their time demands. Where one cannot begin or commit,
        nothing of it is stored, and nobody waits for the next.
        """
        while self._joint:
            futures: list[asyncio.Future[Any]] = []
            try:
                now_ms = self._clock.now_ms()
                outcomes = self._node.together(self._works(futures, now_ms), now_ms)
            except Exception as fault:
                futures += self._taken_out()
                outcomes = [Outcome(fault=fault)] * len(futures)
            loop.call_soon_threadsafe(_answer, futures, outcomes)

    def _taken_out(self) -> "list[asyncio.Future[Any]]":
        taken: list[asyncio.Future[Any]] = []
        with suppress(IndexError):  # the other thread takes out, too
            while True:
                taken.append(self._joint.popleft()[1])
        return taken

    def _works(self, futures: "list[asyncio.Future[Any]]", now_ms: int) -> Iterator[Callable[[], Any]]:
        ends_s = time.monotonic() + LONGEST_TOGETHER_S
        while self._joint and (not futures or time.monotonic() < ends_s):
            work, future = self._joint.popleft()
            futures.append(future)
            yield partial(work, self._node, now_ms)

    def close(self) -> None:
        """After what has begun: a step is whole or never was."""
        for future in self._taken_out():
            future.cancel()
        self._threads.shutdown(wait=True, cancel_futures=True)


def _answer(futures: "Sequence[asyncio.Future[Any]]", outcomes: Sequence[Outcome[Any]]) -> None:
    for future, outcome in zip(futures, outcomes, strict=True):
        if future.done():  # whoever asked has gone
            continue
        if outcome.fault is None:
            future.set_result(outcome.value)
        else:
            future.set_exception(outcome.fault)
