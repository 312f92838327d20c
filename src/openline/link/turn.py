"""How the link reaches the node: one at a time, off the event loop."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from openline.node.node import Node

T = TypeVar("T")


class Turn(Protocol):
    """Runs ``work(node, now_ms)`` alone in the node's own thread. What it returns is committed."""

    async def __call__(self, work: Callable[[Node, int], T], /) -> T: ...
