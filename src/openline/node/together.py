"""Which works may be committed together, and what came of each?

One sync of the disk then stands for all of them. Each is still by itself: one that fails leaves no trace, and
the others stand.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

if TYPE_CHECKING:
    from openline.node.node import Node

T = TypeVar("T")


class Joint(msgspec.Struct, Generic[T], frozen=True):
    """Work that is steps of the node and nothing else: it touches the store only through them. Whoever runs
    it may put it into one transaction with others, and answers it when that has committed.
    """

    work: "Callable[[Node, int], T]"

    def __call__(self, node: "Node", now_ms: int) -> T:
        return self.work(node, now_ms)


class Outcome(msgspec.Struct, Generic[T], frozen=True):
    """What a work returned, or why it failed."""

    value: T | None = None
    fault: Exception | None = None


class Torn(Exception):
    """A work failed after it had changed something: what it left is in the transaction of all of them."""
