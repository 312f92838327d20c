"""The store: opening it, and one atomic step at a time."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Lock, get_ident
from types import TracebackType

from sqlalchemy import Engine

from openline.errors import OpenlineError
from openline.node.ports import Transaction
from openline.store.failures import busy, translated
from openline.store.known import KnownRows
from openline.store.lanes import LaneRows
from openline.store.schema import prepare, revision_of
from openline.store.sqlite import (
    BUSY_TIMEOUT_MS,
    READING,
    WRITING,
    check_file,
    checkpoint,
    create_sqlite_engine,
    database_path,
    log_is_long,
    read_only,
)
from openline.store.watch import WatchRows


class SqlTransaction(LaneRows, KnownRows, WatchRows):
    """The ``Transaction`` of ``openline.node.ports`` over one database transaction."""


class SqlStore:
    """The ``Store`` of ``openline.node.ports`` over SQLite. Threads and processes may share it; one of them
    writes at a time.

    Blocks are not nested: a writing block inside another one waits for itself and ends in ``store-busy``.
    """

    def __init__(self, engine: Engine, path: Path | None, busy_timeout_ms: int) -> None:
        self.engine = engine
        self.path = path
        self._turn = None if path else _Turn(busy_timeout_ms)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """One atomic step under the write lock. When the block has ended it is on the disk; if it raised, it
        never was.

        Raises Unavailable ``store-busy``, ``disk-full``, ``store-io``, ``store-corrupt``; nothing was stored
        then.
        """
        with self._block(WRITING) as transaction:
            yield transaction
        if log_is_long(self.path):
            self._fold_log()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """The store as it was when the block began, whatever is written meanwhile. Writing in here raises
        ``store-read-only``.
        """
        with self._block(READING) as transaction:
            yield transaction

    @contextmanager
    def _block(self, mode: dict[str, str]) -> Iterator[SqlTransaction]:
        with self.turn(), ExitStack() as opened:
            with translated():
                connection = opened.enter_context(self.engine.connect().execution_options(**mode))
                connection.begin()
            transaction = SqlTransaction(connection)
            yield transaction
            transaction.check_whole()
            # A crash before the log is synced in here leaves nothing; after it, everything. Only then does
            # the node speak.
            with translated():
                connection.commit()

    def _fold_log(self) -> None:
        """The step before is on the disk already, so whatever fails here must not be told as its failure: it
        comes back with the next step if it is serious, and the log waits for the next writer if it is not.
        """
        with suppress(OpenlineError), self._block(WRITING):
            checkpoint(self.engine)

    def turn(self) -> "_Turn | nullcontext[None]":
        """In memory there is one connection, so one block at a time; on a file SQLite's locks see to it."""
        return self._turn or nullcontext()

    def close(self) -> None:
        """Close all connections; the last one of all processes folds the log into the file."""
        self.engine.dispose()

    def __enter__(self) -> "SqlStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Turn:
    """A lock that a thread cannot wait for while holding it itself."""

    def __init__(self, timeout_ms: int) -> None:
        self._lock = Lock()
        self._timeout_s = timeout_ms / 1000
        self._holder: int | None = None

    def __enter__(self) -> None:
        if self._holder == get_ident():
            raise busy("a block inside another block of the same thread")
        if not self._lock.acquire(timeout=self._timeout_s):
            raise busy("another thread held the in-memory store for too long")
        self._holder = get_ident()

    def __exit__(self, *_: object) -> None:
        self._holder = None
        self._lock.release()


def open_store(
    url_or_path: str | os.PathLike[str], *, create: bool = True, busy_timeout_ms: int = BUSY_TIMEOUT_MS
) -> SqlStore:
    """Open a store, creating or migrating it first where that is needed.

    url_or_path: a path, ``sqlite:///path``, or ``sqlite://`` for one in memory. create: make a new one where
    there is none. Raises Invalid ``store-url``, ``not-a-store``; NotFound ``store-missing``; Refused
    ``store-newer``, ``store-not-supported``; Unavailable ``store-unreachable``, ``store-busy``,
    ``store-corrupt``, ``store-not-durable``, ``disk-full``.
    """
    path = database_path(url_or_path)
    if path is not None:
        check_file(path, create)
        with read_only(path) as connection:
            revision_of(connection)
    engine = create_sqlite_engine(path, busy_timeout_ms)
    try:
        prepare(engine)
    except BaseException:
        engine.dispose()
        raise
    return SqlStore(engine, path, busy_timeout_ms)
