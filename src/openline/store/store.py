"""The store: opening it, and one atomic step at a time."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Lock, get_ident
from types import TracebackType
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, Engine

from openline.errors import OpenlineError
from openline.node.ports import Moment, Transaction
from openline.store.failures import busy, committing
from openline.store.known import KnownRows
from openline.store.lanes import LaneRows
from openline.store.lending import Lender, leave_known, moment, take_known
from openline.store.modes import READING, WRITING
from openline.store.postgres import create_postgres_engine, is_postgres
from openline.store.rows import Rows
from openline.store.schema import prepare, revision_of
from openline.store.sqlite import (
    BUSY_TIMEOUT_MS,
    check_file,
    checkpoint,
    create_sqlite_engine,
    database_path,
    log_is_long,
    read_only,
)
from openline.store.telephoned import TelephonedRows
from openline.store.watch import WatchRows

Block = TypeVar("Block", bound=Rows)


class SqlTransaction(LaneRows, KnownRows, WatchRows, TelephonedRows):
    """The ``Transaction`` of ``openline.node.ports`` over one database transaction. What one has read, the
    next one on its connection knows, as long as nobody else commits between them.
    """

    def __init__(self, connection: Connection, commits: int) -> None:
        """commits: how many blocks of this store have committed before it."""
        super().__init__(connection)
        self.began: Moment | None = moment(connection, commits)
        self._known = take_known(connection, self.began)

    def committed(self, ours: int) -> None:
        """ours: how many blocks of this store have committed now."""
        if self.began is not None:
            as_of = msgspec.structs.replace(self.began, ours=ours)
            leave_known(self._connection, as_of, self._known)


class SqlStore:
    """The ``Store`` of ``openline.node.ports`` over SQLite or PostgreSQL. Threads and processes may share it;
    one of them writes at a time.

    Blocks are not nested: a writing block inside another one waits for itself and ends in ``store-busy``.
    path: SQLite's file, if there is one. is_shared: whether other hosts may work on the same store.
    """

    def __init__(
        self, engine: Engine, path: Path | None, busy_timeout_ms: int, *, is_shared: bool = False
    ) -> None:
        self.engine = engine
        self.path = path
        self.is_shared = is_shared
        self._commits = 0
        self._lender = Lender(engine, keeps=not is_shared, apart=path is not None)
        self._turn = None if path or is_shared else _Turn(busy_timeout_ms)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """One atomic step under the write lock. When the block has ended it is on the disk; if it raised, it
        never was.

        Raises Unavailable ``store-busy``, ``store-contended``, ``disk-full``, ``store-io``,
        ``store-corrupt``, ``store-unreachable``, ``store-not-durable``; nothing was stored then (where a
        connection breaks in the very commit, the error says that it is open).
        """
        with self.block(WRITING, self._transaction) as transaction:
            yield transaction
        if log_is_long(self.path):
            self._fold_log()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """The store as it was when the block began, whatever is written meanwhile. Writing in here raises
        ``store-read-only``.
        """
        with self.block(READING, self._transaction) as transaction:
            yield transaction

    def _transaction(self, connection: Connection) -> SqlTransaction:
        return SqlTransaction(connection, self._commits)

    @contextmanager
    def block(self, mode: Mapping[str, str], made: Callable[[Connection], Block]) -> Iterator[Block]:
        """One transaction that begins as ``mode`` (``openline.store.modes``) says, with the rows that
        ``made`` makes of its connection; committed when the block ends, rolled back if it raises.
        """
        with self.turn(), self._lender.lent(mode) as connection:
            transaction = made(connection)
            yield transaction
            transaction.finish()
            # A crash before the log is synced in here leaves nothing; after it, everything. Only then does
            # the node speak.
            with committing():
                connection.commit()
                self._commits += mode is not READING
            transaction.committed(self._commits)

    def _fold_log(self) -> None:
        """The step before is on the disk already, so whatever fails here must not be told as its failure: it
        comes back with the next step if it is serious, and the log waits for the next writer if it is not.
        """
        with suppress(OpenlineError), self.block(WRITING, Rows):
            checkpoint(self.engine)

    def turn(self) -> "_Turn | nullcontext[None]":
        """In memory there is one connection, so one block at a time; elsewhere the database's locks see to
        it.
        """
        return self._turn or nullcontext()

    def close(self) -> None:
        """Close all connections; the last one of all processes folds the log into the file."""
        self._lender.close()
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

    url_or_path: a path, ``sqlite:///path``, ``sqlite://`` for one in memory, or ``postgresql://...``. create:
    make a new one where there is none. Raises Invalid ``store-url``, ``not-a-store``; NotFound
    ``store-missing``; Refused ``store-newer``, ``store-not-supported``; Unavailable ``store-unreachable``,
    ``store-busy``, ``store-corrupt``, ``store-not-durable``, ``store-driver-missing``, ``disk-full``.
    """
    if is_postgres(url_or_path):
        engine = create_postgres_engine(os.fspath(url_or_path), busy_timeout_ms=busy_timeout_ms)
        return _prepared(SqlStore(engine, None, busy_timeout_ms, is_shared=True), create)
    path = database_path(url_or_path)
    if path is not None:
        check_file(path, create)
        with read_only(path) as connection:
            revision_of(connection)
    return _prepared(SqlStore(create_sqlite_engine(path, busy_timeout_ms), path, busy_timeout_ms), True)


def _prepared(store: SqlStore, create: bool) -> SqlStore:
    try:
        prepare(store.engine, create=create)
    except BaseException:
        store.close()
        raise
    return store
