"""Long work of which most needs no interpreter, such as checking signatures: over threads, in order."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Final, TypeVar

A = TypeVar("A")
B = TypeVar("B")

THREADS: Final = min(os.cpu_count() or 1, 8)
AT_A_TIME: Final = 64
AHEAD: Final = 4 * THREADS
"""So many pieces of AT_A_TIME are held at most: memory does not grow with what there is to do."""


def ordered_map(function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
    """As ``map``, in its order; ``items`` are read in the caller's thread, a bounded number ahead."""
    pieces = iter(items)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="checking") as threads:
        begun: deque[Future[list[B]]] = deque()
        while True:
            while len(begun) < AHEAD and (piece := list(islice(pieces, AT_A_TIME))):
                begun.append(threads.submit(_all_of, function, piece))
            if not begun:
                return
            yield from begun.popleft().result()


def _all_of(function: Callable[[A], B], piece: list[A]) -> list[B]:
    return [function(item) for item in piece]
