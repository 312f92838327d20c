"""What the DSS needs from outside: a store that commits, under locks, and a way to be asked."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

import msgspec

from openline.utm.dss.records import Record, Ref
from openline.utm.dss.requests import Request


class Changed(msgspec.Struct, frozen=True):
    """counts: how often each of the keys asked for was changed so far. records, removed: what was put and
    removed under these keys since what the asker has seen; each as it stands now.
    """

    counts: Mapping[int, int]
    records: tuple[Record, ...] = ()
    removed: tuple[Ref, ...] = ()


class Loaded(msgspec.Struct, frozen=True):
    """Everything, as of one moment: records, the counts of keys that were ever changed, and the notification
    indices by subscription id.
    """

    records: tuple[Record, ...]
    counts: Mapping[int, int]
    indices: Mapping[str, int]


class AirspaceView(Protocol):
    """The store at one moment after the asking began."""

    def changed_since(self, seen: Mapping[int, int]) -> Changed:
        """seen: by key, the count that the asker knows (0: nothing yet). Raises Unavailable
        ``airspace-log-cut`` where what is missing is no longer in the log: load everything again.
        """
        ...

    def indices(self, subscription_ids: Collection[str]) -> Mapping[str, int]: ...


class AirspaceTurn(AirspaceView, Protocol):
    """A change under locks. What is written is there after the block ends, whole, or not at all."""

    def put(self, records: Iterable[Record]) -> None:
        """Write and count. A new subscription begins with notification index 0."""
        ...

    def remove(self, records: Iterable[Record]) -> None:
        """The records as they stood."""
        ...

    def notify(self, times: Mapping[str, int]) -> Mapping[str, int]:
        """Raise the notification indices of these subscriptions; gives what they are now. Needs none of their
        keys: the rows are locked in the order of their ids, after all keys.
        """
        ...


class AirspaceStore(Protocol):
    @property
    def is_shared(self) -> bool:
        """Whether other processes may write too: then what is in memory may be behind."""
        ...

    def load(self) -> Loaded: ...

    def seeing(self) -> AbstractContextManager[AirspaceView]: ...

    def changing(self, keys: Collection[int]) -> AbstractContextManager[AirspaceTurn]:
        """Takes the locks of the keys in rising order, then sees all that was committed under them.

        Raises Unavailable ``store-contended`` (nothing was stored; try again), and as the store does.
        """
        ...

    def prune(self, before_ms: int, now_ms: int) -> None:
        """Cut the log of changes that are older than before_ms."""
        ...


class Dss(Protocol):
    """The DSS as handlers, the USS and the bridge ask it. What it answers is committed.

    Answers are the structs of `utm.wire.references` (None for a Sweep). Raises Invalid, LimitExceeded,
    Refused, NotFound, Unavailable; AirspaceConflict where the key is incomplete.
    """

    async def __call__(self, request: Request, /) -> Any: ...
