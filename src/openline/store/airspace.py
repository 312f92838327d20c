"""Where the DSS keeps its airspace: the ``AirspaceStore`` of `utm.dss.ports` over the node's own database."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from sqlalchemy import Connection, bindparam, delete, or_

from openline.errors import OpenlineError
from openline.store.airspace_tables import changes
from openline.store.airspace_turn import Turn
from openline.store.airspace_view import View
from openline.store.modes import READING, SHARING
from openline.store.rows import Rows
from openline.store.sqlite import checkpoint, log_is_long
from openline.store.store import SqlStore
from openline.utm.dss.ports import AirspaceTurn, AirspaceView, Loaded

_CUT: Final = delete(changes).where(
    or_(changes.c.at_ms < bindparam("before_ms"), changes.c.at_ms > bindparam("after_ms"))
)


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


class SqlAirspaceStore:
    """Replicas on PostgreSQL share one; over SQLite it is one process's own.

    store: the node's, open; it stays open. now_ms: when a change is logged, in real ms since 1970.
    """

    def __init__(self, store: SqlStore, now_ms: Callable[[], int] = _wall_ms) -> None:
        self._store = store
        self._now_ms = now_ms

    @property
    def is_shared(self) -> bool:
        return self._store.is_shared

    def load(self) -> Loaded:
        """Raises Unavailable as any block; ``store-corrupt`` where a row cannot be read."""
        with self._store.block(READING, View) as view:
            return Loaded(tuple(view.all_records()), view.all_counts(), view.all_indices())

    @contextmanager
    def seeing(self) -> Iterator[AirspaceView]:
        with self._store.block(READING, View) as view:
            yield view

    @contextmanager
    def changing(self, keys: Collection[int]) -> Iterator[AirspaceTurn]:
        """Where the connection breaks in the very commit, the error (``store-unreachable``) says that what
        came of it is open; the next turn shows it.
        """

        def begun(connection: Connection) -> Turn:
            return Turn(connection, keys, self._now_ms())

        with self._store.block(SHARING, begun) as turn:
            yield turn
            turn.write()
        self._fold_log()

    def prune(self, before_ms: int, now_ms: int) -> None:
        """Changes of replicas whose clocks are far ahead go too: who misses them loads everything again."""
        with self._store.block(SHARING, _Log) as log:
            log.cut(before_ms, now_ms + (now_ms - before_ms))
        self._fold_log()

    def _fold_log(self) -> None:
        """As the node's store does after a step (SQLite only): what fails here is not told as the step's
        failure.
        """
        if log_is_long(self._store.path):
            with suppress(OpenlineError), self._store.block(SHARING, Rows):
                checkpoint(self._store.engine)


class _Log(Rows):
    def cut(self, before_ms: int, after_ms: int) -> None:
        self._run(_CUT, {"before_ms": before_ms, "after_ms": after_ms})
