"""The node's own thread: whatever touches the node goes through it, one at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from openline.bootstrap import Clock
from openline.node.node import Node

T = TypeVar("T")


class NodeThread:
    """Runs work on the node, one at a time and in the order asked for."""

    def __init__(self, node: Node, clock: Clock) -> None:
        self._node = node
        self._clock = clock
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="node")

    async def __call__(self, work: Callable[[Node, int], T], /) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._do, work)

    def _do(self, work: Callable[[Node, int], T]) -> T:
        return work(self._node, self._clock.now_ms())

    def close(self) -> None:
        """After what has begun: a step is whole or never was."""
        self._threads.shutdown(wait=True, cancel_futures=True)
