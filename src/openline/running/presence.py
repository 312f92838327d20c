"""What others see of a node at work: that it is the only one, and where it listens."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from openline.errors import Refused

SERVING: Final = "serving.json"
LOCK: Final = "serving.lock"


class Bound(msgspec.Struct, frozen=True, omit_defaults=True):
    """The process, and the ports of line, console and, where there is one, the listener for suppliers (the
    chosen ones where 0 was asked for): serving.json.
    """

    pid: int
    line: int
    console: int
    f3548: int | None = None


@contextlib.contextmanager
def alone(directory: Path) -> Iterator[None]:
    """One serving process a node: the kernel takes the lock back from one that was killed."""
    with (directory / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(
                "already-serving",
                "another process serves this node",
                field="directory",
                remedy=f"{SERVING} beside it says which",
            ) from None
        yield


@contextlib.contextmanager
def announced(directory: Path, bound: Bound) -> Iterator[None]:
    """serving.json while it runs. After a kill -9 a stale one stays, and the next start writes over it."""
    path = directory / SERVING
    beside = path.with_name(SERVING + ".new")
    beside.write_bytes(msgspec.json.encode(bound))
    beside.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
